"""Runs workers side by side, listens to them, and stops all of them when it is stopped."""

import contextlib
import json
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Protocol

from tradegym.experiments.interrupts import Terminated, raise_pending, undisturbed
from tradegym.experiments.many.job import Ending, Job, Order, Outcome
from tradegym.experiments.rundir import RESULT_FILE, RunDir

PATIENCE_S = 120.0
"""How long interrupted workers may take to save their checkpoints."""

_POLL_S = 0.5


class Listener(Protocol):
    """Hears of what the workers do."""

    def event(self, job: Job, event: Mapping[str, Any]) -> None:
        """Take an event of a worker (see `tradegym.experiments.many.worker`)."""

    def ended(self, outcome: Outcome) -> None:
        """Take what became of a job."""


@dataclass(slots=True)
class _Worker:
    job: Job
    process: "subprocess.Popen[bytes]"
    log: Path
    buffer: bytes = b""
    run: Path | None = None
    error: str | None = None

    @property
    def output(self) -> IO[bytes]:
        assert self.process.stdout is not None
        return self.process.stdout


class Pool:
    """Does jobs in processes of their own.

    Parameters
    ----------
    workers : int
        Processes at the same time.
    order : callable
        Returns what a worker of a job is told.
    listener : Listener
    logs : Path
        Directory for what workers write on standard error; a log that stays empty is removed.
    environment : mapping of str to str
        Variables of the workers, beyond those of this process.
    """

    def __init__(
        self,
        workers: int,
        order: Callable[[Job], Order],
        listener: Listener,
        logs: Path,
        environment: Mapping[str, str],
    ) -> None:
        self._room = workers
        self._order = order
        self._listener = listener
        self._logs = logs
        self._environment = {**os.environ, **environment}
        self._running: list[_Worker] = []
        self._outcomes: dict[str, Outcome] = {}

    def outcomes(self, jobs: Iterable[Job]) -> list[Outcome]:
        """Return what became of each job, in their order; also after an interruption."""
        return [self._outcomes.get(job.label, Outcome(job, "not started")) for job in jobs]

    def run(self, jobs: Sequence[Job]) -> None:
        """Do all jobs; one that fails leaves the others alone.

        Raises
        ------
        KeyboardInterrupt, Terminated
            After all workers have been told and have ended.
        """
        waiting = list(reversed(jobs))
        try:
            while waiting or self._running:
                while waiting and len(self._running) < self._room:
                    self._start(waiting.pop())
                self._listen(_POLL_S)
                raise_pending()
        except BaseException as error:
            with undisturbed():
                self._stop("SIGTERM" if isinstance(error, Terminated) else "SIGINT")
            raise

    def _start(self, job: Job) -> None:
        log = self._logs / f"{job.label.replace(' ', '-')}.log"
        with log.open("wb") as file:
            # -P: the path of modules is the parent's, not one with the current directory first.
            process = subprocess.Popen(
                [sys.executable, "-P", "-m", "tradegym.experiments.many.worker"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=file,
                env=self._environment,
                start_new_session=True,
            )
        self._running.append(_Worker(job, process, log))
        self._tell(self._running[-1], json.dumps(self._order(job).as_dict()))

    def _tell(self, worker: _Worker, line: str) -> None:
        with contextlib.suppress(BrokenPipeError):  # it has ended already
            assert worker.process.stdin is not None
            worker.process.stdin.write(line.encode() + b"\n")
            worker.process.stdin.flush()

    def _listen(self, seconds: float) -> None:
        """Take what workers have written, and note those that have ended."""
        with selectors.DefaultSelector() as selector:
            for worker in self._running:
                selector.register(worker.output, selectors.EVENT_READ, worker)
            ready = [key.data for key, _ in selector.select(seconds)]
        for worker in ready:
            data = os.read(worker.output.fileno(), 1 << 16)
            if not data:
                self._end(worker)
                continue
            *lines, worker.buffer = (worker.buffer + data).split(b"\n")
            for line in lines:
                self._hear(worker, json.loads(line))

    def _hear(self, worker: _Worker, event: Mapping[str, Any]) -> None:
        if event["event"] == "started":
            worker.run = Path(event["run"])
        if event["event"] == "failed":
            worker.error = str(event["text"])
        self._listener.event(worker.job, event)

    def _end(self, worker: _Worker) -> None:
        code = worker.process.wait()
        self._running.remove(worker)
        worker.output.close()
        assert worker.process.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            worker.process.stdin.close()
        if not worker.log.stat().st_size:
            worker.log.unlink()
        outcome = _outcome(worker, code)
        self._outcomes[worker.job.label] = outcome
        self._listener.ended(outcome)

    def _stop(self, name: str) -> None:
        """Tell all workers to stop, wait for them, and kill those that do not."""
        for worker in self._running:
            self._tell(worker, name)
        until = time.monotonic() + PATIENCE_S
        while self._running and time.monotonic() < until:
            self._listen(_POLL_S)
        for worker in list(self._running):
            worker.process.kill()
            self._end(worker)


def _outcome(worker: _Worker, code: int) -> Outcome:
    """Return what became of a worker that ended with an exit code (negative: a signal)."""
    test: dict[str, Any] = {}
    if code == 0 and worker.run is not None:
        test = RunDir(worker.run).read_json(RESULT_FILE).get("test") or {}
        return Outcome(worker.job, "finished", worker.run, None, test)
    stopped = code in (128 + signal.SIGINT, 128 + signal.SIGTERM)
    ending: Ending = "killed" if stopped or code < 0 else "failed"
    error = worker.error
    if error is None and not stopped:
        by = f"ended by {signal.Signals(-code).name}" if code < 0 else f"ended with code {code}"
        error = f"{by}; see {worker.log}" if worker.log.exists() else by
    return Outcome(worker.job, ending, worker.run, error)
