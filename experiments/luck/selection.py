"""Whether the best of several configurations was picked by luck."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from tradegym.experiments.luck.bootstrap import Floats
from tradegym.experiments.luck.deflated import Deflated, deflated_sharpe, variance_of_trials
from tradegym.experiments.luck.pbo import Overfitting, pbo
from tradegym.experiments.luck.sharpe import ROUNDING, moments
from tradegym.experiments.luck.superiority import LEAST_BARS, Superiority, superiority

if TYPE_CHECKING:
    from tradegym.experiments.trials import TrialCount

#: Blocks of Bailey et al.; fewer where a block would have less than `_LEAST_PER_BLOCK` bars.
_MOST_BLOCKS = 16
#: 20 splits at least, with 30 bars in each half.
_LEAST_BLOCKS = 6
_LEAST_PER_BLOCK = 10

LEDGER = "the ledger"
COMPARED = "the runs compared"


@dataclass(frozen=True, slots=True)
class Selection:
    """What picking the best of several configurations is worth; what is undefined is None.

    Attributes
    ----------
    bars : int
        Returns that all have in common.
    bars_per_year : float
    sharpes : dict of str to (float or None)
        Sharpe ratio a year of each configuration on them.
    best : str or None
        The one with the highest.
    blocks : int or None
        Of the cross-validation.
    overfitting : Overfitting or None
    superiority : Superiority or None
        Of the configurations against the benchmark.
    deflated : Deflated or None
        The Sharpe ratio of the best.
    n_trials : int
        Configurations tried, as far as is known.
    trials_source : str
        `LEDGER` or `COMPARED`: where that number comes from.
    variance_source : str
        What the variance of the trials' Sharpe ratios is.
    reasons : dict of str to str
        Why ``pbo``, ``superiority`` or ``deflated`` is None.
    """

    bars: int
    bars_per_year: float
    sharpes: Mapping[str, float | None]
    best: str | None
    blocks: int | None
    overfitting: Overfitting | None
    superiority: Superiority | None
    deflated: Deflated | None
    n_trials: int
    trials_source: str
    variance_source: str
    reasons: Mapping[str, str] = field(default_factory=dict)


def overfitting_by_luck(strategies: int) -> float:
    """Return the PBO that is expected of strategies without skill.

    Parameters
    ----------
    strategies : int
        How many, N, at least 1.

    Returns
    -------
    float
        ``floor((N + 1) / 2) / N``: the rank of the chosen one out of sample is then any of 1 to N,
        and those up to the median ``(N + 1) / 2`` count as below. 0.5 for even numbers, more for
        odd ones (2/3 for 3), since the median itself counts.
    """
    return (strategies + 1) // 2 / strategies


def blocks_for(bars: int) -> int | None:
    """Return the number of blocks of the cross-validation; None for too few bars."""
    blocks = min(_MOST_BLOCKS, bars // _LEAST_PER_BLOCK // 2 * 2)
    return blocks if blocks >= _LEAST_BLOCKS else None


def judge_selection(
    returns: Mapping[str, Floats],
    gains: Mapping[str, Floats],
    bars_per_year: float,
    trials: "TrialCount",
    *,
    risk_free: float = 0.0,
    seed: int = 0,
    reps: int = 1000,
) -> Selection:
    """Judge the choice of the best of several configurations.

    Parameters
    ----------
    returns : mapping of str to numpy.ndarray
        Simple returns of each configuration that could have been chosen, shape [T] each, on the
        same bars.
    gains : mapping of str to numpy.ndarray
        Returns above those of the benchmark, shape [T] each, of the configurations that are tested
        against it.
    bars_per_year : float
        Positive.
    trials : TrialCount
        What the ledger knows of the data.
    risk_free : float
        Rate a year that Sharpe ratios are above, fraction.
    seed, reps : int
        Of the bootstrap.

    Returns
    -------
    Selection
        With `pbo` of the returns, `superiority` of the gains against 0, and `deflated_sharpe` of
        the configuration with the highest Sharpe ratio. The trials are the configurations of the
        ledger, or those compared if they are more; the variance of their Sharpe ratios is that of
        those compared, which are of the same bars, unless the ledger knows more of them.
    """
    per_bar = (1 + risk_free) ** (1 / bars_per_year) - 1
    excess = {label: values - per_bar for label, values in returns.items()}
    found = {label: moments(values) for label, values in excess.items()}
    ratios = {label: one.sharpe for label, one in found.items() if one is not None}
    best = max(ratios, key=ratios.__getitem__) if ratios else None
    bars = len(next(iter(returns.values()), ()))
    blocks = blocks_for(bars)
    reasons: dict[str, str] = {}

    overfitting = None
    why = _not_cross_validated(list(excess.values()), bars)
    if why:
        reasons["pbo"] = why
    elif blocks is not None:
        overfitting = pbo(np.stack(list(excess.values()), axis=1), blocks)

    tested = None
    if gains:
        table = np.stack(list(gains.values()), axis=1)
        tested = superiority(table, np.zeros(len(table)), list(gains), seed=seed, reps=reps)
    if tested is None:
        reasons["superiority"] = _not_tested(gains, bars)

    n_trials, source = len(returns), COMPARED
    if trials.configurations >= n_trials:
        n_trials, source = trials.configurations, LEDGER
    known = trials.sharpes if len(trials.sharpes) > len(ratios) else tuple(ratios.values())
    variance, variance_source = variance_of_trials(known, max(1, bars))
    deflated = None
    if best is not None:
        deflated = deflated_sharpe(excess[best], n_trials, variance)
    if deflated is None:
        reasons["deflated"] = "no configuration has a Sharpe ratio on these bars"
    year = math.sqrt(bars_per_year)
    return Selection(
        bars=bars,
        bars_per_year=bars_per_year,
        sharpes={label: ratios[label] * year if label in ratios else None for label in returns},
        best=best,
        blocks=blocks if overfitting is not None else None,
        overfitting=overfitting,
        superiority=tested,
        deflated=deflated,
        n_trials=n_trials,
        trials_source=source,
        variance_source=variance_source,
        reasons=reasons,
    )


def _not_cross_validated(series: Sequence[Floats], bars: int) -> str:
    """Return why there is no PBO; empty if there is one."""
    if len(series) < 2:
        return f"it needs 2 configurations or more, there is {len(series)}"
    least = _LEAST_BLOCKS * _LEAST_PER_BLOCK
    if bars < least:
        return f"it needs {least} bars that all have in common, there are {bars}"
    if all(bool(np.all(np.abs(one - series[0]) <= ROUNDING)) for one in series):
        return "all configurations have the same returns"
    return ""


def _not_tested(gains: Mapping[str, Floats], bars: int) -> str:
    if not gains:
        return "no configuration can be held against it"
    if bars < LEAST_BARS:
        return f"it needs {LEAST_BARS} bars that all have in common, there are {bars}"
    return "no configuration differs from it"
