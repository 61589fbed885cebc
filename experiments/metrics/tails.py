"""The shape of the distribution of returns."""

from typing import TYPE_CHECKING

import numpy as np

from tradegym.experiments.metrics.growth import ROUNDING

if TYPE_CHECKING:
    from numpy.typing import NDArray

_LEVEL = 0.05


def moments(returns: "NDArray[np.float64]") -> tuple[float, float] | None:
    """Return skew and kurtosis, the latter 3 for a normal distribution.

    Parameters
    ----------
    returns : numpy.ndarray
        Simple returns, shape [n].

    Returns
    -------
    tuple of float, or None
        ``m3 / m2^1.5`` and ``m4 / m2^2`` with ``m_k = mean((r - mean(r))^k)``; None under 2
        returns or without variance.

    References
    ----------
    D. N. Joanes and C. A. Gill, Comparing measures of sample skewness and kurtosis, The
    Statistician 47(1), 1998, 183-189 (their g1, and g2 + 3).
    """
    if len(returns) < 2:
        return None
    centred = returns - np.mean(returns)
    scale = float(np.sqrt(np.mean(centred * centred)))
    if scale <= ROUNDING:
        return None
    centred = centred / scale
    squared = centred * centred
    return float(np.mean(squared * centred)), float(np.mean(squared * squared))


def tail_values(returns: "NDArray[np.float64]") -> dict[str, float | None]:
    """Return ``var_95``, ``cvar_95`` and ``tail_ratio``.

    Parameters
    ----------
    returns : numpy.ndarray
        Simple returns, shape [n].

    Returns
    -------
    dict
        The 5 % quantile (interpolated linearly), the mean of the ``floor(0.05 (n - 1)) + 1``
        lowest returns, and ``|95 % quantile| / |5 % quantile|``; empty under 2 returns.

    References
    ----------
    P. Jorion, Value at Risk, 3rd ed., 2006, chapter 10; C. Acerbi and D. Tasche, On the coherence
    of Expected Shortfall, Journal of Banking & Finance 26(7), 2002, 1487-1503.
    """
    n = len(returns)
    if n < 2:
        return {}
    ordered = np.sort(returns)
    low, high = _quantile(ordered, _LEVEL), _quantile(ordered, 1.0 - _LEVEL)
    worst = ordered[: int(_LEVEL * (n - 1)) + 1]
    return {
        "var_95": low,
        "cvar_95": float(np.mean(worst)),
        "tail_ratio": abs(high) / abs(low) if abs(low) > ROUNDING else None,
    }


def _quantile(ordered: "NDArray[np.float64]", level: float) -> float:
    """Return what ``numpy.percentile`` does, of values that are sorted already."""
    place = level * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return float(ordered[below] + (place - below) * (ordered[above] - ordered[below]))
