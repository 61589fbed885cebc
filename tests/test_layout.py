"""The shape of the source tree, and that each module has one name only."""

import os
import re
import subprocess
import sys
import sysconfig
import tomllib
from collections.abc import Callable
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

import pytest

import tradegym

ROOT = Path(__file__).resolve().parents[1]
FOLDERS = ("cli", "conf", "envs", "experiments")
SCRIPT = Path(sysconfig.get_path("scripts")) / "tradegym"

# Python runs this before the entry point; what it writes shows what the entry point could import.
PROBE = """
import atexit, os
from importlib.util import find_spec

def report():
    names = ("cli", "conf", "envs", "experiments", "tradegym")
    with open(os.environ["PROBE_REPORT"], "w") as file:
        file.write(" ".join(name for name in names if find_spec(name)))

atexit.register(report)
"""


def python_files() -> list[Path]:
    folders = [ROOT / name for name in (*FOLDERS, "tests")]
    found = [path for folder in folders for path in folder.rglob("*.py")]
    return found + list((ROOT / "src/tradegym").glob("*.py"))


@pytest.fixture
def importable(tmp_path: Path) -> Callable[[list[str], Path], str]:
    """Run a command and return which of the top-level names it could import."""
    (tmp_path / "site").mkdir()
    (tmp_path / "site/sitecustomize.py").write_text(PROBE)
    report = tmp_path / "report"

    def run(command: list[str], cwd: Path) -> str:
        environment = os.environ | {
            "PYTHONPATH": str(tmp_path / "site"),
            "PYTHONSAFEPATH": "" if command[0] == str(SCRIPT) else "1",  # the script needs no help
            "PROBE_REPORT": str(report),
        }
        done = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return report.read_text()

    return run


@pytest.mark.parametrize("command", [[str(SCRIPT)], [sys.executable, "-m", "tradegym"]])
@pytest.mark.parametrize("at_root", [True, False], ids=["root", "elsewhere"])
def test_entry_points_see_only_the_package(
    importable: Callable[[list[str], Path], str],
    command: list[str],
    at_root: bool,
    tmp_path: Path,
) -> None:
    cwd = ROOT if at_root else tmp_path
    assert importable([*command, "--help"], cwd) == "tradegym"


@pytest.mark.parametrize("name", FOLDERS)
def test_the_tests_see_only_the_package(name: str) -> None:
    assert find_spec(name) is None, "run plain `pytest`, not `python -m pytest`"
    assert find_spec(f"tradegym.{name}") is not None


@pytest.mark.parametrize("name", FOLDERS)
def test_the_package_links_to_the_folder(name: str) -> None:
    link = ROOT / "src/tradegym" / name
    assert link.is_symlink()
    assert link.readlink() == Path("../..") / name
    assert link.resolve(strict=True) == ROOT / name


def test_no_python_file_is_longer_than_400_lines() -> None:
    lengths = {path: len(path.read_text().splitlines()) for path in python_files()}
    assert len(lengths) > 20
    assert {path: length for path, length in lengths.items() if length > 400} == {}


def test_the_version_is_written_once() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert tradegym.__version__ == version("tradegym-runner") == project["version"]
    literal = re.compile(rf"""["']{re.escape(project["version"])}["']""")
    assert [path for path in python_files() if literal.search(path.read_text())] == []
