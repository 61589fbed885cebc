"""What luck has to do with an evaluation: the content of ``luck.json``."""

import math
from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np

from tradegym.experiments.luck.deflated import Deflated, deflated_sharpe, variance_of_trials
from tradegym.experiments.luck.headline import headline_intervals
from tradegym.experiments.luck.lengths import min_backtest_length, min_track_record_length
from tradegym.experiments.luck.paired import Difference, mean_difference, sharpe_difference
from tradegym.experiments.luck.series import Series, common, series_of
from tradegym.experiments.luck.sharpe import (
    FORMULAS,
    ROUNDING,
    Formula,
    moments,
    probabilistic_sharpe,
    sharpe_interval,
)
from tradegym.experiments.luck.superiority import superiority
from tradegym.experiments.luck.verdict import Facts, judge

if TYPE_CHECKING:
    from tradegym.experiments.evaluation import Comparison
    from tradegym.experiments.trials import TrialCount

#: The baseline that an agent has to beat.
REFERENCE = "buy_and_hold"

_FORMULA: Formula = "2012"  # of the figures that the verdict names


def assess(
    comparison: "Comparison",
    trials: "TrialCount",
    *,
    seed: int = 0,
    reps: int = 1000,
    risk_free: float = 0.0,
) -> dict[str, Any]:
    """Judge an evaluation.

    Parameters
    ----------
    comparison : Comparison
        The agent and the baselines on the same bars.
    trials : TrialCount
        What the ledger knows of the data, this run included.
    seed : int
        Of all bootstraps; the same seed gives the same numbers.
    reps : int
        Resamples.
    risk_free : float
        Rate per year that all Sharpe and Sortino ratios are above (``eval.risk_free``).

    Returns
    -------
    dict
        Plain values, None where undefined: ``agent`` and ``baselines`` (by name) with the Sharpe
        ratio and how sure it is, ``intervals`` (by agent or baseline and metric), ``difference``
        to buy and hold, ``deflated``, ``superiority``, ``ledger``, ``case`` and ``verdict``.
    """
    played = {"agent": comparison.agent, **comparison.baselines}
    series = {name: series_of(found.records, risk_free) for name, found in played.items()}
    agent = series["agent"]
    reference = series.get(REFERENCE)
    differences = {} if reference is None else _differences(agent, reference, seed, reps)
    n_trials = max(1, trials.configurations)
    deflated = _deflated(agent, trials, n_trials, _FORMULA)
    rows = {name: _sharpe_row(found) for name, found in series.items()}
    facts = Facts(
        bars=len(agent.returns),
        years=agent.years,
        traded=agent.traded,
        ruined=agent.ruined,
        total_return=agent.total_return,
        sharpe=rows["agent"]["sharpe"],
        low=rows["agent"]["low"],
        high=rows["agent"]["high"],
        reference=None if reference is None else REFERENCE.replace("_", "-"),
        reference_sharpe=rows[REFERENCE]["sharpe"] if reference else None,
        reference_return=None if reference is None else reference.total_return,
        difference=differences.get("sharpe"),
        same=reference is not None and _same(agent, reference),
        deflated=deflated,
        n_trials=n_trials,
        test_uses=trials.test_uses if comparison.split == "test" else 0,
    )
    verdict = judge(facts)
    return {
        "verdict": verdict.text,
        "case": verdict.case,
        "agent": rows.pop("agent"),
        "baselines": rows,
        "intervals": {name: _intervals(found, seed, reps) for name, found in series.items()},
        "difference": _difference_table(differences, n_trials),
        "deflated": _deflated_table(agent, trials, n_trials),
        "superiority": _superiority(series, seed, reps),
        "ledger": trials.as_dict(),
    }


def _sharpe_row(series: Series) -> dict[str, Any]:
    """Return the annual Sharpe ratio of a series and how sure it is."""
    annual = math.sqrt(series.bars_per_year)
    row: dict[str, Any] = {"n": len(series.returns), "years": series.years}
    row |= {"bars_per_year": series.bars_per_year, "ruined": series.ruined}
    names = ("sharpe", "low", "high", "method", "sharpe_per_bar", "skew", "kurtosis")
    lengths = ("psr", "min_track_record_bars", "min_track_record_years")
    row |= dict.fromkeys(names) | {f"{name}_{form}": None for name in lengths for form in FORMULAS}
    found = None if series.ruined else moments(series.excess)
    if found is None:
        return row
    shape = found.skew, found.kurtosis
    row |= {"sharpe": found.sharpe * annual, "sharpe_per_bar": found.sharpe}
    row |= {"skew": found.skew, "kurtosis": found.kurtosis}
    interval = sharpe_interval(found.sharpe, found.n, *shape)
    if interval is not None:
        row |= {"low": interval.low * annual, "high": interval.high * annual}
        row["method"] = interval.method
    for form in FORMULAS:
        row[f"psr_{form}"] = probabilistic_sharpe(found.sharpe, found.n, *shape, formula=form)
        length = min_track_record_length(found.sharpe, 0.0, *shape, formula=form)
        if length is not None:
            row[f"min_track_record_bars_{form}"] = length
            row[f"min_track_record_years_{form}"] = length / series.bars_per_year
    return row


