import json
import logging
import math
import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
import sqlalchemy
from matplotlib.figure import Figure
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException

from tradegym.conf.errors import UserError
from tradegym.experiments.rundir import RunDir
from tradegym.experiments.tracking.base import DatasetInfo
from tradegym.experiments.tracking.mlflow_backend import close_run, without_password
from tradegym.experiments.tracking.registry import open_tracker
from tradegym.experiments.tracking.store import ensure_local_store


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    root = tmp_path_factory.mktemp("shared")
    ensure_local_store(root, "tradegym")
    return root


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch):
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)


def settings(uri=None, experiment="tradegym"):
    return SimpleNamespace(backend="mlflow", uri=uri, experiment=experiment)


@pytest.fixture
def tracker(shared):
    return open_tracker(settings(), shared)


@pytest.fixture
def client(shared):
    return MlflowClient(tracking_uri=f"sqlite:///{shared}/mlflow.db")


def test_everything_arrives(shared, tracker, client, tmp_path):
    parent = tracker.start("parent", {}, {})
    child = open_tracker(settings(), shared)
    params = {f"group.key{i}": i for i in range(230)} | {"long": "x" * 9000, "odd[1]": None}
    run_id = child.start("sma", params, {"kind": "train"}, parent, "what it *is*")
    child.log_metrics(10, {"eval/sharpe": 1.5, "return %": 3, "none": None, "nan": math.nan})
    child.log_metrics(20, {"eval/sharpe": 2.5, "inf": math.inf})
    child.log_params({"late": 1})
    child.set_tags({"kind": "retrain"})
    figure = Figure()
    figure.subplots().plot([1, 2])
    child.log_figure(figure, "plots/equity.png")
    child.log_text("seed: 0\n", "config.yaml")
    folder = tmp_path / "tables"
    folder.mkdir()
    (folder / "a.csv").write_text("a\n")
    child.log_artifact(folder, "eval")
    child.log_artifact(folder / "a.csv")
    child.end("FINISHED")
    assert child.info["complete"] is True

    run = client.get_run(run_id)
    assert run.info.run_name == "sma"
    assert run.info.status == "FINISHED"
    assert run.data.params["group.key229"] == "229"
    assert run.data.params["long"].endswith("[cut]")
    assert run.data.params["odd_1_"] == "None"
    assert run.data.params["late"] == "1"
    assert len(run.data.params) == 233
    assert run.data.metrics == {"eval/sharpe": 2.5, "return _": 3.0}
    points = [(m.step, m.value) for m in client.get_metric_history(run_id, "eval/sharpe")]
    assert points == [(10, 1.5), (20, 2.5)]
    assert run.data.tags["kind"] == "retrain"
    assert run.data.tags["mlflow.parentRunId"] == parent
    assert run.data.tags["mlflow.note.content"] == "what it *is*"
    assert {file.path for file in client.list_artifacts(run_id)} == {
        "plots",
        "config.yaml",
        "eval",
        "a.csv",
    }
    assert [file.path for file in client.list_artifacts(run_id, "eval/tables")] == [
        "eval/tables/a.csv"
    ]
    path = Path(client.download_artifacts(run_id, "plots/equity.png", str(tmp_path)))
    assert path.read_bytes().startswith(b"\x89PNG\r\n\x1a\n")
    tracker.end("KILLED")
    assert client.get_run(parent).info.status == "KILLED"


def test_one_request_for_all_metrics_of_a_step(tracker, monkeypatch):
    tracker.start("x", {}, {})
    calls = []
    monkeypatch.setattr(
        MlflowClient, "log_batch", lambda self, run_id, **given: calls.append(given)
    )
    tracker.log_metrics(1, {f"m{i}": i for i in range(500)})
    assert len(calls) == 1
    assert len(calls[0]["metrics"]) == 500
    tracker.log_metrics(2, {f"m{i}": i for i in range(1500)})
    assert [len(call["metrics"]) for call in calls[1:]] == [1000, 500]


def test_the_dataset_is_an_input(tracker, client):
    sha = "0123456789abcdef" * 4
    run_id = tracker.start("x", {}, {})
    tracker.log_dataset(
        DatasetInfo("sp500", sha, "arch.data.sp500", 5031, "train", {"assets": ["sp500"]})
    )
    run = client.get_run(run_id)
    (given,) = run.inputs.dataset_inputs
    assert given.dataset.name == "sp500"
    assert given.dataset.digest == "0123456789ab"
    assert json.loads(given.dataset.source)["sha256"] == sha
    assert json.loads(given.dataset.profile) == {"num_rows": 5031, "assets": ["sp500"]}
    assert [(tag.key, tag.value) for tag in given.tags] == [("mlflow.data.context", "train")]
    assert run.data.tags["dataset.sha256"] == sha
    tracker.end("FINISHED")


