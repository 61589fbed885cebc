"""Evaluations from the command line: of stored runs and of rules, and whose code they import."""

import json
import sys

import pandas as pd
import pytest
from command_line import PROJECT, SMALL, csv_lines, only_run, read

from tradegym.experiments.baselines import BASELINES

BESIDE = ("alpha", "beta", "information_ratio")


def evaluated(inside, *arguments):
    result = inside("eval", *arguments, "--json")
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)


def test_eval_repeats_the_test_of_the_training_exactly(inside, stored):
    again = evaluated(inside, "last")
    trained = read(stored, "result.json")
    assert again["metrics"] == trained["test"]
    assert again["checkpoint_step"] == trained["best"]["step"]
    assert again["directory"] == str(stored / "eval" / "4-test")
    for name in ("equity", "trades", "orders"):
        first, second = (
            pd.read_parquet(stored / "eval" / folder / f"{name}.parquet")
            for folder in ("3-test", "4-test")
        )
        pd.testing.assert_frame_equal(first, second)


@pytest.mark.parametrize("how", ["name", "id", "relative path", "absolute path"])
def test_a_run_is_found(how, inside, stored):
    text = {
        "name": "small",
        "id": stored.name,
        "relative path": f"runs/{stored.name}/",
        "absolute path": str(stored),
    }[how]
    evaluated(inside, text)
    assert (stored / "eval" / "4-test" / "equity.parquet").exists()


def test_an_evaluation_has_its_own_record(inside, stored):
    evaluated(inside, "small", "eval.split=validation", "eval.checkpoint=128")
    folder = stored / "eval" / "4-validation"
    info = read(folder)
    assert (info["kind"], info["status"], info["mlflow"]) == ("eval", "finished", None)
    assert read(folder, "resolved.json")["eval.split"]["origin"] == "command line"
    assert {path.name for path in (folder / "plots").iterdir()} == {
        "equity.png",
        "trades.png",
        "actions.png",
        "exposure.png",
    }
    rows = [json.loads(line) for line in (stored / "metrics.jsonl").read_text().splitlines()]
    logged = {row["key"]: row["value"] for row in rows if row["step"] == 128}
    metrics = read(folder, "result.json")["metrics"]["agent"]
    # the validation has no benchmark beside it
    known = {key: value for key, value in metrics.items() if key not in BESIDE}
    assert {f"validation/{key}": value for key, value in known.items()}.items() <= logged.items()


def test_last_checkpoint(inside, stored):
    assert evaluated(inside, "last", "eval.checkpoint=last")["checkpoint_step"] == 256


def test_a_rule_of_its_own(inside, tmp_path):
    found = evaluated(inside, "agent=sma_cross", "agent.slow=50", "tracking=none")
    assert (found["agent"], found["checkpoint_step"]) == ("sma_cross", None)
    assert set(found["metrics"]) == {"agent", *BASELINES} - {"sma_cross"}
    run = only_run(tmp_path)
    assert (read(run)["kind"], found["directory"]) == ("eval", str(run))
    assert (run / "equity.parquet").exists()


def test_last_is_a_training_even_after_an_evaluation(inside, stored):
    evaluated(inside, "agent=flat", "tracking=none")
    assert evaluated(inside, "last")["directory"].startswith(str(stored))


def test_another_agent_in_the_market_of_a_run(inside, stored):
    found = evaluated(inside, "small", "agent=buy_and_hold")
    assert found["metrics"]["agent"] == read(stored, "result.json")["test"]["buy_and_hold"]
    assert set(found["metrics"]) == {"agent", *BASELINES} - {"buy_and_hold"}


def test_more_episodes_are_random_and_repeat(inside, stored):
    first, second, other = (
        evaluated(inside, "small", "eval.episodes=3", f"seed={seed}") for seed in (0, 0, 1)
    )
    assert first["metrics"] == second["metrics"]
    assert first["metrics"] != other["metrics"]
    table = pd.read_parquet(stored / "eval" / "4-test" / "equity.parquet")
    episodes = table.groupby("episode")
    assert list(episodes.groups) == [1, 2, 3]
    assert episodes["time"].min().nunique() > 1
    final = episodes["equity"].last().mean()
    assert first["metrics"]["agent"]["final_equity"] == pytest.approx(final)


def test_a_drawn_action_is_another_agent(inside, stored):
    found = evaluated(inside, "small", "eval.deterministic=false")
    assert found["metrics"]["agent"] != read(stored, "result.json")["test"]["agent"]


def test_other_costs_and_other_data(inside, stored):
    dear = evaluated(inside, "small", "engine.broker_commission=0.005")["metrics"]
    before = read(stored, "result.json")["test"]
    assert dear["buy_and_hold"]["total_return"] < before["buy_and_hold"]["total_return"]
    result = inside("eval", "small", "dataset=nasdaq")
    assert result.returncode == 0
    assert "on nasdaq, test split" in result.stdout
    assert "have changed" not in result.stderr


