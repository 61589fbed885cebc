"""Downloads for tests: a progress that is recorded, waits that take no time, the command itself."""

import os
import subprocess
import sys

from tradegym.envs.data.fetch.download import download
from tradegym.envs.data.fetch.request import parse_request
from tradegym.envs.data.fetch.retry import Retry

COMMAND = """
import sys, typer
from tradegym.cli.data_fetch import fetch
from tradegym.cli.errors import run_command
app = typer.Typer()
app.command()(fetch)
sys.exit(run_command(lambda words: app(list(words), standalone_mode=False), sys.argv[1:]))
"""


class Recorder:
    """A progress that keeps what it hears."""

    def __init__(self):
        self.messages, self.warnings, self.steps = [], [], []
        self.total, self.stopped = None, 0

    def message(self, text):
        self.messages.append(text)

    def warn(self, text):
        self.warnings.append(text)

    def start(self, total, text):
        self.total = total

    def advance(self, step, values):
        self.steps.append(step)

    def stop(self):
        self.stopped += 1


def fetch(server, out, source, start, end=None, *, force=False, tries=5, sleeps=None):
    """Download from the server without waiting; returns the result and what was told."""
    progress = Recorder()
    waited = [] if sleeps is None else sleeps
    request = parse_request(source, start, end, base_url=server.url)
    retry = Retry(tries, sleep=waited.append)
    return download(request, out, progress, force=force, retry=retry), progress


def start_command(folder, *words):
    """Start the real command in a process of its own, in ``folder``."""
    environment = {
        **os.environ,
        "HOME": str(folder),
        "XDG_CACHE_HOME": str(folder / "cache"),
        "NO_PROXY": "127.0.0.1",
        "no_proxy": "127.0.0.1",
    }
    return subprocess.Popen(
        [sys.executable, "-c", COMMAND, *words],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def run_command(folder, *words):
    """Run the command to its end; returns exit code, stdout and the lines of stderr."""
    with start_command(folder, *words) as process:
        out, err = process.communicate(timeout=60)
    return process.returncode, out, err.splitlines()
