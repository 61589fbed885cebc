"""Long series in as many columns as a picture can show, with no extreme left out."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Buckets:
    """Bars of one asset, neighbours joined.

    Attributes
    ----------
    starts, rows : ndarray of int64, shape [n]
        First and last bar of each column.
    high, low, close, volume : ndarray of float64, shape [n]
        Highest high, lowest low, last close, and mean volume of a bar.
    bars : int
        Bars of a full column; 1 = nothing was joined.
    """

    starts: "NDArray[np.int64]"
    rows: "NDArray[np.int64]"
    high: "NDArray[np.float64]"
    low: "NDArray[np.float64]"
    close: "NDArray[np.float64]"
    volume: "NDArray[np.float64]"
    bars: int


def join_bars(
    ohlcv: "NDArray[np.float64]", most: int, breaks: "NDArray[np.int64] | None" = None
) -> Buckets:
    """Join neighbouring bars, equally many in each column but those before a break.

    Parameters
    ----------
    ohlcv : ndarray of float64, shape [T, 5]
        Open, high, low, close, volume; T >= 1.
    most : int
        Columns at most, not counting those that breaks add.
    breaks : ndarray of int64, optional
        Bars that begin a new column in any case.
    """
    size = -(-len(ohlcv) // most)
    starts = np.arange(0, len(ohlcv), size)
    if breaks is not None and size > 1:
        starts = np.union1d(starts, breaks)
    rows = np.append(starts[1:], len(ohlcv)) - 1
    return Buckets(
        starts=starts,
        rows=rows,
        high=np.maximum.reduceat(ohlcv[:, 1], starts),
        low=np.minimum.reduceat(ohlcv[:, 2], starts),
        close=ohlcv[rows, 3],
        volume=np.add.reduceat(ohlcv[:, 4], starts) / (rows - starts + 1),
        bars=size,
    )
