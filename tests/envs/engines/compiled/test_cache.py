import os
import subprocess
import sys
import time
from pathlib import Path

import numba
import pytest

from tradegym.envs.engines.compiled import cache


@pytest.fixture
def fresh(tmp_path, monkeypatch):
    """A cache of one's own, whose kernel takes no time to compile."""
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    monkeypatch.setattr(cache, "_ready_in_this_process", [])
    cache.kernel_folder.cache_clear()
    compiled = []
    monkeypatch.setattr(cache, "compile_kernel", lambda: compiled.append(1))
    yield compiled
    cache.kernel_folder.cache_clear()


def test_the_first_run_says_so_and_no_other(fresh, monkeypatch, tmp_path):
    lines = []
    assert cache.engine_ready(lines.append) is None
    assert lines == ["compiling the engine, first run only"]
    assert cache.kernel_folder().is_relative_to(tmp_path)
    monkeypatch.setattr(cache, "_ready_in_this_process", [])  # as in another process
    assert cache.engine_ready(lines.append) is None
    assert len(lines) == 1
    assert len(fresh) == 2  # loaded, the second time
    assert cache.engine_ready(lines.append) is None
    assert len(fresh) == 2  # once in each process


def test_each_kind_of_path_is_compiled_when_it_is_first_used(fresh, monkeypatch):
    monkeypatch.setattr(cache, "_kinds_ready_in_this_process", set())
    monkeypatch.setattr(cache, "compile_paths", fresh.append)
    lines = []
    assert cache.engine_ready(lines.append) is None
    for kind in ("gbm", "gbm", "ou"):
        assert cache.paths_ready(kind, lines.append) is None
    assert fresh == [1, "gbm", "ou"]
    assert lines == ["compiling the engine, first run only"] * 3
    monkeypatch.setattr(cache, "_kinds_ready_in_this_process", set())  # as in another process
    assert cache.paths_ready("gbm", lines.append) is None
    assert len(lines) == 3


def test_a_failure_is_a_reason_and_is_tried_again(fresh, monkeypatch):
    def fail():
        raise RuntimeError("no\nLLVM")

    monkeypatch.setattr(cache, "compile_kernel", fail)
    assert cache.engine_ready() == "numba cannot compile the engine (no LLVM)"
    lines = []
    assert cache.engine_ready(lines.append) is not None
    assert lines  # what failed is not taken for compiled


def test_a_switched_off_or_missing_numba_is_a_reason(fresh, monkeypatch):
    monkeypatch.setattr(numba.config, "DISABLE_JIT", 1)
    assert cache.engine_ready() == "numba is switched off (NUMBA_DISABLE_JIT)"
    monkeypatch.setitem(sys.modules, "numba", None)
    assert cache.engine_ready().startswith("numba cannot be imported (")
    assert not fresh


def test_other_sources_have_another_folder(fresh, monkeypatch, tmp_path):
    before = cache.kernel_folder()
    kernel = tmp_path / "kernel"
    kernel.mkdir()
    for path in Path(cache._KERNEL).glob("*.py"):
        (kernel / path.name).write_bytes(path.read_bytes())
    monkeypatch.setattr(cache, "_KERNEL", kernel)
    cache.kernel_folder.cache_clear()
    copied = cache.kernel_folder()
    assert copied != before  # numba keeps functions by the place of their file
    with (kernel / "fills.py").open("a") as file:
        file.write("# changed\n")
    cache.kernel_folder.cache_clear()
    assert cache.kernel_folder() not in (before, copied)


def test_a_damaged_cache_is_made_anew(fresh, monkeypatch):
    assert cache.engine_ready() is None
    folder = cache.kernel_folder()
    kept = folder / "enter_step.nbc"
    kept.write_bytes(b"cut short")

    def load():
        if kept.exists():
            raise EOFError("Ran out of input")
        fresh.append(1)

    monkeypatch.setattr(cache, "compile_kernel", load)
    monkeypatch.setattr(cache, "_ready_in_this_process", [])
    lines = []
    assert cache.engine_ready(lines.append) is None
    assert lines == ["compiling the engine, again, since its cache is damaged"]
    assert not kept.exists()


def test_a_folder_that_cannot_be_written_only_costs_time(fresh, monkeypatch, tmp_path):
    (tmp_path / "engine").write_text("in the way")
    lines = []
    assert cache.engine_ready(lines.append) is None
    assert lines == ["compiling the engine, which cannot be kept"]
    assert fresh == [1]


_RACE = """
import sys, time
from tradegym.envs.engines.compiled import cache
cache.compile_kernel = lambda: time.sleep(0.3)
print(cache.engine_ready(print))
"""


def test_processes_that_start_together_compile_once(tmp_path, monkeypatch):
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    command = [sys.executable, "-c", _RACE]
    racers = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    said = [racer.communicate(timeout=60)[0] for racer in racers]
    assert [racer.returncode for racer in racers] == [0, 0]
    assert sum("compiling the engine" in text for text in said) == 1
    assert all(text.endswith("None\n") for text in said)


def test_what_old_versions_left_is_removed(tmp_path):
    kept, fresh, old = (tmp_path / name for name in ("kept", "fresh", "old"))
    for folder in (kept, fresh, old):
        folder.mkdir()
        (folder / "file").touch()
    long_ago = time.time() - 100 * 86_400
    for folder in (kept, old):
        os.utime(folder, (long_ago, long_ago))
    cache._remove_old(kept)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["fresh", "kept"]
