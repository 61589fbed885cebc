"""`tradegym report`: what it prints, where it writes, what it refuses."""

import json
import webbrowser

import pytest
import typer
from report_runs import make_trained
from typer.testing import CliRunner

from tradegym.cli.report import report
from tradegym.conf.errors import UserError

app = typer.Typer()
app.command()(report)


def run(*arguments):
    return CliRunner().invoke(app, [str(one) for one in arguments])


def test_files_are_written_and_named(tmp_path):
    path = make_trained(tmp_path, n=60)
    result = run("last", "--runs-root", tmp_path)
    assert result.exit_code == 0, result.exception
    assert result.output.splitlines() == [str(path / "report.html"), str(path / "report.md")]
    assert (path / "report.html").stat().st_size > 10_000


def test_out_and_json(tmp_path):
    path = make_trained(tmp_path / "runs", n=60)
    out = tmp_path / "handed" / "on.html"
    result = run(path, "--out", out, "--json")
    assert json.loads(result.output) == {
        "html": str(out),
        "markdown": str(out.with_suffix(".md")),
        "logged": False,
    }
    assert out.exists()
    assert not (path / "report.html").exists()


def test_open(tmp_path, monkeypatch):
    opened = []
    monkeypatch.setattr(webbrowser, "open", opened.append)
    path = make_trained(tmp_path, n=60)
    assert run(path, "--open").exit_code == 0
    assert opened == [(path / "report.html").as_uri()]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["lost"], "run 'lost': "),
        (["lost", "--out", "page.txt"], "--out='page.txt': the name of the page must end in .html"),
    ],
)
def test_mistakes(tmp_path, arguments, message):
    result = run(*arguments, "--runs-root", tmp_path)
    assert isinstance(result.exception, UserError)
    assert str(result.exception).startswith(message)