def test_ambient_variables_do_not_hijack_a_run(shared, client, monkeypatch):
    other = client.create_run("0", run_name="victim").info.run_id
    monkeypatch.setenv("MLFLOW_RUN_ID", other)
    monkeypatch.setenv("MLFLOW_EXPERIMENT_NAME", "hijack")
    monkeypatch.setenv("MLFLOW_EXPERIMENT_ID", "0")
    tracker = open_tracker(settings(), shared)
    run_id = tracker.start("mine", {"a": 1}, {})
    tracker.log_metrics(1, {"b": 2.0})
    tracker.end("FINISHED")
    assert run_id != other
    assert client.get_run(other).data.metrics == {}
    assert client.get_run(other).info.status == "RUNNING"
    assert client.get_experiment_by_name("hijack") is None


def test_the_variable_for_the_store_is_respected(tmp_path, monkeypatch):
    root = tmp_path / "runs"
    ensure_local_store(tmp_path / "other", "x")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path}/other/mlflow.db")
    tracker = open_tracker(settings(experiment="x"), root)
    tracker.start("x", {}, {})
    assert tracker.info["uri"] == f"sqlite:///{tmp_path}/other/mlflow.db"
    tracker.end("FINISHED")
    assert not root.exists()


def test_a_server_that_is_not_there_is_one_line(tmp_path, monkeypatch):
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    with pytest.raises(UserError, match=r"tracking.uri=.*tracking=none") as caught:
        open_tracker(settings(uri="http://name:secret@127.0.0.1:1"), tmp_path)
    assert "\n" not in str(caught.value)
    assert "secret" not in str(caught.value).split(": MLflow")[0]


@pytest.mark.parametrize("uri", ["runs.db", "nosuch://x", "sqlite:////proc/nowhere/x.db"])
def test_an_unusable_uri_is_one_line(tmp_path, monkeypatch, uri):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError, match=r"tracking.uri=") as caught:
        open_tracker(settings(uri=uri), tmp_path)
    assert "\n" not in str(caught.value)


def test_a_deleted_experiment_is_refused(shared, client):
    experiment = client.create_experiment("deleted")
    client.delete_experiment(experiment)
    with pytest.raises(UserError, match=r"tracking.experiment='deleted'.*deleted"):
        open_tracker(settings(experiment="deleted"), shared)


def test_a_run_that_cannot_record_its_parameters_does_not_stay_running(
    tracker, client, monkeypatch
):
    def broken(self, *given, **named):
        raise MlflowException("too large")

    before = {run.info.run_id for run in client.search_runs(["1"])}
    with monkeypatch.context() as patch:
        patch.setattr(MlflowClient, "log_batch", broken)
        with pytest.raises(UserError, match="too large"):
            tracker.start("x", {"a": 1}, {})
    (new,) = [run for run in client.search_runs(["1"]) if run.info.run_id not in before]
    assert new.info.status == "FAILED"


def broken_tracker(tmp_path, monkeypatch):
    """A started tracker on a store of its own, with a run directory beside it."""
    monkeypatch.setattr("mlflow.store.db.utils.MAX_RETRY_COUNT", 1)
    run = RunDir.create(tmp_path, "x")
    tracker = open_tracker(settings(), tmp_path)
    tracker.start("x", {}, {})
    tracker.log_metrics(0, {"a": 0.0})
    return run, tracker


def train(run, tracker, steps):
    for step in steps:
        run.append_metrics(step, {"a": step})
        tracker.log_metrics(step, {"a": float(step)})


def steps_on_disk(run):
    return [
        json.loads(line)["step"] for line in (run.path / "metrics.jsonl").read_text().splitlines()
    ]


def test_training_survives_a_damaged_store(tmp_path, monkeypatch, caplog):
    run, tracker = broken_tracker(tmp_path, monkeypatch)
    with sqlite3.connect(tmp_path / "mlflow.db") as connection:
        connection.execute("drop table metrics")
    with caplog.at_level(logging.WARNING, "tradegym"):
        train(run, tracker, range(1, 50))
        tracker.log_text("x", "a.txt")
        tracker.end("FINISHED")
    assert steps_on_disk(run) == list(range(1, 50))
    assert tracker.info["complete"] is False
    assert len([r for r in caplog.records if r.name.startswith("tradegym")]) == 1


