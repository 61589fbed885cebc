"""`tradegym compare` and `tradegym runs` from the command line."""

import csv
import io
import json
import os
import re
import shlex
from pathlib import Path

import pytest
from command_line import SMALL, tree
from stored_runs import make_run, make_seeds, returns_of

TEXT = (Path(__file__).resolve().parents[2] / "docs" / "compare.md").read_text(encoding="utf-8")


@pytest.fixture
def root(tmp_path):
    """Runs named ``sma-fast``, ``sma-slow``, ``ppo`` and ``seeds-a``, ``seeds-b``."""
    root = tmp_path / "runs"
    hold = returns_of(9)
    for number, name in enumerate(("sma-fast", "sma-slow", "ppo")):
        config = {"agent__gamma": 0.9 + number / 100}
        make_run(root, name, returns_of(number), baseline=hold, config=config)
    make_seeds(root, "seeds-a", range(12))
    make_seeds(root, "seeds-bb", range(2, 14))
    return root


def ran(inside, *arguments):
    result = inside(*arguments)
    assert result.returncode == 0, result.stderr
    return result


def test_the_table_says_what_differs_what_came_out_and_whether_it_is_luck(inside, root):
    text = ran(inside, "compare", "sma-fast", "sma-slow").stdout
    for line in ("agent.gamma  0.9", "Sharpe ratio", "Are the differences luck?"):
        assert line in text
    assert "p (Holm)" not in text  # of one test there is nothing to correct
    assert re.search(r"sma-slow\s+sma-fast\s+mean return a year\s+[+-]", text)
    assert "250 returns from 2020-01-02" in text
    assert re.search(r"No difference from sma-fast is beyond luck|Beyond luck", text)


def test_json_has_a_schema(inside, root):
    found = json.loads(ran(inside, "compare", "sma-*", "ppo", "--format", "json").stdout)
    assert set(found) == {
        "schema_version", "runs", "against", "configuration", "data", "metrics", "tests", "winner",
        "warnings",
    }  # fmt: skip
    assert (found["schema_version"], found["against"]) == (1, "sma-fast")
    assert [run["label"] for run in found["runs"]] == ["sma-fast", "sma-slow", "ppo"]
    assert set(found["metrics"]["sharpe"]["ppo"]) == {"value", "low", "high", "method"}
    assert found["data"] == {
        "same_test_bars": True,
        "common_returns": 250,
        "first": "2020-01-02T00:00",
        "last": "2020-09-07T00:00",
        "notes": [],
    }
    for test in found["tests"]:
        assert test["low"] < test["difference"] < test["high"]
        assert 0 < test["p"] <= test["p_holm"] <= 1
    assert len(found["tests"]) == 4


def test_other_forms_go_to_a_file(inside, root, tmp_path):
    for form, first in (("markdown", "> "), ("latex", "% needs"), ("table", "- the same data")):
        out = tmp_path / form
        assert ran(inside, "compare", "sma-*", "--format", form, "--out", str(out)).stdout == ""
        assert out.read_text().startswith(first)
    text = ran(inside, "compare", "sma-*", "--format", "csv", "--metrics", "sharpe").stdout
    rows = list(csv.DictReader(io.StringIO(text)))
    assert {row["section"] for row in rows} == {"configuration", "metric", "test", "winner"}


def test_other_bars_are_said_loudly(inside, root):
    dataset = json.loads(next(root.glob("*ppo*/run.json")).read_text())["dataset"]
    make_run(root, "elsewhere", returns_of(7), dataset=dataset | {"sha256": "c" * 64})
    text = ran(inside, "compare", "ppo", "elsewhere").stdout
    assert text.startswith("- THE RUNS WERE NOT TESTED ON THE SAME BARS")
    assert "Are the differences luck?" not in text
    told = ran(inside, "compare", "ppo", "elsewhere", "--json")
    assert "NOT TESTED ON THE SAME BARS" in told.stderr
    assert json.loads(told.stdout)["tests"] == []


