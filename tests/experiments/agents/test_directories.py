import os
import signal
import subprocess
import sys
import time

import pytest

from tradegym.experiments.agents.directories import atomic_directory, sweep


def write(target, text):
    with atomic_directory(target) as fresh:
        (fresh / "a.txt").write_text(text)


def names(path):
    return sorted(found.name for found in path.iterdir())


def dead_pid():
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def test_the_directory_appears_when_the_block_ends(tmp_path):
    target = tmp_path / "deep" / "new"
    with atomic_directory(target) as fresh:
        (fresh / "a.txt").write_text("1")
        assert not target.exists()
    assert (target / "a.txt").read_text() == "1"
    assert names(target.parent) == ["new"]


def test_an_older_directory_is_replaced_as_a_whole(tmp_path):
    target = tmp_path / "x"
    write(target, "1")
    (target / "extra").write_text("old")
    write(target, "2")
    assert names(target) == ["a.txt"]
    assert (target / "a.txt").read_text() == "2"
    assert names(tmp_path) == ["x"]


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_a_failure_leaves_the_older_directory_as_it_was(error, tmp_path):
    target = tmp_path / "x"
    write(target, "1")

    def interrupted():
        with atomic_directory(target) as fresh:
            (fresh / "a.txt").write_text("2")
            raise error

    with pytest.raises(type(error)):
        interrupted()
    assert (target / "a.txt").read_text() == "1"
    assert names(tmp_path) == ["x"]


def test_if_the_new_one_cannot_take_its_place_the_older_one_comes_back(tmp_path, monkeypatch):
    target = tmp_path / "x"
    write(target, "1")
    replace = type(target).replace

    def fail(path, to):
        if ".new-" in path.name:
            raise OSError("gone")
        return replace(path, to)

    monkeypatch.setattr(type(target), "replace", fail)
    with pytest.raises(OSError, match="gone"):
        write(target, "2")
    assert (target / "a.txt").read_text() == "1"
    assert names(tmp_path) == ["x"]


def test_leftovers_of_dead_processes_are_cleared(tmp_path):
    pid = dead_pid()
    for name in (f".x.new-{pid}-0123abcd", f".x.old-{pid}-0123abcd", f".y.old-{pid}-0123abcd"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.txt").write_text(name)
    (tmp_path / "x").mkdir()
    (tmp_path / ".hidden").mkdir()
    sweep(tmp_path)
    assert names(tmp_path) == [".hidden", "x", "y"]
    assert names(tmp_path / "x") == []
    assert (tmp_path / "y" / "a.txt").read_text() == f".y.old-{pid}-0123abcd"


def test_directories_of_other_living_processes_are_left_alone(tmp_path):
    name = f".x.new-{os.getppid()}-0123abcd"
    (tmp_path / name).mkdir()
    sweep(tmp_path)
    assert names(tmp_path) == [name]


WRITER = """
import pathlib, sys
from tradegym.experiments.agents.directories import atomic_directory
target = pathlib.Path(sys.argv[1])
number = 0
while True:
    with atomic_directory(target) as fresh:
        for name in ("a", "b"):
            (fresh / name).write_text(str(number) * 20000)
    number += 1
    print(number, flush=True)
"""


def test_a_kill_at_any_moment_leaves_a_complete_directory(tmp_path):
    target = tmp_path / "x"
    for attempt in range(8):
        process = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(target)], stdout=subprocess.PIPE
        )
        assert process.stdout is not None
        process.stdout.readline()  # one is complete
        time.sleep(0.003 * attempt)
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
        sweep(tmp_path)
        assert names(tmp_path) == ["x"]
        first, second = ((target / name).read_text() for name in ("a", "b"))
        assert first == second
        assert first
