import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
import typer
from ports import free_port
from typer.testing import CliRunner

from tradegym.cli.ui import ui
from tradegym.conf.errors import RunFailed, UserError
from tradegym.experiments.rundir import RunDir
from tradegym.experiments.tracking import server
from tradegym.experiments.tracking.server import (
    choose_port,
    is_free,
    running_server,
    runs_page,
    store_uri,
)

COMMAND = "import sys, typer; from tradegym.cli.ui import ui; typer.run(ui)"


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch):
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)


@pytest.fixture
def busy():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


def test_a_busy_port_is_refused_only_if_it_was_asked_for(busy, monkeypatch):
    with pytest.raises(UserError, match=rf"--port {busy}: this port is in use"):
        choose_port(busy)
    monkeypatch.setattr(server, "DEFAULT_PORT", busy)
    other = choose_port()
    assert other != busy
    assert is_free(other)
    monkeypatch.setattr(server, "DEFAULT_PORT", other)
    assert choose_port() == other


def test_a_server_elsewhere_shows_its_runs_itself(tmp_path, monkeypatch):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "https://me:secret@example.org")
    with pytest.raises(UserError, match=r"https://example\.org") as caught:
        store_uri(tmp_path)
    assert "secret" not in str(caught.value)


def test_the_command_reconciles_serves_and_returns_the_exit_code(tmp_path, monkeypatch):
    seen = {}

    def serve(root, port, ready):
        seen.update(root=root, port=port)
        seen["status"] = dead.info["status"]
        ready("http://127.0.0.1:5000")
        return 130

    dead = RunDir.create(tmp_path, "x")
    dead.update(pid_start_time=0.0, mlflow={"experiment_id": "7"})
    RunDir.create(tmp_path, "untracked")
    monkeypatch.setattr(server, "serve", serve)
    app = typer.Typer()
    app.command()(ui)
    result = CliRunner().invoke(app, ["--runs-root", str(tmp_path), "--port", "5001"])
    assert result.exit_code == 130
    page = "http://127.0.0.1:5000/#/experiments/7/runs?workflowType=machine_learning"
    assert result.stdout == f"http://127.0.0.1:5000\nruns: {page}\n"
    assert seen == {"root": tmp_path, "port": 5001, "status": "killed"}
    assert CliRunner().invoke(app, ["--port", "70000"]).exit_code == 2


def test_a_server_that_does_not_start_says_why(tmp_path, monkeypatch):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "nosuch://store")
    with pytest.raises(RunFailed, match=r"did not start: .*nosuch"), running_server(tmp_path, 1):
        raise AssertionError


def test_without_a_tracked_run_there_is_no_page_of_runs():
    assert runs_page("http://127.0.0.1:5000", []) is None


def family(process):
    try:
        return [*psutil.Process(process.pid).children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def addresses(processes):
    """Addresses that the processes listen on."""
    found = set()
    for process in processes:
        with suppress(psutil.NoSuchProcess):  # a helper that has done its work
            connections = process.net_connections("tcp")
            found |= {one.laddr.ip for one in connections if one.status == psutil.CONN_LISTEN}
    return found


def settled(child):
    """The server's processes once the helpers of its start are gone and it listens."""
    for _ in range(100):
        processes = family(child)
        if len(processes) == 2 and addresses(processes):
            break
        time.sleep(0.2)
    return processes


@pytest.mark.slow
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_the_real_server_on_an_empty_directory(tmp_path, number, code):
    root = tmp_path / "runs"
    port = free_port()
    command = [sys.executable, "-c", COMMAND, "--runs-root", str(root), "--port", str(port)]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, **pipes) as child:
        started = []
        try:
            assert child.stdout.readline() == f"http://127.0.0.1:{port}\n"
            started = settled(child)
            assert len(started) == 2  # MLflow's command and one worker
            opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
            with opener.open(f"http://127.0.0.1:{port}/", timeout=10) as page:
                assert b"<title>MLflow</title>" in page.read()
            assert addresses(started) == {"127.0.0.1"}
            child.send_signal(number)
            assert child.wait(30) == code
            assert child.stderr.read() == ""
            assert not [process for process in started if process.is_running()]
        finally:
            for process in [*started, *family(child)]:
                if process.is_running():
                    process.kill()
            child.kill()
    assert {path.name for path in tmp_path.iterdir()} == {"runs"}
    assert is_free(port)
    assert Path.cwd() != root
    assert os.environ.get("MLFLOW_SERVER_ENABLE_JOB_EXECUTION") is None
