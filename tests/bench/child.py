"""Fresh processes, for what must not find anything loaded."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

RUN = Path(__file__).parent / "run.py"


def run_task(name, *arguments, cache=None):
    """Run a registered task in a fresh process and return its figures.

    ``cache``: folder for everything that tradegym keeps, in place of the user's own.
    """
    command = [sys.executable, str(RUN), "--task", name, json.dumps(arguments)]
    started = time.perf_counter()
    output = run_command(command, cache)
    seconds = time.perf_counter() - started
    return {**json.loads(output.splitlines()[-1]), "seconds_of_process": seconds}


def run_command(command, cache=None):
    """Run a command and return what it printed; raises with its last line where it fails."""
    environment = dict(os.environ)
    if cache is not None:
        environment |= {"XDG_CACHE_HOME": str(cache)}
        environment.pop("NUMBA_CACHE_DIR", None)
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    if done.returncode:
        lines = done.stderr.strip().splitlines() or ["no message"]
        raise RuntimeError(f"{' '.join(map(str, command[:3]))}: {lines[-1]}")
    return done.stdout
