"""What a report says, from made-up runs whose numbers are known."""

import json
import re
import shutil
import socket
from html.parser import HTMLParser

import pytest
from report_runs import (
    info_of,
    luck_of,
    make_folds,
    make_seeds,
    make_trained,
    metrics_of,
    write_json,
)

from tradegym.conf.errors import UserError
from tradegym.experiments.report import write_report

VOID = {"meta", "link", "br", "line", "path", "circle", "rect", "use"}


class Page(HTMLParser):
    """Text of a page by section, its tags, and what is hidden in scripts and styles."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.texts, self.section = [], {"": []}, ""
        self.raw = {"script": [], "style": []}
        self._inside = None
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        self.tags.append((tag, attrs))
        if tag == "section":
            self.section = attrs["id"]
            self.texts[self.section] = []
        if tag in self.raw:
            self._inside = tag
            self.raw[tag].append("")

    def handle_endtag(self, tag):
        if tag == self._inside:
            self._inside = None
        if tag == "section":
            self.section = ""

    def handle_data(self, data):
        if self._inside:
            self.raw[self._inside][-1] += data
        elif data.strip():
            self.texts[self.section].append(" ".join(data.split()))

    def text(self, section=None):
        parts = self.texts.values() if section is None else [self.texts[section]]
        return "\n".join(text for part in parts for text in part)


def report(path):
    return Page(hyphens(write_report(path).html))


def hyphens(file):
    return file.read_text(encoding="utf-8").replace("\N{MINUS SIGN}", "-")


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    return report(make_trained(tmp_path_factory.mktemp("runs")))


def test_the_head_identifies_the_run(trained):
    head = trained.text("")
    for text in (
        "PPO on spx",
        "Training run",
        "20260102T030405Z-demo-0001",
        "2010-01-04 to 2012-05-01",
        "2012-05-02 to 2014-12-31",
        "2015-01-02 to 2016-07-14",
        "2026-01-02 03:04:05 UTC",
        "10 min 0 s",
        "20,000",
        "A careful sentence.",
    ):
        assert text in head
    assert "failed" not in head


def test_results_with_intervals(trained):
    lines = trained.text("results").splitlines()
    first = lines.index("Total return") + 1
    assert lines[first : first + 3] == ["+12.34%", "-11.00% to +31.00%", "+8.00%"]
    start = lines.index("Sharpe ratio")
    # Recorded for the agent; by Lo's formula for the baseline: 0.3 +- 1.95996 * sqrt((1 +
    # 0.3^2 / 252 / 2) / 399) * sqrt(252) = 0.3 +- 1.55779.
    assert lines[start + 1 : start + 5] == ["0.500", "-1.050 to 2.050", "0.300", "-1.258 to 1.858"]
    assert lines[lines.index("Sortino ratio") + 1] == "undefined"
    hints = [attrs["title"] for tag, attrs in trained.tags if tag == "abbr"]
    assert any("Formula: V_n / V_0 - 1" in hint for hint in hints)


def test_every_section_of_a_training_run(trained):
    wanted = "results equity months trades exposure reward learning evidence audit configuration"
    assert [key for key in trained.texts if key] == [*wanted.split(), "provenance"]
    assert "12 fills" in trained.text("trades")
    assert "+225.00" in trained.text("trades")
    assert "turnover" in trained.text("reward")
    assert "By training step; 20 values" in trained.text("learning")
    assert "kept" in trained.text("learning")


def test_evidence_and_audit(trained):
    evidence = trained.text("evidence").splitlines()
    for label, value in (("Trainings", "42"), ("Uses of the test split", "9")):
        assert evidence[evidence.index(label) + 1] == value
    assert evidence[evidence.index("Deflated Sharpe ratio, 2012") + 1] == "12.3%"
    assert evidence[evidence.index("Superior predictive ability (Hansen)") + 1] == "0.390"
    assert "Passed 2 checks in 1.2 s" in trained.text("audit")
    assert "120 fills" in trained.text("audit")


def test_configuration_shows_what_was_changed_first(trained):
    lines = trained.text("configuration").splitlines()
    assert lines[4:10] == [
        "agent.gamma",
        "0.987",
        "command line",
        "train.select",
        "sharpe",
        "preset experiment/quick",
    ]
    assert lines[10] == "2 values as packaged"
    tags = [tag for tag, _ in trained.tags]
    assert "details" in tags


def test_provenance_without_the_machine(trained, tmp_path):
    text = trained.text()
    for found in ("ab" * 32, "cd" * 32, "0123456789abcdef with changes", "numpy 2.0.0"):
        assert found in trained.text("provenance")
    assert "…/bars.csv" in trained.text("provenance")
    for private in ("secret-host", "/home/someone", "private", str(tmp_path)):
        assert private not in text


def test_the_same_run_gives_the_same_bytes(tmp_path):
    path = make_trained(tmp_path)
    first = write_report(path)
    second = write_report(path, tmp_path / "elsewhere" / "copy.html")
    assert first.html.read_bytes() == second.html.read_bytes()
    assert first.markdown.read_bytes() == second.markdown.read_bytes()
    assert second.markdown.name == "copy.md"


def test_a_portfolio(tmp_path):
    page = report(make_trained(tmp_path, assets=("a", "b", "c", "d", "e")))
    assert "Drawn: 4 of 5 assets" in page.text("trades")
    assert "all positions" in page.text("exposure")


def test_an_evaluation_of_a_rule(tmp_path):
    path = make_trained(tmp_path, kind="eval")
    for file in (path / "eval" / "2-test").iterdir():
        file.rename(path / file.name)
    (path / "audit.json").unlink()
    table = {"agent": metrics_of(), "random": metrics_of(-1.0)}
    result = {"status": "finished", "split": "validation", "agent": "sma_cross", "metrics": table}
    write_json(path / "result.json", result)
    page = report(path)
    assert "sma_cross on spx" in page.text("")
    assert "Validation split" in page.text("results")
    assert {"learning", "audit"}.isdisjoint(page.texts)
    assert "equity" in page.texts


def test_later_evaluations_are_listed(tmp_path):
    path = make_trained(tmp_path)
    later = path / "eval" / "3-test"
    shutil.copytree(path / "eval" / "2-test", later)
    write_json(later / "run.json", info_of(later, kind="eval"))
    result = {"metrics": {"agent": metrics_of(0.987)}, "checkpoint_step": 5000}
    write_json(later / "result.json", result)
    page = report(path)
    assert page.text("evaluations").splitlines()[6:8] == ["3-test", "step 5,000"]
    assert "0.987" in page.text("evaluations")
    assert "0.987" not in page.text("results")


def test_seeds(tmp_path):
    page = report(make_seeds(tmp_path))
    head = page.text("")
    assert "Over 5 seeds the interquartile mean of the total return is +8.12%" in head
    assert "-2.10% to +17.10%" in head
    assert "with probability 40%" in head
    assert "the interval includes 0" in head
    text = page.text("seeds")
    assert "5 seeds are too few" in text
    assert "Student's t of the mean" in text
    circles = [attrs for tag, attrs in page.tags if tag == "circle" and "cx" in attrs]
    assert len(circles) == 2 * 10  # total return and Sharpe ratio, 5 seeds of agent and baseline
    assert "-2.10% to +17.10%" in page.text("results")
    assert "equity" not in page.texts


def test_the_bound_is_no_dot_among_the_seeds(tmp_path):
    path = make_seeds(tmp_path)
    content = json.loads((path / "seeds.json").read_text())
    content["metrics"]["perfect_foresight"] = {"total_return": [80.0] * 5}
    write_json(path / "seeds.json", content)
    page = report(path)
    assert "foresight" not in page.text("seeds")
    assert "8,000%" not in page.text("seeds")


def test_folds(tmp_path):
    page = report(make_folds(tmp_path))
    assert "Stitched from 4 test folds, PPO returned +12.34% over 1.6 years, against " in page.text(
        ""
    )
    assert "which includes 0 and the 0.600 of buy and hold" in page.text("")
    assert "2015-01-02 to 2018-12-30" in page.text("")  # of all tests, not of the first fold
    assert "-1.200 to 2.000" in page.text("")
    text = page.text("folds")
    assert "2016-01-02 to 2016-12-30" in text
    assert "3 ways to put the test folds together" in text
    assert sum(attrs.get("class") == "fold" for tag, attrs in page.tags if tag == "rect") == 4


@pytest.mark.parametrize("status", ["failed", "killed", "running"])
def test_a_run_without_a_good_end_says_so_first(tmp_path, status):
    path = make_trained(tmp_path, status=status)
    error = {"type": "ValueError", "message": "no money in /home/someone/file.csv"}
    shutil.rmtree(path / "eval")
    write_json(path / "result.json", {"status": status, "error": error})
    lines = report(path).text("").splitlines()
    title = lines.index("Training run") + 2  # after the status
    expected = {
        "failed": "This run failed: ValueError: no money in …/file.csv. What follows",
        "killed": "This run was stopped before its end.",
        "running": "This run has not ended.",
    }
    assert lines[title + 1].startswith(expected[status])
    assert lines[title + 2] == "Verdict"


def test_a_run_whose_process_is_gone_was_killed(tmp_path):
    path = make_trained(tmp_path, n=40, status="running", host=socket.gethostname(), pid=2**30)
    head = report(path).text("")
    assert "This run was stopped before its end." in head
    assert "running" not in head


def test_a_failed_audit_overrules_the_numbers(tmp_path):
    path = make_trained(tmp_path)
    finding = {"where": "features/leak", "bar": 1234, "time": "2015-03-04T00:00:00", "size": 0.25}
    check = {"name": "perturbed", "passed": False, "detail": "8 cuts", "findings": [finding]}
    write_json(path / "audit.json", {"status": "failed", "seconds": 1, "checks": [check]})
    page = report(path)
    assert "must not be believed" in page.text("")
    assert "A careful sentence." not in page.text()
    for text in ("features/leak", "1,234", "2015-03-04 00:00:00", "0.25"):
        assert text in page.text("audit")


def test_early_stopping_is_told(tmp_path):
    path = make_trained(tmp_path, n=40)
    write_json(path / "result.json", {"stopped": "no gain in 5 validations"})
    expected = "Training was stopped early: no gain in 5 validations."
    assert expected in report(path).text("learning")


def test_an_audit_that_was_off(tmp_path):
    path = make_trained(tmp_path)
    write_json(path / "audit.json", {"status": "off", "checks": [], "seconds": 0})
    assert "look-ahead was not searched for" in report(path).text("audit")


def test_an_old_run_with_nothing_but_its_name(tmp_path):
    path = tmp_path / "old"
    path.mkdir()
    write_json(path / "run.json", {"id": "old", "name": "old", "kind": "train"})
    page = report(path)
    assert "There is no result to judge" in page.text("")
    for what in ("Results", "Equity", "Trades", "Learning curves", "Look-ahead audit"):
        assert f"{what}: not recorded" in page.text("absent")
    assert "undefined" not in page.text()


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """A run of few bars, to be copied."""
    return make_trained(tmp_path_factory.mktemp("small"), n=40)


PARTS = [
    "result.json",
    "resolved.json",
    "audit.json",
    "metrics.jsonl",
    "eval",
    "eval/2-test/luck.json",
    "eval/2-test/equity.parquet",
    "eval/2-test/orders.parquet",
    "eval/2-test/trades.parquet",
    "eval/2-test/baselines",
]


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("damage", ["gone", "garbage"])
def test_missing_and_damaged_parts(tmp_path, small, part, damage):
    path = tmp_path / small.name
    shutil.copytree(small, path)
    target = path / part
    if damage == "gone" or target.is_dir():
        shutil.rmtree(target) if target.is_dir() else target.unlink()
    else:
        target.write_bytes(b"[1, null]")
    page = report(path)
    assert "PPO" in page.text() or part == "resolved.json"
    if damage != "gone" and part in {"result.json", "audit.json"}:
        assert part in page.text("")  # among the warnings


@pytest.mark.parametrize("junk", [None, 3, "text", {"a": {"b": [None]}}])
def test_values_of_the_wrong_type(tmp_path, small, junk):
    path = tmp_path / small.name
    shutil.copytree(small, path)
    for name in ("result.json", "audit.json", "eval/2-test/luck.json", "resolved.json"):
        content = json.loads((path / name).read_text())
        write_json(path / name, dict.fromkeys(content, junk))
    write_json(path / "run.json", dict.fromkeys(info_of(path), junk) | {"pid": 1})
    write_report(path)
    for make in (make_seeds, make_folds):
        parent = make(tmp_path)
        file = next(parent.glob("[sf]*s.json"))
        content = json.loads(file.read_text())
        write_json(file, dict.fromkeys(content, junk))
        write_report(parent)


def test_not_a_run(tmp_path):
    with pytest.raises(UserError, match=r"run\.json: no such file; is this a run\?"):
        write_report(tmp_path)


def test_a_place_that_cannot_be_written(tmp_path):
    path = make_seeds(tmp_path)
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="cannot be written"):
        write_report(path, tmp_path / "file" / "report.html")


def test_markdown(tmp_path):
    path = make_trained(tmp_path)
    (path / "plots").mkdir()
    (path / "plots" / "equity.png").write_bytes(b"")
    text = hyphens(write_report(path).markdown)
    assert text.startswith("# PPO on spx\n")
    assert "**Verdict.** A careful sentence." in text
    assert "[Test split](plots/equity.png)" in text
    assert "trades.png" not in text
    assert "| Total return | +12.34% (-11.00% to +31.00%) | +8.00% |" in text
    assert "<" not in text
    for block in re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE):
        bars = {len(re.findall(r"(?<!\\)\|", line)) for line in block.splitlines()}
        assert len(bars) == 1, block


def test_luck_without_a_verdict_is_judged_by_the_numbers(tmp_path):
    path = make_trained(tmp_path)
    luck = luck_of()
    del luck["verdict"]
    write_json(path / "eval" / "2-test" / "luck.json", luck)
    assert "its Sharpe ratio of 0.500 has a 95 % interval of -1.050 to 2.050" in report(path).text(
        ""
    )
