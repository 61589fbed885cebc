"""One dataset in the cache: a folder with two arrays that are mapped, and a JSON file.

The folder is written under another name and then renamed, so that there is never half of one; of
two processes that write the same, the first to finish wins. The arrays are trusted as long as
their files are unchanged since they were written (inode, size, times of change); otherwise the
hash of the bars decides, and a wrong entry is removed. Nothing is unpickled.
"""

import hashlib
import json
import os
import shutil
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from tradegym.envs.data.cache_paths import aside, write_json
from tradegym.envs.data.dataset import Dataset, content_sha256
from tradegym.envs.data.stored_arrays import (
    BARS_FILE,
    FILES,
    TIMES_FILE,
    StoredArrays,
    map_arrays,
    stamp_of,
)
from tradegym.envs.data.validate import FIELDS

META_FILE = "meta.json"


def store_entry(folder: Path, dataset: Dataset) -> None:
    """Write an entry, unless another process was faster.

    Raises
    ------
    OSError
        If it cannot be written.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    draft = aside(folder)
    draft.mkdir()
    try:
        for name, array in ((TIMES_FILE, dataset.times), (BARS_FILE, dataset.ohlcv)):
            with (draft / name).open("wb") as file:
                np.save(file, array, allow_pickle=False)
                file.flush()
                os.fsync(file.fileno())
            (draft / name).chmod(0o444)
        meta = {
            "name": dataset.name,
            "assets": dataset.assets,
            "bar_seconds": dataset.bar_seconds,
            "sha256": dataset.sha256,
            "notes": dataset.notes,
            "stamps": [stamp_of(draft / name) for name in FILES],
        }
        write_json(draft / META_FILE, {"meta": meta, "check": _check_sum(meta)})
        try:
            draft.rename(folder)
        except OSError:
            if not folder.exists():
                raise
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def open_entry(folder: Path) -> Dataset | None:
    """Return the dataset of an entry, or None if there is none; a broken one is removed."""
    try:
        content = json.loads((folder / META_FILE).read_bytes())
        meta = content["meta"]
        if content["check"] != _check_sum(meta):
            raise ValueError(META_FILE)
        assets, sha256 = tuple(meta["assets"]), str(meta["sha256"])
        times, ohlcv = map_arrays(folder)
        _check_types(times, ohlcv, len(assets))
        stamps = tuple(stamp_of(folder / name) for name in FILES)
        as_written = [list(stamp) for stamp in stamps] == meta["stamps"]
        if not as_written and content_sha256(times, ohlcv, assets) != sha256:
            raise ValueError(BARS_FILE)
        with suppress(OSError):
            os.utime(folder)  # in use now: the last one to be removed
        return Dataset(
            name=str(meta["name"]),
            assets=assets,
            times=times,
            ohlcv=ohlcv,
            bar_seconds=float(meta["bar_seconds"]),
            sha256=sha256,
            notes=tuple(meta["notes"]),
            stored=StoredArrays(folder, stamps),
        )
    except (OSError, EOFError, ValueError, KeyError, TypeError):
        remove_entry(folder)
        return None


def remove_entry(folder: Path) -> None:
    """Remove an entry, if it is there, so that no other process finds half of it."""
    moved = aside(folder)
    with suppress(OSError):
        folder.rename(moved)
    shutil.rmtree(moved, ignore_errors=True)


def _check_types(times: Any, ohlcv: Any, assets: int) -> None:
    if times.dtype != np.dtype("datetime64[ns]") or times.ndim != 1:
        raise ValueError(TIMES_FILE)
    if ohlcv.dtype != np.float64 or ohlcv.shape != (len(times), assets, len(FIELDS)):
        raise ValueError(BARS_FILE)


def _check_sum(meta: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(meta, sort_keys=True).encode()).hexdigest()
