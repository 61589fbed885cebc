"""From the files of a run to the report, before it becomes HTML or Markdown."""

from dataclasses import dataclass
from pathlib import Path

from tradegym.experiments.report.blocks import Fact, Section, Text
from tradegym.experiments.report.files import RunFiles, mapping, read_run, sequence
from tradegym.experiments.report.sections import build_sections
from tradegym.experiments.report.texts import day, duration, moment, seconds_of, without_folders
from tradegym.experiments.report.verdict import verdict

_KINDS = {
    "train": "Training run",
    "eval": "Evaluation",
    "seeds": "One configuration, several seeds",
    "folds": "One configuration, several folds",
}


@dataclass(frozen=True, slots=True)
class Report:
    """A report.

    Attributes
    ----------
    title, kind, status : str
    identity : tuple of Fact
        What was run on what, and when.
    alarm : Text or None
        What must be read first: the run failed, was killed or has not ended.
    verdict : Text
    warnings : tuple of str
    sections : tuple of Section
    """

    title: str
    kind: str
    status: str
    identity: tuple[Fact, ...]
    alarm: Text | None
    verdict: Text
    warnings: tuple[str, ...]
    sections: tuple[Section, ...]


def build_report(path: Path) -> Report:
    """Build the report of the run in ``path`` from its files.

    Raises
    ------
    UserError
        If ``path`` is not a run.
    """
    run = read_run(path)
    data = run.dataset.get("name")
    name = str(run.info.get("name") or path.name)
    return Report(
        title=f"{run.agent} on {data}" if data else f"{run.agent}: {name}",
        kind=_KINDS.get(run.kind, run.kind),
        status=run.status,
        identity=_identity(run),
        alarm=_alarm(run),
        verdict=verdict(run),
        warnings=_warnings(run),
        sections=build_sections(run),
    )


def _identity(run: RunFiles) -> tuple[Fact, ...]:
    seconds = seconds_of(run.info, run.result)
    facts = [
        Fact("Run", str(run.info.get("id") or run.path.name)),
        Fact("Agent", run.agent),
        Fact("Dataset", str(run.dataset.get("name") or "not recorded")),
    ]
    facts += _periods(run)
    seeds = sequence(run.seeds.get("seeds"))
    facts += [
        Fact("Seeds" if seeds else "Seed", _seeds(seeds) if seeds else _seed(run)),
        Fact("Status", run.status),
        Fact("Started", moment(run.info.get("created"))),
        Fact("Duration", duration(seconds) if seconds is not None else "not recorded"),
    ]
    steps = run.result.get("steps")
    if isinstance(steps, int):
        facts.append(Fact("Training steps", f"{steps:,}"))
    return tuple(facts)


def _periods(run: RunFiles) -> list[Fact]:
    """Return the dates of the parts; of several folds those that all tests span."""
    if run.folds:
        folds = [mapping(one) for one in sequence(run.folds.get("folds"))]
        tests = [test for one in folds if (test := sequence(one.get("test")))]
        if not tests:
            return [Fact("Folds", str(len(folds)))]
        first, last = (min(str(one[0]) for one in tests), max(str(one[-1]) for one in tests))
        return [Fact("Folds", str(len(folds))), Fact("All tests", f"{day(first)} to {day(last)}")]
    parts = {name: mapping(run.dataset.get(name)) for name in ("train", "validation", "test")}
    return [
        Fact(name.capitalize(), f"{day(found['first'])} to {day(found.get('last'))}")
        for name, found in parts.items()
        if found.get("first")
    ]


def _seed(run: RunFiles) -> str:
    seed = run.info.get("seed")
    return "not recorded" if seed is None else str(seed)


def _seeds(seeds: list[object]) -> str:
    if len(seeds) > 6:
        return f"{seeds[0]} to {seeds[-1]} ({len(seeds)})"
    return ", ".join(str(seed) for seed in seeds)


def _alarm(run: RunFiles) -> Text | None:
    error = mapping(run.result.get("error"))
    message = without_folders(str(error.get("message") or "")).strip()
    reason = f": {error.get('type', 'error')}: {message}" if message else ""
    if run.status == "failed":
        return Text(f"This run failed{reason}. What follows is what it left.", "bad")
    if run.status == "killed":
        return Text("This run was stopped before its end. What follows is what it left.", "bad")
    if run.status == "running":
        return Text("This run has not ended. What follows is what it has left so far.", "warning")
    if run.status != "finished":
        return Text(f"How this run ended is not known (status {run.status!r}).", "warning")
    return None


def _warnings(run: RunFiles) -> tuple[str, ...]:
    found = [
        *sequence(run.info.get("warnings")),
        *sequence(run.result.get("warnings")),
        *(f"{problem}; what it says is missing below." for problem in run.problems),
    ]
    return tuple(dict.fromkeys(without_folders(str(one)) for one in found))
