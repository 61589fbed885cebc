"""One experiment: a parent run, and a training in a process of its own for each job."""

import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from tradegym.conf.errors import RunFailed
from tradegym.experiments import trust
from tradegym.experiments.interrupts import undisturbed
from tradegym.experiments.judging import report_on
from tradegym.experiments.lifecycle import recorded
from tradegym.experiments.many import kind_of
from tradegym.experiments.many.cores import choose_workers, thread_limits, usable_cores
from tradegym.experiments.many.experiment import Conclusion, Experiment, child
from tradegym.experiments.many.folds import Folds
from tradegym.experiments.many.job import Job, Order, Outcome
from tradegym.experiments.many.news import News
from tradegym.experiments.many.pool import Pool
from tradegym.experiments.many.seeds import Seeds
from tradegym.experiments.recording import (
    agent_name,
    record_plots,
    record_start,
    start_tracker,
)
from tradegym.experiments.reporter import LoggingReporter, Reporter
from tradegym.experiments.rundir import RunDir
from tradegym.experiments.runs import reconcile
from tradegym.experiments.spaces import describe_spaces
from tradegym.experiments.tracking.base import Tracker
from tradegym.experiments.tracking.registry import open_tracker
from tradegym.experiments.training.run import prepare

if TYPE_CHECKING:
    from tradegym.conf.resolve import Resolved

Kind = Literal["seeds", "folds"]

_EXPERIMENTS: dict[Kind, Experiment] = {"seeds": Seeds(), "folds": Folds()}
_MOST_NAMED = 3


@dataclass(frozen=True, slots=True)
class Many:
    """What an experiment left.

    Attributes
    ----------
    run : RunDir
        The parent.
    kind : {"seeds", "folds"}
    outcomes : tuple of Outcome
        Of its trainings.
    conclusion : Conclusion
    result : dict
        Content of ``result.json``.
    """

    run: RunDir
    kind: Kind
    outcomes: tuple[Outcome, ...]
    conclusion: Conclusion
    result: dict[str, Any] = field(repr=False)


class SomeFailed(RunFailed):
    """Trainings of an experiment have failed, the others have finished.

    Attributes
    ----------
    many : Many
    """

    def __init__(self, message: str, many: Many) -> None:
        super().__init__(message)
        self.many = many


def train_many(
    resolved: "Resolved", reporter: Reporter, labels: Mapping[str, str] | None = None
) -> Many:
    """Train and test all seeds, or all folds, that a configuration asks for.

    Parameters
    ----------
    resolved : Resolved
        `kind_of` its configuration is not None.
    reporter : Reporter
    labels : mapping of str to str, optional
        Further entries of the parent's ``run.json``.

    Returns
    -------
    Many

    Raises
    ------
    UserError
        For wrong input; nothing has been written then.
    SomeFailed
        At least one training failed.
    """
    config, beginning = resolved.config, time.perf_counter()
    kind: Kind = "seeds" if kind_of(config) == "seeds" else "folds"
    experiment = _EXPERIMENTS[kind]
    # Tried here: what is wrong for one is wrong for all, and should leave nothing behind.
    prepared = prepare(child(resolved, experiment.first(config)), reporter)
    builder = prepared.builder
    prepared.close()
    jobs = experiment.jobs(resolved, builder)
    threads = config.train.torch_threads
    workers, warning = choose_workers(config.train.workers, len(jobs), threads, usable_cores())
    root = Path(config.runs_root).expanduser().absolute()
    reconcile(root)
    tracker = open_tracker(config.tracking, root)
    run = RunDir.create(root, config.name, kind)
    reporter = LoggingReporter(reporter, run.path / "train.log")
    with recorded(run, tracker) as result:
        run.update(**(labels or {}))
        trust.remember(run.id, resolved)
        start_tracker(tracker, run, resolved, builder, run.id)
        record_start(run, tracker, resolved, builder, "train")
        run.update(spaces=describe_spaces(builder), workers=workers)
        known = prepared.warnings
        for line in (*known, *((warning,) if warning else ())):
            reporter.warn(line)
        reporter.message(f"run {run.path}")
        reporter.message(
            f"{agent_name(resolved)} on {builder.dataset.name}: {len(jobs)} {experiment.noun}s, "
            f"{workers} at a time"
        )
        news = News(reporter, len(jobs), config.train.total_timesteps, known)
        logs = run.path / "workers"
        logs.mkdir()
        pool = Pool(workers, _orders(run, resolved, tracker), news, logs, thread_limits(threads))
        try:
            pool.run(jobs)
        except BaseException:
            news.stop()
            with undisturbed():
                outcomes = pool.outcomes(jobs)
                run.write_json(experiment.file, experiment.partial(resolved, outcomes))
                _note(run, result, kind, outcomes)
            raise
        news.stop()
        outcomes = pool.outcomes(jobs)
        _note(run, result, kind, outcomes)
        run.write_json(experiment.file, experiment.partial(resolved, outcomes))
        conclusion = experiment.conclude(resolved, builder, outcomes)
        _record(run, tracker, experiment.file, conclusion, config.train.total_timesteps)
        result |= {"test": conclusion.test, "statistic": conclusion.statistic}
        result["timing"] = {"total_seconds": time.perf_counter() - beginning}
        for line in conclusion.warnings:
            reporter.warn(line)
        if not list(logs.iterdir()):
            logs.rmdir()
        many = Many(run, kind, tuple(outcomes), conclusion, result)
        failed = [one for one in outcomes if not one.finished]
        if failed:
            reconcile(root)  # one that was killed could not tell its end
            raise SomeFailed(_failures(failed, len(jobs), experiment.noun), many)
    report_on(run, config, reporter)
    return many