def _intervals(series: Series, seed: int, reps: int) -> dict[str, Any]:
    """Return the interval of each headline number; a ruined account has none."""
    returns = series.returns[:0] if series.ruined else series.returns
    found = headline_intervals(
        returns, series.bars_per_year, reps=reps, seed=seed, risk_free=series.risk_free
    )
    return {name: None if one is None else one.as_dict() for name, one in found.items()}


def _same(first: Series, second: Series) -> bool:
    mine, theirs = common(first, second)
    alike = len(mine) == len(first.returns) == len(second.returns)
    return alike and bool(np.all(np.abs(mine - theirs) <= ROUNDING))


def _differences(
    agent: Series, reference: Series, seed: int, reps: int
) -> dict[str, Difference | None]:
    mine, theirs = common(agent, reference)
    per_year = agent.bars_per_year
    return {
        "sharpe": sharpe_difference(
            mine - agent.risk_free, theirs - agent.risk_free, per_year, reps=reps, seed=seed
        ),
        "mean_return": mean_difference(mine, theirs, per_year, reps=reps, seed=seed),
    }


def _difference_table(
    differences: Mapping[str, Difference | None], n_trials: int
) -> dict[str, Any] | None:
    if not differences:
        return None
    table: dict[str, Any] = {"reference": REFERENCE}
    for name, found in differences.items():
        table[name] = None
        if found is not None:
            corrected = min(1.0, found.p_value * n_trials)
            table[name] = found.as_dict() | {"p_value_corrected": corrected}
    return table


def _deflated(
    agent: Series, trials: "TrialCount", n_trials: int, formula: Formula
) -> Deflated | None:
    if agent.ruined or not len(agent.returns):
        return None
    variance, _ = variance_of_trials(trials.sharpes, len(agent.returns))
    return deflated_sharpe(agent.excess, n_trials, variance, formula)


def _deflated_table(agent: Series, trials: "TrialCount", n_trials: int) -> dict[str, Any]:
    """Return the deflated Sharpe ratio by both formulas, and what it depends on."""
    every = max(n_trials, trials.trainings)
    found = {form: _deflated(agent, trials, n_trials, form) for form in FORMULAS}
    counted = _deflated(agent, trials, every, _FORMULA)
    main = found[_FORMULA]
    known = main is not None
    _, source = variance_of_trials(trials.sharpes, max(1, len(agent.returns)))
    return {
        **{f"probability_{form}": one and one.probability for form, one in found.items()},
        "n_trials": n_trials,
        "unit": "configurations tried",
        "threshold": main and main.threshold * math.sqrt(agent.bars_per_year),
        "threshold_per_bar": main and main.threshold,
        "variance": main and main.variance,
        "variance_source": source if known else None,
        "p_value_corrected": main and main.p_value,
        "skilled": main and main.skilled,
        "if_every_training_counts": {
            "n_trials": every,
            "probability_2012": counted and counted.probability,
        },
        "min_backtest_years": min_backtest_length(n_trials),
        "years": agent.years,
    }


def _superiority(series: Mapping[str, Series], seed: int, reps: int) -> dict[str, Any] | None:
    """Return the tests of all strategies against buy and hold on the bars that all have."""
    from tradegym.experiments.baselines import BASELINES

    # Who knows the future is a bound and no rival.
    bounds = {name for name, baseline in BASELINES.items() if baseline.is_bound}
    reference = series.get(REFERENCE)
    rivals = [
        name
        for name, found in series.items()
        if name not in {REFERENCE, *bounds} and len(found.returns)
    ]
    if reference is None or not rivals:
        return None
    times = reference.times
    for name in rivals:
        times = np.intersect1d(times, series[name].times, assume_unique=True)
    table = np.stack([_at(series[name], times) for name in rivals], axis=1)
    found = superiority(table, _at(reference, times), rivals, seed=seed, reps=reps)
    return None if found is None else {"benchmark": REFERENCE} | asdict(found)


def _at(series: Series, times: "np.typing.NDArray[np.int64]") -> "np.typing.NDArray[np.float64]":
    found: np.typing.NDArray[np.float64] = series.returns[np.isin(series.times, times)]
    return found
