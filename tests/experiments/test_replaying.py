"""Evaluations that write a trace, and its replay from the files alone."""

import json
import shutil
from pathlib import Path

import pandas as pd
import pytest

from tradegym.conf.errors import UserError
from tradegym.envs.strategies.trace_table import read_trace, write_trace
from tradegym.experiments.evaluating import evaluate_run, find_subject
from tradegym.experiments.replaying import replay_trace
from tradegym.experiments.reporter import SilentReporter

KEYS = ("agent=random", "tracking=none", "split.train=0.9", "split.validation=0.05")


@pytest.fixture(autouse=True)
def own_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


def evaluated(*overrides):
    subject = find_subject(None, [*KEYS, *overrides], None)
    return evaluate_run(subject, SilentReporter()).directory


@pytest.fixture(scope="module")
def stored(tmp_path_factory):
    """A traced evaluation, made once."""
    root = tmp_path_factory.mktemp("stored")
    analyzers = "engine.analyzers={daily: {cls: TimeReturn, params: {timeframe: Days}}}"
    return evaluated("eval.trace=true", "engine.spread=0.5", analyzers, f"runs_root={root}")


@pytest.fixture
def folder(stored, tmp_path):
    """A copy of it, in a runs root of its own."""
    return Path(shutil.copytree(stored, tmp_path / "runs" / stored.name))


def test_traces_and_statistics_are_written_only_on_request():
    plain = evaluated()
    written = {path.name for path in plain.iterdir()}
    assert "equity.parquet" in written
    assert not {name for name in written if "trace" in name or "statistics" in name}


def test_a_stored_trace_replays_and_a_changed_one_does_not(folder):
    trace = read_trace(folder / "trace.parquet")
    assert set(trace["episode"]) == {1}
    assert not list((folder / "baselines").glob("*/trace.*"))
    assert trace.equals(read_trace(folder / "trace.jsonl"))

    equity = pd.read_parquet(folder / "equity.parquet")
    for name in ("", "trace.parquet", "trace.jsonl"):
        found = replay_trace(str(folder / name))
        assert found.mismatch is None
        assert found.bars == len(equity)
        assert str(found) == (
            f"{(trace['kind'] == 'ORDER').sum()} orders replayed in plain backtrader: equity "
            f"equal at all {len(equity)} bars (largest difference 0)"
        )
    assert replay_trace(folder.name).orders == found.orders  # by its name in the runs root

    filled = trace.loc[trace["kind"] == "FILL", "order"].iloc[0]
    trace.loc[(trace["kind"] == "ORDER") & (trace["order"] == filled), "size"] *= 1.01
    write_trace(trace, folder)
    found = replay_trace(str(folder))
    assert "orders replayed in plain backtrader: equity differs at bar" in str(found)
    assert found.difference > 0.01

    (statistics,) = json.loads((folder / "statistics.json").read_text())
    assert "runtime" not in statistics
    assert len(statistics["daily"]) >= len(equity) - 1
    assert next(iter(statistics["daily"]))[:4].isdecimal()


def test_several_episodes():
    folder = evaluated("eval.trace=true", "eval.episodes=3", "episode.duration=20")
    trace = read_trace(folder / "trace.parquet")
    assert list(trace.groupby("episode")["n"].first()) == [0, 0, 0]
    found = replay_trace(str(folder))
    assert (found.episodes, found.mismatch) == (3, None)


def test_other_data_are_refused(folder):
    with pytest.raises(UserError, match="the trace is of 'sp500', and the dataset 'nasdaq' has"):
        replay_trace(str(folder), ["dataset=nasdaq"])


def test_what_has_no_trace_or_no_configuration(tmp_path, folder):
    alone = tmp_path / "elsewhere" / "deep" / "down"
    alone.mkdir(parents=True)
    (folder / "trace.parquet").rename(alone / "trace.parquet")
    with pytest.raises(UserError, match=r"there is no config.yaml beside it"):
        replay_trace(str(alone))
    with pytest.raises(UserError, match=r"has no trace.parquet; evaluate it with eval.trace=true"):
        replay_trace(str(folder))
    with pytest.raises(UserError, match=r"missing.parquet: no such file"):
        replay_trace(str(folder / "missing.parquet"))
    with pytest.raises(UserError, match="no such path, run or MLflow run id"):
        replay_trace("nothing")


def test_analyzers_of_a_run_that_somebody_else_made_are_not_imported(tmp_path, monkeypatch):
    key = "engine.analyzers={down: {cls: 'backtrader.analyzers:DrawDown'}}"
    folder = evaluated("eval.trace=true", key)
    assert replay_trace(str(folder)).mismatch is None
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "of somebody else"))
    with pytest.raises(UserError, match=r"engine.analyzers.down.cls: 'backtrader.analyzers:DrawD"):
        replay_trace(str(folder))
    assert replay_trace(str(folder), trust_run=True).mismatch is None
