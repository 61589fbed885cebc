"""The process that does one job: it reads an order, trains, and tells how it goes.

Standard input holds the order as one line of JSON; further lines are the names of signals to
stop with. The end of the input means that the parent is gone, which ends the worker too.
Standard output holds one event per line. A worker is in a session of its own, so that Ctrl-C on
a terminal reaches the parent alone, which passes it on once: a second signal could fall into the
saving of the checkpoint.
"""

import json
import os
import signal
import sys
import threading
import time
from collections.abc import Mapping
from io import FileIO
from typing import Any, TextIO

from tradegym.experiments.leaving import leave
from tradegym.experiments.many.job import Order

PROGRESS_EVERY_S = 0.3


def main() -> int:
    """Do the job and return the exit code."""
    events = Events(_own_output())
    # Unbuffered: a thread that waits in a buffered file may not be left behind at the end.
    orders = os.fdopen(os.dup(0), "rb", buffering=0)
    order = Order.of(json.loads(orders.readline()))
    sys.argv, sys.path = order.argv, order.path
    from tradegym.experiments.interrupts import interruptible

    try:
        with interruptible():
            threading.Thread(target=_listen, args=(orders,), daemon=True).start()
            _train(order, events)
    except KeyboardInterrupt:
        return 128 + signal.SIGINT
    except Exception as error:
        code = getattr(error, "exit_code", None)
        text = str(error) if code is not None else f"{type(error).__name__}: {error}"
        events.tell("failed", text=" ".join(text.split()))
        if code is None:
            raise  # the traceback goes to the log of the worker
        return int(code)
    return 0


def _train(order: Order, events: "Events") -> None:
    from pathlib import Path

    from tradegym.conf.resolve import resolve_stored
    from tradegym.experiments.training.run import train

    directory = None if order.config_dir is None else Path(order.config_dir)
    resolved = resolve_stored(Path(order.parent), order.overrides, directory)
    train(
        resolved,
        events,
        order.labels,
        parent_run_id=order.parent_run_id,
        started=lambda run: events.tell("started", run=str(run.path)),
    )


class Events:
    """A reporter that passes everything to the parent.

    Parameters
    ----------
    file : text file
    """

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self._next = 0.0

    def tell(self, event: str, **values: Any) -> None:
        """Write one event; a parent that is gone hears nothing."""
        try:
            self._file.write(json.dumps({"event": event, **values}) + "\n")
            self._file.flush()
        except BrokenPipeError:
            pass

    def message(self, text: str) -> None:
        """Pass on a line."""
        self.tell("message", text=text)

    def warn(self, text: str) -> None:
        """Pass on a warning."""
        self.tell("warning", text=text)

    def start(self, total: int, text: str) -> None:
        """Pass on the number of steps."""
        self.tell("progress", step=0, total=total)

    def advance(self, step: int, values: Mapping[str, str]) -> None:
        """Pass on the step, a few times a second."""
        now = time.monotonic()
        if now >= self._next:
            self._next = now + PROGRESS_EVERY_S
            self.tell("progress", step=step)

    def stop(self) -> None:
        """Do nothing: the parent's bar goes on."""


def _own_output() -> TextIO:
    """Keep standard output for events; what anybody prints goes to standard error."""
    private = os.dup(1)
    os.dup2(2, 1)
    return os.fdopen(private, "w", encoding="utf-8")


def _listen(orders: FileIO) -> None:
    """Raise in the main thread the signal that the parent names, or SIGTERM when it is gone."""
    name = orders.readline().decode().strip() or "SIGTERM"
    main_thread = threading.main_thread().ident
    if main_thread is not None:
        signal.pthread_kill(main_thread, signal.Signals[name])


if __name__ == "__main__":
    leave(main())
