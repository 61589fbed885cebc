"""The runs of a runs root as a list: read quickly, filtered, sorted."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tradegym.conf.errors import UserError, did_you_mean
from tradegym.experiments.comparing.stored import AGENT, Numbers, StoredRun, number, read_run
from tradegym.experiments.rundir import RUN_FILE

DAMAGED = "damaged"
STATUSES = ("running", "finished", "failed", "killed", DAMAGED)

#: Test metrics of the printed list.
HEADLINE = ("total_return", "sharpe", "max_drawdown")

_UNITS = {"h": 3600, "d": 86_400, "w": 7 * 86_400}


@dataclass(frozen=True, slots=True)
class ListedRun:
    """One line of the list.

    Attributes
    ----------
    id, name, kind, status, agent, dataset : str
        Empty where it is not known; of a damaged run only ``id`` and the status are.
    seed : Any
    started : str
        Time in UTC, ISO 8601.
    seconds : float or None
        From the start to the end, or until now.
    validation_metric : str
        Metric by which the best checkpoint was chosen; empty without one.
    validation : float or None
        Its value.
    test : dict of str to (float or None)
        Metrics of the agent on the part that the run evaluated last; empty without a result.
    """

    id: str
    name: str = ""
    kind: str = ""
    status: str = DAMAGED
    agent: str = ""
    dataset: str = ""
    seed: Any = None
    started: str = ""
    seconds: float | None = None
    validation_metric: str = ""
    validation: float | None = None
    test: Numbers = field(default_factory=dict)


def list_all(root: Path) -> list[ListedRun]:
    """Return all runs of a runs root, the newest first; damaged ones by their name.

    Raises
    ------
    UserError
        If there is no such folder.
    """
    if not root.is_dir():
        raise UserError(f"runs root {root}: there is no such folder; name one with --runs-root")
    runs = [_listed(path.parent) for path in root.glob(f"*/{RUN_FILE}")]
    # A directory's name begins with the time of its start, which a damaged run has no other of.
    return sorted(runs, key=lambda run: (_start(run)[:19], run.id), reverse=True)


def _start(run: ListedRun) -> str:
    return run.started or _from_id(run.id)


def _from_id(text: str) -> str:
    try:
        return datetime.strptime(text[:15], "%Y%m%dT%H%M%S").replace(tzinfo=UTC).isoformat()[:19]
    except ValueError:
        return ""


def _listed(path: Path) -> ListedRun:
    try:
        run = read_run(path)
    except UserError:
        return ListedRun(path.name)
    best = run.result.get("best")
    best = best if isinstance(best, dict) else {}
    return ListedRun(
        id=path.name,
        name=run.name,
        kind=run.kind,
        status=run.status if run.status in STATUSES else DAMAGED,
        agent=run.agent,
        dataset=run.dataset_name,
        seed=run.seed,
        started=run.created,
        seconds=run.seconds,
        validation_metric=str(best.get("metric") or ""),
        validation=number(best.get("value")),
        test=_test(run),
    )


def _test(run: StoredRun) -> Numbers:
    """Return the metrics of the agent; those of seeds come from the stored summary."""
    if run.kind != "seeds":
        return run.metrics.get(AGENT, {})
    summary = run.many.get("summary")
    if not isinstance(summary, dict):
        return {}
    return {
        name: number(entry.get("iqm")) for name, entry in summary.items() if isinstance(entry, dict)
    }


def since_time(text: str, now: datetime | None = None) -> str:
    """Return the time that ``--since`` means, as text that sorts with the runs' starts.

    Parameters
    ----------
    text : str
        A date or time in ISO 8601 (UTC without an offset), or a span such as 12h, 7d or 2w.
    now : datetime, optional
        End of the span.

    Raises
    ------
    UserError
        If it is neither.
    """
    now = now or datetime.now(UTC)
    amount, unit = text[:-1], text[-1:]
    try:
        if unit in _UNITS and amount.isdecimal():
            found = now - timedelta(seconds=int(amount) * _UNITS[unit])
        else:
            found = datetime.fromisoformat(text)
            found = found if found.tzinfo else found.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise UserError(
            f"--since: '{text}' is no time; write a date such as 2026-03-31, or a span such as "
            f"12h, 7d or 2w"
        ) from None
    return found.astimezone(UTC).isoformat(timespec="microseconds")


def filter_runs(
    runs: Sequence[ListedRun],
    *,
    status: str | None = None,
    agent: str | None = None,
    dataset: str | None = None,
    since: str | None = None,
) -> list[ListedRun]:
    """Return the runs that fit; names are compared without regard to capitals.

    Raises
    ------
    UserError
        For a status that does not exist, or an agent or dataset that no run has.
    """
    if status is not None and status not in STATUSES:
        hint = did_you_mean(status, STATUSES) or f"; allowed are {', '.join(STATUSES)}"
        raise UserError(f"--status: no run can be '{status}'{hint}")
    start = None if since is None else since_time(since)
    for option, wanted, read in (("--agent", agent, _agent), ("--dataset", dataset, _dataset)):
        _check_present(option, wanted, [read(run) for run in runs])
    return [
        run
        for run in runs
        if (status is None or run.status == status)
        and (agent is None or run.agent.lower() == agent.lower())
        and (dataset is None or run.dataset.lower() == dataset.lower())
        and (start is None or _start(run) >= start)
    ]


def _check_present(option: str, wanted: str | None, names: Sequence[str]) -> None:
    known = sorted({name for name in names if name})
    if wanted is None or wanted.lower() in {name.lower() for name in known}:
        return
    hint = did_you_mean(wanted, known) or f"; the runs have {', '.join(known) or 'none'}"
    raise UserError(f"{option}: no run has '{wanted}'{hint}")


def _agent(run: ListedRun) -> str:
    return run.agent


def _dataset(run: ListedRun) -> str:
    return run.dataset


_TEXTS: dict[str, Callable[[ListedRun], str]] = {
    "id": lambda run: run.id,
    "name": lambda run: run.name,
    "kind": lambda run: run.kind,
    "status": lambda run: run.status,
    "agent": lambda run: run.agent,
    "dataset": lambda run: run.dataset,
    "seed": lambda run: str(run.seed).rjust(12),
}
_NUMBERS: dict[str, Callable[[ListedRun], float | None]] = {
    "duration": lambda run: run.seconds,
    "validation": lambda run: run.validation,
}


def sort_runs(runs: Sequence[ListedRun], key: str) -> list[ListedRun]:
    """Return the runs in the order of a column, or of a test metric, the best first.

    ``started`` leaves the newest first, ``duration`` and ``validation`` put the largest first,
    other columns sort as text. Undefined values are last.

    Raises
    ------
    UserError
        If there is no such column or metric.
    """
    from tradegym.experiments.metrics import METRICS

    if key == "started":
        return list(runs)
    if key in _TEXTS:
        return sorted(runs, key=_TEXTS[key])
    spec = METRICS.get(key)
    read = _NUMBERS.get(key)
    if read is None:
        known = ["started", *_TEXTS, *_NUMBERS, *METRICS]
        if spec is None and not any(key in run.test for run in runs):
            hint = did_you_mean(key, known) or f"; allowed are {', '.join(known)}"
            raise UserError(f"--sort: no column or metric is named '{key}'{hint}")

        def read(run: ListedRun) -> float | None:
            return run.test.get(key)

    sign = 1.0 if spec is not None and spec.higher_is_better is False else -1.0
    values = [(run, read(run)) for run in runs]
    known_values = sorted(
        ((run, value) for run, value in values if value is not None), key=lambda one: sign * one[1]
    )
    return [run for run, _ in known_values] + [run for run, value in values if value is None]


def listed_columns(
    runs: Sequence[ListedRun], metrics: Sequence[str], *, for_people: bool
) -> tuple[list[str], list[list[str]], list[str]]:
    """Return headers, rows and right-aligned headers of the list.

    Parameters
    ----------
    runs : sequence of ListedRun
    metrics : sequence of str
        Test metrics to show.
    for_people : bool
        Numbers, times and durations as people write them; otherwise all digits.
    """
    from tradegym.experiments.comparing.texts import (
        duration_text,
        metric_label,
        metric_text,
        value_text,
    )

    names = [metric_label(name) for name in metrics] if for_people else list(metrics)
    headers = ["id", "kind", "status", "agent", "dataset", "seed", "started", "duration"]
    headers += ["validation", *names]
    rows = []
    for run in runs:
        row = [run.id, run.kind, run.status, run.agent, run.dataset]
        if for_people:
            seed = "" if run.seed is None else value_text(run.seed)
            row += [seed, run.started[:16].replace("T", " "), duration_text(run.seconds)]
            shown = run.validation_metric and metric_text(run.validation_metric, run.validation)
            row.append(shown)
            row += [
                metric_text(name, run.test[name]) if name in run.test else "" for name in metrics
            ]
        else:
            values = (run.seed, run.started, run.seconds, run.validation)
            row += ["" if one is None else value_text(one) for one in values]
            digits = (run.test.get(name) for name in metrics)
            row += ["" if one is None else repr(one) for one in digits]
        rows.append([cell or "-" for cell in row] if for_people else row)
    return headers, rows, ["duration", "validation", *names]