class TestWinner:
    """Was the winner picked by luck, in every form."""

    def test_table_markdown_and_latex_have_the_same_numbers(self, inside, root):
        title = "Was the winner picked by luck?"
        texts = [
            ran(inside, "compare", "sma-*", "ppo", "--format", form).stdout
            for form in ("table", "markdown", "latex")
        ]
        for text in texts:
            assert title in text
            assert "PBO, 3 configurations, 16 blocks, 12,870 splits" in text
            assert "better than buy and hold by StepM at 5" in text
            assert "3 configurations of the runs compared" in text
            assert "these are test bars" in text.lower()
            assert "Within luck: " in text
        results = {re.findall(r"Hansen's SPA, 3 against buy and hold: p\W+(0\.\d+)", one)[0]
                   for one in texts}  # fmt: skip
        assert len(results) == 1

    def test_json_and_csv(self, inside, root):
        found = json.loads(ran(inside, "compare", "sma-*", "ppo", "--json").stdout)["winner"]
        assert (found["case"], found["against"], found["part"]) == (
            "within_luck", "buy_and_hold", "test",
        )  # fmt: skip
        assert found["pbo"]["splits"] == 12_870
        assert found["pbo"]["without_skill"] == pytest.approx(2 / 3)
        assert found["superiority"]["compared"] == ["sma-fast", "sma-slow", "ppo"]
        assert found["deflated"]["n_trials"] == 3
        assert found["deflated"]["trials_source"] == "the runs compared"
        text = ran(inside, "compare", "sma-*", "ppo", "--format", "csv").stdout
        rows = [one for one in csv.DictReader(io.StringIO(text)) if one["section"] == "winner"]
        values = {one["item"]: one for one in rows}
        assert float(values["pbo"]["value"]) == found["pbo"]["probability"]
        assert float(values["spa"]["p"]) == found["superiority"]["spa_p"]
        assert values["deflated_sharpe"]["run"] == found["best"]
        assert values["verdict"]["value"] == found["verdict"]

    def test_one_that_is_better_is_found(self, inside, root):
        make_run(root, "good", returns_of(9) + returns_of(20, drift=0.004), baseline=returns_of(9),
                 config={"agent__gamma": 0.5})  # fmt: skip
        found = json.loads(ran(inside, "compare", "sma-*", "ppo", "good", "--json").stdout)
        assert found["winner"]["case"] == "beyond_luck"
        assert found["winner"]["superiority"]["superior"] == ["good"]
        assert found["winner"]["pbo"]["probability"] < 0.1

    def test_one_run_against_a_baseline(self, inside, root):
        text = ran(inside, "compare", "ppo", "--baseline", "buy_and_hold").stdout
        assert "PBO: it needs 2 configurations or more, there is 1" in text
        assert "Hansen's SPA, 1 against buy and hold" in text

    def test_other_bars(self, inside, root):
        dataset = json.loads(next(root.glob("*ppo*/run.json")).read_text())["dataset"]
        make_run(root, "elsewhere", returns_of(7), dataset=dataset | {"sha256": "c" * 64})
        text = ran(inside, "compare", "ppo", "elsewhere").stdout
        assert "cannot be told: the runs were not tested on the same bars." in text

    @pytest.mark.parametrize(
        ("part", "text"),
        [("validation", "were chosen by the validation bars"), ("train", "are no evidence")],
    )
    def test_other_parts_say_what_agents_have_seen_of_them(self, inside, root, part, text):
        dataset = {"sha256": "a" * 64, part: {"first": "2020-01-01", "last": "2020-09-07"}}
        for number in range(2):
            run = make_run(root, f"again-{number}", returns_of(number), dataset=dataset,
                           config={"agent__gamma": number / 10})  # fmt: skip
            info = json.loads((run / "run.json").read_text())
            (run / "run.json").write_text(json.dumps(info | {"kind": "eval"}))
            result = {"split": part, "metrics": {"agent": {"sharpe": 1.0, "bars_per_year": 252.0}}}
            (run / "result.json").write_text(json.dumps(result))
            (run / "eval" / "2-test" / "equity.parquet").rename(run / "equity.parquet")
        winner = json.loads(ran(inside, "compare", "again-*", "--json").stdout)["winner"]
        assert (winner["part"], winner["bars"]) == (part, 250)
        assert f"250 {part} bars" in winner["verdict"]
        assert any(text in one for one in winner["notes"])
        assert not any("test bars" in one for one in winner["notes"])

    def test_the_trials_of_a_sweep_by_its_id_and_by_their_name(self, inside, root):
        for number in range(4):
            make_run(root, "trial", returns_of(30 + number), sweep="0123abcd",
                     config={"agent__gamma": 0.9 + number / 100})  # fmt: skip
        by_id = json.loads(ran(inside, "compare", "0123abcd", "--json").stdout)
        by_name = json.loads(ran(inside, "compare", "trial*", "--json").stdout)
        assert by_id == by_name
        assert by_id["winner"]["pbo"]["strategies"] == 4

    def test_a_pattern_that_names_an_experiment_and_its_seeds(self, inside, root):
        for name in ("many-a", "many-b"):
            runs = [
                make_run(root, f"{name}-seed{k}", returns_of(k + len(name)), seed=k)
                for k in range(2)
            ]
            parent = make_seeds(root, name, [1, 2], runs=runs)
            for run in runs:
                info = json.loads((run / "run.json").read_text())
                (run / "run.json").write_text(json.dumps(info | {"parent": parent.name}))
        done = ran(inside, "compare", "many-*", "--json")
        found = json.loads(done.stdout)
        assert [one["label"] for one in found["runs"]] == ["many-a", "many-b"]
        assert "left out: 4 that are seeds or folds" in done.stderr
        assert [one["seeds"] for one in found["winner"]["configurations"]] == [2, 2]


