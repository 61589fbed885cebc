"""Runs beside each other: configuration, data, metrics, and tests of the differences."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tradegym.conf.errors import UserError, did_you_mean
from tradegym.experiments.comparing.differences import (
    code_differences,
    config_differences,
    data_differences,
)
from tradegym.experiments.comparing.intervals import (
    Estimate,
    bootstrap_intervals,
    seed_intervals,
    stored_intervals,
)
from tradegym.experiments.comparing.lining import mean_series
from tradegym.experiments.comparing.selecting import label_runs
from tradegym.experiments.comparing.series import Series, align, read_series
from tradegym.experiments.comparing.stored import AGENT, Numbers, StoredRun
from tradegym.experiments.comparing.testing import (
    Difference,
    corrected,
    few_seeds,
    paired_tests,
    per_year_of,
    seed_tests,
)
from tradegym.experiments.comparing.winner import Winner, find_winner

#: Metrics that are compared unless others are asked for, where any run has them.
DEFAULT_METRICS = (
    "total_return",
    "annual_return",
    "annual_volatility",
    "sharpe",
    "sortino",
    "max_drawdown",
    "calmar",
    "turnover",
    "trades",
    "exposure",
    "costs",
)

DIFFERENT_BARS = (
    "THE RUNS WERE NOT TESTED ON THE SAME BARS: their metrics stand side by side, but a difference "
    "between them says nothing about which agent is better, and no paired test is made"
)


@dataclass(frozen=True, slots=True)
class Compared:
    """The comparison of runs.

    Attributes
    ----------
    runs : mapping of str to StoredRun
        By label, in the order of the tables.
    against : str
        Label of the run, or name of the baseline, that the others are tested against.
    configuration : mapping of str to mapping
        Keys that differ, with the values of each run.
    same_bars : bool
        Whether all were tested on the same bars of the same data.
    bars : int
        Returns that all have in common; 0 if that is not known, or the bars differ.
    first, last : str
        Times of the first and last of them; empty without any.
    metrics : mapping of str to mapping
        By metric and label.
    tests : tuple of Difference
    winner : Winner
        Whether the best was picked by luck.
    notes : tuple of str
        What differs in data and code.
    warnings : tuple of str
        What a reader has to know.
    series : mapping of str to Series
        Returns of each run that has any; of several seeds their mean, bar by bar.
    """

    runs: Mapping[str, StoredRun]
    against: str
    configuration: Mapping[str, Mapping[str, Any]]
    same_bars: bool
    bars: int
    first: str
    last: str
    metrics: Mapping[str, Mapping[str, Estimate]]
    tests: tuple[Difference, ...]
    winner: Winner
    notes: tuple[str, ...]
    warnings: tuple[str, ...]
    series: Mapping[str, Series] = field(repr=False)


def compare_runs(
    runs: Sequence[StoredRun],
    *,
    baseline: StoredRun | str | None = None,
    metrics: Sequence[str] | None = None,
    sort: str | None = None,
) -> Compared:
    """Compare runs.

    Parameters
    ----------
    runs : sequence of StoredRun
        At least two, or one if ``baseline`` is a name; all of several seeds, or none.
    baseline : StoredRun or str, optional
        One of the runs, or a baseline that all of them have played; the first run by default.
    metrics : sequence of str, optional
        Those of `DEFAULT_METRICS` that any run has by default.
    sort : str, optional
        Metric that orders the runs, the best first.

    Raises
    ------
    UserError
        For too few runs, runs that cannot be compared, and unknown metrics or baselines.
    """
    _check(runs, baseline)
    tables = {label: run.metrics for label, run in zip(label_runs(runs), runs, strict=True)}
    labelled = dict(zip(tables, runs, strict=True))
    wanted = _wanted(tables, metrics)
    warnings = _without_result(labelled, tables)
    if sort is not None:
        _check_metrics([sort], tables, "--sort")
        order = sorted_labels(tables, sort)
        labelled = {label: labelled[label] for label in order}
    against, against_label = _against(labelled, runs, baseline, tables)
    same, notes = data_differences(labelled)
    notes += code_differences(labelled)
    if not same:
        warnings.insert(0, DIFFERENT_BARS)
    many = runs[0].kind == "seeds"
    series = mean_series(labelled) if many else _all_series(labelled)
    shown: dict[str, tuple[StoredRun, str]] = {key: (run, AGENT) for key, run in labelled.items()}
    if against is None:
        shown[against_label] = (_first_with(labelled, against_label), against_label)
        if _baselines_differ(tables, against_label, wanted):
            warnings.append(
                f"{against_label} is not the same in all runs (their costs, data or seeds differ); "
                f"its metrics are those in {next(iter(labelled))}, and every run is tested against "
                f"its own"
            )
    estimates = {label: _estimates(run, who, wanted) for label, (run, who) in shown.items()}
    bars, first, last = 0, "", ""
    if many:
        tests = seed_tests(labelled, against, against_label)
        warnings += few_seeds(labelled)
    else:
        if same and len(series) > 1:
            times, _ = align(series)
            bars = len(times)
            first, last = (str(times[row])[:16] for row in (0, -1)) if bars else ("", "")
            warnings += _left_out(series, bars)
        tests = paired_tests(labelled, series, against, against_label, same=same)
    return Compared(
        runs=labelled,
        against=against_label,
        configuration=config_differences(labelled),
        same_bars=same,
        bars=bars,
        first=first,
        last=last,
        metrics={
            name: {label: found[name] for label, found in estimates.items()} for name in wanted
        },
        tests=corrected(tests),
        winner=find_winner(
            labelled,
            same_bars=same,
            against=None if isinstance(baseline, str) else baseline,
            baseline=baseline if isinstance(baseline, str) else None,
            per_year=per_year_of(against or runs[0]),
        ),
        notes=tuple(notes),
        warnings=tuple(warnings),
        series=series,
    )


def sorted_labels(tables: Mapping[str, Mapping[str, Numbers]], metric: str) -> list[str]:
    """Return the labels ordered by a metric of the agents, the best first, undefined ones last."""
    from tradegym.experiments.metrics import METRICS

    spec = METRICS.get(metric)
    sign = 1.0 if spec is not None and spec.higher_is_better is False else -1.0

    def key(label: str) -> tuple[bool, float]:
        value = tables[label].get(AGENT, {}).get(metric)
        return value is None, 0.0 if value is None else sign * value

    return sorted(tables, key=key)


def _check(runs: Sequence[StoredRun], baseline: StoredRun | str | None) -> None:
    if len(runs) + (isinstance(baseline, str)) < 2:
        raise UserError(
            f"compare: needs at least 2 different runs, {len(runs)} given; or one run and "
            f"--baseline buy_and_hold"
        )
    many = [run for run in runs if run.kind == "seeds"]
    if many and len(many) < len(runs):
        single = next(run for run in runs if run.kind != "seeds")
        raise UserError(
            f"compare: '{many[0].id}' is an experiment of several seeds and '{single.id}' is one "
            f"run (kind {single.kind}); compare seeds with seeds, or name a run of one seed"
        )
    unknown = [run for run in runs if run.kind not in ("train", "eval", "seeds", "folds")]
    if unknown:
        raise UserError(
            f"compare: '{unknown[0].id}' is of kind '{unknown[0].kind}'; allowed are train, eval, "
            f"seeds and folds"
        )


def _wanted(
    tables: Mapping[str, Mapping[str, Numbers]], metrics: Sequence[str] | None
) -> list[str]:
    if metrics is not None:
        _check_metrics(metrics, tables, "--metrics")
        return list(dict.fromkeys(metrics))
    present = {name for found in tables.values() for name in found.get(AGENT, {})}
    return [name for name in DEFAULT_METRICS if name in present]


def _check_metrics(
    names: Sequence[str], tables: Mapping[str, Mapping[str, Numbers]], option: str
) -> None:
    from tradegym.experiments.metrics import METRICS

    known = dict.fromkeys(METRICS)
    for found in tables.values():
        known |= dict.fromkeys(found.get(AGENT, {}))
    for name in names:
        if name not in known:
            hint = did_you_mean(name, known) or f"; allowed are {', '.join(known)}"
            raise UserError(f"{option}: no metric is named '{name}'{hint}")


def _without_result(
    runs: Mapping[str, StoredRun], tables: Mapping[str, Mapping[str, Numbers]]
) -> list[str]:
    return [
        f"{label} has no result to compare (status {run.status or 'unknown'})"
        for label, run in runs.items()
        if not tables[label].get(AGENT)
    ]


def _against(
    labelled: Mapping[str, StoredRun],
    runs: Sequence[StoredRun],
    baseline: StoredRun | str | None,
    tables: Mapping[str, Mapping[str, Numbers]],
) -> tuple[StoredRun | None, str]:
    """Return the run that the others are tested against, or None for a baseline, and its label."""
    if isinstance(baseline, str):
        known = dict.fromkeys(name for found in tables.values() for name in found if name != AGENT)
        if baseline not in known:
            hint = did_you_mean(baseline, known) or f"; recorded are {', '.join(known) or 'none'}"
            raise UserError(f"--baseline: '{baseline}' is no run and no baseline of these{hint}")
        return None, baseline
    run = runs[0] if baseline is None else baseline
    return run, next(label for label, one in labelled.items() if one.path == run.path)


def _first_with(runs: Mapping[str, StoredRun], baseline: str) -> StoredRun:
    return next(run for run in runs.values() if baseline in run.metrics)


def _baselines_differ(
    tables: Mapping[str, Mapping[str, Numbers]], baseline: str, metrics: Sequence[str]
) -> bool:
    found = [[table.get(baseline, {}).get(name) for name in metrics] for table in tables.values()]
    return any(one != found[0] for one in found)


def _all_series(runs: Mapping[str, StoredRun]) -> dict[str, Series]:
    found = {label: read_series(run) for label, run in runs.items()}
    return {label: one for label, one in found.items() if one is not None and len(one.returns)}


def _left_out(series: Mapping[str, Series], bars: int) -> list[str]:
    longest = max(len(one.returns) for one in series.values())
    short = [label for label, one in series.items() if len(one.returns) < longest]
    if not bars:
        return ["the runs have no bars in common, so that no paired test is made"]
    if bars == longest:
        return []
    why = f"; fewer in {', '.join(short)}: a longer warm-up, or an early end" if short else ""
    return [f"tests and picture cover the {bars:,} bars that all have, of up to {longest:,}{why}"]


def _estimates(run: StoredRun, who: str, metrics: Sequence[str]) -> dict[str, Estimate]:
    values = run.metrics.get(who, {})
    if run.kind == "seeds":
        intervals = seed_intervals(run) if who == AGENT else {}
    else:
        intervals = stored_intervals(run, who)
        per_year, missing = values.get("bars_per_year"), [m for m in metrics if m not in intervals]
        series = read_series(run, who) if per_year and missing else None
        if series is not None and per_year and len(set(series.episodes.tolist())) == 1:
            intervals |= bootstrap_intervals(series, per_year, missing)
    found = {}
    for name in metrics:
        value, ends = values.get(name), intervals.get(name)
        found[name] = (
            Estimate(value)
            if ends is None or value is None
            else Estimate(value, ends.low, ends.high, ends.method)
        )
    return found
