"""Random bars for the plain backtrader script, unkind on purpose."""

import numpy as np

STARTS = {"btc": 100.0, "eth": 25.0, "sol": 400.0, "ada": 8.0, "dot": 1200.0}
DAY, HOUR = np.timedelta64(1, "D"), np.timedelta64(1, "h")


def random_bars(rng, names, n_bars, *, cash=10_000.0):
    """Return times [T] and ohlcv [T, A, 5] of correlated random walks that start at STARTS.

    Opens gap; some bars are still (open = high = low = close), some open where the last closed,
    some have no volume, and jumps come now and then. Bars are days without weekends, or hours.
    A bar's volume is about what a fifth of the cash buys.
    """
    volatility = float(rng.choice([0.008, 0.02, 0.035, 0.06]))
    drift = float(rng.choice([0.0, 0.0, 0.0, 0.012]))
    common = rng.normal(0.0, volatility, n_bars)
    bars = np.empty((n_bars, len(names), 5))
    for asset, name in enumerate(names):
        start = STARTS[name]
        moves = drift + 0.5 * common + rng.normal(0.0, volatility, n_bars)
        moves += rng.normal(0.0, 8 * volatility, n_bars) * (rng.random(n_bars) < 0.01)
        closes = start * np.exp(np.cumsum(moves))
        gaps = rng.normal(0.0, volatility / 2, n_bars) * (rng.random(n_bars) < 0.8)
        opens = np.concatenate([[start], closes[:-1]]) * np.exp(gaps)
        reach = np.abs(rng.normal(0.0, volatility, (2, n_bars)))
        still = rng.random(n_bars) < 0.05
        opens[still] = closes[still]
        reach[:, still] = 0.0
        bars[:, asset, 0], bars[:, asset, 3] = opens, closes
        bars[:, asset, 1] = np.maximum(opens, closes) * np.exp(reach[0])
        bars[:, asset, 2] = np.minimum(opens, closes) * np.exp(-reach[1])
        units = 0.2 * cash / closes * rng.lognormal(0.0, 0.7, n_bars)
        bars[:, asset, 4] = np.round(units, 2) * (rng.random(n_bars) < 0.85)
    steps = np.arange(n_bars)
    if rng.random() < 0.3:
        times = np.datetime64("2004-02-02T10", "ns") + steps * HOUR
    else:
        times = np.datetime64("2003-11-03", "ns") + (steps + 2 * (steps // 5)) * DAY
    return times, bars