def test_table_for_people(inside, stored):
    result = inside("eval", "small")
    step = read(stored, "result.json")["best"]["step"]
    assert f"PPO (step {step}) on sp500, test split: " in result.stdout
    assert f"Evaluation recorded in runs/{stored.name}/eval/4-test." in result.stdout
    assert result.stderr == "PPO on sp500, test split\n"


def test_data_that_have_changed_are_named(inside, tmp_path):
    data = tmp_path / "prices.csv"
    lines = csv_lines(800)
    data.write_text("\n".join(lines) + "\n", encoding="utf-8")
    source = ("dataset=csv", "dataset.filename=prices.csv", "split.validation=0.05")
    assert inside("train", *SMALL, *source).returncode == 0
    assert inside("eval", "last").stderr == "PPO on prices, test split\n"
    data.write_text("\n".join(lines[:-1]) + "\n", encoding="utf-8")
    result = inside("eval", "last")
    assert result.returncode == 0
    assert result.stderr.startswith("warning: the data of 'prices' have changed since ")


def test_a_damaged_checkpoint_is_refused(inside, stored):
    step = read(stored, "result.json")["best"]["step"]
    file = stored / "checkpoints" / str(step) / "model.zip"
    file.write_bytes(file.read_bytes()[:-1])
    result = inside("eval", "last")
    assert result.returncode == 2
    assert result.stderr.startswith(f"tradegym: {file}: damaged")
    assert not (stored / "eval" / "4-test").exists()


def test_in_mlflow_it_is_a_child_of_its_training(inside, tmp_path):
    from mlflow import MlflowClient

    assert inside("train", *SMALL[1:]).returncode == 0
    run = only_run(tmp_path)
    parent = read(run)["mlflow"]
    found = evaluated(inside, parent["run_id"], "eval.split=validation")
    child = read(run / "eval" / "4-validation")["mlflow"]
    recorded = MlflowClient(tracking_uri=parent["uri"]).get_run(child["run_id"])
    assert recorded.info.status == "FINISHED"
    assert recorded.data.tags["mlflow.parentRunId"] == parent["run_id"]
    sharpe = found["metrics"]["agent"]["sharpe"]
    assert recorded.data.metrics.get("validation/sharpe") == pytest.approx(sharpe)


class TestWhoseCode:
    """The module writes a file when it is imported, so that an import cannot go unseen."""

    TRACE = "from pathlib import Path\nPath('imported').touch()\n"

    @pytest.fixture
    def run(self, inside, tmp_path):
        (tmp_path / "theirs.py").write_text(self.TRACE + PROJECT, encoding="utf-8")
        result = inside("train", *SMALL, "strategy.cls=theirs:Momentum")
        assert result.returncode == 0, result.stderr
        (tmp_path / "imported").unlink()
        return only_run(tmp_path)

    @pytest.fixture
    def foreign(self, run, tmp_path_factory, monkeypatch):
        """The same run as another user, or another machine, finds it."""
        monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("other")))
        sys.modules.pop("theirs")
        return run

    def test_the_users_own_run_needs_no_question(self, inside, run):
        assert evaluated(inside, "last")["metrics"] == read(run, "result.json")["test"]

    @pytest.mark.usefixtures("foreign")
    @pytest.mark.parametrize("command", [("eval", "last"), ("render", "last", "--out", "a.png")])
    def test_a_foreign_run_is_not_imported(self, command, inside, tmp_path):
        result = inside(*command)
        assert result.returncode == 2
        assert result.stderr.startswith("tradegym: strategy.cls: 'theirs:Momentum' comes from the")
        assert "--trust" in result.stderr
        assert result.stderr.count("\n") == 1
        assert not (tmp_path / "imported").exists()

    @pytest.mark.parametrize("how", ["--trust", "strategy.cls=theirs:Momentum"])
    def test_unless_it_is_asked_for(self, how, inside, foreign, tmp_path):
        assert evaluated(inside, "last", how)["metrics"] == read(foreign, "result.json")["test"]
        assert (tmp_path / "imported").exists()

    @pytest.mark.usefixtures("foreign")
    def test_another_path_does_not_vouch_for_it(self, inside, tmp_path):
        (tmp_path / "mine.py").write_text(PROJECT, encoding="utf-8")
        assert inside("eval", "last", "strategy.cls=mine:Momentum").returncode == 0
        assert not (tmp_path / "imported").exists()

    def test_a_list_that_was_tampered_with_counts_for_nothing(
        self, inside, run, tmp_path, tmp_path_factory, monkeypatch
    ):
        state = tmp_path_factory.mktemp("forged")
        monkeypatch.setenv("XDG_STATE_HOME", str(state))
        (state / "tradegym").mkdir()
        line = json.dumps([run.name, "strategy.cls", "theirs:Momentum", "0" * 64])
        (state / "tradegym" / "runs.jsonl").write_text(
            f"{line}\nnonsense\n[1]\n1\n[1, 2, 3, 4]\n", encoding="utf-8"
        )
        result = inside("eval", "last")
        assert result.returncode == 2
        assert "not made by you" in result.stderr
