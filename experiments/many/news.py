"""What a person hears of trainings that run side by side."""

from collections.abc import Iterable, Mapping
from typing import Any

from tradegym.experiments.many.job import Job, Outcome
from tradegym.experiments.reporter import Reporter

_SHOWN = ("total_return", "sharpe", "trades")


class News:
    """Passes on what matters: a bar over all trainings, warnings once, and each end.

    Parameters
    ----------
    reporter : Reporter
    jobs : int
        Number of trainings.
    steps : int
        Decisions of each.
    warned : iterable of str
        Warnings that were told already.
    """

    def __init__(
        self, reporter: Reporter, jobs: int, steps: int, warned: Iterable[str] = ()
    ) -> None:
        self._reporter = reporter
        self._jobs, self._steps = jobs, steps
        self._at: dict[str, int] = {}
        self._ended = 0
        self._warned = set(warned)
        self._begun = False

    def event(self, job: Job, event: Mapping[str, Any]) -> None:
        """Take an event of a worker."""
        hear = {"progress": self._progress, "warning": self._warning}.get(str(event["event"]))
        if hear is not None:
            hear(job, event)

    def ended(self, outcome: Outcome) -> None:
        """Tell how a training ended."""
        self._ended += 1
        label = outcome.job.label
        if outcome.finished:
            self._at[label] = self._steps
            self._reporter.message(f"{label}: {_result(outcome)}")
        elif outcome.error is not None:
            self._reporter.warn(f"{label} failed: {outcome.error}")
        else:
            self._reporter.message(f"{label}: interrupted")
        self._show()

    def stop(self) -> None:
        """Stop the bar."""
        self._reporter.stop()

    def _progress(self, job: Job, event: Mapping[str, Any]) -> None:
        if not self._begun:
            self._begun = True
            self._reporter.start(self._jobs * self._steps, "training")
        self._at[job.label] = min(int(event["step"]), self._steps)
        self._show()

    def _warning(self, job: Job, event: Mapping[str, Any]) -> None:
        text = str(event["text"])
        if text not in self._warned:  # most are true of every training
            self._warned.add(text)
            self._reporter.warn(f"{job.label}: {text}")

    def _show(self) -> None:
        if self._begun:
            done = f"{self._ended} of {self._jobs}"
            self._reporter.advance(sum(self._at.values()), {"done": done})


def _result(outcome: Outcome) -> str:
    from tradegym.experiments.metrics import METRICS

    test = outcome.test.get("agent", {})
    return ", ".join(
        f"{METRICS[name].label.lower()} {METRICS[name].text(test[name])}"
        for name in _SHOWN
        if name in test
    )
