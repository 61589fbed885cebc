"""Training from the command line: what it leaves, that it repeats, and a user's own parts."""

import json
import os
import subprocess
import sys
import zipfile

import matplotlib.image
import pandas as pd
import pytest
from command_line import PROJECT, SMALL, only_run, read

from tradegym.cli.results import job_text, swept
from tradegym.experiments.baselines import BASELINES

TABLES = {"equity.parquet", "trades.parquet", "orders.parquet"}
PLOTS = {"equity.png", "trades.png", "actions.png", "exposure.png", "learning.png"}
CHECKPOINT = {"model.zip", "normaliser.npz", "checkpoint.json"}


def names(folder):
    return {path.name for path in folder.iterdir()}


def metrics(run):
    lines = (run / "metrics.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def identity(run):
    """What has to be the same when a run is repeated."""
    result = read(run, "result.json")
    logged = [
        (row["step"], row["key"], row["value"])
        for row in metrics(run)
        if not row["key"].startswith("timing/")
    ]
    return result["weights_sha256"], result["best"], result["test"], logged


def trained(inside, folder, *arguments):
    before = set(folder.glob("runs/*"))
    result = inside("train", *arguments)
    assert result.returncode == 0, result.stderr
    (run,) = [path for path in folder.glob("runs/*Z-*") if path not in before]
    return run


def test_a_run_directory_has_everything(small_run):
    assert names(small_run) == {
        "run.json",
        "config.yaml",
        "resolved.json",
        "result.json",
        "metrics.jsonl",
        "train.log",
        "model",
        "audit.json",
        "checkpoints",
        "eval",
        "plots",
    }
    assert names(small_run / "checkpoints") == {"128", "256", "best.json"}
    for folder in (
        small_run / "model",
        small_run / "checkpoints" / "256",
        small_run / "checkpoints" / "128",
    ):
        assert names(folder) == CHECKPOINT
        assert zipfile.ZipFile(folder / "model.zip").testzip() is None
    assert names(small_run / "eval") == {"1-validation", "2-validation", "3-test"}
    assert names(small_run / "eval" / "2-validation") == TABLES
    assert names(small_run / "eval" / "3-test") == TABLES | {"baselines"}
    for name in BASELINES:
        assert names(small_run / "eval" / "3-test" / "baselines" / name) == TABLES
    assert names(small_run / "plots") == PLOTS
    for name in PLOTS:
        assert matplotlib.image.imread(small_run / "plots" / name).std() > 0.05


def test_status_and_facts_of_a_run(small_run):
    info, result = read(small_run), read(small_run, "result.json")
    assert (info["status"], info["kind"], info["name"]) == ("finished", "train", "small")
    assert (info["seed"], info["mlflow"], info["dataset"]["name"]) == (0, None, "sp500")
    assert info["id"] == small_run.name
    assert info["created"] < info["ended"]
    assert info["provenance"]["command_line"].endswith(" ".join(("train", "name=small", *SMALL)))
    assert (result["status"], result["error"], result["steps"]) == ("finished", None, 256)
    best = read(small_run, "checkpoints/best.json")
    assert best == {key: result["best"][key] for key in ("step", "metric", "value")}
    stored = read(small_run / "model", "checkpoint.json")
    assert (stored["step"], stored["weights_sha256"]) == (
        best["step"],
        result["best"]["weights_sha256"],
    )
    log = (small_run / "train.log").read_text(encoding="utf-8")
    assert "validation at step 256" in log
    assert "validation at step 128" in log


def test_configuration_of_a_run(small_run):
    resolved = read(small_run, "resolved.json")
    assert resolved["agent.n_steps"] == {"value": 64, "origin": "command line", "note": ""}
    assert resolved["agent.gamma"]["origin"] == "packaged agent/ppo"
    assert "n_steps: 64" in (small_run / "config.yaml").read_text(encoding="utf-8")


def test_validation_is_logged_by_step_and_picks_the_best(small_run):
    rows = metrics(small_run)
    curve = {row["step"]: row["value"] for row in rows if row["key"].endswith("/total_log_return")}
    best = read(small_run, "checkpoints/best.json")
    assert set(curve) == {128, 256}
    assert best["value"] == max(curve.values()) == curve[best["step"]]
    assert {row["key"].split("/")[0] for row in rows} >= {"validation", "rollout", "timing"}


def test_tables_agree_with_the_metrics(small_run):
    test = read(small_run, "result.json")["test"]
    assert set(test) == {"agent", *BASELINES}
    folder = small_run / "eval" / "3-test"
    equity, trades = (pd.read_parquet(folder / f"{n}.parquet") for n in ("equity", "trades"))
    assert equity["equity"].iloc[-1] == pytest.approx(test["agent"]["final_equity"])
    assert len(trades) == test["agent"]["trades"]
    assert test["agent"]["total_return"] == pytest.approx(equity["equity"].iloc[-1] / 10_000 - 1)


def test_the_same_seed_repeats_in_another_process(small_run, inside, tmp_path):
    assert identity(trained(inside, tmp_path, *SMALL)) == identity(small_run)
    other = trained(inside, tmp_path, *SMALL, "seed=1")
    assert read(other, "result.json")["weights_sha256"] != identity(small_run)[0]


@pytest.mark.parametrize(
    "agent",
    [
        ("agent=dqn", "agent.learning_starts=64", "agent.buffer_size=300", "train.n_envs=2"),
        ("agent=a2c", "agent.n_steps=16", "train.n_envs=4"),
    ],
    ids=["dqn", "a2c"],
)
def test_other_algorithms_repeat_too(agent, inside, tmp_path):
    settings = (*SMALL[:4], "train.total_timesteps=256", "train.eval_every=256", *agent)
    first, second, other = (
        identity(trained(inside, tmp_path, *settings, f"seed={seed}")) for seed in (3, 3, 4)
    )
    assert first == second
    assert first[0] != other[0]


def test_validating_more_often_leaves_the_training_as_it_is(small_run, inside, tmp_path):
    run = trained(inside, tmp_path, *SMALL, "train.eval_every=64")
    assert len(names(run / "checkpoints") - {"best.json"}) == 4
    assert read(run, "result.json")["weights_sha256"] == identity(small_run)[0]


def test_json_is_all_there_is_on_stdout(tradegym, tmp_path):
    result = tradegym("train", *SMALL, "--json")
    assert result.returncode == 0, result.stderr
    run = only_run(tmp_path)
    recorded = read(run, "result.json")
    assert json.loads(result.stdout) == {
        "run": str(run),
        **{key: value for key, value in recorded.items() if key not in ("status", "error")},
    }


def test_a_table_for_people(inside, tmp_path):
    result = inside("train", *SMALL)
    header = next(line for line in result.stdout.splitlines() if "Sharpe" in line)
    assert header.split()[:3] == ["Return", "CAGR", "Volatility"]
    assert "buy and hold  " in result.stdout
    assert "sortino ratio" in result.stdout
    assert f"Run recorded in runs/{only_run(tmp_path).name}" in result.stdout
    assert result.stderr.startswith("loading sp500\n")


def test_a_sweep_makes_a_run_of_each_and_a_table(inside, tmp_path):
    result = inside("train", "-m", *SMALL, "seed=0,1")
    assert result.returncode == 0, result.stderr
    runs = [path.parent for path in sorted(tmp_path.glob("runs/*/run.json"))]
    assert sorted(read(run)["seed"] for run in runs) == [0, 1]
    assert len({read(run)["sweep"] for run in runs}) == 1
    header, *rows, hint = [line for line in result.stdout.splitlines() if line]
    assert header.split()[:3] == ["run", "swept", "status"]
    assert sorted(row.split()[0] for row in rows) == sorted(run.name for run in runs)
    assert [row.split()[1:3] for row in rows] == [["seed=0", "finished"], ["seed=1", "finished"]]
    assert "run 2 of 2: tracking=none split.train=0.9 " in result.stderr
    # Both are one configuration: two seeds of it are no choice.
    compared = inside(*hint.partition("tradegym ")[2].split())
    assert compared.returncode == 0
    assert "PBO: it needs 2 configurations or more, there is 1" in compared.stdout


def test_what_was_swept_is_what_differs():
    jobs = [
        job_text(["++agent.gamma=0.9", f"+strategy.params.x={text}", "++seed=0"])
        for text in ("'a b'", "c")
    ]
    assert [swept(one, jobs) for one in jobs] == [
        "strategy.params.x='a b'",
        "strategy.params.x=c",
    ]
    assert swept("a=False seed=1", ["a=false seed=1", "a=false seed=2"]) == "seed=1"
    assert swept("seed=1", ["seed=1", "seed=1"]) == ""


def test_a_sweep_goes_on_when_a_run_fails(inside, tmp_path):
    result = inside("train", "-m", "--json", *SMALL, "agent.batch_size=1,64")
    assert result.returncode == 2
    assert "warning: run 1 of 2 failed: agent: PPO refuses these settings" in result.stderr
    assert result.stderr.splitlines()[-1].startswith("tradegym: agent: PPO refuses")
    (row,) = json.loads(result.stdout)
    assert "agent.batch_size=64" in row["job"]
    assert (row["status"], row["run"]) == ("finished", only_run(tmp_path).name)


@pytest.fixture
def project(tmp_path):
    (tmp_path / "project.py").write_text(PROJECT, encoding="utf-8")


@pytest.mark.usefixtures("project")
class TestOwnCode:
    def test_strategy(self, inside, tmp_path):
        run = trained(
            inside,
            tmp_path,
            *SMALL,
            "strategy.cls=project:Momentum",
            "strategy.params.period=20",
            "strategy.limits.drawdown_call=90",
        )
        info = read(run)
        assert info["spaces"]["observation"] == {"momentum": [2]}
        resolved = read(run, "resolved.json")
        assert resolved["strategy.params.period"]["value"] == 20
        assert "strategy.state.time_dim" not in resolved

    def test_dataset(self, inside, tmp_path):
        parts = ("split.train=0.8", "split.validation=0.1")
        run = trained(inside, tmp_path, *SMALL, "dataset.cls=project:waves", *parts)
        info = read(run)
        assert (info["dataset"]["name"], info["dataset"]["bars"]) == ("waves", 600)
        assert info["dataset"]["source"] == "project:waves"

    def test_cerebro(self, inside, tmp_path):
        result = inside("train", *SMALL, "engine.cerebro=project:cerebro", "engine.start_cash=1e6")
        assert result.returncode == 0, result.stderr
        assert "warning: ignored: engine.start_cash (engine.cerebro is given" in result.stderr
        run = only_run(tmp_path)
        equity = pd.read_parquet(run / "eval" / "3-test" / "equity.parquet")
        assert equity["equity"].iloc[0] == 555.0
        (warning,) = read(run)["warnings"]
        assert warning.startswith("ignored: engine.start_cash (engine.cerebro is given")

    def test_through_the_console(self, tradegym, tmp_path):
        result = tradegym("train", *SMALL, "strategy.cls=project:Momentum")
        assert result.returncode == 0, result.stderr
        assert read(only_run(tmp_path))["status"] == "finished"


def test_own_options_shadow_packaged_ones(inside, tmp_path):
    folder = tmp_path / "conf" / "agent"
    folder.mkdir(parents=True)
    (folder / "ppo.yaml").write_text("algorithm: A2C\ngamma: 0.5\nn_steps: 64\n", encoding="utf-8")
    run = trained(inside, tmp_path, *(one for one in SMALL if not one.startswith("agent.")))
    assert read(run / "model", "checkpoint.json")["algorithm"] == "A2C"
    gamma = read(run, "resolved.json")["agent.gamma"]
    assert gamma == {"value": 0.5, "origin": "file conf/agent/ppo.yaml", "note": ""}


def test_a_seed_beyond_32_bits_and_a_name_that_looks_like_a_number(inside, tmp_path):
    run = trained(inside, tmp_path, *SMALL, "seed=123456789012345", "name=2024")
    assert read(run)["seed"] == 123456789012345
    assert "-2024-" in run.name


def git(folder, *arguments):
    identity = ("-c", "user.name=a", "-c", "user.email=a@example.org")
    subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True)


