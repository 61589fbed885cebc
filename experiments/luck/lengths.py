"""How long a track record or a backtest has to be."""

from tradegym.experiments.luck.deflated import expected_maximum
from tradegym.experiments.luck.sharpe import NORMAL, Formula, sharpe_variance


def min_track_record_length(
    sharpe: float,
    benchmark: float = 0.0,
    skew: float = 0.0,
    kurtosis: float = 3.0,
    level: float = 0.95,
    formula: Formula = "2012",
) -> float | None:
    """Return the returns that a Sharpe ratio needs to be believed (MinTRL).

    Parameters
    ----------
    sharpe, benchmark : float
        Estimated ratio and the one it has to exceed, per bar.
    skew, kurtosis : float
        Of the returns.
    level : float
        Of the PSR to reach.
    formula : {"2012", "2025"}
        ``1 + (1 - skew SR + (kurtosis - 1) / 4 SR^2) (z / (SR - B))^2`` in 2012; 2025 leaves the
        first 1 away and takes ``B`` for ``SR`` in the first bracket.

    Returns
    -------
    float or None
        Number of returns; None unless the ratio exceeds the benchmark.

    References
    ----------
    Bailey and Lopez de Prado, The Sharpe Ratio Efficient Frontier, Journal of Risk 15(2), 2012;
    Lopez de Prado, Lipton and Zoonekynd, How to Use the Sharpe Ratio, 2025.
    """
    if sharpe <= benchmark:
        return None
    at, first = {"2012": (sharpe, 1.0), "2025": (benchmark, 0.0)}[formula]
    variance = sharpe_variance(at, 1, skew, kurtosis)
    if variance is None:
        return None
    return first + variance * (NORMAL.inv_cdf(level) / (sharpe - benchmark)) ** 2


def min_backtest_length(n_trials: int, sharpe: float = 1.0) -> float | None:
    """Return the years under which luck alone is expected to show a Sharpe ratio (MinBTL).

    Parameters
    ----------
    n_trials : int
        Configurations tried, N.
    sharpe : float
        Annualised ratio that luck should not reach, positive.

    Returns
    -------
    float or None
        ``(E[max of N] / SR)^2`` years, see `expected_maximum`; 0 for a single trial, None for
        none.

    References
    ----------
    Bailey, Borwein, Lopez de Prado and Zhu, Pseudo-Mathematics and Financial Charlatanism,
    Notices of the AMS 61(5), 2014.
    """
    highest = expected_maximum(n_trials)
    return None if highest is None or sharpe <= 0 else (highest / sharpe) ** 2