def test_nothing_is_changed(inside, root, tmp_path):
    before = tree(root)
    ran(inside, "compare", "sma-*")
    ran(inside, "runs", "list")
    ran(inside, "runs", "show", "ppo")
    ran(inside, "runs", "export", "sma-*", "--out", str(tmp_path / "out.csv"))
    assert tree(root) == before


MISTAKES = {
    "compare sma-fats ppo": "did you mean 'sma-fast'",
    "compare ppo": "at least 2 different runs, 1 given",
    "compare ppo ppo": "at least 2 different runs, 1 given",
    "compare 'x-*' ppo": "no run in",
    "compare ppo seeds-a": "compare seeds with seeds",
    "compare sma-* --metrics sharp": "did you mean 'sharpe'",
    "compare sma-* --sort sharp": "did you mean 'sharpe'",
    "compare sma-* --format markdwon": "did you mean 'markdown'",
    "compare sma-* --baseline buy_and_hodl": "did you mean 'buy_and_hold'",
    "compare sma-* --baseline 'sma-*'": "names several runs",
    "compare sma-* --out no/such/file": "no folder",
    "compare sma-* --picture a.gif": "allowed are .png",
    "compare seeds-* --picture a.png": "no equity curve",
    "runs show pop": "did you mean 'ppo'",
    "runs list --status done": "allowed are running",
    "runs list --sort sharp": "did you mean 'sharpe'",
    "runs list --since soon": "is no time",
    "runs list --runs-root nowhere": "no such folder",
    "runs export sma-* --out out.xlsx": "allowed are .csv",
    "runs export nobody --out out.csv": "no such path",
}


@pytest.mark.parametrize("command", MISTAKES)
def test_mistakes_are_one_line(command, inside, root, tmp_path):
    before = tree(tmp_path)
    result = inside(*shlex.split(command))
    assert result.returncode == 2
    assert result.stdout == ""
    (line,) = result.stderr.splitlines()
    assert MISTAKES[command] in line
    assert tree(tmp_path) == before


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_of_somebody_else(inside, root, tmp_path):
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o500)
    result = inside("compare", "sma-*", "--out", str(closed / "file"))
    assert result.returncode == 2
    assert "not yours to change" in result.stderr


def test_list_shows_damaged_and_dead_runs(inside, root):
    broken = root / "20250101T000000Z-broken-0000"
    broken.mkdir()
    (broken / "run.json").write_bytes(b"\xff\x00{")
    make_run(root, "dead", status="running", pid=2**22 + 1, pid_start_time=0.0)
    text = ran(inside, "runs", "list").stdout
    assert re.search(r"-broken-0000\s+-\s+damaged", text)
    assert re.search(r"-dead-\w+\s+train\s+killed", text)
    listed = json.loads(ran(inside, "runs", "list", "--json", "--limit", "2").stdout)
    assert len(listed) == 2
    assert {"id", "status", "agent", "dataset", "seed", "started", "test"} <= set(listed[0])


def test_show_tells_why_a_run_failed(inside, root):
    run = make_run(root, "failed", status="failed", config={"agent__gamma": 0.5})
    error = {"status": "failed", "error": {"type": "ValueError", "message": "odd \x1b[31m value"}}
    (run / "result.json").write_text(json.dumps(error))
    (run / "train.log").write_text("trouble")
    text = ran(inside, "runs", "show", "failed").stdout
    assert text.startswith("- failed: ValueError: odd \N{REPLACEMENT CHARACTER}[31m value; the log")
    assert re.search(r"agent.gamma\s+0.5\s+command line", text)
    assert "learning" not in text
    assert re.search(r"train.log\s+7 B", text)


@pytest.mark.slow
def test_two_small_trainings_are_compared(inside, small_run, tmp_path):
    ran(inside, "train", "name=other", "agent.gamma=0.5", *SMALL)
    pairs = [str(small_run), "other"]
    found = json.loads(ran(inside, "compare", *pairs, "--json").stdout)
    assert set(found["configuration"]) == {"agent.gamma"}
    assert found["data"]["same_test_bars"]
    assert {test["statistic"] for test in found["tests"]} == {"mean_return", "sharpe"}
    picture = tmp_path / "picture.png"
    ran(inside, "compare", *pairs, "--baseline", "buy_and_hold", "--picture", str(picture))
    assert picture.read_bytes().startswith(b"\x89PNG")
    shown = json.loads(ran(inside, "runs", "show", "other", "--json").stdout)
    assert shown["given"]["agent.gamma"] == {"value": 0.5, "origin": "command line"}
    assert shown["checkpoints"] == [128, 256]
    ran(inside, "runs", "export", *pairs, "--out", str(tmp_path / "runs.parquet"))


COMMANDS = re.findall(r"^    tradegym (.+)$", TEXT, flags=re.MULTILINE)


@pytest.mark.parametrize("command", COMMANDS)
def test_the_commands_of_the_page(command, inside, root):
    ran(inside, *shlex.split(command, comments=True))
    assert len(COMMANDS) > 10
