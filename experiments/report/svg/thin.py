"""Long series as few points, with every extreme kept."""

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

MOST = 700  # columns of a chart: about one for each pixel of a wide page


def thin(values: "NDArray[np.float64]", most: int = MOST) -> "NDArray[np.int64]":
    """Return the rows to draw: of each bucket the lowest, the highest and the last.

    Parameters
    ----------
    values : ndarray of float64, shape [n]
        May hold NaN.
    most : int
        Buckets; a series of at most twice as many values is kept whole.

    Returns
    -------
    ndarray of int64
        Increasing, with the first and the last row.
    """
    if len(values) <= 2 * most:
        return np.arange(len(values), dtype=np.int64)
    edges = np.linspace(0, len(values), most + 1).astype(np.int64)
    low, high = (
        np.where(np.isnan(values), np.inf, values),
        np.where(np.isnan(values), -np.inf, values),
    )
    rows = [0, len(values) - 1]
    for first, end in pairwise(edges):
        rows += [
            first + int(low[first:end].argmin()),
            first + int(high[first:end].argmax()),
            end - 1,
        ]
    return np.unique(np.array(rows, dtype=np.int64))


def evenly(length: int, most: int) -> "NDArray[np.int64]":
    """Return at most ``most`` rows of ``length``, evenly spread, with the first and the last."""
    return np.unique(np.linspace(0, length - 1, min(length, most)).round().astype(np.int64))
