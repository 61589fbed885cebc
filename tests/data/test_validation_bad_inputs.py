"""Every bad input is one line that says where and what to do, and leaves its file as it was."""

import hashlib
import os
import subprocess
import sys

import pytest
from bad_inputs import BAD_INPUTS
from bar_files import good_lines, put, text_of

from tradegym.conf.errors import UserError
from tradegym.conf.resolve import resolve
from tradegym.envs.build import EnvBuilder
from tradegym.envs.data.validation.finding import Severity
from tradegym.envs.data.validation.inspection import inspect
from tradegym.envs.data.validation.loading import load_checked

BY_NAME = {one.name: one for one in BAD_INPUTS}
# These go through the real entry point, which takes seconds for each.
TYPED = [
    "high below low",
    *(
        pytest.param(name, marks=pytest.mark.slow)
        for name in ("pipe", "mark and garbage", "truncated last row", "newest first")
    ),
]


def overrides(keys):
    def written(value):
        return f"[{','.join(value)}]" if isinstance(value, list) else f"'{value}'"

    return [f"dataset.{key}={written(value)}" for key, value in keys.items()]


def state(folder):
    """What every file is made of; links and pipes are not followed."""
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        if path.is_file() and not path.is_symlink()
        else path.lstat().st_mtime_ns
        for path in folder.rglob("*")
    }


def resolved_of(keys):
    return resolve(["dataset=csv", "dataset.cache=false", *overrides(keys)])


def load(resolved):
    """Load the data as `tradegym train` does."""
    load_checked(resolved.config.dataset)
    return EnvBuilder(resolved)


@pytest.fixture(params=[one.name for one in BAD_INPUTS])
def case(request):
    return BY_NAME[request.param]


def test_there_are_enough_of_them():
    assert len(BY_NAME) == len(BAD_INPUTS) >= 45, "names are unique"


def test_the_faultless_file_is_loaded(tmp_path):
    keys = put(tmp_path, text_of(good_lines()))
    dataset, warnings = load_checked(resolved_of(keys).config.dataset)
    assert len(dataset) == 60
    assert warnings == ()
    assert inspect(keys["filename"]) == ()


def test_one_line_says_where_and_what_to_do(case, tmp_path):
    keys = case.write(tmp_path)
    resolved = resolved_of(keys)
    before = state(tmp_path)
    with pytest.raises(UserError) as caught:
        load(resolved)
    line = str(caught.value)
    assert line.isprintable(), "not one clean line"
    for part in case.says:
        assert part in line
    if "line " in line or "row " in line:
        assert "; " in line, "says what to do"
    assert len(line.replace(str(tmp_path), "")) < 300
    assert caught.value.exit_code == 2
    if not isinstance(keys["filename"], list):
        findings = inspect(keys["filename"], resolved.config.dataset)
        assert findings[0].severity is Severity.ERROR
        assert all(str(finding).isprintable() for finding in findings)
    assert state(tmp_path) == before


@pytest.mark.parametrize("name", TYPED)
def test_the_command_ends_with_exit_code_2(name, tmp_path):
    keys = BY_NAME[name].write(tmp_path)
    before = state(tmp_path)
    (tmp_path / "cwd").mkdir()
    done = subprocess.run(
        [sys.executable, "-m", "tradegym", "train", "dataset=csv", *overrides(keys)],
        cwd=tmp_path / "cwd",
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env=os.environ | {"XDG_CACHE_HOME": str(tmp_path / "cwd/cache")},
    )
    assert done.returncode == 2
    told = [line for line in done.stderr.splitlines() if line.startswith("tradegym: ")]
    assert len(told) == 1, done.stderr
    assert "Traceback" not in done.stderr
    for part in BY_NAME[name].says:
        assert part in told[0]
    assert {name: value for name, value in state(tmp_path).items() if name in before} == before
