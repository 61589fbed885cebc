import json
import math
import os
import re
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import psutil
import pytest

from tradegym.conf.errors import UserError
from tradegym.experiments import rundir
from tradegym.experiments.rundir import RunDir, to_jsonable, write_atomic


def test_create_makes_a_private_directory_with_a_running_run(tmp_path):
    run = RunDir.create(tmp_path / "a" / "runs", "my-run")
    assert re.fullmatch(r"\d{8}T\d{6}Z-my-run-[0-9a-f]{4}", run.id)
    assert stat.S_IMODE(run.path.stat().st_mode) == 0o700
    assert stat.S_IMODE((run.path / "run.json").stat().st_mode) == 0o600
    info = run.info
    assert (info["status"], info["kind"], info["name"]) == ("running", "train", "my-run")
    assert info["schema_version"] == 1
    assert info["pid"] == os.getpid()
    assert info["pid_start_time"] == pytest.approx(psutil.Process().create_time())
    assert info["ended"] is None


def test_relative_root_becomes_absolute(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert RunDir.create(Path("runs"), "x").path.parent == tmp_path / "runs"


def test_many_runs_at_once_get_different_directories(tmp_path):
    with ThreadPoolExecutor(8) as pool:
        runs = list(pool.map(lambda _: RunDir.create(tmp_path, "x").path, range(40)))
    assert len(set(runs)) == 40


def test_a_taken_directory_is_not_reused(tmp_path, monkeypatch):
    tokens = iter(["aaaa", "aaaa", "bbbb"])
    monkeypatch.setattr(rundir.secrets, "token_hex", lambda _: next(tokens))
    first, second = RunDir.create(tmp_path, "x"), RunDir.create(tmp_path, "x")
    assert first.path != second.path
    assert second.id.endswith("-bbbb")


@pytest.mark.parametrize("name", ["", "a/b", "../x", "a b", "a\0b", "x\n"])
def test_names_that_could_leave_the_root_are_refused(tmp_path, name):
    with pytest.raises(UserError, match="name="):
        RunDir.create(tmp_path, name)
    assert list(tmp_path.iterdir()) == []


def test_a_root_that_is_a_file_is_one_clear_line(tmp_path):
    (tmp_path / "runs").write_text("")
    with pytest.raises(UserError, match=r"runs_root=.*cannot create") as caught:
        RunDir.create(tmp_path / "runs", "x")
    assert "\n" not in str(caught.value)


def test_metrics_are_lines_of_json(tmp_path):
    run = RunDir.create(tmp_path, "x")
    run.append_metrics(10, {"a": 1, "b": np.float32(0.5), "c": None})
    run.append_metrics(20, {"a": math.nan, "b": -math.inf})
    rows = [json.loads(line) for line in (run.path / "metrics.jsonl").read_text().splitlines()]
    assert [(row["step"], row["key"], row["value"]) for row in rows] == [
        (10, "a", 1.0),
        (10, "b", 0.5),
        (10, "c", None),
        (20, "a", None),
        (20, "b", None),
    ]
    assert set(rows[0]) == {"step", "time", "key", "value"}


def test_status_keeps_what_is_known_and_merges_mappings(tmp_path):
    run = RunDir.create(tmp_path, "x")
    run.set_status("running", mlflow={"uri": "u", "run_id": "r"}, hashes={"data": "d"})
    run.set_status("finished", mlflow={"complete": True})
    info = run.info
    assert info["status"] == "finished"
    assert info["mlflow"] == {"uri": "u", "run_id": "r", "complete": True}
    assert info["hashes"] == {"data": "d"}
    assert info["ended"] > info["created"]


def test_eval_directories_are_numbered_over_all_splits(tmp_path):
    run = RunDir.create(tmp_path, "x")
    names = [run.eval_dir(split).name for split in ("test", "validation", "test")]
    assert names == ["1-test", "2-validation", "3-test"]


def test_checkpoint_and_plot_folders(tmp_path):
    run = RunDir.create(tmp_path, "x")
    assert run.checkpoint_dir(5000) == run.path / "checkpoints" / "5000"
    assert (run.path / "checkpoints").is_dir()
    assert not run.checkpoint_dir(5000).exists()
    assert run.plots.is_dir()


def test_a_write_that_fails_leaves_the_old_file_and_no_trash(tmp_path, monkeypatch):
    target = tmp_path / "run.json"
    target.write_text("old")

    def full(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(rundir.os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        write_atomic(target, "new")
    assert target.read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["run.json"]


def test_reading_a_damaged_file_names_it(tmp_path):
    run = RunDir.create(tmp_path, "x")
    (run.path / "run.json").write_text("{")
    with pytest.raises(UserError, match=r"run\.json"):
        _ = run.info
    with pytest.raises(UserError, match=r"nothing\.json: no such file"):
        run.read_json("nothing.json")


def test_jsonable_values():
    values = {"path": Path("/a"), "array": np.array([1.0, np.nan]), "n": np.int64(3), 4: (1, 2)}
    assert to_jsonable(values) == {"path": "/a", "array": [1.0, None], "n": 3, "4": [1, 2]}
    with pytest.raises(TypeError, match="object"):
        to_jsonable(object())
