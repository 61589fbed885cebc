"""What the README shows works as printed."""

import re
import shlex
import textwrap
from pathlib import Path

import pytest

from tradegym.conf.resolve import resolve
from tradegym.conf.sweeps import expand_sweeps

README = (Path(__file__).parents[1] / "README.md").read_text()
BLOCKS = [
    textwrap.dedent(block) for block in re.findall(r"\n\n((?:    .*\n(?:\n(?=    ))*)+)", README)
]
TRAINED = [
    line
    for block in BLOCKS
    for line in block.replace("\\\n", " ").splitlines()
    if line.startswith("tradegym train")
]
PYTHON = [block for block in BLOCKS if block.startswith("import")]


def test_there_are_examples():
    assert len(TRAINED) >= 8
    assert len(PYTHON) >= 2


@pytest.mark.parametrize("line", TRAINED)
def test_commands_compose(line, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    overrides = [word for word in shlex.split(line, comments=True)[2:] if not word.startswith("-")]
    for run in expand_sweeps(overrides):
        resolve(run)


@pytest.mark.parametrize("block", PYTHON)
def test_python_runs(block):
    names = {}
    exec(compile(block, "README.md", "exec"), names)
    env = names["env"]
    observation, info = env.reset(seed=0)
    assert env.observation_space.contains(observation)
    assert info["reason"] is None


def test_exit_codes_and_commands_are_named():
    from tradegym.cli.main import app

    commands = {command.name for command in app.registered_commands}
    for name in commands:
        assert f"`tradegym {name}" in README
