"""Whether one series of returns is better than another on the same bars."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from tradegym.experiments.luck.bootstrap import Floats, affordable, block_length
from tradegym.experiments.luck.interval import Interval
from tradegym.experiments.luck.sharpe import NORMAL, ROUNDING

_ELEMENTS = 2_000_000  # blocks of resamples held at once
_FEW = 10  # resamples that make a share of them a number to go by
#: Fewer bars than this carry no test.
LEAST_BARS = 30


@dataclass(frozen=True, slots=True)
class Difference:
    """How far one series is ahead of another.

    Attributes
    ----------
    value : float
        First less second; annualised.
    interval : Interval
        Around it, annualised.
    p_value : float
        Two-sided, of no difference.
    bars : int
        Returns compared.
    block : int
        Bars of a block of the bootstrap.
    """

    value: float
    interval: Interval
    p_value: float
    bars: int
    block: int

    def as_dict(self) -> dict[str, Any]:
        """Return plain values by name."""
        found = {"value": self.value, **self.interval.as_dict()}
        return found | {"p_value": self.p_value, "bars": self.bars, "block": self.block}


def _sharpe_difference(means: Floats) -> tuple[Floats, Floats]:
    """Return the difference and its gradient for means of r1, r2, r1^2, r2^2, shape [..., 4]."""
    first, second, square1, square2 = np.moveaxis(means, -1, 0)
    var1, var2 = square1 - first**2, square2 - second**2
    value = first / np.sqrt(var1) - second / np.sqrt(var2)
    gradient = (
        square1 / var1**1.5,
        -square2 / var2**1.5,
        -first / (2 * var1**1.5),
        second / (2 * var2**1.5),
    )
    return value, np.stack(gradient, axis=-1)


def _mean(means: Floats) -> tuple[Floats, Floats]:
    """Return the mean and its gradient for means of shape [..., 1]."""
    return means[..., 0], np.ones_like(means)


def sharpe_difference(
    first: Floats,
    second: Floats,
    bars_per_year: float,
    *,
    level: float = 0.95,
    reps: int = 1000,
    seed: int = 0,
) -> Difference | None:
    """Test whether two Sharpe ratios differ.

    Parameters
    ----------
    first, second : numpy.ndarray
        Simple returns of the same bars, shape [T].
    bars_per_year : float
    level : float
        Of the interval.
    reps : int
        Resamples.
    seed : int

    Returns
    -------
    Difference or None
        In annual Sharpe ratios (with ``ddof=0``), by a studentised circular block bootstrap of
        the pairs. None under 30 bars, without variance of one of them, or for equal returns.

    References
    ----------
    O. Ledoit and M. Wolf, Robust Performance Hypothesis Testing with the Sharpe Ratio, Journal of
    Empirical Finance 15(5), 2008, 850-859.
    """
    if min(map(_spread, (first, second))) <= ROUNDING:
        return None
    # Units of the deviation keep the squares from vanishing beside the means.
    first, second = first / np.std(first), second / np.std(second)
    parts = np.stack((first, second, first**2, second**2), axis=-1)
    return _studentised(parts, _sharpe_difference, math.sqrt(bars_per_year), level, reps, seed)


def mean_difference(
    first: Floats,
    second: Floats,
    bars_per_year: float,
    *,
    level: float = 0.95,
    reps: int = 1000,
    seed: int = 0,
) -> Difference | None:
    """Test whether two mean returns differ.

    Parameters
    ----------
    first, second : numpy.ndarray
        Simple returns of the same bars, shape [T].
    bars_per_year : float
    level, reps, seed
        As for `sharpe_difference`.

    Returns
    -------
    Difference or None
        In mean return per year (arithmetic, a fraction), by the bootstrap of `sharpe_difference`.
    """
    return _studentised((first - second)[:, None], _mean, bars_per_year, level, reps, seed)


def _spread(returns: Floats) -> float:
    return float(np.std(returns)) if len(returns) else 0.0


def _studentised(
    parts: Floats,
    function: Callable[[Floats], tuple[Floats, Floats]],
    scale: float,
    level: float,
    reps: int,
    seed: int,
) -> Difference | None:
    """Return value, interval and p-value of a smooth function of means.

    Resamples are made of blocks, so that a resample's sums and the variance between its blocks
    come from the sums over the blocks that begin at each bar: no series is ever built.
    """
    bars = len(parts)
    if bars < LEAST_BARS or not np.all(np.isfinite(parts)):
        return None
    means = parts.mean(axis=0)
    value, gradient = function(means)
    influence = (parts - means) @ gradient
    if _spread(influence) <= ROUNDING:
        return None
    block = round(min(block_length(influence), bars / 10))
    block = max(1, block)
    padded = np.concatenate((np.zeros((1, parts.shape[1])), np.cumsum(_circle(parts, block), 0)))
    sums = padded[block:] - padded[:-block]  # of the block that begins at each bar
    error = math.sqrt(float(np.mean(((sums - block * means) @ gradient) ** 2)) / block / bars)
    rng, blocks, reps = np.random.default_rng(seed), bars // block, affordable(reps, bars)
    step, distances = max(1, _ELEMENTS // (blocks * parts.shape[1])), []
    for done in range(0, reps, step):
        drawn = sums[rng.integers(bars, size=(min(step, reps - done), blocks))]
        centre = drawn.mean(axis=1) / block
        with np.errstate(all="ignore"):
            resampled, slopes = function(centre)
            spread = np.einsum("rbk,rk->rb", drawn - block * centre[:, None, :], slopes)
            errors = np.sqrt(np.mean(spread**2, axis=1) / block / (blocks * block))
            distances.append(np.abs(resampled - value) / errors)
    distance = np.concatenate(distances)
    distance = distance[np.isfinite(distance)]
    if error <= 0 or len(distance) < 0.95 * reps:
        return None
    quantile = float(np.quantile(distance, level))
    half = quantile * error
    method = f"studentised block bootstrap (Ledoit and Wolf 2008), {reps} resamples"
    interval = Interval(scale * (float(value) - half), scale * (float(value) + half), level, method)
    p_value = _p_value(
        abs(float(value)) / error, distance, NORMAL.inv_cdf((1 + level) / 2) / quantile
    )
    return Difference(scale * float(value), interval, p_value, bars, block)


def _p_value(observed: float, distances: Floats, to_normal: float) -> float:
    """Return the share of distances beyond the observed one.

    Where few are, the normal tail is taken, stretched so that it meets the bootstrap at the
    interval's level: the smallest share of 1,000 is 0.001, too coarse for many trials.
    """
    beyond = int(np.count_nonzero(distances >= observed))
    if beyond >= _FEW:
        return (1 + beyond) / (1 + len(distances))
    return 2 * NORMAL.cdf(-observed * to_normal)


def _circle(parts: Floats, block: int) -> Floats:
    """Return the series with its first bars behind its last, so that every bar begins a block."""
    return np.concatenate((parts, parts[: block - 1])) if block > 1 else parts
