"""How sure a Sharpe ratio is: standard error, interval, probabilistic Sharpe ratio.

All Sharpe ratios here are per bar, not annualised: ``mean(r) / std(r, ddof=1)``. An annual one
is the same times the root of the bars per year. Kurtosis is not in excess: 3 for a normal
distribution. What is undefined is None.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING, Literal

import numpy as np

from tradegym.experiments.luck.interval import Interval

if TYPE_CHECKING:
    from numpy.typing import NDArray

Formula = Literal["2012", "2025"]

#: Returns are quotients of numbers near 1: below this, a deviation is rounding and not risk.
ROUNDING = 1e-12

NORMAL = NormalDist()


@dataclass(frozen=True, slots=True)
class Moments:
    """What the formulas need of a series of returns.

    Attributes
    ----------
    n : int
        Returns.
    mean, std : float
        Per bar; ``ddof=1``.
    sharpe : float
        ``mean / std``, per bar.
    skew : float
        ``m3 / m2^1.5`` of the central moments ``m_k = mean((r - mean)^k)``.
    kurtosis : float
        ``m4 / m2^2``, 3 for a normal distribution.
    """

    n: int
    mean: float
    std: float
    sharpe: float
    skew: float
    kurtosis: float


def moments(returns: "NDArray[np.float64]") -> Moments | None:
    """Return the moments of returns per bar.

    Parameters
    ----------
    returns : numpy.ndarray
        Simple returns, shape [T].

    Returns
    -------
    Moments or None
        None under 2 returns, without variance, or with a value that is not finite.
    """
    if len(returns) < 2 or not np.all(np.isfinite(returns)):
        return None
    mean, std = float(np.mean(returns)), float(np.std(returns, ddof=1))
    if std <= ROUNDING:
        return None
    scaled = (returns - mean) / float(np.std(returns))
    skew, kurtosis = float(np.mean(scaled**3)), float(np.mean(scaled**4))
    return Moments(len(returns), mean, std, mean / std, skew, kurtosis)


def sharpe_variance(
    sharpe: float,
    n: float,
    skew: float = 0.0,
    kurtosis: float = 3.0,
    autocorrelation: float = 0.0,
) -> float | None:
    """Return the variance of an estimated Sharpe ratio.

    Parameters
    ----------
    sharpe : float
        Per bar.
    n : float
        Returns it was estimated from.
    skew, kurtosis : float
        Of the returns.
    autocorrelation : float
        Correlation rho of successive returns, taken as an AR(1), in (-1, 1).

    Returns
    -------
    float or None
        ``(a - b skew SR + c (kurtosis - 1) / 4 SR^2) / n`` with ``a = 1 + 2B``, ``b = 1 + B + C``,
        ``c = 1 + 2C``, ``B = rho / (1 - rho)`` and ``C = rho^2 / (1 - rho^2)``: the sums of the
        autocovariances of r and r^2. None unless it is positive.

    References
    ----------
    E. Mertens, Variance of the IID estimator in Lo (2002), working paper 2002; with dependence
    M. Lopez de Prado, A. Lipton and V. Zoonekynd, How to Use the Sharpe Ratio, 2025.
    """
    if n <= 0 or not -1 < autocorrelation < 1:
        return None
    first = autocorrelation / (1 - autocorrelation)
    second = autocorrelation**2 / (1 - autocorrelation**2)
    total = 1 + 2 * first
    total -= (1 + first + second) * skew * sharpe
    total += (1 + 2 * second) * (kurtosis - 1) / 4 * sharpe**2
    return total / n if total > 0 and math.isfinite(total) else None


def lo_standard_error(sharpe: float, n: int) -> float | None:
    """Return the standard error of a Sharpe ratio of independent normal returns.

    Parameters
    ----------
    sharpe : float
        Per bar.
    n : int
        Returns.

    Returns
    -------
    float or None
        ``sqrt((1 + SR^2 / 2) / n)``; None without returns.

    References
    ----------
    A. W. Lo, The Statistics of Sharpe Ratios, Financial Analysts Journal 58(4), 2002, 36-52.
    """
    variance = sharpe_variance(sharpe, n)
    return None if variance is None else math.sqrt(variance)


def sharpe_interval(
    sharpe: float, n: int, skew: float = 0.0, kurtosis: float = 3.0, level: float = 0.95
) -> Interval | None:
    """Return the interval of a Sharpe ratio from its standard error.

    Parameters
    ----------
    sharpe : float
        Per bar.
    n : int
        Returns.
    skew, kurtosis : float
        Of the returns.
    level : float

    Returns
    -------
    Interval or None
        ``SR -+ z sqrt((1 - skew SR + (kurtosis - 1) / 4 SR^2) / (n - 1))``, per bar.

    References
    ----------
    Mertens, as in `sharpe_variance`.
    """
    variance = sharpe_variance(sharpe, n - 1, skew, kurtosis)
    if variance is None:
        return None
    half = NORMAL.inv_cdf((1 + level) / 2) * math.sqrt(variance)
    method = "standard error for skewed and fat-tailed returns (Mertens 2002)"
    return Interval(sharpe - half, sharpe + half, level, method)


#: Squared standard error of a Sharpe ratio that is held against a benchmark, by formula: the
#: 2012 one takes it at the estimate, the 2025 one at the benchmark, which is the null hypothesis.
_SQUARED_ERRORS: dict[str, Callable[[float, float, float, float, float, float], float | None]] = {
    "2012": lambda sr, at, n, skew, kurt, rho: sharpe_variance(sr, n - 1, skew, kurt, rho),
    "2025": lambda sr, at, n, skew, kurt, rho: sharpe_variance(at, n, skew, kurt, rho),
}

FORMULAS: tuple[Formula, ...] = ("2012", "2025")


def probabilistic_sharpe(
    sharpe: float,
    n: int,
    skew: float = 0.0,
    kurtosis: float = 3.0,
    benchmark: float = 0.0,
    formula: Formula = "2012",
    autocorrelation: float = 0.0,
) -> float | None:
    """Return the probabilistic Sharpe ratio (PSR).

    One minus it is the p-value of the hypothesis that the true Sharpe ratio is ``benchmark``
    against the one that it is higher.

    Parameters
    ----------
    sharpe, benchmark : float
        Estimated ratio and the one it is held against, per bar.
    n : int
        Returns.
    skew, kurtosis : float
        Of the returns.
    formula : {"2012", "2025"}
        ``Phi((SR - B) sqrt(n - 1) / sqrt(1 - skew SR + (kurtosis - 1) / 4 SR^2))`` in 2012, with
        the standard error at the estimate. 2025 takes it under the null hypothesis: ``n`` for
        ``n - 1`` and ``B`` for ``SR`` below the root. On short, skewed series they differ a lot.
    autocorrelation : float
        As for `sharpe_variance`.

    Returns
    -------
    float or None
        Probability in [0, 1]; None where the standard error is undefined.

    References
    ----------
    D. H. Bailey and M. Lopez de Prado, The Sharpe Ratio Efficient Frontier, Journal of Risk
    15(2), 2012, 3-44; Lopez de Prado et al. 2025 as in `sharpe_variance`.
    """
    squared = _SQUARED_ERRORS[formula](sharpe, benchmark, n, skew, kurtosis, autocorrelation)
    return None if squared is None else NORMAL.cdf((sharpe - benchmark) / math.sqrt(squared))


def skill_p_value(sharpe: float, n: int) -> float | None:
    """Return the two-sided p-value of "the true Sharpe ratio is 0".

    Parameters
    ----------
    sharpe : float
        Per bar.
    n : int
        Returns.

    Returns
    -------
    float or None
        Of the t test of the mean, whose statistic is ``SR sqrt(n)`` with ``n - 1`` degrees of
        freedom; None under 2 returns.

    References
    ----------
    Student, The Probable Error of a Mean, Biometrika 6(1), 1908, 1-25.
    """
    if n < 2:
        return None
    from scipy.special import stdtr

    return 2 * float(stdtr(n - 1, -abs(sharpe) * math.sqrt(n)))
