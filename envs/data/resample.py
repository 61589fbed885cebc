"""Longer bars out of shorter ones."""

from typing import TYPE_CHECKING

import numpy as np

from tradegym.conf.errors import UserError
from tradegym.envs.data.dataset import median_step

if TYPE_CHECKING:
    from numpy.typing import NDArray

SECOND = 10**9
WEEK = 7 * 86_400 * SECOND
# Bars end at multiples of their length since 1970-01-01 00:00 UTC; those of whole weeks since a
# Monday, 1970-01-05.
MONDAY = 4 * 86_400 * SECOND


def aggregate(ohlcv: "NDArray[np.float64]", starts: "NDArray[np.intp]") -> "NDArray[np.float64]":
    """Make one bar of each group of neighbouring bars.

    Open is the first, high the highest, low the lowest, close the last, volume the sum.

    Parameters
    ----------
    ohlcv : ndarray of float64, shape [T, A, 5]
        Open, high, low, close, volume.
    starts : ndarray of int, shape [N]
        First row of each group, increasing; a group ends before the next one.

    Returns
    -------
    ndarray of float64, shape [N, A, 5]
    """
    ends = np.append(starts[1:], len(ohlcv)) - 1
    bars = np.empty((len(starts), *ohlcv.shape[1:]))
    bars[..., 0] = ohlcv[starts, :, 0]
    bars[..., 1] = np.maximum.reduceat(ohlcv[..., 1], starts, axis=0)
    bars[..., 2] = np.minimum.reduceat(ohlcv[..., 2], starts, axis=0)
    bars[..., 3] = ohlcv[ends, :, 3]
    bars[..., 4] = np.add.reduceat(ohlcv[..., 4], starts, axis=0)
    return bars


def resample(
    times: "NDArray[np.datetime64]",
    ohlcv: "NDArray[np.float64]",
    seconds: int,
    source: str,
) -> "tuple[NDArray[np.datetime64], NDArray[np.float64], tuple[str, ...]]":
    """Make bars of ``seconds`` out of shorter ones.

    A new bar is made of the bars that close after its start and not after its end, and its time
    is its end, when all of them are known. There is no bar where there was none. The first and
    the last one are dropped where the data do not reach from their start or to their end, since
    an unfinished bar cannot be told from a complete one later; a note says so.

    Parameters
    ----------
    times : ndarray of datetime64[ns], shape [T]
        Close of each bar in UTC, increasing.
    ohlcv : ndarray of float64, shape [T, A, 5]
        Open, high, low, close, volume.
    seconds : int
        Length of the new bars.
    source : str
        File or dataset, for messages.

    Returns
    -------
    times : ndarray of datetime64[ns], shape [N]
    ohlcv : ndarray of float64, shape [N, A, 5]
    notes : tuple of str
        What was dropped.

    Raises
    ------
    UserError
        If the new bars are not a multiple of the old ones, or too few are left.
    """
    length, bar = seconds * SECOND, int(median_step(times))
    if length <= bar or length % bar:
        raise UserError(
            f"{source}: dataset.resample: {seconds} s is not a multiple of the {bar / SECOND:g} s "
            "from bar to bar; give a longer one that is"
        )
    anchor = MONDAY if length % WEEK == 0 else 0
    stamps = times.view(np.int64) - anchor
    ends = -(-stamps // length) * length
    starts = np.flatnonzero(np.diff(ends, prepend=ends[0] - length))
    late = stamps[0] > ends[0] - length + bar
    early = stamps[-1] < ends[-1]
    kept = slice(int(late), len(starts) - int(early))
    if kept.stop - kept.start < 3:
        raise UserError(
            f"{source}: dataset.resample: {seconds} s leaves fewer than 3 complete bars; make "
            "it shorter or use a longer series"
        )
    bars = aggregate(ohlcv, starts)[kept]
    closes = (ends[starts][kept] + anchor).view("datetime64[ns]")
    rows = np.diff(np.append(starts, len(times)))
    dropped = [("first", 0)] * bool(late) + [("last", -1)] * bool(early)
    notes = tuple(
        f"{source}: resampling dropped the incomplete {which} bar ({rows[at]} bars, "
        f"up to {times[-1 if at else int(rows[0]) - 1].astype('datetime64[s]')})"
        for which, at in dropped
    )
    return closes, np.ascontiguousarray(bars), notes
