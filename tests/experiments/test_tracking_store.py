import os
import sqlite3
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tradegym.conf.errors import UserError
from tradegym.experiments.tracking import store
from tradegym.experiments.tracking.store import ensure_local_store, local_uri, tracking_uri

START = """
import sys
from pathlib import Path
from types import SimpleNamespace
from tradegym.experiments.tracking.registry import open_tracker

sys.stdin.readline()
settings = SimpleNamespace(backend="mlflow", uri=None, experiment="tradegym")
tracker = open_tracker(settings, Path(sys.argv[1]))
tracker.start(f"run-{sys.argv[2]}", {"a": 1}, {})
for step in range(5):
    tracker.log_metrics(step, {"x": step})
tracker.end("FINISHED")
print(tracker.info["complete"])
"""


def columns(root, query):
    with sqlite3.connect(root / "mlflow.db") as connection:
        return connection.execute(query).fetchall()


@pytest.mark.slow
def test_processes_that_start_together_on_an_empty_directory(tmp_path, monkeypatch):
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    root = tmp_path / "runs"
    command = [sys.executable, "-c", START, str(root)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    children = [subprocess.Popen([*command, str(i)], text=True, **pipes) for i in range(4)]
    try:
        for child in children:
            child.stdin.write("go\n")
            child.stdin.flush()
        answers = [child.communicate(timeout=200) for child in children]
    finally:
        for child in children:
            child.kill()
    assert answers == [("True\n", "")] * 4
    names = {name for (name,) in columns(root, "select name from runs where status='FINISHED'")}
    assert names == {"run-0", "run-1", "run-2", "run-3"}
    experiments = columns(root, "select name from experiments order by experiment_id")
    assert experiments == [("Default",), ("tradegym",)]
    assert columns(root, "select count(*) from metrics") == [(20,)]


def test_the_store_is_private_in_wal_mode_and_absolute(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    root = tmp_path / "a b#é" / "runs"
    uri = ensure_local_store(root.relative_to(tmp_path), "my experiment")
    assert uri == f"sqlite:///{root}/mlflow.db"
    assert stat.S_IMODE(root.stat().st_mode) == 0o700
    assert stat.S_IMODE((root / "mlflow.db").stat().st_mode) == 0o600
    assert columns(root, "pragma journal_mode") == [("wal",)]
    (location,) = columns(
        root, "select artifact_location from experiments where name='my experiment'"
    )[0]
    assert location.startswith(("/", "file:///"))
    # Nothing else was created, neither here nor in the working directory.
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a b#é"]
    visible = {path.name for path in root.iterdir()} - {"mlflow.db-wal", "mlflow.db-shm"}
    assert visible == {"mlflow.db", "mlartifacts", ".mlflow.lock"}


def test_the_second_time_nothing_changes(tmp_path):
    ensure_local_store(tmp_path, "x")
    inode = (tmp_path / "mlflow.db").stat().st_ino
    ensure_local_store(tmp_path, "x")
    ensure_local_store(tmp_path, "y")
    assert (tmp_path / "mlflow.db").stat().st_ino == inode
    assert columns(tmp_path, "select name from experiments order by experiment_id") == [
        ("Default",),
        ("x",),
        ("y",),
    ]


def test_a_crash_on_the_way_leaves_no_database(tmp_path, monkeypatch):
    def crash(uri, root):
        Path(uri.removeprefix("sqlite:///")).write_bytes(b"half")
        raise MemoryError

    with monkeypatch.context() as patch:
        patch.setattr(store, "_open_store", crash)
        with pytest.raises(MemoryError):
            ensure_local_store(tmp_path)
    assert not (tmp_path / "mlflow.db").exists()
    ensure_local_store(tmp_path, "x")
    assert columns(tmp_path, "select count(*) from experiments") == [(2,)]


def test_a_database_of_another_version_is_one_line(tmp_path):
    ensure_local_store(tmp_path)
    with sqlite3.connect(tmp_path / "mlflow.db") as connection:
        connection.execute("update alembic_version set version_num='0123456789ab'")
    with pytest.raises(UserError, match="out-of-date database schema") as caught:
        ensure_local_store(tmp_path, "x")
    assert "\n" not in str(caught.value)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_directory_without_permission(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(UserError, match="runs_root="):
        ensure_local_store(tmp_path / "runs")


def test_a_root_that_is_a_file(tmp_path):
    (tmp_path / "runs").write_text("")
    with pytest.raises(UserError, match="runs_root="):
        ensure_local_store(tmp_path / "runs")


def test_a_root_that_is_no_uri(tmp_path):
    with pytest.raises(UserError, match="not allowed in this path"):
        local_uri(tmp_path / "a?b")


def test_which_store(tmp_path, monkeypatch):
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    assert tracking_uri(tmp_path) == (local_uri(tmp_path), True)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://server")
    assert tracking_uri(tmp_path) == ("http://server", False)
    assert tracking_uri(tmp_path, "http://other") == ("http://other", False)
