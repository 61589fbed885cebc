"""The cache may be missing, broken or shared, but it never returns what is not in the files."""

import json
import multiprocessing
import os
import pickle
import shutil
import time
from pathlib import Path

import numpy as np
import pytest

from tradegym.conf.errors import RunFailed
from tradegym.conf.schema.dataset import DatasetConfig
from tradegym.envs.data import cache, file_hash
from tradegym.envs.data.cache import cached
from tradegym.envs.data.dataset import Dataset
from tradegym.envs.data.sources import load_dataset

LONG_AGO = 1_500_000_000


def write(path: Path, first: str = "10", rows: int = 8000) -> Path:
    """A file that is large enough, last changed long ago."""
    start = np.datetime64("2015-01-01T00:00:00")
    stamps = (start + np.arange(rows) * np.timedelta64(60, "s")).astype(str)
    lines = [f"{t},{first},12,9,11,100.{i % 97:02d}" for i, t in enumerate(stamps)]
    path.write_text("\n".join(lines))
    os.utime(path, (LONG_AGO, LONG_AGO))
    return path


@pytest.fixture
def settled(monkeypatch):
    """Take every file for one that was not changed recently."""
    monkeypatch.setattr(file_hash, "SETTLED", -1.0)


@pytest.fixture
def builds(monkeypatch):
    """How often files were read."""
    from tradegym.envs.data import series

    calls = []
    load = series.load_series

    def counted(*args, **kwargs):
        calls.append(args)
        return load(*args, **kwargs)

    monkeypatch.setattr(series, "load_series", counted)
    return calls


def load(path, **options):
    return load_dataset(DatasetConfig(source="csv", filename=str(path), **options))


def entries(home):
    return sorted((home / "datasets").iterdir())


def test_the_second_start_maps_what_the_first_has_read(tmp_path, builds, cache_home):
    path = write(tmp_path / "a.csv")
    plain, first, second = load(path, cache=False), load(path), load(path)
    assert len(builds) == 2
    assert plain == first == second
    np.testing.assert_array_equal(second.times, plain.times)
    np.testing.assert_array_equal(second.ohlcv, plain.ohlcv)
    assert plain.stored is None
    assert second.stored.folder == entries(cache_home)[0]
    assert isinstance(second.ohlcv.base, np.memmap)
    assert second.bar_seconds == 60


@pytest.mark.parametrize("array", ["times", "ohlcv"])
def test_mapped_arrays_cannot_be_written(tmp_path, array):
    values = getattr(load(write(tmp_path / "a.csv")), array)
    with pytest.raises(ValueError, match="read-only"):
        values[0] = values[1]
    with pytest.raises(ValueError, match="WRITEABLE"):
        values.setflags(write=True)


def test_a_changed_file_is_read_again_though_size_and_time_are_the_same(tmp_path, settled):
    path = write(tmp_path / "a.csv", first="10")
    load(path)
    before = path.stat()
    time.sleep(0.02)  # a tick of the file system's clock
    write(path, first="11")
    assert (path.stat().st_size, path.stat().st_mtime_ns) == (before.st_size, before.st_mtime_ns)
    assert load(path).ohlcv[0, 0, 0] == 11


def test_a_file_changed_a_moment_ago_is_hashed_again(tmp_path, cache_home):
    path = write(tmp_path / "a.csv")
    load(path)
    assert not (cache_home / "files").exists()
    assert load(path).stored is not None


def test_an_unchanged_file_is_not_read(tmp_path, settled, monkeypatch):
    path = write(tmp_path / "a.csv")
    load(path)
    monkeypatch.setattr(file_hash.hashlib, "file_digest", None)
    assert load(path).ohlcv[0, 0, 0] == 10


def test_a_touched_or_copied_file_is_not_parsed_again(tmp_path, builds):
    path = write(tmp_path / "a.csv")
    load(path)
    path.touch()
    load(path)
    assert len(builds) == 1


@pytest.mark.parametrize(
    "options",
    [
        {"timestamp": "open"},
        {"timezone": "Etc/GMT+5"},
        {"resample": "1h"},
        {"header": False, "columns": {"datetime": 0, "open": 4, "close": 1}},
    ],
)
def test_options_are_part_of_the_key(tmp_path, options):
    path = write(tmp_path / "a.csv")
    plain = load(path)
    other = load(path, **options)
    assert other != plain
    assert other == load(path, **options, cache=False)


def test_a_new_version_voids_all_entries(tmp_path, builds, monkeypatch):
    path = write(tmp_path / "a.csv")
    load(path)
    monkeypatch.setattr(cache, "VERSION", -1)
    load(path)
    assert len(builds) == 2


def rewrite(path, content):
    path.chmod(0o644)
    path.write_bytes(content)


def flip(path):
    content = bytearray(path.read_bytes())
    content[-3] ^= 64
    rewrite(path, content)


def other_meta(path):
    content = json.loads(path.read_text())
    content["meta"]["bar_seconds"] = 1.0
    rewrite(path, json.dumps(content).encode())


