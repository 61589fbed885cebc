"""Ctrl-C and SIGTERM, remembered until the run has really heard of them.

Python raises an exception wherever the signal finds it. Inside a destructor it is dropped, and
libraries turn it into errors of their own, after which a training would go on as if nobody had
asked. So the request is kept, and repeated at the next safe place.
"""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class Terminated(SystemExit):
    """SIGTERM arrived; the process ends with 143, as the shell expects."""

    def __init__(self) -> None:
        super().__init__(128 + signal.SIGTERM)


_ERRORS: dict[int, type[BaseException]] = {
    signal.SIGINT: KeyboardInterrupt,
    signal.SIGTERM: Terminated,
}
_pending: list[type[BaseException]] = []


def _ask(number: int, _: FrameType | None) -> None:
    error = _ERRORS[number]
    _pending.append(error)
    raise error


def raise_pending() -> None:
    """Raise again what a signal asked for, if it was lost."""
    if _pending:
        raise _pending[0]


def forget_pending() -> None:
    """Take the request as heard."""
    _pending.clear()


@contextmanager
def interruptible() -> Iterator[None]:
    """Turn SIGINT and SIGTERM into exceptions that are not lost.

    Does nothing outside the main thread, where Python allows no signal handlers.
    """
    with _handlers(_ask):
        try:
            yield
        finally:
            forget_pending()


@contextmanager
def undisturbed() -> Iterator[None]:
    """Hold off both signals for the moment that it takes to write the end."""
    with _handlers(signal.SIG_IGN):
        yield


@contextmanager
def _handlers(handler: "signal._HANDLER") -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    previous = {number: signal.signal(number, handler) for number in _ERRORS}
    try:
        yield
    finally:
        for number, old in previous.items():
            signal.signal(number, old)
