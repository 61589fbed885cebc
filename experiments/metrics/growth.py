"""Growth and variation of an equity curve."""

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Returns are quotients of numbers near 1: below this, a deviation is rounding and not risk.
ROUNDING = 1e-12


def per_bar(yearly: float, bars_per_year: float) -> float:
    """Return the rate per bar that compounds to a yearly rate.

    Parameters
    ----------
    yearly : float
        Fraction, above -1.
    bars_per_year : float
        Bars in a year, P.

    Returns
    -------
    float
        ``(1 + yearly)^(1 / P) - 1``.
    """
    return math.expm1(math.log1p(yearly) / bars_per_year)


def total_log_return(curve: "NDArray[np.float64]") -> float:
    """Return the logarithm of final over start value.

    Parameters
    ----------
    curve : numpy.ndarray
        Equity, shape [n + 1], positive.

    Returns
    -------
    float
        ``ln(V_n / V_0)``: the sum of the log returns of all bars.
    """
    return math.log(curve[-1]) - math.log(curve[0])


def annual_return(curve: "NDArray[np.float64]", bars_per_year: float) -> float | None:
    """Return the compound annual growth rate.

    Parameters
    ----------
    curve : numpy.ndarray
        Equity, shape [n + 1], positive.
    bars_per_year : float
        Bars in a year, P.

    Returns
    -------
    float or None
        ``(V_n / V_0)^(P / n) - 1``; None without a return, or when it exceeds a float.

    References
    ----------
    C. Bacon, Practical Portfolio Performance Measurement and Attribution, 2nd ed., Wiley 2008,
    chapter 2 (annualised returns).
    """
    if len(curve) < 2:
        return None
    try:
        return math.expm1(total_log_return(curve) * bars_per_year / (len(curve) - 1))
    except OverflowError:
        return None


def annual_volatility(returns: "NDArray[np.float64]", bars_per_year: float) -> float | None:
    """Return the annualised standard deviation of the returns.

    Parameters
    ----------
    returns : numpy.ndarray
        Simple returns, shape [n].
    bars_per_year : float
        Bars in a year, P.

    Returns
    -------
    float or None
        ``std(r, ddof=1) * sqrt(P)``; None under 2 returns.

    References
    ----------
    C. Bacon, as in `annual_return`, chapter 4 (annualised risk).
    """
    if len(returns) < 2:
        return None
    deviation = float(np.std(returns, ddof=1))
    return deviation * math.sqrt(bars_per_year) if deviation > ROUNDING else 0.0
