"""`tradegym replay`: the line it prints, its JSON, and its exit codes."""

import json

import pytest

from tradegym.envs.strategies.trace_table import read_trace, write_trace


@pytest.fixture
def traced(inside):
    """The directory of a rule's traced evaluation."""
    keys = ("tracking=none", "split.train=0.9", "split.validation=0.05", "eval.trace=true")
    result = inside("eval", "agent=sma_cross", *keys, "--json")
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)["directory"]


def test_replay_and_a_changed_trace(inside, traced, tmp_path):
    result = inside("replay", traced)
    assert (result.returncode, result.stderr) == (0, "")
    (line,) = result.stdout.splitlines()
    assert " orders replayed in plain backtrader: equity equal at all " in line

    folder = tmp_path / traced
    trace = read_trace(folder)
    trace.loc[trace["kind"] == "MARKET", "value"] *= 1.001
    write_trace(trace, folder)
    result = inside("replay", f"{traced}/trace.jsonl", "--json")
    assert result.returncode == 1
    assert json.loads(result.stdout)["equal"] is False
    (line,) = result.stderr.splitlines()
    assert "equity differs at bar" in line
    assert line.startswith(f"tradegym: {traced}/trace.jsonl: ")


def test_nothing_to_replay(inside):
    result = inside("replay")
    assert result.returncode == 2
    assert result.stderr.startswith("tradegym: replay: name a trace")
    result = inside("replay", "somewhere/trace.parquet")
    assert result.returncode == 2
    assert result.stderr.endswith("somewhere/trace.parquet: no such file\n")
