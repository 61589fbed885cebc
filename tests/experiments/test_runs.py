import json
import os
import signal
import subprocess
import sys

import psutil
import pytest

from tradegym.conf.errors import UserError
from tradegym.experiments import runs
from tradegym.experiments.rundir import RunDir
from tradegym.experiments.runs import find_run, is_alive, list_runs, reconcile


@pytest.fixture
def root(tmp_path):
    return tmp_path / "runs"


def gone():
    """Return pid and start time of a process that has ended."""
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    started = psutil.Process(child.pid).create_time()
    child.communicate(b"\n")
    return {"pid": child.pid, "pid_start_time": started}


class TestFindRun:
    def test_last_is_the_latest_training_run_whatever_its_end(self, root):
        RunDir.create(root, "a").set_status("finished")
        latest = RunDir.create(root, "b")
        latest.set_status("failed")
        RunDir.create(root, "c", kind="eval")
        assert find_run(root, "last") == latest.path

    def test_by_directory_name_by_name_and_by_mlflow_id(self, root):
        run = RunDir.create(root, "sma")
        RunDir.create(root, "other")
        run.update(mlflow={"run_id": "ab12"})
        assert find_run(root, run.id) == find_run(root, "sma") == find_run(root, "ab12") == run.path

    def test_a_path_wins_over_a_name(self, root, tmp_path, monkeypatch):
        RunDir.create(root, "here")
        elsewhere = RunDir.create(tmp_path / "elsewhere", "x").path
        elsewhere.rename(tmp_path / "here")
        monkeypatch.chdir(tmp_path)
        assert find_run(root, "here") == tmp_path / "here"
        assert find_run(root, str(tmp_path / "here")) == tmp_path / "here"

    def test_a_directory_that_is_no_run_does_not_hide_a_name(self, root, tmp_path, monkeypatch):
        (tmp_path / "sma").mkdir()
        monkeypatch.chdir(tmp_path)
        with pytest.raises(UserError, match=r"'sma'.*not a run"):
            find_run(root, "sma")
        run = RunDir.create(root, "sma")
        assert find_run(root, "sma") == run.path

    def test_an_ambiguous_name_lists_the_directories(self, root):
        ids = [RunDir.create(root, "same").id for _ in range(7)]
        with pytest.raises(UserError, match=r"7 runs have this name") as caught:
            find_run(root, "same")
        newest = list_runs(root)[-1].path.name
        assert newest in ids
        assert f"{newest}, " in str(caught.value)
        assert "and 2 more" in str(caught.value)

    def test_an_unknown_name_suggests_the_nearest(self, root):
        RunDir.create(root, "baseline")
        with pytest.raises(UserError, match="did you mean 'baseline'") as caught:
            find_run(root, "baselin")
        assert "\n" not in str(caught.value)

    @pytest.mark.parametrize("text", ["last", "x", ""])
    def test_an_empty_or_missing_root(self, root, text):
        with pytest.raises(UserError, match=r"no (training )?run"):
            find_run(root, text)

    def test_damaged_entries_are_passed_over(self, root):
        good = RunDir.create(root, "good")
        (RunDir.create(root, "bad").path / "run.json").write_text("{")
        (RunDir.create(root, "list").path / "run.json").write_text("[]")
        assert [run.path for run in list_runs(root)] == [good.path]


class TestIsAlive:
    def test_this_process(self, root):
        assert is_alive(RunDir.create(root, "x").info)

    def test_another_process_with_the_same_number(self, root):
        info = RunDir.create(root, "x").info
        assert not is_alive({**info, "pid_start_time": info["pid_start_time"] - 60})

    def test_a_process_that_ended(self, root):
        assert not is_alive({**RunDir.create(root, "x").info, **gone()})

    def test_a_zombie_is_dead(self, root):
        child = subprocess.Popen([sys.executable, "-c", ""])
        process = psutil.Process(child.pid)
        info = {"pid": child.pid, "pid_start_time": process.create_time()}
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
        assert process.status() == psutil.STATUS_ZOMBIE
        assert not is_alive(info)
        child.wait()

    def test_another_host_is_unknown_and_counts_as_alive(self, root):
        info = {**RunDir.create(root, "x").info, **gone()}
        assert is_alive({**info, "host": "some.other.host"})

    def test_a_run_file_without_a_process(self):
        assert not is_alive({})


