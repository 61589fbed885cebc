"""Every way in which a command can end, as one line on stderr and an exit code."""

import os
import signal
import sys
import traceback
from collections.abc import Callable, Sequence
from types import FrameType
from typing import NoReturn

import typer

from tradegym.conf.errors import TradegymError

OK, FAILED, WRONG_INPUT = 0, 1, 2
INTERRUPTED = 128 + signal.SIGINT
TERMINATED = 128 + signal.SIGTERM


class InterruptError(TradegymError):
    """Ctrl-C, as an exception that typer passes on; of its own, it would end without a word."""

    exit_code = INTERRUPTED


def run_command(command: Callable[[Sequence[str]], object], arguments: Sequence[str]) -> int:
    """Run the command line and return its exit code, with one line on stderr if it fails.

    Parameters
    ----------
    command : callable
        Gets the arguments; an integer that it returns is the exit code.
    arguments : sequence of str
        As typed. ``--debug`` among them shows the traceback of an error.

    Notes
    -----
    SIGTERM becomes ``SystemExit(143)``, so that what runs can put its things in order.
    """
    debug = "--debug" in arguments
    signal.signal(signal.SIGTERM, _terminate)
    try:
        result = command(arguments)
        sys.stdout.flush()
        return result if isinstance(result, int) else OK
    except BrokenPipeError:
        _discard_output()
        return FAILED
    except KeyboardInterrupt:
        return _report("interrupted", INTERRUPTED, debug)
    except typer.Abort:
        return _report("aborted", FAILED, debug)
    except typer.TyperException as error:
        return _report(_usage(error), WRONG_INPUT, debug)
    except TradegymError as error:
        return _report(str(error), error.exit_code, debug)
    except Exception as error:
        hint = "" if debug else " (--debug shows where)"
        return _report(f"unexpected {type(error).__name__}: {error}{hint}", FAILED, debug)


def warn(line: str) -> None:
    """Print one line of warning on stderr."""
    print(f"tradegym: warning: {line}", file=sys.stderr)


def _report(message: str, code: int, debug: bool) -> int:
    if debug:
        traceback.print_exc()
    print(f"tradegym: {' '.join(message.split())}", file=sys.stderr)
    return code


def _usage(error: typer.TyperException) -> str:
    """Return the parser's complaint about flags, with the command whose help says more."""
    message = error.format_message().rstrip(".")
    context = getattr(error, "ctx", None)
    command = context.command_path if context is not None else "tradegym"
    return f"{message} (see {command} --help)"


def _terminate(_signal: int, _frame: FrameType | None) -> NoReturn:
    raise SystemExit(TERMINATED)


def _discard_output() -> None:
    """Let Python's own flush at exit go nowhere: the reader of our output has left."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
