"""Means and standard deviations over the last bars of each row.

Each window is summed on its own. Running sums would be faster for long windows, but they lose
the digits of a small deviation around a large price, and what they give for a row depends on
where the series begins.
"""

from collections.abc import Iterator

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

_CHUNK = 2**18  # values at a time, about the size of a processor's cache
_ROUNDING = 1e-12  # a deviation this small, relative to the mean, is 0 with rounding errors


def rolling_mean(values: NDArray[np.float64], window: int) -> NDArray[np.float64]:
    """Return the mean of the last ``window`` values, NaN in the first ``window - 1`` rows.

    Parameters
    ----------
    values : ndarray of float64, shape [T]
    window : int
        Bars, the current one included; at least 1.

    Returns
    -------
    ndarray of float64, shape [T]
    """
    means = np.full(len(values), np.nan)
    for rows, windows in _windows(values, window):
        means[rows] = windows.mean(axis=1)
    return means


def rolling_moments(
    values: NDArray[np.float64], window: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return mean and standard deviation of the last ``window`` values.

    The deviation is that of the population (divided by n), as TA-Lib's STDDEV.

    Parameters
    ----------
    values : ndarray of float64, shape [T]
    window : int
        Bars, the current one included; at least 1.

    Returns
    -------
    mean, deviation : ndarray of float64, shape [T]
        NaN in the first ``window - 1`` rows. The deviation of equal values is 0.
    """
    means, deviations = np.full((2, len(values)), np.nan)
    for rows, windows in _windows(values, window):
        mean = windows.mean(axis=1)
        means[rows] = mean
        deviations[rows] = without_rounding(windows.std(axis=1, mean=mean[:, None]), mean)
    return means, deviations


def without_rounding(
    deviation: NDArray[np.float64], mean: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the deviations with 0 for those that are nothing but rounding errors."""
    return np.where(deviation <= _ROUNDING * np.abs(mean), 0.0, deviation)


def ratio(above: NDArray[np.float64], below: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return ``above / below``, and 0 where ``below`` is 0."""
    return np.divide(above, below, out=np.zeros_like(above), where=below != 0.0)


def _windows(
    values: NDArray[np.float64], window: int
) -> Iterator[tuple[slice, NDArray[np.float64]]]:
    """Yield rows of the result with the windows [n, window] that end in them."""
    if len(values) < window:
        return
    windows = sliding_window_view(values, window)
    step = max(1, _CHUNK // window)
    for start in range(0, len(windows), step):
        chunk = windows[start : start + step]
        first = start + window - 1
        yield slice(first, first + len(chunk)), chunk
