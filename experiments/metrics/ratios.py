"""Return per unit of risk."""

import math
from typing import TYPE_CHECKING

import numpy as np

from tradegym.experiments.metrics.growth import ROUNDING, annual_volatility, per_bar

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: 97.5 % quantile of the normal distribution: half the width of a 95 % interval in errors.
NORMAL_95 = 1.959963984540054


def sharpe_ratio(
    returns: "NDArray[np.float64]", bars_per_year: float, risk_free: float = 0.0
) -> float | None:
    """Return the annualised Sharpe ratio.

    Parameters
    ----------
    returns : numpy.ndarray
        Simple returns, shape [n].
    bars_per_year : float
        Bars in a year, P.
    risk_free : float
        Risk-free rate a year, fraction; f is the rate per bar that compounds to it.

    Returns
    -------
    float or None
        ``mean(r - f) / std(r - f, ddof=1) * sqrt(P)``; None under 2 returns or without variance.

    References
    ----------
    W. F. Sharpe, The Sharpe Ratio, Journal of Portfolio Management 21(1), 1994, 49-58.
    """
    volatility = annual_volatility(returns, bars_per_year)
    if not volatility:
        return None
    excess = float(np.mean(returns)) - per_bar(risk_free, bars_per_year)
    return excess * bars_per_year / volatility


def sharpe_error(sharpe: float, n: int, skew: float = 0.0, kurtosis: float = 3.0) -> float:
    """Return the standard error of a Sharpe ratio, both per bar.

    Parameters
    ----------
    sharpe : float
        Per bar, not annualised.
    n : int
        Returns that it was computed from, at least 1.
    skew, kurtosis : float
        Of the returns; 0 and 3 (normal) give the formula of Lo for independent normal returns.

    Returns
    -------
    float
        ``sqrt((1 - g3 S + (g4 - 1) / 4 S^2) / n)``. It takes the returns for independent.

    References
    ----------
    A. W. Lo, The Statistics of Sharpe Ratios, Financial Analysts Journal 58(4), 2002, 36-52;
    with skew and kurtosis E. Mertens, Comments on variance of the IID estimator in Lo, 2002.
    """
    variance = 1.0 - skew * sharpe + (kurtosis - 1.0) / 4.0 * sharpe**2
    return math.sqrt(max(variance, 0.0) / n)


def sortino_ratio(
    returns: "NDArray[np.float64]", bars_per_year: float, risk_free: float = 0.0
) -> float | None:
    """Return the annualised Sortino ratio whose target is the risk-free rate.

    Parameters
    ----------
    returns : numpy.ndarray
        Simple returns, shape [n].
    bars_per_year : float
        Bars in a year, P.
    risk_free : float
        Risk-free rate a year, fraction; f is the rate per bar that compounds to it.

    Returns
    -------
    float or None
        ``mean(r - f) / sqrt(mean(min(r - f, 0)^2)) * sqrt(P)``, the lower mean taken over all n
        returns and not over the losses alone; None under 2 returns or without a loss.

    References
    ----------
    F. A. Sortino and L. N. Price, Performance Measurement in a Downside Risk Framework, Journal
    of Investing 3(3), 1994, 59-64.
    """
    if len(returns) < 2:
        return None
    excess = returns - per_bar(risk_free, bars_per_year)
    downside = math.sqrt(float(np.mean(np.minimum(excess, 0.0) ** 2)))
    if downside <= ROUNDING:
        return None
    return float(np.mean(excess)) / downside * math.sqrt(bars_per_year)


def omega_ratio(returns: "NDArray[np.float64]", threshold: float = 0.0) -> float | None:
    """Return gains over losses, both measured from a threshold.

    Parameters
    ----------
    returns : numpy.ndarray
        Simple returns, shape [n].
    threshold : float
        Return per bar.

    Returns
    -------
    float or None
        ``sum(max(r - f, 0)) / sum(max(f - r, 0))``; None under 2 returns or without a loss.

    References
    ----------
    C. Keating and W. F. Shadwick, A Universal Performance Measure, Journal of Performance
    Measurement 6(3), 2002, 59-84.
    """
    if len(returns) < 2:
        return None
    excess = returns - threshold
    lost = -float(np.minimum(excess, 0.0).sum())
    return float(np.maximum(excess, 0.0).sum()) / lost if lost > ROUNDING else None


def calmar_ratio(growth: float | None, drawdown: float | None) -> float | None:
    """Return the annual return per unit of maximum drawdown.

    Parameters
    ----------
    growth : float or None
        Compound annual growth rate, from `annual_return`.
    drawdown : float or None
        Negative fraction, from `max_drawdown`.

    Returns
    -------
    float or None
        ``growth / |drawdown|``, over the whole episode; None without a drawdown.

    References
    ----------
    T. W. Young, Calmar Ratio: A Smoother Tool, Futures 20(1), 1991, 40.
    """
    if growth is None or drawdown is None or drawdown >= -ROUNDING:
        return None
    return growth / -drawdown
