"""Whether the best of several strategies beats a benchmark by more than luck."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tradegym.experiments.luck.bootstrap import Floats, block_length
from tradegym.experiments.luck.sharpe import ROUNDING

# What arch computes grows with the square of the bars: longer series are summed up first.
_MOST_BARS = 5000
#: Under so many rows no test is made.
LEAST_BARS = 30


@dataclass(frozen=True, slots=True)
class Superiority:
    """What White's, Hansen's and Romano and Wolf's tests say.

    Attributes
    ----------
    reality_check_p : float
        White's Reality Check: p-value of "none of the strategies beats the benchmark".
    spa_p : float
        Hansen's test of superior predictive ability, the consistent p-value of the same.
    superior : tuple of str
        Strategies that StepM finds better than the benchmark, with at most 5 % probability of
        one false name among them.
    compared : tuple of str
        Strategies that were compared.
    block : int
        Mean block of the bootstrap, in rows.
    bars_per_row : int
        Bars that were summed up to one row: 1 up to 5,000 bars.
    """

    reality_check_p: float
    spa_p: float
    superior: tuple[str, ...]
    compared: tuple[str, ...]
    block: int
    bars_per_row: int


def superiority(
    returns: Floats,
    benchmark: Floats,
    names: Sequence[str] | None = None,
    *,
    seed: int = 0,
    reps: int = 1000,
    size: float = 0.05,
) -> Superiority | None:
    """Test strategies against a benchmark, with their number and dependence accounted for.

    Parameters
    ----------
    returns : numpy.ndarray
        Simple returns of the strategies, shape [T, N].
    benchmark : numpy.ndarray
        Simple returns of the benchmark on the same bars, shape [T].
    names : sequence of str, optional
        Of the strategies; by default their numbers from 0.
    seed : int
    reps : int
        Resamples of the stationary bootstrap.
    size : float
        Probability of a false name that StepM allows.

    Returns
    -------
    Superiority or None
        None when no strategy differs from the benchmark, or under 30 bars. The Reality Check is
        on differences of returns as they are; SPA and StepM on differences in units of their
        standard deviation, as Hansen defines his statistic (arch leaves that to its caller).
        A strategy that equals the benchmark is not among the compared.

    References
    ----------
    H. White, A Reality Check for Data Snooping, Econometrica 68(5), 2000, 1097-1126.
    P. R. Hansen, A Test for Superior Predictive Ability, Journal of Business and Economic
    Statistics 23(4), 2005, 365-380.
    J. P. Romano and M. Wolf, Stepwise Multiple Testing as Formalized Data Snooping, Econometrica
    73(4), 2005, 1237-1282.
    """
    names = [str(one) for one in range(returns.shape[1])] if names is None else list(names)
    gains = returns - benchmark[:, None]
    if len(gains) < LEAST_BARS or not np.all(np.isfinite(gains)):
        return None
    together = -(-len(gains) // _MOST_BARS)
    gains = gains[len(gains) % together :].reshape(-1, together, gains.shape[1]).sum(axis=1)
    spreads = np.std(gains, axis=0)
    differing = spreads > ROUNDING
    if not differing.any():
        return None
    gains, spreads = gains[:, differing], spreads[differing]
    compared = [name for name, one in zip(names, differing, strict=True) if one]
    from arch.bootstrap import SPA, RealityCheck, StepM  # slow to import

    block = max(1, round(max(block_length(column) for column in gains.T)))
    # The inputs are losses: a gain of the strategy is a loss of the benchmark.
    nothing = np.zeros(len(gains))
    check = RealityCheck(nothing, -gains, block, reps, studentize=False, seed=seed)
    check.compute()
    spa = SPA(nothing, -gains / spreads, block, reps, seed=seed)
    spa.compute()
    steps = StepM(nothing, -gains / spreads, size, block, reps, seed=seed)
    steps.compute()
    return Superiority(
        reality_check_p=float(check.pvalues["upper"]),
        spa_p=float(spa.pvalues["consistent"]),
        superior=tuple(compared[int(str(one))] for one in steps.superior_models),
        compared=tuple(compared),
        block=block,
        bars_per_row=together,
    )
