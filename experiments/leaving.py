"""How a process of ours ends: with its own exit code, whatever C++ libraries do at the end."""

import atexit
import os
import sys
import threading
from contextlib import suppress
from typing import NoReturn


def leave(code: int) -> NoReturn:
    """End the process as Python does, but without the destructors of C++ libraries.

    Arrow now and then destroys its pool while a thread of it still runs, and aborts a process that
    had finished (https://github.com/apache/arrow/issues/34314); its exit code is then 134.
    Threads and what was registered with `atexit` come to their ends first, in Python's order.

    Parameters
    ----------
    code : int
        Exit code.
    """
    with suppress(KeyboardInterrupt):
        threading._shutdown()  # type: ignore[attr-defined]  # there is no public name for it
        atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):  # the reader has left, or it is closed
            stream.flush()
    os._exit(code)
