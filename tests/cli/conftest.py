import os
import shutil
import signal
import subprocess
import sys

import pytest
from command_line import SMALL, only_run


@pytest.fixture(autouse=True)
def own_environment(tmp_path_factory, monkeypatch):
    """Keep the user's list of trusted runs and the user's MLflow server out of it."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")


@pytest.fixture
def tradegym(tmp_path):
    """Run the command line in a directory of its own, through the real entry point."""

    def run(*arguments, cwd=tmp_path, **environment):
        return subprocess.run(
            [sys.executable, "-m", "tradegym", *arguments],
            cwd=cwd,
            capture_output=True,
            text=True,
            check=False,
            env=os.environ | {"COLUMNS": "200", "NO_COLOR": "1"} | environment,
        )

    return run


@pytest.fixture
def inside(tmp_path, monkeypatch, capsys):
    """Run the command line in this process, which has loaded torch already: much faster."""
    # Imported here: the tests of the imports' cost must not pay for it.
    from tradegym.cli.errors import run_command
    from tradegym.cli.main import _run

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    modules, sigterm = set(sys.modules), signal.getsignal(signal.SIGTERM)

    def run(*arguments):
        capsys.readouterr()
        code = run_command(_run, arguments)
        out, err = capsys.readouterr()
        return subprocess.CompletedProcess(arguments, code, out, err)

    yield run
    signal.signal(signal.SIGTERM, sigterm)
    for name in set(sys.modules) - modules:
        if str(getattr(sys.modules[name], "__file__", "")).startswith(str(tmp_path)):
            del sys.modules[name]


@pytest.fixture
def data(inside, tmp_path, monkeypatch):
    """Run `tradegym data` in an empty folder, with a cache of its own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))

    def run(*arguments):
        return inside("data", *(str(one) for one in arguments))

    return run


@pytest.fixture(scope="session")
def small_run(tmp_path_factory):
    """The directory of a small training run named ``small``, not to be changed."""
    root = tmp_path_factory.mktemp("trained")
    result = subprocess.run(
        [sys.executable, "-m", "tradegym", "train", "name=small", *SMALL],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    return only_run(root)


@pytest.fixture
def stored(small_run, tmp_path):
    """A copy of the small run in this test's runs root."""
    copy = tmp_path / "runs" / small_run.name
    shutil.copytree(small_run, copy)
    return copy
