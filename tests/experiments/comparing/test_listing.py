"""The list of runs: what it reads, filters and sorts, and how quickly."""

import json
import shutil
import time
from datetime import UTC, datetime

import pytest
from stored_runs import make_folds, make_run, make_seeds, measured, returns_of

from tradegym.conf.errors import UserError
from tradegym.experiments.comparing.listing import (
    filter_runs,
    list_all,
    listed_columns,
    since_time,
    sort_runs,
)
from tradegym.experiments.runs import reconcile


@pytest.fixture
def root(tmp_path):
    root = tmp_path / "runs"
    make_run(root, "good", returns_of(1, drift=0.002))
    make_run(root, "bad", returns_of(2, drift=-0.002), created="2026-04-01T10:00:00+00:00")
    make_run(root, "dqn", status="failed", config={"agent__algorithm": "DQN"})
    make_seeds(root, "many", [1, 2, 3])
    make_folds(root, "walk", returns_of(4))
    damaged = root / "20260101T000000Z-old-0001"
    damaged.mkdir()
    (damaged / "run.json").write_text('{"status": "fin')
    (root / "no-run").mkdir()
    return root


def names(runs):
    return [run.name or run.id for run in runs]


def test_newest_first_with_damaged_ones_by_their_directory(root):
    runs = list_all(root)
    assert names(runs)[0] == "bad"
    assert names(runs)[-1] == "20260101T000000Z-old-0001"
    assert len(runs) == 6
    assert runs[-1].status == "damaged"
    one = runs[0]
    assert (one.kind, one.agent, one.dataset, one.seed) == ("train", "PPO", "waves", 0)
    assert (one.validation_metric, one.validation) == ("total_log_return", 0.25)
    assert one.test == measured(returns_of(2, drift=-0.002))
    by_name = {run.name: run for run in runs}
    assert by_name["many"].test["sharpe"] == 1.0
    assert by_name["good"].seconds == 90.0
    assert by_name["walk"].test == measured(returns_of(4))


def test_filters(root):
    runs = list_all(root)
    assert names(filter_runs(runs, status="failed")) == ["dqn"]
    assert names(filter_runs(runs, status="damaged")) == ["20260101T000000Z-old-0001"]
    assert names(filter_runs(runs, agent="dqn")) == ["dqn"]
    assert len(filter_runs(runs, dataset="waves")) == 5
    assert names(filter_runs(runs, since="2026-03-15")) == ["bad"]


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"status": "finishd"}, "did you mean 'finished'"),
        ({"agent": "PPPO"}, "did you mean 'PPO'"),
        ({"dataset": "sines"}, "the runs have waves"),
        ({"since": "yesterday"}, "7d"),
        ({"since": "99999999999w"}, "no time"),
    ],
)
def test_wrong_filters(wrong, says, root):
    with pytest.raises(UserError, match=says):
        filter_runs(list_all(root), **wrong)


def test_since_a_span():
    now = datetime(2026, 3, 8, tzinfo=UTC)
    assert since_time("7d", now) == "2026-03-01T00:00:00.000000+00:00"
    assert since_time("12h", now) == "2026-03-07T12:00:00.000000+00:00"
    assert since_time("2026-03-01T02:00+02:00") == "2026-03-01T00:00:00.000000+00:00"


def test_sorted_by_metrics_and_columns(root):
    runs = list_all(root)
    assert names(sort_runs(runs, "sharpe"))[0] == "good"
    assert set(names(sort_runs(runs, "sharpe"))[-2:]) == {"dqn", "20260101T000000Z-old-0001"}
    assert names(sort_runs(runs, "name"))[1:] == ["bad", "dqn", "good", "many", "walk"]
    with pytest.raises(UserError, match="did you mean 'sharpe'"):
        sort_runs(runs, "sharp")


def test_columns_for_people_and_for_programs(root):
    runs = filter_runs(list_all(root), since="2026-03-15")
    headers, (row,), _ = listed_columns(runs, ("sharpe",), for_people=True)
    assert headers[-1] == "Sharpe ratio"
    assert row[6:9] == ["2026-04-01 10:00", "-", "+0.2500"]
    _, (row,), _ = listed_columns(runs, ("sharpe",), for_people=False)
    assert float(row[-1]) == runs[0].test["sharpe"]


def test_a_thousand_runs_take_less_than_two_seconds(tmp_path):
    root = tmp_path / "runs"
    first = make_run(root, "first", returns_of(1, bars=5))
    resolved = json.loads((first / "resolved.json").read_text())
    resolved |= {f"key.{n}": {"value": n, "origin": "schema", "note": ""} for n in range(120)}
    (first / "resolved.json").write_text(json.dumps(resolved))
    for number in range(999):
        copy = root / f"20260401T000000Z-copy-{number:04x}"
        copy.mkdir()
        for name in ("run.json", "resolved.json", "result.json"):
            shutil.copy(first / name, copy / name)
    started = time.process_time()  # other processes on the machine do not count
    reconcile(root)
    runs = sort_runs(filter_runs(list_all(root), status="finished"), "sharpe")
    assert len(runs) == 1000
    assert time.process_time() - started < 2.0
