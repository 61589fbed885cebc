"""Several seeds and several folds through the command line."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest
from command_line import SMALL, csv_lines, read

QUICK = (*SMALL, "eval.baselines=[buy_and_hold,random]")
FOLDS = (
    "eval.baselines=[buy_and_hold,random]",
    "tracking=none", "split=walk_forward", "split.train_length=40%", "split.test_length=25%",
    "split.validation_length=10%", "episode.duration=20", "train.total_timesteps=64",
    "train.n_envs=1", "train.eval_every=64", "agent.n_steps=64", "agent.n_epochs=1",
    "dataset=csv",
)  # fmt: skip
BROKEN = """
import json, pathlib, sys

def load():
    from tradegym.envs.data.sources import load_dataset
    from tradegym.conf.resolve import resolve
    if pathlib.Path("armed").exists():
        count = len(list(pathlib.Path(".").glob("seen-*")))
        pathlib.Path(f"seen-{count}").touch()
        if count == 1:
            raise ValueError("the second worker finds no data")
    else:
        pathlib.Path("armed").touch()
    return load_dataset(resolve([]).config.dataset)
"""


def of_kind(folder, kind):
    found = sorted(path.parent for path in folder.glob("runs/*/run.json"))
    return [run for run in found if read(run)["kind"] == kind]


def identity(run):
    result = read(run, "result.json")
    keys = ("weights_sha256", "best", "test", "steps")
    return {key: result[key] for key in keys}


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["seeds=0"], "tradegym: seeds: 0 is out of range; allowed: "),
        (["seeds=[1,1]"], "tradegym: seeds: [1, 1] names a seed twice; allowed:"),
        (["seeds=[-1]"], "tradegym: seeds: [-1] is out of range; allowed:"),
        (["seeds=many"], "tradegym: seeds: 'many' is not a number of seeds; allowed:"),
        (["train.workers=0"], "tradegym: train.workers: 0 is out of range; allowed: >= 1"),
        (
            ["seeds=2", "split=walk_forward"],
            "tradegym: seeds: several seeds of all folds at once (split.kind=walk_forward) are",
        ),
        (
            ["split=walk_forward", "eval.episodes=3"],
            "tradegym: eval.episodes: 3 random episodes of each fold cannot be stitched together",
        ),
        (
            ["split=walk_forward", "split.stride=5%"],
            "tradegym: split.stride: 5% lets the test periods of folds 0 and 1 overlap",
        ),
        (
            ["split=walk_forward", "split.fold=some"],
            "tradegym: split.fold: 'some' is not the number",
        ),
        (["seeds=2", "agent=flat"], "tradegym: agent.rule: 'flat' is a rule and cannot be trained"),
        (["seeds=2", "agent.batch_size=1"], "tradegym: agent: PPO refuses these settings"),
    ],
)
def test_mistakes_are_one_line_and_leave_nothing(inside, tmp_path, arguments, line):
    result = inside("train", "tracking=none", *arguments)
    assert result.returncode == 2
    assert result.stderr.splitlines()[-1].startswith(line)
    assert not (tmp_path / "runs").exists()


@pytest.fixture(scope="module")
def seeds(tmp_path_factory):
    """A folder in which two seeds were trained together, and one alone; with MLflow."""
    folder = tmp_path_factory.mktemp("seeds")
    done = [
        subprocess.run(
            [sys.executable, "-m", "tradegym", "train", *QUICK[1:], "eval.report=true", *more],
            cwd=folder, capture_output=True, text=True, check=False,
            env=os.environ | {"COLUMNS": "250", "NO_COLOR": "1"},
        )
        for more in (["seeds=[1,0]", "name=both"], ["seed=1", "name=alone"])
    ]  # fmt: skip
    assert [one.returncode for one in done] == [0, 0], done[0].stderr + done[1].stderr
    return folder, done[0]


@pytest.mark.slow
class TestSeeds:
    def test_each_seed_is_a_run_of_its_own_with_the_bits_of_a_single_run(self, seeds):
        folder, _ = seeds
        (parent,) = of_kind(folder, "seeds")
        content = read(parent, "seeds.json")
        assert content["seeds"] == [1, 0]
        runs = [folder / "runs" / name for name in content["runs"]]
        assert [read(run)["seed"] for run in runs] == [1, 0]
        (alone,) = [run for run in of_kind(folder, "train") if read(run)["name"] == "alone"]
        assert identity(runs[0]) == identity(alone)
        assert identity(runs[1]) != identity(alone)
        assert {path.name for path in runs[0].iterdir()} == {path.name for path in alone.iterdir()}
        for run in runs:
            info = read(run)
            assert (info["status"], info["parent"]) == ("finished", parent.name)
        mine, theirs = (read(run, "resolved.json") for run in (runs[0], alone))
        assert mine["seeds"]["value"] is None
        assert {key for key in mine if mine[key]["value"] != theirs[key]["value"]} == {"name"}

    def test_files_of_the_parent(self, seeds):
        folder, _ = seeds
        (parent,) = of_kind(folder, "seeds")
        info, content = read(parent), read(parent, "seeds.json")
        assert (info["status"], info["children"]) == ("finished", content["runs"])
        tests = [read(folder / "runs" / name, "result.json")["test"] for name in info["children"]]
        for agent, metric in (("agent", "total_return"), ("random", "sharpe")):
            assert content["metrics"][agent][metric] == [one[agent][metric] for one in tests]
        total = content["summary"]["total_return"]
        values = content["metrics"]["agent"]["total_return"]
        assert total["iqm"] == pytest.approx(sum(values) / 2)
        assert (total["min"], total["max"]) == (min(values), max(values))
        assert "Student" in total["method"]
        assert content["warning"].startswith("2 seeds are too few")
        result = read(parent, "result.json")
        assert (result["status"], result["kind"]) == ("finished", "seeds")
        assert result["test"]["agent"]["total_return"] == total["iqm"]
        assert (parent / "plots" / "seeds.png").stat().st_size > 20_000
        assert not (parent / "workers").exists()

    def test_what_is_printed(self, seeds):
        _, done = seeds
        assert "PPO (IQM)" in done.stdout
        assert "95% interval" in done.stdout
        assert "a seed earns more than buy and hold with probability" in done.stdout
        assert "warning: 2 seeds are too few to tell skill from luck" in done.stderr

    def test_the_runs_are_nested_in_mlflow(self, seeds):
        from mlflow import MlflowClient

        folder, _ = seeds
        (parent,) = of_kind(folder, "seeds")
        client = MlflowClient(tracking_uri=f"sqlite:///{folder}/runs/mlflow.db")
        recorded = client.get_run(read(parent)["mlflow"]["run_id"])
        assert recorded.info.status == "FINISHED"
        assert "test/sharpe" in recorded.data.metrics
        for name in read(parent)["children"]:
            run = client.get_run(read(folder / "runs" / name)["mlflow"]["run_id"])
            assert run.data.tags["mlflow.parentRunId"] == recorded.info.run_id
            assert run.info.status == "FINISHED"

    def test_the_parent_writes_its_report_and_logs_it(self, seeds):
        from mlflow import MlflowClient

        folder, _ = seeds
        (parent,) = of_kind(folder, "seeds")
        page, text = ((parent / f"report.{form}").read_text() for form in ("html", "md"))
        for one in (page, text):
            assert "One configuration, several seeds" in one
            assert "Distribution over seeds" in one
            assert "has not ended" not in one
        client = MlflowClient(tracking_uri=f"sqlite:///{folder}/runs/mlflow.db")
        logged = client.list_artifacts(read(parent)["mlflow"]["run_id"], "report")
        assert [one.path for one in logged] == ["report/report.html", "report/report.md"]

    def test_it_is_switched_off_as_for_single_runs(self, tradegym, tmp_path):
        assert tradegym("train", *QUICK, "seeds=[3]").returncode == 0
        (parent,) = of_kind(tmp_path, "seeds")
        assert (parent / "seeds.json").exists()
        assert not list(tmp_path.glob("runs/*/report.*"))

    @pytest.mark.parametrize("command", [("eval",), ("render", "--out", "a.png")])
    def test_the_parent_has_no_agent(self, seeds, inside, command):
        folder, _ = seeds
        (parent,) = of_kind(folder, "seeds")
        result = inside(command[0], str(parent), *command[1:])
        assert result.returncode == 2
        assert result.stderr.startswith(f"tradegym: run {parent.name}: holds 2 seeds together")
        for name in read(parent)["children"]:
            assert name in result.stderr


@pytest.mark.slow
def test_one_seed_that_fails_leaves_the_other_and_an_honest_parent(tradegym, tmp_path):
    (tmp_path / "broken.py").write_text(BROKEN, encoding="utf-8")
    result = tradegym(
        "train", *QUICK, "dataset.cls=broken:load", "seeds=2", "train.workers=1",
        "eval.report=true",
    )  # fmt: skip
    assert result.returncode == 1, result.stderr
    last = result.stderr.splitlines()[-1]
    assert last.startswith("tradegym: 1 of 2 seeds did not finish (seed 1): seed 1: dataset.cls")
    assert "the second worker finds no data" in last
    (parent,) = of_kind(tmp_path, "seeds")
    (run,) = of_kind(tmp_path, "train")
    assert (read(parent)["status"], read(run)["status"]) == ("failed", "finished")
    content = read(parent, "seeds.json")
    assert content["runs"] == [run.name, None]
    assert content["status"] == ["finished", "failed"]
    assert content["metrics"]["agent"]["total_return"][1] is None
    assert content["summary"]["total_return"]["n"] == 1
    # As for a single run that failed, there is no report unless it is asked for.
    assert (run / "report.html").exists()
    assert not list(parent.glob("report.*"))
    assert tradegym("report", parent.name).returncode == 0
    text = (parent / "report.md").read_text()
    assert "This run failed" in text
    assert "1 of 2 seeds did not finish" in text
    assert "PPO (IQM)" in result.stdout


@pytest.mark.slow
@pytest.mark.parametrize(
    ("number", "code", "group"),
    [(signal.SIGINT, 130, True), (signal.SIGTERM, 143, False)],
    ids=["ctrl-c", "termination"],
)
def test_an_interruption_reaches_all_trainings(tmp_path, number, code, group):
    """Ctrl-C goes to the whole group of the terminal, `kill` to the parent alone."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tradegym", "train", *QUICK,
         "train.total_timesteps=100_000_000", "seeds=3", "train.workers=2", "eval.report=true"],
        cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env=os.environ | {"NO_COLOR": "1"}, start_new_session=True,
    )  # fmt: skip
    try:
        wanted = min(2, len(os.sched_getaffinity(0)))
        until = time.monotonic() + 120
        while len(list(tmp_path.glob("runs/*/checkpoints/best.json"))) < wanted:
            assert process.poll() is None, process.communicate()[1]
            assert time.monotonic() < until
            time.sleep(0.1)
        os.killpg(process.pid, number) if group else process.send_signal(number)
        out, err = process.communicate(timeout=120)
    finally:
        process.kill()
    assert (process.returncode, out) == (code, "")
    assert "Traceback" not in err
    (parent,) = of_kind(tmp_path, "seeds")
    assert (read(parent)["status"], read(parent, "result.json")["status"]) == ("killed", "killed")
    runs = of_kind(tmp_path, "train")
    assert not list(tmp_path.glob("runs/*/report.*"))
    assert len(runs) == wanted
    for run in runs:
        assert (read(run)["status"], read(run, "result.json")["status"]) == ("killed", "killed")
        log = (run / "train.log").read_text(encoding="utf-8")
        saved = log.rpartition("; saved ")[2].strip()
        assert (Path(saved) / "model.zip").exists()
    assert read(parent, "seeds.json")["status"] == ["killed"] * wanted + ["not started"] * (
        3 - wanted
    )


