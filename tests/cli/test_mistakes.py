"""Every mistake is one line on stderr and exit code 2, and leaves nothing behind."""

import gzip
import os
import re
import shutil
import subprocess
import sysconfig
from pathlib import Path

import pytest
from command_line import csv_lines, edited, tree
from mistakes import AGENTS, CODE, CONFIGURATION, DATA, PARTS, RUNS, Mistake, wrong

from tradegym.experiments.rundir import RunDir


@pytest.fixture
def runs(stored):
    """Further runs beside the small one: two of one name, one cut short, one damaged."""
    for directory, name in (
        ("twin-a", "twin"),
        ("twin-b", "twin"),
        ("empty-a", "empty"),
        ("broken-a", "broken"),
    ):
        copy = stored.with_name(directory)
        shutil.copytree(stored, copy)
        RunDir(copy).update(name=name)
    shutil.rmtree(stored.with_name("empty-a") / "checkpoints")
    (stored.with_name("broken-a") / "config.yaml").write_text("agent: [")


@pytest.fixture
def project(tmp_path):
    """A user's directory with data, options and modules, good and bad."""
    good = csv_lines()
    files = {
        "good.csv": "\n".join(good) + "\n",
        "empty.csv": "",
        "no_close.csv": "\n".join(line.rsplit(",", 2)[0] for line in good) + "\n",
        "date.csv": edited(7, (0, "32.13.2001")),
        "nan.csv": edited(9, (4, "nan")),
        "high.csv": edited(5, (2, "1.00")),
        "twice.csv": edited(4, (0, "2001-01-02")),
        "order.csv": edited(4, (0, "2000-12-01")),
        "parts.py": PARTS,
        "raises.py": "1 / 0\n",
        "syntax.py": "class Mine(\n",
        "exits.py": "raise SystemExit(3)\n",
        "conf/agent/broken.yaml": "algorithm: PPO\n  n_steps: [\n",
        "conf/agent/typo.yaml": "algorithm: PPO\nn_stpes: 64\n",
        "conf/agent/mine.yaml": "algorithm: SAC\nlearning_rate: 3e-4\n",
    }
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    (tmp_path / "binary.csv").write_bytes(gzip.compress(os.urandom(500))[10:])
    return tmp_path


def check(run, mistake: Mistake, folder: Path):
    before = tree(folder)
    result = run(*mistake.arguments)
    *progress, line = result.stderr.splitlines() or [""]
    assert (result.returncode, result.stdout) == (2, ""), result.stderr
    assert line.startswith(f"tradegym: {mistake.line}")
    assert [text for text in mistake.says if text not in line] == []
    assert [text for text in progress if not re.match("loading |opening |compiling ", text)] == []
    assert tree(folder) == before


def table(mistakes):
    return pytest.mark.parametrize("mistake", mistakes, ids=lambda mistake: mistake.name)


@table(CONFIGURATION)
def test_in_the_configuration(mistake, inside, project):
    check(inside, mistake, project)


@table(DATA)
def test_in_the_data(mistake, inside, project):
    check(inside, mistake, project)


@table(CODE)
def test_in_own_code(mistake, inside, project):
    check(inside, mistake, project)


@table(AGENTS)
def test_in_the_agent(mistake, inside, project):
    check(inside, mistake, project)


@table(RUNS)
@pytest.mark.usefixtures("runs")
def test_about_runs(mistake, inside, project):
    check(inside, mistake, project)


def test_a_gpu_that_is_not_there(inside, project):
    torch = pytest.importorskip("torch")
    if torch.cuda.is_available():
        pytest.skip("there is a GPU")
    line = "train.device: 'cuda', but torch finds no GPU; allowed here: auto, cpu"
    check(inside, wrong("cuda", "train train.device=cuda", line), project)


REAL = [*CONFIGURATION[::10], DATA[0], CODE[3], AGENTS[0]]


@table(REAL)
def test_with_the_console_script(mistake, project):
    """The others run inside of this process, to be fast; these prove that it is the same."""
    script = Path(sysconfig.get_path("scripts")) / "tradegym"

    def run(*arguments):
        return subprocess.run(
            [script, *arguments], cwd=project, capture_output=True, text=True, check=False
        )

    check(run, mistake, project)
