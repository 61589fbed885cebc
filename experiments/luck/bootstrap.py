"""Intervals of performance numbers by resampling blocks of successive returns."""

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

from tradegym.experiments.luck.interval import Interval, percentile_interval
from tradegym.experiments.luck.sharpe import ROUNDING

if TYPE_CHECKING:
    from numpy.random import Generator

Floats: TypeAlias = NDArray[np.float64]
Statistic: TypeAlias = Callable[[Floats], Floats]
"""From resampled returns, shape [R, T], to one number each, shape [R]; NaN where undefined."""

_ELEMENTS = 2_000_000  # resampled returns held at once
_MOST_ELEMENTS = 30_000_000  # resampled returns in all, so that minute bars end too
_LEAST_REPS = 200


def block_length(series: Floats) -> float:
    """Return the mean length of the blocks that keeps what successive values have in common.

    Parameters
    ----------
    series : numpy.ndarray
        Returns, shape [T].

    Returns
    -------
    float
        Optimal length for the stationary bootstrap, in bars, at least 1; 1 where it is undefined.

    References
    ----------
    D. N. Politis and H. White, Automatic Block-Length Selection for the Dependent Bootstrap,
    Econometric Reviews 23(1), 2004, 53-70, corrected by A. Patton, D. N. Politis and H. White,
    28(4), 2009, 372-375, as the package arch computes it.
    """
    if len(series) < 20 or not np.all(np.isfinite(series)) or np.ptp(series) <= ROUNDING:
        return 1.0
    from arch.bootstrap import optimal_block_length  # slow to import

    # Scaled: the products of small returns would be lost in the rounding.
    found = float(optimal_block_length(series / np.std(series))["stationary"].iloc[0])
    return max(1.0, found) if np.isfinite(found) else 1.0


def affordable(reps: int, length: int) -> int:
    """Return how many resamples of so many returns are drawn: fewer from 30,000 bars on."""
    return max(min(reps, _LEAST_REPS), min(reps, _MOST_ELEMENTS // max(length, 1)))


def stationary_rows(length: int, block: float, reps: int, rng: "Generator") -> NDArray[np.int64]:
    """Draw resamples of the stationary bootstrap.

    Parameters
    ----------
    length : int
        Bars T of the series.
    block : float
        Mean of the geometric lengths of the blocks, at least 1.
    reps : int
        Resamples R.
    rng : numpy.random.Generator

    Returns
    -------
    numpy.ndarray
        Rows of the series, shape [R, T]; the series is taken as a circle.

    References
    ----------
    D. N. Politis and J. P. Romano, The Stationary Bootstrap, Journal of the American Statistical
    Association 89(428), 1994, 1303-1313.
    """
    if block <= 1:
        return rng.integers(length, size=(reps, length))
    fresh = rng.random((reps, length)) < 1 / block
    fresh[:, 0] = True
    places = np.arange(length)
    # Where the block of each place begins; behind the start of a block it goes on bar by bar.
    begun = np.maximum.accumulate(np.where(fresh, places, 0), axis=1)
    starts = rng.integers(length, size=(reps, length))
    rows: NDArray[np.int64] = np.take_along_axis(starts, begun, axis=1) + places - begun
    return rows % length


def resamples(returns: Floats, block: float, reps: int, seed: int) -> Iterator[Floats]:
    """Yield resampled returns, shape [some of R, T], so that not all are held at once."""
    rng = np.random.default_rng(seed)
    step = max(1, _ELEMENTS // len(returns))
    for first in range(0, reps, step):
        yield returns[stationary_rows(len(returns), block, min(step, reps - first), rng)]


def block_bootstrap_intervals(
    returns: Floats,
    statistics: Mapping[str, Statistic],
    level: float = 0.95,
    reps: int = 1000,
    seed: int = 0,
) -> dict[str, Interval | None]:
    """Return the intervals of several statistics from the same resamples.

    Parameters
    ----------
    returns : numpy.ndarray
        Simple returns per bar, shape [T].
    statistics : mapping of str to Statistic
    level : float
        Share between the ends.
    reps : int
        Resamples; `affordable` limits them on very long series.
    seed : int

    Returns
    -------
    dict of str to Interval or None
        Percentiles of the statistic over resamples of the stationary bootstrap with the blocks
        of `block_length`. None under 10 returns, without variance, with a value that is not
        finite, or where the statistic is undefined.
    """
    if len(returns) < 10 or not np.all(np.isfinite(returns)) or np.ptp(returns) <= ROUNDING:
        return dict.fromkeys(statistics)
    block, reps = block_length(returns), affordable(reps, len(returns))
    found: dict[str, list[Floats]] = {name: [] for name in statistics}
    with np.errstate(all="ignore"):  # what is undefined in a resample is NaN
        for sample in resamples(returns, block, reps, seed):
            for name, statistic in statistics.items():
                found[name].append(statistic(sample))
    method = f"stationary bootstrap, {reps} resamples, mean block {block:.1f} bars, percentiles"
    return {
        name: percentile_interval(np.concatenate(values), level, method)
        for name, values in found.items()
    }


def block_bootstrap_interval(
    returns: Floats, statistic: Statistic, level: float = 0.95, reps: int = 1000, seed: int = 0
) -> Interval | None:
    """Return the interval of one statistic, see `block_bootstrap_intervals`."""
    return block_bootstrap_intervals(returns, {"it": statistic}, level, reps, seed)["it"]
