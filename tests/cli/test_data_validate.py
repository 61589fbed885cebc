"""`tradegym data validate`, as a command of its own."""

import json
import subprocess

import pytest
import typer
from bar_files import good_lines, put, text_of

from tradegym.cli.data_validate import validate
from tradegym.cli.errors import run_command


@pytest.fixture
def command(tmp_path, monkeypatch, capsys):
    """Run the command in an empty folder."""
    app = typer.Typer()
    app.command()(validate)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))

    def run(*arguments):
        code = run_command(lambda given: app(given, standalone_mode=False), list(arguments))
        out, err = capsys.readouterr()
        return subprocess.CompletedProcess(arguments, code, out, err)

    return run


def test_a_good_file(command, tmp_path):
    put(tmp_path, text_of(good_lines()))
    done = command("bars.csv")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "bars.csv: 0 error(s), 0 warning(s), 0 note(s)\n"


def test_a_bad_file(command, tmp_path):
    put(tmp_path, text_of(good_lines()).replace("2020-01-16,", "2020-01-16,-"))
    done = command("bars.csv")
    assert done.returncode == 2
    assert "above_zero" in done.stdout
    assert "line 17" in done.stdout
    assert done.stdout.endswith("bars.csv: 1 error(s), 0 warning(s), 0 note(s)\n")


def test_json(command, tmp_path):
    put(tmp_path, text_of(good_lines()).replace("2020-01-16,", "2020-01-16,-"))
    done = command("bars.csv", "--json")
    (finding,) = json.loads(done.stdout)["findings"]
    assert done.returncode == 2
    assert finding["severity"] == "error"
    assert (finding["rule"], finding["row"], finding["column"]) == ("above_zero", 17, "Open")


def test_a_repair(command, tmp_path):
    lines = good_lines()
    put(tmp_path, text_of([*lines, lines[-1]]))
    done = command("bars.csv", "--repair", "new.csv")
    assert done.returncode == 0
    assert "duplicate" in done.stdout
    assert "new.csv: written, 1 change(s)" in done.stdout
    assert (tmp_path / "new.csv").read_text() == text_of(lines)
    again = command("bars.csv", "--repair", "new.csv", "--json")
    assert again.returncode == 2
    assert "new.csv: exists already" in again.stderr
    done = command("bars.csv", "--repair", "other.csv", "--json")
    (change,) = json.loads(done.stdout)["changes"]
    assert change == {
        "row": 62,
        "column": "",
        "from": lines[-1],
        "to": "",
        "rule": "duplicate",
    }


def test_options_say_how_to_read(command, tmp_path):
    lines = text_of(good_lines()).replace("Close", "Last")
    put(tmp_path, lines)
    assert command("bars.csv").returncode == 2
    assert command("bars.csv", "dataset.columns.close=Last").returncode == 0


def test_a_missing_file_is_one_line(command):
    done = command("bars.csv")
    assert done.returncode == 2
    assert done.stdout == ""
    assert "bars.csv does not exist" in done.stderr


def test_a_cell_cannot_send_codes_to_the_terminal(command, tmp_path):
    put(tmp_path, text_of(["\x1b[2Jjunk", *good_lines()]))
    for arguments in (["bars.csv"], ["bars.csv", "--repair", "new.csv"]):
        assert "\x1b" not in command(*arguments).stdout
