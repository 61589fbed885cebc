"""What the best of many trials is worth: expected maximum, deflated Sharpe ratio, Bonferroni."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tradegym.experiments.luck.sharpe import (
    NORMAL,
    Formula,
    moments,
    probabilistic_sharpe,
    skill_p_value,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: Euler-Mascheroni constant.
_GAMMA = 0.5772156649015329
#: Known Sharpe ratios from which on their own variance is trusted, however small it is.
_ENOUGH = 10

NO_SKILL = "1 / n, the variance of the Sharpe ratio of a strategy without skill"
OF_TRIALS = "variance of the Sharpe ratios of the trials"
AT_LEAST = "variance of the Sharpe ratios of the few trials known, or 1 / n where that is more"


@dataclass(frozen=True, slots=True)
class Deflated:
    """A Sharpe ratio held against the best that luck finds in as many trials.

    Attributes
    ----------
    probability : float
        Deflated Sharpe ratio (DSR): the PSR against ``threshold``.
    threshold : float
        Sharpe ratio per bar that the best of the trials is expected to reach without skill.
    n_trials : int
    variance : float
        Of the Sharpe ratios per bar of the trials.
    p_value : float
        Two-sided p-value of a Sharpe ratio of 0, times the trials, at most 1 (Bonferroni).
    formula : str
        Of the PSR.
    """

    probability: float
    threshold: float
    n_trials: int
    variance: float
    p_value: float
    formula: Formula

    @property
    def skilled(self) -> bool:
        """Whether the verdict calls a positive Sharpe ratio skill.

        Either of two tests is enough. Bonferroni at 5 % two-sided keeps false alarms below 2.5 %
        whatever the dependence of the trials; the deflated ratio above 0.95 is far stricter when
        trials are independent, and sees more when they hardly differ.
        """
        return self.probability > 0.95 or (self.p_value < 0.05 and self.probability > 0.5)


def expected_maximum(n_trials: int) -> float | None:
    """Return the expected maximum of independent standard normal numbers.

    Parameters
    ----------
    n_trials : int
        How many numbers, N.

    Returns
    -------
    float or None
        ``(1 - g) Z(1 - 1/N) + g Z(1 - 1/(N e))`` with Euler's constant g and the normal
        quantile Z; 0 for one number, None for none.

    References
    ----------
    D. H. Bailey, J. M. Borwein, M. Lopez de Prado and Q. J. Zhu, Pseudo-Mathematics and Financial
    Charlatanism, Notices of the AMS 61(5), 2014, 458-471.
    """
    if n_trials < 1:
        return None
    if n_trials == 1:
        return 0.0
    first = NORMAL.inv_cdf(1 - 1 / n_trials)
    return (1 - _GAMMA) * first + _GAMMA * NORMAL.inv_cdf(1 - 1 / (n_trials * math.e))


def deflated_probability(
    sharpe: float,
    n: int,
    skew: float,
    kurtosis: float,
    n_trials: int,
    variance: float,
    formula: Formula = "2012",
) -> Deflated | None:
    """Return the deflated Sharpe ratio from moments.

    Parameters
    ----------
    sharpe : float
        Per bar.
    n : int
        Returns.
    skew, kurtosis : float
        Of the returns.
    n_trials : int
        Configurations tried, this one included.
    variance : float
        Of their Sharpe ratios per bar, V.
    formula : {"2012", "2025"}
        Of the PSR.

    Returns
    -------
    Deflated or None
        ``PSR(B)`` for ``B = sqrt(V) E[max of N]``, see `expected_maximum`.

    References
    ----------
    D. H. Bailey and M. Lopez de Prado, The Deflated Sharpe Ratio, Journal of Portfolio Management
    40(5), 2014, 94-107. The 2025 form puts the PSR of 2025 in the place of that of 2012.
    """
    highest = expected_maximum(n_trials)
    if highest is None or variance < 0 or not math.isfinite(variance):
        return None
    threshold = math.sqrt(variance) * highest
    probability = probabilistic_sharpe(sharpe, n, skew, kurtosis, threshold, formula)
    p_value = skill_p_value(sharpe, n)
    if probability is None or p_value is None:
        return None
    p_value = min(1.0, p_value * n_trials)
    return Deflated(probability, threshold, n_trials, variance, p_value, formula)


def deflated_sharpe(
    returns: "NDArray[np.float64]",
    n_trials: int,
    variance_of_sharpes: float | None = None,
    formula: Formula = "2012",
) -> Deflated | None:
    """Return the deflated Sharpe ratio of returns per bar.

    Parameters
    ----------
    returns : numpy.ndarray
        Simple returns, shape [T].
    n_trials : int
        Configurations tried, this one included.
    variance_of_sharpes : float, optional
        Of their Sharpe ratios per bar; by default ``1 / T``, that of strategies without skill.
    formula : {"2012", "2025"}
        Of the PSR.

    Returns
    -------
    Deflated or None
        As `deflated_probability`; None where the Sharpe ratio is undefined.
    """
    found = moments(returns)
    if found is None:
        return None
    variance = 1 / found.n if variance_of_sharpes is None else variance_of_sharpes
    return deflated_probability(
        found.sharpe, found.n, found.skew, found.kurtosis, n_trials, variance, formula
    )


def variance_of_trials(sharpes: Sequence[float], n: int) -> tuple[float, str]:
    """Return the variance to deflate with, and where it comes from in words.

    Parameters
    ----------
    sharpes : sequence of float
        Known Sharpe ratios per bar, one per configuration.
    n : int
        Returns of the series that is judged, at least 1.

    Returns
    -------
    tuple of float and str
        From 10 ratios on their sample variance; from 2 on the same, but not less than ``1 / n``:
        so few that happen to agree would wipe out the correction. Else ``1 / n``.
    """
    if len(sharpes) < 2:
        return 1 / n, NO_SKILL
    variance = float(np.var(np.asarray(sharpes, dtype=np.float64), ddof=1))
    if len(sharpes) < _ENOUGH:
        return max(variance, 1 / n), AT_LEAST
    return variance, OF_TRIALS
