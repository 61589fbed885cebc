"""Tests of the differences between runs, corrected for their number."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from tradegym.experiments.comparing.holm import holm
from tradegym.experiments.comparing.series import Series, align, read_series
from tradegym.experiments.comparing.stored import AGENT, StoredRun, number

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Array = NDArray[np.float64]

#: Metrics whose difference between experiments of several seeds is tested.
SEED_METRICS = ("total_return", "sharpe")

#: Resamples of a paired test.
DRAWS = 5000


@dataclass(frozen=True, slots=True)
class Difference:
    """One test of one run against another, or against a baseline.

    Attributes
    ----------
    run, against : str
        Labels.
    statistic : str
        ``mean_return`` and ``sharpe`` (a year) of returns, else a metric over seeds.
    difference, low, high, p : float or None
        Difference, its 95 % interval and two-sided p-value; None where undefined.
    p_holm : float or None
        Corrected for the tests of this statistic (Holm).
    bars : int
        Returns, or seeds, of ``run`` that were compared.
    improvement, improvement_low, improvement_high : float or None
        Probability of improvement over seeds, and its 95 % interval.
    method : str
        How the interval was made.
    block : int or None
        Bars in a block of the bootstrap.
    """

    run: str
    against: str
    statistic: str
    difference: float | None = None
    low: float | None = None
    high: float | None = None
    p: float | None = None
    p_holm: float | None = None
    bars: int = 0
    improvement: float | None = None
    improvement_low: float | None = None
    improvement_high: float | None = None
    method: str = ""
    block: int | None = None


def paired_tests(
    runs: Mapping[str, StoredRun],
    series: Mapping[str, Series],
    against: StoredRun | None,
    label: str,
    *,
    same: bool,
) -> list[Difference]:
    """Test the returns of each run against those of one of them, or of its own baseline.

    Parameters
    ----------
    runs : mapping of str to StoredRun
        By label.
    series : mapping of str to Series
        Returns of the agents, by label; runs without are left out.
    against : StoredRun or None
        None tests against the baseline that ``label`` names.
    label : str
    same : bool
        Whether all runs were tested on the same bars; otherwise only baselines are tested.
    """
    tests: list[Difference] = []
    if against is None:
        for name, run in runs.items():
            own = read_series(run, label)
            if own is not None and name in series and len(own.returns):
                _, returns = align({name: series[name], label: own})
                tests += _pair(name, label, returns[name], returns[label], per_year_of(run))
    elif same and label in series and len(series) > 1:
        _, returns = align(series)
        for name in series:
            if name != label:
                tests += _pair(name, label, returns[name], returns[label], per_year_of(against))
    return tests


def per_year_of(run: StoredRun) -> float:
    """Return the bars in a year of a run's evaluation; 1 where they are not known."""
    found = run.metrics.get(AGENT, {}).get("bars_per_year")
    return found or number(run.dataset.get("bars_per_year")) or 1.0


def _pair(
    name: str,
    label: str,
    first: "Array",
    second: "Array",
    per_year: float,
) -> list[Difference]:
    from tradegym.experiments.luck.paired import mean_difference, sharpe_difference

    found = []
    for statistic, test in (("mean_return", mean_difference), ("sharpe", sharpe_difference)):
        one = test(first, second, per_year, reps=DRAWS)
        if one is None:  # too few bars, no variance, or a difference that is always the same
            plain = _PLAIN[statistic](first, second, per_year)
            found.append(Difference(name, label, statistic, plain, bars=len(first)))
            continue
        ends = one.interval
        found.append(
            Difference(
                name,
                label,
                statistic,
                one.value,
                ends.low,
                ends.high,
                one.p_value,
                bars=one.bars,
                method=ends.method,
                block=one.block,
            )
        )
    return found


def _mean_difference(first: "Array", second: "Array", per_year: float) -> float | None:
    return float(np.mean(first) - np.mean(second)) * per_year if len(first) else None


def _sharpe_difference(first: "Array", second: "Array", per_year: float) -> float | None:
    from tradegym.experiments.metrics import sharpe_ratio

    one, other = sharpe_ratio(first, per_year), sharpe_ratio(second, per_year)
    return None if one is None or other is None else one - other


#: Differences of which there is no test.
_PLAIN: "dict[str, Callable[[Array, Array, float], float | None]]" = {
    "mean_return": _mean_difference,
    "sharpe": _sharpe_difference,
}


def seed_tests(
    runs: Mapping[str, StoredRun], against: StoredRun | None, label: str
) -> list[Difference]:
    """Test `SEED_METRICS` of experiments of several seeds; as `paired_tests`."""
    from tradegym.experiments.comparing.seeds import compare_seeds

    tests = []
    for name, run in runs.items():
        if name == label:
            continue
        for metric in SEED_METRICS:
            other = run if against is None else against
            who = label if against is None else AGENT
            one = compare_seeds(run.seed_values(metric), other.seed_values(metric, who))
            tests.append(
                Difference(
                    name,
                    label,
                    metric,
                    one.difference,
                    one.low,
                    one.high,
                    one.p,
                    bars=one.seeds[0],
                    improvement=one.improvement,
                    improvement_low=one.improvement_low,
                    improvement_high=one.improvement_high,
                    method=one.method,
                )
            )
    return tests


def few_seeds(runs: Mapping[str, StoredRun]) -> list[str]:
    """Return a warning if there are too few seeds for a bootstrap."""
    from tradegym.experiments.luck.seeds import ENOUGH_SEEDS

    counts = {label: len(run.seed_values("sharpe")) for label, run in runs.items()}
    few = [f"{label} has {count}" for label, count in counts.items() if count < ENOUGH_SEEDS]
    if not few:
        return []
    return [f"fewer than {ENOUGH_SEEDS} seeds ({', '.join(few)}): the intervals are t-intervals"]


def corrected(tests: Sequence[Difference]) -> tuple[Difference, ...]:
    """Correct the p-values of each statistic for the number of runs."""
    values: dict[int, float | None] = {}
    for statistic in dict.fromkeys(one.statistic for one in tests):
        places = [place for place, one in enumerate(tests) if one.statistic == statistic]
        values |= dict(zip(places, holm([tests[at].p for at in places]), strict=True))
    return tuple(replace(one, p_holm=values[place]) for place, one in enumerate(tests))
