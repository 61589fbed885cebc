"""Ctrl-C, SIGTERM and SIGKILL while something runs: exit codes, statuses, checkpoints."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest
from command_line import SMALL, only_run, read, tree

ENDLESS = (*SMALL[1:], "train.total_timesteps=100_000_000")
DEADLINE_S = 120

SLOW_DATA = """
import pathlib, time

def load():
    pathlib.Path("loading").touch()
    time.sleep(120)
"""


@pytest.fixture
def start(tmp_path):
    """Start a command in the background; whatever still runs at the end is killed."""
    processes = []

    def run(*arguments):
        process = subprocess.Popen(
            [sys.executable, "-m", "tradegym", *arguments],
            cwd=tmp_path,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=os.environ | {"NO_COLOR": "1"},
        )
        processes.append(process)
        return process

    yield run
    for process in processes:
        process.kill()
        process.communicate()


def wait_for(folder, pattern, process):
    until = time.monotonic() + DEADLINE_S
    while not list(folder.glob(pattern)):
        assert process.poll() is None, process.communicate()[1]
        assert time.monotonic() < until, f"no {pattern} in {sorted(tree(folder))}"
        time.sleep(0.05)


def stop(process, number):
    process.send_signal(number)
    out, err = process.communicate(timeout=DEADLINE_S)
    assert "Traceback" not in err
    return process.returncode, out, err.splitlines()


def steps(run):
    return sorted(int(path.name) for path in (run / "checkpoints").glob("[0-9]*"))


def in_mlflow(run):
    from mlflow import MlflowClient

    recorded = read(run)["mlflow"]
    return MlflowClient(tracking_uri=recorded["uri"]).get_run(recorded["run_id"])


@pytest.mark.slow
def test_ctrl_c_in_the_middle_of_a_training(start, inside, tmp_path):
    training = start("train", *ENDLESS)
    wait_for(tmp_path, "runs/*/checkpoints/best.json", training)
    code, out, err = stop(training, signal.SIGINT)
    assert (code, out, err[-1]) == (130, "", "tradegym: interrupted")

    run = only_run(tmp_path)
    last = steps(run)[-1]
    assert f"warning: interrupted at step {last:,}; saved {run}/checkpoints/{last}" in err
    info = read(run)
    assert (info["status"], read(run, "result.json")["status"]) == ("killed", "killed")
    assert info["ended"] > info["created"]
    assert in_mlflow(run).info.status == "KILLED"

    for checkpoint, step in (("last", last), ("best", read(run, "checkpoints/best.json")["step"])):
        result = inside("eval", "last", f"eval.checkpoint={checkpoint}", "--json")
        assert result.returncode == 0, result.stderr
        assert json.loads(result.stdout)["checkpoint_step"] == step
    assert read(run)["status"] == "killed"


def test_termination_in_the_middle_of_a_training(start, tmp_path):
    training = start("train", *ENDLESS, "tracking=none")
    wait_for(tmp_path, "runs/*/checkpoints/best.json", training)
    code, out, err = stop(training, signal.SIGTERM)
    assert (code, out) == (143, "")
    run = only_run(tmp_path)
    assert err[-1].endswith(f"saved {run}/checkpoints/{steps(run)[-1]}")
    assert (read(run)["status"], read(run, "result.json")["status"]) == ("killed", "killed")


@pytest.mark.slow
def test_after_a_kill_the_next_command_tells_the_truth(start, inside, tmp_path):
    training = start("train", *ENDLESS)
    wait_for(tmp_path, "runs/*/checkpoints/best.json", training)
    assert stop(training, signal.SIGKILL)[0] == -signal.SIGKILL
    run = only_run(tmp_path)
    assert (read(run)["status"], in_mlflow(run).info.status) == ("running", "RUNNING")

    result = inside("eval", "last", "--json")
    assert result.returncode == 0, result.stderr
    assert json.loads(result.stdout)["checkpoint_step"] in steps(run)
    assert (read(run)["status"], in_mlflow(run).info.status) == ("killed", "KILLED")


def test_ctrl_c_before_there_is_a_run_leaves_nothing(start, tmp_path):
    (tmp_path / "slow.py").write_text(SLOW_DATA, encoding="utf-8")
    training = start("train", "dataset.cls=slow:load")
    wait_for(tmp_path, "loading", training)
    code, out, err = stop(training, signal.SIGINT)
    assert (code, out) == (130, "")
    assert err == ["loading slow:load", "tradegym: interrupted"]
    assert not (tmp_path / "runs").exists()


def test_ctrl_c_in_an_evaluation(start, tmp_path):
    evaluation = start("eval", "agent=random", "eval.episodes=1_000_000", "tracking=none")
    wait_for(tmp_path, "runs/*/config.yaml", evaluation)
    code, out, err = stop(evaluation, signal.SIGINT)
    assert (code, out, err[-1]) == (130, "", "tradegym: interrupted")
    run = only_run(tmp_path)
    assert (read(run)["status"], read(run, "result.json")["status"]) == ("killed", "killed")


@pytest.mark.slow
def test_ctrl_c_ends_a_sweep(start, tmp_path):
    sweep = start("train", "-m", *ENDLESS, "tracking=none", "seed=0,1")
    wait_for(tmp_path, "runs/*/checkpoints/best.json", sweep)
    code, out, err = stop(sweep, signal.SIGINT)
    assert (code, err[-1]) == (130, "tradegym: interrupted")
    run = only_run(tmp_path)
    rows = [line.split() for line in out.splitlines() if run.name in line]
    assert [row[:3] for row in rows] == [[run.name, "seed=0", "killed"]]