@pytest.fixture(scope="module")
def folds(tmp_path_factory):
    """A folder in which two folds were trained together, and the second alone."""
    folder = tmp_path_factory.mktemp("folds")
    (folder / "bars.csv").write_text("\n".join(csv_lines(600)) + "\n", encoding="utf-8")
    settings = (*FOLDS, f"dataset.filename={folder}/bars.csv")
    done = [
        subprocess.run(
            [sys.executable, "-m", "tradegym", "train", *settings, *more],
            cwd=folder, capture_output=True, text=True, check=False,
            env=os.environ | {"COLUMNS": "250", "NO_COLOR": "1"},
        )
        for more in (["name=all", "--json"], ["split.fold=1", "name=alone"])
    ]  # fmt: skip
    assert [one.returncode for one in done] == [0, 0], done[0].stderr + done[1].stderr
    return folder, done[0]


@pytest.mark.slow
class TestFolds:
    def test_each_fold_has_the_bits_of_a_single_run(self, folds):
        folder, _ = folds
        (parent,) = of_kind(folder, "folds")
        content = read(parent, "folds.json")
        assert [one["fold"] for one in content["folds"]] == [0, 1]
        (alone,) = [run for run in of_kind(folder, "train") if read(run)["name"] == "alone"]
        assert identity(folder / "runs" / content["folds"][1]["run"]) == identity(alone)

    def test_the_stitched_account_compounds(self, folds):
        folder, done = folds
        (parent,) = of_kind(folder, "folds")
        content = read(parent, "folds.json")
        growth = 1.0
        for fold in content["folds"]:
            test = read(folder / "runs" / fold["run"], "result.json")["test"]
            assert fold["metrics"] == test["agent"]
            growth *= 1 + test["agent"]["total_return"]
        assert content["stitched"]["total_return"] == pytest.approx(growth - 1, abs=1e-12)
        held = [one["baselines"]["buy_and_hold"]["total_return"] for one in content["folds"]]
        stitched = content["baselines"]["buy_and_hold"]["total_return"]
        assert stitched == pytest.approx((1 + held[0]) * (1 + held[1]) - 1, abs=1e-12)
        table = pd.read_parquet(parent / "stitched.parquet")
        assert {"time", "equity", "fold", "path", "buy_and_hold"} <= set(table)
        assert table["equity"].iloc[-1] == pytest.approx(10_000 * growth)
        assert table["time"].is_monotonic_increasing
        assert sorted(set(table["fold"])) == [0, 1]
        assert (parent / "plots" / "stitched.png").stat().st_size > 20_000
        assert "Folds and stitched test equity" in (parent / "report.html").read_text()
        printed = json.loads(done.stdout)
        assert printed["stitched"] == content["stitched"]
        assert printed["run"] == str(parent)

    def test_the_parent_has_no_agent(self, folds, inside):
        folder, _ = folds
        (parent,) = of_kind(folder, "folds")
        result = inside("eval", "all", f"runs_root={folder}/runs")
        assert result.returncode == 2
        assert result.stderr.startswith(f"tradegym: run {parent.name}: holds 2 folds together")
