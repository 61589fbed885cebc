"""How often a test of a Sharpe ratio finds skill, and how often what it finds is none."""

import math

from tradegym.experiments.luck.sharpe import NORMAL, sharpe_variance


def sharpe_power(
    n: int,
    skew: float = 0.0,
    kurtosis: float = 3.0,
    *,
    null: float = 0.0,
    alternative: float,
    alpha: float = 0.05,
) -> float | None:
    """Return the probability that a true Sharpe ratio is found.

    Parameters
    ----------
    n : int
        Returns.
    skew, kurtosis : float
        Of the returns.
    null, alternative : float
        Sharpe ratio without skill, SR0, and with it, SR1, per bar.
    alpha : float
        False alarms that the test allows.

    Returns
    -------
    float or None
        ``1 - Phi((SR0 + z_(1-alpha) se(SR0) - SR1) / se(SR1))``.

    References
    ----------
    Lopez de Prado, Lipton and Zoonekynd, How to Use the Sharpe Ratio, 2025.
    """
    at_null = sharpe_variance(null, n, skew, kurtosis)
    at_alternative = sharpe_variance(alternative, n, skew, kurtosis)
    if at_null is None or at_alternative is None:
        return None
    critical = null + NORMAL.inv_cdf(1 - alpha) * math.sqrt(at_null)
    return NORMAL.cdf((alternative - critical) / math.sqrt(at_alternative))


def planned_false_discovery(
    power: float, alpha: float = 0.05, without_skill: float = 0.95
) -> float:
    """Return the share of strategies without skill among those a test will call skilled (pFDR).

    Parameters
    ----------
    power : float
        From `sharpe_power`.
    alpha : float
        False alarms that the test allows.
    without_skill : float
        Share p0 of strategies that have none, before any is tested.

    Returns
    -------
    float
        ``alpha p0 / (alpha p0 + power (1 - p0))``.

    References
    ----------
    As in `sharpe_power`.
    """
    alarms = alpha * without_skill
    return alarms / (alarms + power * (1 - without_skill))


def observed_false_discovery(
    sharpe: float,
    n: int,
    skew: float = 0.0,
    kurtosis: float = 3.0,
    *,
    null: float = 0.0,
    alternative: float,
    without_skill: float = 0.95,
) -> float | None:
    """Return the probability that a strategy with this Sharpe ratio has no skill (oFDR).

    Parameters
    ----------
    sharpe : float
        Observed, per bar.
    n, skew, kurtosis, null, alternative
        As in `sharpe_power`.
    without_skill : float
        Share p0 of strategies that have none, before any is tested.

    Returns
    -------
    float or None
        ``p p0 / (p p0 + q (1 - p0))`` with the probabilities p and q of such a ratio or a higher
        one under the null and under the alternative.

    References
    ----------
    As in `sharpe_power`.
    """
    at_null = sharpe_variance(null, n, skew, kurtosis)
    at_alternative = sharpe_variance(alternative, n, skew, kurtosis)
    if at_null is None or at_alternative is None:
        return None
    lucky = NORMAL.cdf((null - sharpe) / math.sqrt(at_null)) * without_skill
    able = NORMAL.cdf((alternative - sharpe) / math.sqrt(at_alternative)) * (1 - without_skill)
    return lucky / (lucky + able) if lucky + able > 0 else None