def _orders(run: RunDir, resolved: "Resolved", tracker: Tracker) -> Callable[[Job], Order]:
    """Return what makes the order of each job."""
    directory = resolved.config_dir

    def order(job: Job) -> Order:
        return Order(
            parent=str(run.path),
            overrides=list(job.overrides),
            config_dir=None if directory is None else str(directory.absolute()),
            labels={"parent": run.id},
            parent_run_id=tracker.run_id,
            argv=list(sys.argv),
            path=list(sys.path),
        )

    return order


def _note(run: RunDir, result: dict[str, Any], kind: Kind, outcomes: Sequence[Outcome]) -> None:
    """Say in the parent's files what became of each training."""
    children = [one.run.name for one in outcomes if one.run is not None]
    run.update(children=children)
    result |= {
        "kind": kind,
        "children": [
            {
                "label": one.job.label,
                "run": None if one.run is None else one.run.name,
                "status": one.ending,
                "error": one.error,
            }
            for one in outcomes
        ],
    }


def _record(run: RunDir, tracker: Tracker, file: str, conclusion: Conclusion, step: int) -> None:
    """Write the conclusion into the run's directory and to the tracker."""
    tracker.log_artifact(run.write_json(file, conclusion.content))
    for name, table in conclusion.tables.items():
        table.to_parquet(run.path / name, index=False)
        tracker.log_artifact(run.path / name)
    if conclusion.figures:
        record_plots(run.plots, tracker, conclusion.figures)
    values: dict[str, float | None] = {}
    for agent, metrics in conclusion.test.items():
        group = "test" if agent == "agent" else f"test_{agent}"
        values |= {f"{group}/{name}": value for name, value in metrics.items()}
    if values:
        tracker.log_metrics(step, values)


def _failures(failed: Sequence[Outcome], total: int, noun: str) -> str:
    """Return the line about trainings that did not finish."""
    reasons = "; ".join(
        f"{one.job.label}: {one.error or one.ending}" for one in failed[:_MOST_NAMED]
    )
    names = ", ".join(one.job.label.split()[-1] for one in failed)
    more = f" and {len(failed) - _MOST_NAMED} more" if len(failed) > _MOST_NAMED else ""
    plural = noun if len(failed) == 1 else f"{noun}s"
    return f"{len(failed)} of {total} {noun}s did not finish ({plural} {names}): {reasons}{more}"
