"""Bars for tests of features."""

import numpy as np

from tradegym.envs.data.dataset import Dataset

START = np.datetime64("2024-01-01T00:00", "ns")  # a Monday


def dataset(ohlcv, assets=("a",), minutes=60):
    """Return bars [T, 5] or [T, A, 5] without checks, so that they may be wrong."""
    bars = np.array(ohlcv, dtype=np.float64)
    bars = bars[:, None] if bars.ndim == 2 else bars
    times = START + np.arange(len(bars)) * np.timedelta64(minutes, "m")
    return Dataset.from_checked("made", times.astype("datetime64[ns]"), bars, tuple(assets))


def of_closes(closes, volumes=None):
    """Return bars whose open is the close before; high and low are open and close."""
    closes = np.asarray(closes, dtype=np.float64)
    opens = np.concatenate([closes[:1], closes[:-1]])
    volumes = np.zeros(len(closes)) if volumes is None else np.asarray(volumes, dtype=np.float64)
    highs, lows = np.maximum(opens, closes), np.minimum(opens, closes)
    return dataset(np.stack([opens, highs, lows, closes, volumes], axis=1))


def random_bars(rows, seed=1, assets=("a",), level=0.5):
    """Return random bars with prices around ``level``, volume included."""
    rng = np.random.default_rng(seed)
    shape = (rows, len(assets))
    close = level * np.exp(0.3 * np.tanh(np.cumsum(rng.normal(0, 0.01, shape), axis=0)))
    opens = close * np.exp(rng.normal(0, 0.003, shape))
    high = np.maximum(opens, close) * (1 + np.abs(rng.normal(0, 0.004, shape)))
    low = np.minimum(opens, close) * (1 - np.abs(rng.normal(0, 0.004, shape)))
    volume = rng.uniform(100, 1000, shape)
    return dataset(np.stack([opens, high, low, close, volume], axis=2), assets)


def table(bars, train=None, traded=("a",), **options):
    """Return the table of features fitted on ``train``, by default on all bars."""
    from tradegym.envs.strategies.features import fit_features

    rows = range(len(bars)) if train is None else train
    return fit_features(bars, options, rows, traded).table(bars)


def values(bars, **options):
    """Return the unscaled values [T, F] of one feature called ``x``."""
    return table(bars, x={"scaler": "none", **options}).values
