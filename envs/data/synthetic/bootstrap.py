"""Stationary block bootstrap of real bars."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from tradegym.conf.errors import UserError
from tradegym.conf.schema.dataset import DatasetConfig
from tradegym.envs.data.sources import load_dataset
from tradegym.envs.data.synthetic.elementary import exponential

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tradegym.envs.data.dataset import Dataset

_PACKAGED = ("sp500", "nasdaq", "indices")
_COLUMNAR = (".parquet", ".feather", ".arrow")


def load_series(name: str, until: str | None) -> "Dataset":
    """Return the real bars that ``dataset.process.series`` names.

    Parameters
    ----------
    name : str
        sp500, nasdaq, indices, or the path of a CSV, Parquet or Feather file.
    until : str, optional
        A day YYYY-MM-DD; it and what comes after are left out.

    Raises
    ------
    UserError
        The series cannot be loaded, or has fewer than three bars before the day.
    """
    if name in _PACKAGED:
        node = {"source": name}
    else:
        kind = "parquet" if Path(name).suffix.lower() in _COLUMNAR else "csv"
        node = {"source": kind, "filename": name}
    series = load_dataset(DatasetConfig.model_validate(node))
    if until is None:
        return series
    stop = int(np.searchsorted(series.times, np.datetime64(until, "ns")))
    if stop < 3:
        raise UserError(
            f"dataset.process.until: {until} leaves {stop} bars of {name}, which begins "
            f"{series.times[0]:.10}; allowed: a later day"
        )
    return series.slice(0, stop)


def relative_bars(ohlcv: "NDArray[np.float64]") -> "NDArray[np.float64]":
    """Return what is resampled: each bar relative to the close before it.

    Parameters
    ----------
    ohlcv : ndarray of float64, shape [T, A, 5]
        Open, high, low, close (price) and volume.

    Returns
    -------
    ndarray of float64, shape [T - 1, A, 5]
        Logarithm of open, high, low and close over the last close, and the volume as it is.
    """
    rows = ohlcv[1:].copy()
    rows[..., :4] = np.log(rows[..., :4] / ohlcv[:-1, :, 3:4])
    return rows


def draw_rows(
    bars: int, length: int, block_length: float, generator: np.random.Generator
) -> "NDArray[np.int64]":
    """Draw which row each new bar is a copy of.

    A row is followed by the next one (after the last comes the first), but with chance
    ``1 / block_length`` by any row (Politis and Romano 1994).

    Parameters
    ----------
    bars : int
        Number of rows to draw.
    length : int
        Rows of the series.
    block_length : float
        Mean length of a block, at least 1.

    Returns
    -------
    ndarray of int64, shape [bars]
    """
    fresh = generator.random(bars) < 1 / block_length
    fresh[0] = True
    starts = generator.integers(0, length, bars)
    number = np.arange(bars)
    begun = np.maximum.accumulate(np.where(fresh, number, 0))
    rows: NDArray[np.int64] = (starts[begun] + number - begun) % length
    return rows


def rebuild(
    rows: "NDArray[np.float64]", start: "NDArray[np.float64]", ohlcv: "NDArray[np.float64]"
) -> None:
    """Turn relative bars ``[T, A, 5]`` into prices that begin at ``start`` [A], in ``ohlcv``."""
    log_close = np.cumsum(rows[..., 3], axis=0)
    last = log_close - rows[..., 3]
    ohlcv[..., :4] = exponential(rows[..., :4] + (last - rows[0, :, 0])[..., np.newaxis])
    ohlcv[..., :4] *= start[:, np.newaxis]
    body = ohlcv[..., [0, 3]]
    ohlcv[..., 1] = np.maximum(ohlcv[..., 1], body.max(axis=-1))
    ohlcv[..., 2] = np.minimum(ohlcv[..., 2], body.min(axis=-1))
    ohlcv[..., 4] = rows[..., 4]


def continued_times(times: "NDArray[np.datetime64]", bars: int) -> "NDArray[np.datetime64]":
    """Return the first ``bars`` times of a series that repeats its calendar when it ends."""
    count, whole = np.arange(bars) % len(times), np.arange(bars) // len(times)
    lap = times[-1] - times[0] + np.median(np.diff(times))
    # Whole weeks keep weekends where they are.
    week = np.timedelta64(7, "D").astype("timedelta64[ns]")
    laps = -(-int(lap.astype("timedelta64[ns]").astype(np.int64)) // int(week.astype(np.int64)))
    if int(whole[-1]) * laps > 52 * 200:
        raise UserError(
            f"dataset.process.bars: {bars} bars would take more than 200 years in the calendar of "
            "the series; use fewer"
        )
    result: NDArray[np.datetime64] = times[count] + whole * laps * week
    return result
