"""The measurements run, give every figure, and leave nothing behind."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

RUN = Path(__file__).parent / "bench" / "run.py"
PAGE = Path(__file__).parents[1] / "docs" / "speed.md"
READING = {"seconds", "seconds with imports", "seconds of process", "peak mb"}
RATIOS = {"times as fast as pandas", "times as fast as pandas with times"}
#: What the tables about data have to say.
DATA = {
    "file": {"rows", "mb"},
    "cold": READING | RATIOS,
    "cached": READING | RATIOS | {"rss after first pass mb"},
    "pandas": {"seconds", "peak mb"},
    "pandas with times": {"seconds", "peak mb"},
    "shared": {"pss sum mb", "pss sum of data mb", "rss each mb", "copies of data"},
    "validation": {"seconds", "seconds with cached load"},
    "gbm": {"bars per second"},
    "episodes": {"seconds each"},
}


def run(*arguments, **environment):
    command = [sys.executable, str(RUN), *map(str, arguments)]
    # As `make` has it: without the folder of the script.
    variables = {**os.environ, "PYTHONSAFEPATH": "1", **environment}
    return subprocess.run(command, capture_output=True, text=True, env=variables)


def test_measurements_have_a_line_each_and_are_on_the_page():
    done = run("--list")
    assert done.returncode == 0, done.stderr
    names = [line.split()[0] for line in done.stdout.splitlines()]
    assert len(names) == len(set(names)) >= 8
    page = PAGE.read_text(encoding="utf-8")
    assert [name for name in names if f"`{name}`" not in page] == []


def test_an_unknown_name_is_refused_with_those_that_there_are():
    done = run("--only", "nothing")
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert line.startswith("--only: 'nothing' is no measurement; there are compiled, backtrader,")


def test_what_fails_is_named_and_the_others_go_on(tmp_path):
    figures = tmp_path / "figures.json"
    for name in ("stable_baselines3", "gymnasium"):
        (tmp_path / f"{name}.py").write_text("raise ImportError('broken on purpose')")
    names = ("peers", "normalisation")
    done = run("--short", "--only", *names, "--json", figures, PYTHONPATH=str(tmp_path))
    assert done.returncode == 1
    found = json.loads(figures.read_text(encoding="utf-8"))["measurements"]
    assert [one["name"] for one in found] == list(names)
    assert {one["failed"] for one in found} == {"ImportError: broken on purpose"}
    assert "normalisation: failed, ImportError: broken on purpose" in done.stdout


def test_results_are_written_between_the_marks_of_a_page(tmp_path):
    aim = {"column": "of b", "bound": 0.5, "at_most": False, "met": True}
    ratio = {"median": 0.75, "low": 0.5, "high": 1.25, "runs": 3}
    row = {"what": "N = 1", "values": {"a": 1234567.0}, "ratios": {"of b": ratio}, "aim": aim}
    facts = {"processor": "P", "cores": 2, "system": "Linux", "python": "3.11", "packages": {}}
    figures = {
        "machine": facts,
        "measurements": [
            {"name": "one", "tables": [{"title": "One", "note": "steps", "rows": [row]}]},
            {"name": "two", "skipped": "no such package"},
        ],
    }
    results, page = tmp_path / "results.json", tmp_path / "page.md"
    results.write_text(json.dumps(figures), encoding="utf-8")
    page.write_text("before\n<!-- results: begin -->\nold\n<!-- results: end -->\nafter\n")
    done = run("--results", results, "--markdown", page)
    assert done.returncode == 0, done.stderr
    text = page.read_text(encoding="utf-8")
    assert text.startswith("before\n")
    assert text.endswith("<!-- results: end -->\nafter\n")
    assert "old" not in text
    assert "| N = 1 | 1,230,000 | 0.75 (0.5 to 1.25) | of b at least 0.5: met |" in text
    assert "two: not measured, no such package." in text


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="memory is read from /proc")
def test_the_short_form_has_every_figure(tmp_path):
    used, written = tmp_path / "used", tmp_path / "figures.json"
    used.mkdir()
    done = run("--short", "--json", written, TMPDIR=str(used))
    assert done.returncode == 0, done.stdout + done.stderr
    # torch makes a folder of its own when it is imported.
    assert [one for one in used.iterdir() if not one.name.startswith("torchinductor_")] == []
    figures = json.loads(written.read_text(encoding="utf-8"))
    assert figures["machine"]["packages"]["numpy"]
    tables = {}
    for found in figures["measurements"]:
        assert found.get("tables") or found["name"] == "peers", found["name"]
        for table in found.get("tables", ()):
            tables[table["title"]] = table
            assert table["title"] in done.stdout.splitlines()
            cells = [cell for row in table["rows"] for cell in row["values"].values()]
            assert cells
    for part, names in DATA.items():
        rows = {row["what"]: row["values"] for row in tables[f"Data: {part}"]["rows"]}
        assert names <= rows.keys(), part
        assert all(min(rows[name].values()) > 0 for name in names), part
    # Four processes that each had a copy would have four times the data.
    shared = {row["what"]: row["values"] for row in tables["Data: shared"]["rows"]}
    assert set(shared["workers"].values()) == {4}
    assert all(0.9 < one < 2 for one in shared["copies of data"].values())
    for row in tables["Compiled engine: 1 asset, 20,000 bars"]["rows"]:
        assert row["values"]["steps/s"]["median"] > 0
        assert row["ratios"].keys() >= {"of copying the window", "of copying both"}
        # What trades is filled, and nothing else is.
        traded = row["values"]["fills a step"]
        least, most = (0, 0) if "hold" in row["what"] else (0.05, 1)
        assert least <= traded <= most, row["what"]