def test_training_survives_a_deleted_store(tmp_path, monkeypatch, caplog):
    run, tracker = broken_tracker(tmp_path, monkeypatch)
    for path in tmp_path.glob("mlflow.db*"):
        path.unlink()
    train(run, tracker, range(1, 50))
    tracker.end("FINISHED")
    assert steps_on_disk(run) == list(range(1, 50))
    assert tracker.info["complete"] is False
    assert "was removed during the run" in caplog.text


def test_training_survives_an_artifact_folder_that_is_gone(tmp_path, monkeypatch):
    run, tracker = broken_tracker(tmp_path, monkeypatch)
    shutil.rmtree(tmp_path / "mlartifacts")
    (tmp_path / "mlartifacts").write_text("in the way")
    tracker.log_text("x", "a.txt")
    train(run, tracker, range(1, 50))
    tracker.end("FINISHED")
    assert steps_on_disk(run) == list(range(1, 50))
    assert tracker.info["complete"] is False
    client = MlflowClient(tracking_uri=tracker.info["uri"])
    assert len(client.get_metric_history(tracker.run_id, "a")) == 50
    assert client.get_run(tracker.run_id).info.status == "FINISHED"


def test_a_locked_store_gets_its_records_when_it_is_free_again(tmp_path, monkeypatch):
    run, tracker = broken_tracker(tmp_path, monkeypatch)

    # MLflow waits 20 s for a lock; so long need the test not take.
    @sqlalchemy.event.listens_for(sqlalchemy.engine.Engine, "before_cursor_execute", retval=True)
    def hurry(connection, cursor, statement, parameters, context, many):
        return statement.replace("busy_timeout = 20000", "busy_timeout = 50"), parameters

    try:
        blocker = sqlite3.connect(tmp_path / "mlflow.db", isolation_level=None)
        blocker.execute("begin exclusive")
        train(run, tracker, range(1, 30))
        assert tracker.info["complete"] is False
        blocker.execute("rollback")
        blocker.close()
        tracker.end("FINISHED")
    finally:
        sqlalchemy.event.remove(sqlalchemy.engine.Engine, "before_cursor_execute", hurry)
    assert tracker.info["complete"] is True
    client = MlflowClient(tracking_uri=tracker.info["uri"])
    history = client.get_metric_history(tracker.run_id, "a")
    assert [point.step for point in history] == list(range(30))
    assert client.get_run(tracker.run_id).info.status == "FINISHED"


def test_close_run_changes_running_runs_only(tracker, client):
    run_id = tracker.start("x", {}, {})
    close_run(client.tracking_uri, run_id, "KILLED")
    assert client.get_run(run_id).info.status == "KILLED"
    close_run(client.tracking_uri, run_id, "FINISHED")
    assert client.get_run(run_id).info.status == "KILLED"


def test_passwords_are_left_out():
    assert without_password("http://me:pw@host:5000/x") == "http://host:5000/x"
    assert without_password("sqlite:////a@b/mlflow.db") == "sqlite:////a@b/mlflow.db"


def test_nothing_is_said_and_no_name_is_looked_up(tmp_path):
    code = """
import sys
from pathlib import Path
from types import SimpleNamespace

def audit(event, arguments):
    if event in ("socket.getaddrinfo", "socket.connect", "socket.gethostbyname"):
        print("NETWORK", event, arguments)

sys.addaudithook(audit)
from tradegym.experiments.tracking.registry import open_tracker
assert "mlflow" not in sys.modules
settings = SimpleNamespace(backend="mlflow", uri=None, experiment="tradegym")
tracker = open_tracker(settings, Path(sys.argv[1]))
tracker.start("x", {"a": 1}, {})
tracker.log_metrics(1, {"a": 1.0})
tracker.log_text("x", "x.txt")
tracker.end("FINISHED")
import mlflow.telemetry
assert mlflow.telemetry.get_telemetry_client() is None
"""
    command = [sys.executable, "-c", code, str(tmp_path / "runs")]
    # Variables of a test or CI run would turn telemetry off by themselves.
    hidden = {"CI", "PYTEST_CURRENT_TEST", "GITHUB_ACTIONS", "MLFLOW_DISABLE_TELEMETRY"}
    variables = {k: v for k, v in os.environ.items() if k not in hidden | {"DO_NOT_TRACK"}}
    done = subprocess.run(
        command, capture_output=True, text=True, check=True, cwd=tmp_path, env=variables
    )
    assert (done.stdout, done.stderr) == ("", "")
    assert [path.name for path in tmp_path.iterdir()] == ["runs"]
