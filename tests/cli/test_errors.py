"""How commands end: exit codes, and one line on stderr for every mistake."""

import os
import signal
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest
import typer

from tradegym.cli.errors import run_command
from tradegym.conf.errors import RunFailed, UserError


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (
            ["config", "show", "agent.lr=3"],
            "agent.lr: no such key; did you mean 'agent.learning_rate'?",
        ),
        (["config", "shwo"], "No such command 'shwo'. Did you mean 'show'?"),
        (["config", "show", "--jsn"], "No such option: --jsn"),
        (["config", "show", "--config-dir"], "Option '--config-dir' requires an argument"),
        (["config", "show", "--config-dir", "nowhere"], "--config-dir: 'nowhere' is not a"),
        (["config"], "Missing command"),
        (["--hlp"], "No such option: --hlp"),
        (["nonsense"], "No such command 'nonsense'"),
    ],
)
def test_a_mistake_is_one_line_and_code_2(tradegym, arguments, line):
    result = tradegym(*arguments)
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr.startswith(f"tradegym: {line}")
    assert result.stderr.count("\n") == 1
    assert "Traceback" not in result.stderr


def test_a_typo_in_a_flag_names_the_right_one(tradegym):
    assert "--json" in tradegym("config", "show", "--jsn").stderr


def test_debug_shows_the_traceback_and_the_line(tradegym):
    result = tradegym("config", "show", "agent.lr=3", "--debug")
    assert result.returncode == 2
    assert "Traceback (most recent call last)" in result.stderr
    assert result.stderr.splitlines()[-1].startswith("tradegym: agent.lr: no such key")


def test_version_and_help(tradegym):
    from tradegym.version import __version__

    assert tradegym("--version").stdout == f"tradegym {__version__}\n"
    for arguments in ((), ("--help",), ("config", "--help"), ("config", "show", "--help")):
        result = tradegym(*arguments)
        assert result.returncode == 0
        assert "Usage: tradegym" in result.stdout


def test_console_script_is_the_same(tmp_path):
    script = Path(sysconfig.get_path("scripts")) / "tradegym"
    result = subprocess.run(
        [script, "config", "show", "agnt=ppo"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 2
    assert result.stderr == "tradegym: agnt: no such key; did you mean 'agent'?\n"


def test_a_reader_that_leaves_is_no_error(tmp_path):
    process = subprocess.Popen(
        [sys.executable, "-u", "-m", "tradegym", "config", "show"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    process.stdout.close()
    assert process.stderr.read() == b""
    process.stderr.close()
    assert process.wait() == 1


def _raise(error):
    def command(_arguments):
        raise error

    return command


@pytest.fixture
def keep_sigterm():
    before = signal.getsignal(signal.SIGTERM)
    yield
    signal.signal(signal.SIGTERM, before)


@pytest.mark.usefixtures("keep_sigterm")
class TestRunCommand:
    @pytest.mark.parametrize(
        ("error", "code", "line"),
        [
            (UserError("key: wrong"), 2, "tradegym: key: wrong\n"),
            (RunFailed("it broke\nbadly"), 1, "tradegym: it broke badly\n"),
            (KeyboardInterrupt(), 130, "tradegym: interrupted\n"),
            (typer.Abort(), 1, "tradegym: aborted\n"),
            (
                ValueError("what?"),
                1,
                "tradegym: unexpected ValueError: what? (--debug shows where)\n",
            ),
        ],
    )
    def test_errors(self, capsys, error, code, line):
        assert run_command(_raise(error), []) == code
        assert capsys.readouterr().err == line

    def test_debug(self, capsys):
        assert run_command(_raise(ValueError("what?")), ["--debug"]) == 1
        text = capsys.readouterr().err
        assert text.startswith("Traceback")
        assert text.endswith("tradegym: unexpected ValueError: what?\n")

    @pytest.mark.parametrize(("result", "code"), [(None, 0), (0, 0), (3, 3), ("text", 0)])
    def test_results(self, result, code):
        assert run_command(lambda _arguments: result, []) == code

    def test_termination_unwinds(self):
        unwound = []

        def command(_arguments):
            try:
                os.kill(os.getpid(), signal.SIGTERM)
                signal.sigtimedwait([], 5)
            finally:
                unwound.append(True)

        with pytest.raises(SystemExit) as stop:
            run_command(command, [])
        assert stop.value.code == 143
        assert unwound == [True]
