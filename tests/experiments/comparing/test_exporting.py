"""Files with the configuration and the metrics of runs."""

import csv
import json

import pandas as pd
import pytest
from stored_runs import make_folds, make_run, make_seeds, measured, returns_of

from tradegym.conf.errors import UserError
from tradegym.experiments.comparing.exporting import export_runs, long_records, wide_records
from tradegym.experiments.comparing.stored import read_run


@pytest.fixture
def runs(tmp_path):
    root = tmp_path / "runs"
    returns = returns_of(1)
    paths = [
        make_run(root, "one", returns, baseline=returns_of(2), config={"agent__gamma": 0.9}),
        make_run(root, "bad", config={"agent__note": "=cmd()|x"}, status="failed"),
        make_seeds(root, "many", [1.0, 2.0, 3.0]),
        make_folds(root, "walk", returns),
    ]
    return [read_run(path) for path in paths]


def test_a_row_for_each_run_seed_and_fold(runs):
    rows = wide_records(runs)
    assert [(row["name"], row["seed"], row["fold"]) for row in rows] == [
        ("one", 0, None),
        ("bad", 0, None),
        ("many", 0, None),
        ("many", 1, None),
        ("many", 2, None),
        ("walk", 0, 1),
        ("walk", 0, 2),
        ("walk", 0, "stitched"),
    ]
    assert len({tuple(row) for row in rows}) == 1
    assert rows[0]["config.agent.gamma"] == 0.9
    assert rows[0]["test.agent.sharpe"] == measured(returns_of(1))["sharpe"]
    assert rows[0]["test.buy_and_hold.sharpe"] == measured(returns_of(2))["sharpe"]
    assert rows[0]["validation.agent.total_log_return"] == 0.25
    assert rows[1]["test.agent.sharpe"] is None
    assert [row["test.agent.sharpe"] for row in rows[2:5]] == [1.0, 2.0, 3.0]


def test_every_form_holds_the_same_numbers(runs, tmp_path):
    for form in ("csv", "json", "parquet"):
        assert export_runs(runs, tmp_path / f"out.{form}") == 8
    sharpe = measured(returns_of(1))["sharpe"]
    with (tmp_path / "out.csv").open() as file:
        read = list(csv.DictReader(file))
    assert float(read[0]["test.agent.sharpe"]) == sharpe
    assert read[1]["config.agent.note"] == "'=cmd()|x"
    listed = json.loads((tmp_path / "out.json").read_text())
    assert listed == wide_records(runs)
    table = pd.read_parquet(tmp_path / "out.parquet")
    assert table["test.agent.sharpe"].iloc[0] == sharpe
    assert list(table["fold"].iloc[-3:]) == ["1", "2", "stitched"]


def test_long_has_a_row_for_each_value(runs, tmp_path):
    rows = long_records(runs[:1])
    assert {"run": runs[0].id, "name": "one", "part": "seed=0", "item": "config.agent.gamma",
            "number": 0.9, "text": None} in rows  # fmt: skip
    assert {row["item"] for row in rows} >= {"kind", "test.agent.sharpe"}
    assert export_runs(runs, tmp_path / "long.parquet", long=True) == len(long_records(runs))


def test_tables_for_people_show_what_differs(runs, tmp_path):
    export_runs(runs[:2], tmp_path / "out.tex")
    text = (tmp_path / "out.tex").read_text()
    assert "run & agent & dataset & agent.gamma & agent.note &" in text
    assert "=cmd()\\textbar{}x" in text
    export_runs(runs[:2], tmp_path / "out.md")
    assert "| one | PPO | waves | 0.9 | - |" in (tmp_path / "out.md").read_text()


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("out.xlsx", r"ends in '.xlsx'; allowed are .csv, .parquet"),
        ("no/out.csv", "no folder"),
        (".", "ends in ''"),
    ],
)
def test_what_cannot_be_written(name, says, runs, tmp_path):
    with pytest.raises(UserError, match=says):
        export_runs(runs, tmp_path / name)


def test_a_file_of_a_run_is_not_overwritten(runs):
    target = runs[0].path / "result.json"
    before = target.read_bytes()
    with pytest.raises(UserError, match="is a file of run"):
        export_runs(runs, target)
    assert target.read_bytes() == before
