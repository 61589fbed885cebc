"""MLflow's web server on the store of a runs root."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import IO

import psutil

from tradegym.conf.errors import RunFailed, UserError
from tradegym.experiments.interrupts import interruptible
from tradegym.experiments.runs import RunInfo
from tradegym.experiments.tracking.mlflow_backend import without_password
from tradegym.experiments.tracking.quiet import environment
from tradegym.experiments.tracking.store import ARTIFACTS, ensure_local_store, tracking_uri

HOST = "127.0.0.1"
DEFAULT_PORT = 5000
START_TIMEOUT_S = 120.0
STOP_TIMEOUT_S = 10.0
_POLL_S = 0.1
_LEAN = {
    "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
    # The page's assistant may run shell commands; it shall not do so on this machine.
    "MLFLOW_ENABLE_ASSISTANT_SANDBOX": "true",
}


def store_uri(runs_root: Path) -> str:
    """Return the URI of the store to show; the one in the runs root is created if missing.

    Raises
    ------
    UserError
        If ``MLFLOW_TRACKING_URI`` names a server, which shows its runs itself.
    """
    uri, local = tracking_uri(runs_root)
    if local:
        return ensure_local_store(runs_root)
    if uri.startswith(("http://", "https://")):
        raise UserError(
            f"MLFLOW_TRACKING_URI={without_password(uri)!r}: this server shows its runs itself; "
            "open it in a browser, or unset the variable to see those of runs_root"
        )
    return uri


def choose_port(port: int | None = None) -> int:
    """Return a free port of the loopback interface.

    Parameters
    ----------
    port : int, optional
        The port to use. Without it: 5000, or any free one when 5000 is busy.

    Raises
    ------
    UserError
        If ``port`` is given and busy.
    """
    if port is not None:
        if not is_free(port):
            raise UserError(f"--port {port}: this port is in use; leave --port out to get another")
        return port
    if is_free(DEFAULT_PORT):
        return DEFAULT_PORT
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def is_free(port: int) -> bool:
    """Tell whether a server could listen on ``port`` of the loopback interface."""
    with socket.socket() as probe:
        # A server on all interfaces leaves room for a bind to one of them on some systems.
        probe.settimeout(1.0)
        if probe.connect_ex((HOST, port)) == 0:
            return False
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def runs_page(url: str, runs: Sequence[RunInfo]) -> str | None:
    """Return the page that lists the runs beside the newest of ``runs``, oldest first.

    MLflow's front page leads to views for language models, where no run is to be seen. None if
    MLflow has no run.
    """
    for run in reversed(runs):
        experiment = run.mlflow.get("experiment_id")
        if experiment:
            return f"{url}/#/experiments/{experiment}/runs?workflowType=machine_learning"
    return None


@contextlib.contextmanager
def running_server(runs_root: Path, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """Run MLflow's server on the loopback interface until the block ends.

    The block starts when the server answers; at its end the server and all its children are
    stopped. One worker and no job runners: it only has to show runs.

    Raises
    ------
    RunFailed
        If the server does not start.
    """
    root = runs_root.expanduser().absolute()
    uri = store_uri(root)
    artifacts = str(root / ARTIFACTS)
    command = [sys.executable, "-m", "mlflow", "server"]
    command += ["--backend-store-uri", uri, "--default-artifact-root", artifacts]
    command += ["--artifacts-destination", artifacts]
    command += ["--host", HOST, "--port", str(port), "--workers", "1"]
    command += ["--uvicorn-opts", "--log-level warning"]
    variables = {**_LEAN, **os.environ, **environment()}
    # The server would take this for its own client settings.
    variables.pop("MLFLOW_TRACKING_URI", None)
    with tempfile.TemporaryFile() as output:
        server = subprocess.Popen(
            command,
            cwd=root,
            env=variables,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            # Ctrl-C reaches this process alone, which then stops the server in order.
            start_new_session=True,
        )
        try:
            _wait_until_ready(server, port, output)
            yield server
        finally:
            stop(server)


def _wait_until_ready(server: subprocess.Popen[bytes], port: int, output: IO[bytes]) -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline:
        if server.poll() is not None:
            raise RunFailed(f"MLflow's server did not start: {_last_line(output)}")
        if _answers(port):
            return
        time.sleep(_POLL_S)
    raise RunFailed(f"MLflow's server did not answer within {START_TIMEOUT_S:.0f} s")


def _answers(port: int) -> bool:
    # A proxy of the environment must not see, or answer, a request to this machine.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(f"http://{HOST}:{port}/health", timeout=2.0) as response:
            return bool(response.status == 200)
    except (OSError, urllib.error.URLError):
        return False


def _last_line(output: IO[bytes]) -> str:
    output.seek(0)
    lines = output.read().decode("utf-8", "replace").strip().splitlines()
    return lines[-1][:300] if lines else "it said nothing"


def stop(server: subprocess.Popen[bytes]) -> None:
    """End the server and every process it started, gently and then by force."""
    try:
        family = [*psutil.Process(server.pid).children(recursive=True)]
    except psutil.NoSuchProcess:
        family = []
    if server.poll() is None:
        server.terminate()
    with contextlib.suppress(subprocess.TimeoutExpired):
        server.wait(STOP_TIMEOUT_S)
    _, left = psutil.wait_procs(family, timeout=1.0)
    for process in left:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    if server.poll() is None:
        server.kill()
        server.wait()


def serve(runs_root: Path, port: int | None, ready: Callable[[str], None]) -> int:
    """Show the runs of ``runs_root`` until Ctrl-C or SIGTERM.

    Parameters
    ----------
    runs_root : Path
        The runs root; its store is created where it is missing.
    port : int, optional
        Port of the loopback interface; see `choose_port`.
    ready : callable
        Called with the URL when the server answers.

    Returns
    -------
    int
        Exit code: 130 after Ctrl-C, 143 after SIGTERM.

    Raises
    ------
    UserError
        If ``port`` is busy.
    RunFailed
        If the server does not start or ends by itself.
    """
    chosen = choose_port(port)
    try:
        with interruptible(), running_server(runs_root, chosen) as server:
            ready(f"http://{HOST}:{chosen}")
            code = server.wait()
    except KeyboardInterrupt:
        return 128 + signal.SIGINT
    except SystemExit as ended:
        return int(ended.code or 0)
    raise RunFailed(f"MLflow's server ended by itself with code {code}")