def test_everything_is_in_mlflow(inside, tmp_path):
    from mlflow import MlflowClient

    git(tmp_path, "init", "-q")
    git(tmp_path, "commit", "-q", "--allow-empty", "-m", "start")
    run = trained(inside, tmp_path, *SMALL[1:])
    info, result = read(run), read(run, "result.json")
    recorded = info["mlflow"]
    assert recorded["uri"] == f"sqlite:///{tmp_path}/runs/mlflow.db"
    client = MlflowClient(tracking_uri=recorded["uri"])
    found = client.get_run(recorded["run_id"])
    assert (found.info.status, found.info.run_name) == ("FINISHED", run.name)
    assert client.get_experiment(recorded["experiment_id"]).name == "tradegym"

    params = found.data.params
    assert (params["agent.n_steps"], params["agent.algorithm"], params["seed"]) == (
        "64",
        "PPO",
        "0",
    )
    assert len(params) > 40
    tags = found.data.tags
    assert tags["mlflow.source.git.commit"] == info["provenance"]["git_commit"]
    assert len(tags["mlflow.source.git.commit"]) == 40
    assert (tags["tradegym.run"], tags["tradegym.agent"]) == (run.name, "PPO")

    curve = client.get_metric_history(recorded["run_id"], "validation/total_log_return")
    assert [point.step for point in curve] == [128, 256]
    assert max(point.value for point in curve) == result["best"]["value"]
    for group, agent in (("test", "agent"), ("test_buy_and_hold", "buy_and_hold")):
        for key, value in result["test"][agent].items():
            logged = found.data.metrics.get(f"{group}/{key}")
            assert logged == (None if value is None else pytest.approx(value))

    (data,) = found.inputs.dataset_inputs
    assert data.dataset.name == "sp500"
    assert info["dataset"]["sha256"].startswith(data.dataset.digest)
    files = {file.path for file in client.list_artifacts(recorded["run_id"])}
    assert {"config.yaml", "resolved.json", "plots", "eval"} <= files
    plots = {file.path for file in client.list_artifacts(recorded["run_id"], "plots")}
    assert plots == {f"plots/{name}" for name in PLOTS}
    tables = {file.path for file in client.list_artifacts(recorded["run_id"], "eval/3-test")}
    assert tables == {f"eval/3-test/{name}" for name in TABLES}
    models = client.search_logged_models([recorded["experiment_id"]])
    assert [(model.name, model.source_run_id) for model in models] == [
        ("model", recorded["run_id"])
    ]


@pytest.mark.slow
def test_two_that_start_at_the_same_moment_share_a_new_store(tmp_path):
    from mlflow import MlflowClient

    started = [
        subprocess.Popen(
            [sys.executable, "-m", "tradegym", "train", *SMALL[1:], f"seed={seed}"],
            cwd=tmp_path,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=os.environ,
        )
        for seed in (0, 1)
    ]
    for process in started:
        _, err = process.communicate(timeout=250)
        assert process.returncode == 0, err
    client = MlflowClient(tracking_uri=f"sqlite:///{tmp_path}/runs/mlflow.db")
    (experiment,) = [one for one in client.search_experiments() if one.name == "tradegym"]
    found = client.search_runs([experiment.experiment_id])
    assert sorted(run.data.params["seed"] for run in found) == ["0", "1"]
    assert {run.info.status for run in found} == {"FINISHED"}
