"""Random observations: modes, windows, statistics and features."""

from typing import get_args

from tradegym.conf.schema.strategy import Statistic

STATISTICS = get_args(Statistic)
MODES = ("raw", "internal", "features")

#: Features with short windows, so that little warm-up is needed.
FEATURES = (
    {"kind": "log_return"},
    {"kind": "log_return", "lookback": 3, "scaler": "robust"},
    {"kind": "zscore", "window": 8},
    {"kind": "volatility", "window": 6, "scaler": "tanh"},
    {"kind": "relative_volume", "window": 5, "clip": 3.0},
    {"kind": "volume_change"},
    {"kind": "calendar", "fields": ["hour", "weekday"]},
    {"kind": "difference", "scale": 100.0, "scaler": "tanh"},
    {"kind": "sma_gradient", "periods": [2, 4, 7]},
    {"kind": "log_return", "scaler": "rolling", "scaler_window": 9},
    {"kind": "RSI", "timeperiod": 5},
    {"kind": "NATR", "timeperiod": 4},
    {"kind": "BBANDS", "timeperiod": 5},
    {"kind": "ADX", "timeperiod": 3},
)


def draw_state(rng, n_assets):
    """Draw the keys of the state."""
    count = int(rng.integers(1, 4))
    modes = [str(one) for one in rng.permutation(MODES)[:count]]
    keys = {
        "strategy.state.modes": modes,
        "strategy.state.time_dim": int(rng.integers(2, 9)),
        "strategy.state.avg_period": int(rng.integers(1, 7)),
        "strategy.state.flat": bool(rng.random() < 0.5),
        "strategy.state.internal": draw_statistics(rng),
    }
    if "features" in modes:
        chosen = rng.permutation(len(FEATURES))[: rng.integers(1, 4)]
        keys["strategy.state.features"] = {f"f{at}": dict(FEATURES[at]) for at in chosen}
    return keys


def draw_statistics(rng):
    """Draw some of the internal state's statistics, in any order."""
    count = len(STATISTICS) if rng.random() < 0.3 else int(rng.integers(1, len(STATISTICS)))
    return [str(one) for one in rng.permutation(STATISTICS)[:count]]
