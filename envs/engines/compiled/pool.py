"""Threads that step parts of one batch at the same time."""

import os
import threading
import time
import weakref
from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from tradegym.envs.engines.compiled.kernel.batch import Arrays
from tradegym.envs.engines.compiled.kernel.gate import (
    AFTER,
    ASLEEP,
    DONE,
    FIRST,
    LEAD,
    LINE,
    OWN,
    RESULT,
    SERVE,
    STEP,
    STOP,
    STOPS,
    TOTAL,
)

Run = Callable[[int, int, int, int, int], int]


class ThreadPool:
    """Steps ranges of the environments of one batch in threads.

    The caller's thread works too. The others are started once; between steps they watch the gate
    without Python's lock for about 0.2 ms, and sleep then. Results cannot depend on their number:
    each environment is touched by one thread only. After a fork, which leaves a process without
    its threads, they are started again. An exception in the caller, as Ctrl-C makes one, leaves
    the pool only when all threads have done the step.

    Parameters
    ----------
    run : callable
        `batch.run` on the batch's arrays.
    arrays : Arrays
        These; they live as long as the threads.
    number : int
        Environments.
    threads : int
        From 2 to the number of environments.
    """

    def __init__(self, run: Run, arrays: Arrays, number: int, threads: int) -> None:
        self.ranges = split_range(number, threads)
        self._run, self._arrays, self._gate = run, arrays, arrays.gate
        self._lines = range(LINE, LINE * len(self.ranges), LINE)
        self._events: list[threading.Event] = []
        self._process = 0
        self._closed = False

    def step(self, which: int, mode: int) -> int:
        """Do a step; see `kernel.batch.run_batch`.

        Returns
        -------
        int
            Environments that wait for a reset.
        """
        if self._closed:
            raise ValueError("the pool of threads is closed")
        if self._process != os.getpid():
            self._start()
        self._wake()
        gate = self._gate
        try:
            if not self._run(LEAD, which, mode, *self.ranges[0]):
                self._wait()
        except BaseException:
            self._wait()
            raise
        return int(gate[OWN] + sum(gate[line + RESULT] for line in self._lines))

    def close(self) -> None:
        """End the threads; a closed pool steps nothing."""
        self._closed = True
        if self._process == os.getpid():
            self._finalizer()

    def _start(self) -> None:
        gate, process = self._gate, os.getpid()
        gate[STOP], gate[TOTAL] = 0, len(self._lines)
        self._events, threads = [], []
        for number, (line, limits) in enumerate(zip(self._lines, self.ranges[1:], strict=True), 1):
            gate[line + DONE], gate[line + ASLEEP] = gate[STEP], 0
            gate[line + FIRST], gate[line + AFTER] = limits
            event = threading.Event()
            # A daemon: a batch that nobody closed must not keep Python from ending.
            thread = threading.Thread(
                target=_serve,
                args=(self._run, number, event, self._arrays),
                name=f"tradegym-engine-{number}",
                daemon=True,
            )
            self._events.append(event)
            threads.append(thread)
        try:
            for thread in threads:
                thread.start()
        except BaseException:
            begun = [thread for thread in threads if thread.ident is not None]
            _stop(gate, self._events, begun, process)
            raise
        # Threads never know the pool, so that one that is forgotten ends them too.
        self._finalizer = weakref.finalize(self, _stop, gate, self._events, threads, process)
        self._process = process

    def _wake(self) -> None:
        for event, line in zip(self._events, self._lines, strict=True):
            # Only the thread itself says that it is awake: whoever is interrupted here has not
            # kept it from being woken later.
            if self._gate[line + ASLEEP]:
                event.set()

    def _wait(self) -> None:
        """Wait for threads that had no core, or fell asleep just before the step.

        Ctrl-C waits too, since the arrays must not change while nobody expects it.
        """
        interrupt: KeyboardInterrupt | None = None
        while True:
            try:
                while self._steps_on():
                    self._wake()
                    time.sleep(0)
                break
            except KeyboardInterrupt as error:
                interrupt = error
        if interrupt is not None:
            raise interrupt

    def _steps_on(self) -> bool:
        gate = self._gate
        return any(gate[line + DONE] != gate[STEP] for line in self._lines)


def split_range(number: int, parts: int) -> tuple[tuple[int, int], ...]:
    """Return limits of contiguous ranges that differ by one item at most, none of them empty."""
    parts = max(1, min(parts, number))
    edges = [number * part // parts for part in range(parts + 1)]
    return tuple(pairwise(edges))


def _serve(run: Run, number: int, event: threading.Event, arrays: Arrays) -> None:
    """Step a range of these arrays whenever the gate says so, until it says stop."""
    while run(SERVE, number, 0, 0, 0) != STOPS:
        event.wait()
        event.clear()


def _stop(
    gate: NDArray[np.int64],
    events: Sequence[threading.Event],
    threads: Sequence[threading.Thread],
    process: int,
) -> None:
    if process != os.getpid():
        return
    gate[STOP] = 1
    for event in events:
        event.set()
    for thread in threads:
        if thread is not threading.current_thread():
            thread.join()
