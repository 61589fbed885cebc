"""A tracker that never stops a run."""

import logging
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tradegym.experiments.interrupts import raise_pending
from tradegym.experiments.tracking.base import DatasetInfo, EndStatus, ModelBundle, Tracker

if TYPE_CHECKING:
    from matplotlib.figure import Figure

log = logging.getLogger("tradegym.tracking")

MAX_WAITING = 10_000
MAX_TRIES = 3
FIRST_PAUSE_S = 15.0
LONGEST_PAUSE_S = 300.0


@dataclass(slots=True)
class _Record:
    what: str
    call: Callable[[], None]
    tries: int = 0


class GuardedTracker:
    """Passes records on to another tracker and survives every failure of it.

    A record that fails waits, with all that follow it, and is tried again after a pause: a store
    that is locked for a while loses nothing, and one that is gone costs one attempt per pause
    and not one per record. The first failure is reported in one line.

    Parameters
    ----------
    inner : Tracker
        Does the work and may raise.
    clock : callable
        Seconds of a clock that never goes back.
    """

    def __init__(self, inner: Tracker, clock: Callable[[], float] = time.monotonic) -> None:
        self._inner = inner
        self._clock = clock
        self._waiting: deque[_Record] = deque()
        self._lost = 0
        self._warned = False
        self._pause = FIRST_PAUSE_S
        self._next_try = 0.0

    @property
    def run_id(self) -> str | None:
        """Id of the run."""
        return self._inner.run_id

    @property
    def info(self) -> dict[str, Any] | None:
        """The inner tracker's, with ``complete`` False while a record has not arrived."""
        info = self._inner.info
        if info is None:
            return None
        return {**info, "complete": not self._waiting and self._lost == 0}

    def start(
        self,
        run_name: str,
        params: Mapping[str, Any],
        tags: Mapping[str, str],
        parent_run_id: str | None = None,
        description: str = "",
    ) -> str | None:
        """Start the run; errors are raised, since nothing is lost yet."""
        return self._inner.start(run_name, params, tags, parent_run_id, description)

    def set_tags(self, tags: Mapping[str, str]) -> None:
        """Set tags."""
        self._record("tags", partial(self._inner.set_tags, dict(tags)))

    def log_params(self, params: Mapping[str, Any]) -> None:
        """Record parameters."""
        self._record("parameters", partial(self._inner.log_params, dict(params)))

    def log_metrics(
        self, step: int, values: Mapping[str, float | None], time_ms: int | None = None
    ) -> None:
        """Record values, with the time of this call even if they arrive later."""
        now = time.time_ns() // 1_000_000 if time_ms is None else time_ms
        self._record("metrics", partial(self._inner.log_metrics, step, dict(values), now))

    def log_dataset(self, dataset: DatasetInfo) -> None:
        """Record which data the run used."""
        self._record("the dataset", partial(self._inner.log_dataset, dataset))

    def log_figure(self, figure: "Figure", file: str) -> None:
        """Record a figure."""
        self._record(file, partial(self._inner.log_figure, figure, file))

    def log_text(self, text: str, file: str) -> None:
        """Record a text."""
        self._record(file, partial(self._inner.log_text, text, file))

    def log_artifact(self, path: Path, folder: str | None = None) -> None:
        """Record a file or directory."""
        self._record(str(path), partial(self._inner.log_artifact, path, folder))

    def log_model(self, model: ModelBundle) -> None:
        """Record a trained agent."""
        self._record("the model", partial(self._inner.log_model, model))

    def end(self, status: EndStatus) -> None:
        """Try once more what still waits, then end the run."""
        self._waiting.append(_Record("the end of the run", partial(self._inner.end, status)))
        failed: list[_Record] = []
        while self._waiting:
            # Two failures mean that the store is gone; only the end is tried then.
            if len(failed) >= 2 and len(self._waiting) > 1:
                failed.append(self._waiting.popleft())
                continue
            record = self._waiting.popleft()
            if not self._call(record):
                failed.append(record)
        self._waiting.extend(failed)

    def _record(self, what: str, call: Callable[[], None]) -> None:
        self._waiting.append(_Record(what, call))
        if len(self._waiting) > MAX_WAITING:
            self._waiting.popleft()
            self._lost += 1
        if self._clock() >= self._next_try:
            self._pass_on()

    def _pass_on(self) -> None:
        while self._waiting:
            record = self._waiting[0]
            if self._call(record):
                self._waiting.popleft()
                self._pause = FIRST_PAUSE_S
                continue
            if record.tries >= MAX_TRIES:
                self._waiting.popleft()
                self._lost += 1
            self._next_try = self._clock() + self._pause
            self._pause = min(2 * self._pause, LONGEST_PAUSE_S)
            return

    def _call(self, record: _Record) -> bool:
        try:
            record.call()
            raise_pending()
        except Exception as error:
            raise_pending()
            record.tries += 1
            self._report(record.what, error)
            return False
        return True

    def _report(self, what: str, error: Exception) -> None:
        if self._warned:
            log.debug("recording %s failed", what, exc_info=error)
            return
        self._warned = True
        lines = str(error).strip().splitlines()
        reason = lines[0][:200] if lines else type(error).__name__
        log.warning(
            "tracking failed at %s (%s); the run goes on, its own files stay complete",
            what,
            reason,
        )