class TestReconcile:
    def test_only_dead_running_runs_change(self, root):
        alive, dead = RunDir.create(root, "alive"), RunDir.create(root, "dead")
        done = RunDir.create(root, "done")
        dead.update(**gone())
        done.set_status("finished", **gone())
        assert reconcile(root) == [dead.path]
        assert [run.info["status"] for run in (alive, dead, done)] == [
            "running",
            "killed",
            "finished",
        ]
        assert dead.info["ended"] is not None
        assert reconcile(root) == []

    def test_a_missing_root(self, root):
        assert reconcile(root) == []

    def test_mlflow_is_told_later_if_it_cannot_be_reached_now(self, root, monkeypatch, caplog):
        calls = []

        def unreachable(run, status):
            calls.append((run.path, status))
            raise ConnectionError("refused")

        run = RunDir.create(root, "x")
        run.update(mlflow={"uri": "http://127.0.0.1:1", "run_id": "r"}, **gone())
        target = "tradegym.experiments.tracking.mlflow_backend.close_run"
        monkeypatch.setattr(target, lambda uri, run_id, status: unreachable(run, status))
        assert reconcile(root) == [run.path]
        assert run.info["status"] == "killed"
        assert run.info["mlflow"]["closed"] is False
        assert "refused" in caplog.text

        monkeypatch.setattr(target, lambda *given: calls.append(given))
        assert reconcile(root) == []
        assert calls[-1] == ("http://127.0.0.1:1", "r", "KILLED")
        assert run.info["mlflow"]["closed"] is True
        count = len(calls)
        reconcile(root)
        assert len(calls) == count

    def test_a_finished_run_whose_end_was_not_recorded(self, root, monkeypatch):
        calls = []
        monkeypatch.setattr(
            "tradegym.experiments.tracking.mlflow_backend.close_run",
            lambda *given: calls.append(given),
        )
        run = RunDir.create(root, "x")
        run.set_status("finished", mlflow={"uri": "u", "run_id": "r", "complete": False})
        RunDir.create(root, "y").set_status(
            "finished", mlflow={"uri": "u", "run_id": "s", "complete": True}
        )
        assert reconcile(root) == []
        assert calls == [("u", "r", "FINISHED")]


TRAINING = """
import sys, time
from pathlib import Path
from types import SimpleNamespace
from tradegym.experiments.lifecycle import recorded
from tradegym.experiments.rundir import RunDir
from tradegym.experiments.tracking.registry import open_tracker

root = Path(sys.argv[1])
run = RunDir.create(root, "child")
tracker = open_tracker(SimpleNamespace(backend="mlflow", uri=None, experiment="tradegym"), root)
tracker.start("child", {}, {})
run.update(mlflow=tracker.info)
with recorded(run, tracker):
    step = 0
    print("training", flush=True)
    while True:
        step += 1
        run.append_metrics(step, {"a": step})
        tracker.log_metrics(step, {"a": step})
        time.sleep(0.01)
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGKILL, -9), (signal.SIGTERM, 143), (signal.SIGINT, -2)]
)
def test_a_real_kill_leaves_a_true_status(root, monkeypatch, number, code):
    from mlflow import MlflowClient

    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    command = [sys.executable, "-c", TRAINING, str(root)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as child:
        try:
            assert child.stdout.readline() == b"training\n"
            path = find_run(root, "last")
            while not (path / "metrics.jsonl").exists():
                assert child.poll() is None
            child.send_signal(number)
            child.wait(30)
        finally:
            child.kill()
    assert child.returncode == code
    info = json.loads((path / "run.json").read_text())
    client = MlflowClient(tracking_uri=info["mlflow"]["uri"])
    run_id = info["mlflow"]["run_id"]
    if number == signal.SIGKILL:
        # Nobody could say goodbye: both records still claim that it runs.
        assert info["status"] == "running"
        assert client.get_run(run_id).info.status == "RUNNING"
        assert not (path / "result.json").exists()
        assert reconcile(root) == [path]
    else:
        assert json.loads((path / "result.json").read_text())["status"] == "killed"
        assert reconcile(root) == []
    assert json.loads((path / "run.json").read_text())["status"] == "killed"
    assert client.get_run(run_id).info.status == "KILLED"
    for line in (path / "metrics.jsonl").read_text().splitlines():
        assert json.loads(line)["key"] == "a"


def test_listing_needs_neither_mlflow_nor_torch(root):
    RunDir.create(root, "x")
    code = (
        "import sys; from pathlib import Path; from tradegym.experiments.runs import *;"
        "reconcile(Path(sys.argv[1])); find_run(Path(sys.argv[1]), 'last');"
        "print([name for name in ('mlflow', 'torch', 'pandas') if name in sys.modules])"
    )
    command = [sys.executable, "-c", code, str(root)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
    assert runs.LAST == "last"