BROKEN = {
    "flipped bit": ("ohlcv.npy", flip),
    "flipped bit in the times": ("times.npy", flip),
    "cut": ("ohlcv.npy", lambda path: rewrite(path, path.read_bytes()[:-1000])),
    "empty": ("times.npy", lambda path: rewrite(path, b"")),
    "missing": ("ohlcv.npy", lambda path: path.unlink()),
    "no meta": ("meta.json", lambda path: path.unlink()),
    "half a meta": ("meta.json", lambda path: rewrite(path, path.read_bytes()[:50])),
    "other meta": ("meta.json", other_meta),
    "no json": ("meta.json", lambda path: rewrite(path, b"\xff\xfe")),
    "a list": ("meta.json", lambda path: rewrite(path, b"[1]")),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_entry_is_built_again(tmp_path, builds, cache_home, case):
    path = write(tmp_path / "a.csv")
    whole = load(path, cache=False)
    load(path)
    name, spoil = BROKEN[case]
    time.sleep(0.02)  # a tick of the file system's clock
    spoil(entries(cache_home)[0] / name)
    again = load(path)
    assert len(builds) == 3
    assert again == whole
    np.testing.assert_array_equal(again.ohlcv, whole.ohlcv)
    assert load(path).stored is not None
    assert len(builds) == 3


def test_a_moved_cache_is_checked_and_used(tmp_path, builds, cache_home, monkeypatch):
    path = write(tmp_path / "a.csv")
    load(path)
    shutil.copytree(cache_home, tmp_path / "home" / "tradegym")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "home"))
    assert load(path).stored.folder.is_relative_to(tmp_path / "home")
    assert len(builds) == 1


def test_small_files_are_not_kept(write_csv, cache_home):
    assert load(write_csv()).stored is None
    assert not cache_home.exists()


def test_a_faulty_file_is_refused_again(tmp_path, cache_home):
    path = write(tmp_path / "a.csv", first="0")
    for _ in range(2):
        with pytest.raises(Exception, match="is not above zero"):
            load(path)
    assert not (cache_home / "datasets").exists()


def test_a_cache_that_cannot_be_written_is_said(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    with pytest.warns(UserWarning, match=r"cannot be kept .*dataset\.cache=false"):
        assert load(write(tmp_path / "a.csv")).stored is None


def test_a_file_that_changes_while_it_is_read_is_not_kept(tmp_path, make_dataset, cache_home):
    path = write(tmp_path / "a.csv")

    def build():
        write(path, first="11")
        return make_dataset(10)

    assert cached([path], {}, build).stored is None
    assert not (cache_home / "datasets").exists()


def test_entries_unused_for_longest_go_first(tmp_path, cache_home, monkeypatch):
    paths = [write(tmp_path / f"{name}.csv", first=f"1{i}") for i, name in enumerate("abc")]
    stored = [load(path).stored.folder for path in paths[:2]]
    size = sum(file.stat().st_size for file in stored[0].iterdir())
    left = cache_home / "datasets" / ".left"
    left.mkdir()
    for age, folder in ((3, left), (2, stored[0]), (1, stored[1])):
        os.utime(folder, (LONG_AGO - age, LONG_AGO - age))
    load(paths[0])
    monkeypatch.setattr(cache, "LIMIT", 2 * size + 1000)
    third = load(paths[2]).stored.folder
    assert entries(cache_home) == sorted([stored[0], third])


def test_a_mapped_dataset_is_pickled_by_reference(tmp_path):
    path = write(tmp_path / "a.csv")
    dataset = load(path)
    raw = pickle.dumps(dataset)
    assert len(raw) < 1000
    again = pickle.loads(raw)
    assert again == dataset
    assert isinstance(again.ohlcv.base, np.memmap)
    shutil.rmtree(dataset.stored.folder)
    whole = pickle.loads(pickle.dumps(dataset))  # still mapped here, so it can be copied
    np.testing.assert_array_equal(whole.ohlcv, dataset.ohlcv)
    with pytest.raises(RunFailed, match="removed or changed"):
        pickle.loads(raw)


def test_slices_of_a_mapped_dataset_are_pickled(tmp_path):
    part = load(write(tmp_path / "a.csv")).slice(100, 200)
    assert pickle.loads(pickle.dumps(part)) == part


def build_at_once(path, barrier, queue):
    barrier.wait()
    dataset = load(path)
    queue.put((dataset.sha256, float(dataset.ohlcv.sum()), dataset.stored is not None))


def test_processes_that_build_at_once_get_the_same(tmp_path, cache_home):
    path = write(tmp_path / "a.csv", rows=20_000)
    context = multiprocessing.get_context("fork")
    barrier, queue = context.Barrier(4), context.Queue()
    workers = [context.Process(target=build_at_once, args=(path, barrier, queue)) for _ in range(4)]
    for worker in workers:
        worker.start()
    results = {queue.get(timeout=60) for _ in workers}
    for worker in workers:
        worker.join()
    whole = load(path, cache=False)
    assert results == {(whole.sha256, float(whole.ohlcv.sum()), True)}
    assert [folder.name[0] != "." for folder in entries(cache_home)] == [True]


@pytest.mark.slow
def test_a_million_rows_come_back_from_the_cache(tmp_path):
    path = write(tmp_path / "a.csv", rows=1_000_000)
    first = load(path)
    second = load(path)
    assert isinstance(second, Dataset)
    assert second == first
