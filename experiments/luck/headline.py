"""The headline numbers of many resampled series of returns at once, and their intervals.

The formulas are those of `tradegym.experiments.metrics`, along the last axis.
"""

import math

import numpy as np

from tradegym.experiments.luck.bootstrap import Floats, Statistic, block_bootstrap_intervals
from tradegym.experiments.luck.interval import Interval
from tradegym.experiments.luck.sharpe import ROUNDING


def total_return(returns: Floats) -> Floats:
    """Return ``prod(1 + r) - 1``, a fraction, shape [R] for returns of shape [R, T]."""
    grown: Floats = np.prod(1 + returns, axis=-1) - 1
    return grown


def annual_return(returns: Floats, bars_per_year: float) -> Floats:
    """Return the compound growth per year, ``prod(1 + r)^(P / T) - 1``, shape [R]."""
    grown: Floats = (1 + total_return(returns)) ** (bars_per_year / returns.shape[-1]) - 1
    return grown


def sharpe(returns: Floats, bars_per_year: float = 1.0) -> Floats:
    """Return ``mean(r) / std(r, ddof=1) sqrt(P)``, shape [R]; NaN without variance."""
    deviation = np.std(returns, axis=-1, ddof=1)
    deviation = np.where(deviation > ROUNDING, deviation, np.nan)
    ratio: Floats = np.mean(returns, axis=-1) / deviation * math.sqrt(bars_per_year)
    return ratio


def sortino(returns: Floats, bars_per_year: float) -> Floats:
    """Return ``mean(r) / sqrt(mean(min(r, 0)^2)) sqrt(P)``, shape [R]; NaN without a loss."""
    downside = np.sqrt(np.mean(np.minimum(returns, 0.0) ** 2, axis=-1))
    downside = np.where(downside > ROUNDING, downside, np.nan)
    ratio: Floats = np.mean(returns, axis=-1) / downside * math.sqrt(bars_per_year)
    return ratio


def max_drawdown(returns: Floats) -> Floats:
    """Return the deepest fall below an earlier peak or the start, in [-1, 0], shape [R]."""
    curve = np.cumprod(1 + returns, axis=-1)
    peaks = np.maximum(np.maximum.accumulate(curve, axis=-1), 1.0)
    deepest: Floats = np.minimum(np.min(curve / peaks, axis=-1) - 1, 0.0)
    return np.maximum(deepest, -1.0)


def headline_statistics(bars_per_year: float, risk_free: float = 0.0) -> dict[str, Statistic]:
    """Return the headline numbers by the names that `METRICS` gives them.

    Parameters
    ----------
    bars_per_year : float
    risk_free : float
        Rate per bar that Sharpe and Sortino are above.
    """
    return {
        "total_return": total_return,
        "annual_return": lambda returns: annual_return(returns, bars_per_year),
        "sharpe": lambda returns: sharpe(returns - risk_free, bars_per_year),
        "sortino": lambda returns: sortino(returns - risk_free, bars_per_year),
        "max_drawdown": max_drawdown,
    }


def headline_intervals(
    returns: Floats,
    bars_per_year: float,
    level: float = 0.95,
    reps: int = 1000,
    seed: int = 0,
    risk_free: float = 0.0,
) -> dict[str, Interval | None]:
    """Return the bootstrap interval of every headline number.

    Parameters
    ----------
    returns : numpy.ndarray
        Simple returns per bar, shape [T].
    bars_per_year : float
    level : float
    reps : int
    seed : int
    risk_free : float
        Rate per bar that Sharpe and Sortino are above.

    Returns
    -------
    dict of str to Interval or None
        As `block_bootstrap_intervals`.
    """
    statistics = headline_statistics(bars_per_year, risk_free)
    return block_bootstrap_intervals(returns, statistics, level, reps, seed)
