"""Bars of files that were read before, in the user's cache directory, mapped into memory.

An entry is found by what its files contain and by the options they were read with, so it cannot
be out of date: ``datasets/<key>``, where the key is a SHA-256 over the files' own SHA-256, the
options and the version.
"""

import hashlib
import json
import shutil
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from tradegym.envs.data.cache_entry import open_entry, remove_entry, store_entry
from tradegym.envs.data.cache_paths import cache_root
from tradegym.envs.data.dataset import Dataset
from tradegym.envs.data.file_hash import file_hash
from tradegym.version import __version__

VERSION = 1
"""Of everything that reading a file does; a new number makes all entries void."""

MIN_BYTES = 1 << 18
"""Files that are smaller together are read anew: that takes hardly longer."""

LIMIT = 20 << 30
"""Bytes that all entries may have together; beyond, those unused for longest are removed."""

ABANDONED = 3600.0
"""Seconds after which an unfinished entry is taken for one of a process that died."""


def cached(
    files: Sequence[Path], options: Mapping[str, Any], build: Callable[[], Dataset]
) -> Dataset:
    """Return the dataset of the files from the cache, or build and keep it.

    Parameters
    ----------
    files : sequence of Path
        All files that ``build`` reads.
    options : mapping of str to Any
        Everything else that the result depends on, as JSON knows it.
    build : callable
        Makes the dataset; its errors are passed on and nothing is kept then.

    Returns
    -------
    Dataset
        Mapped from the cache's files, or as it was built if the files are small or the cache
        cannot be written (a warning says so).
    """
    root = cache_root()
    try:
        if sum(path.stat().st_size for path in files) < MIN_BYTES:
            return build()
        hashes = [file_hash(root, path) for path in files]
    except OSError:
        return build()  # it says what is wrong with the file
    facts = {"version": [VERSION, __version__], "files": hashes, "options": dict(options)}
    key = hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()
    folder = root / "datasets" / key
    found = open_entry(folder)
    if found is not None:
        return found
    dataset = build()
    if [file_hash(root, path) for path in files] != hashes:
        return dataset  # written to meanwhile: what was read may not be what was hashed
    try:
        store_entry(folder, dataset)
        _prune(folder.parent, keep=folder)
    except OSError as error:
        warnings.warn(
            f"{folder.parent}: the bars cannot be kept for the next start ({error.strerror}); "
            "dataset.cache=false turns this off",
            UserWarning,
            stacklevel=2,
        )
        return dataset
    return open_entry(folder) or dataset


def _prune(datasets: Path, keep: Path) -> None:
    """Remove what dead processes left, and the entries that were not used for longest."""
    entries: list[tuple[float, int, Path]] = []
    for folder in datasets.iterdir():
        with suppress(OSError):  # another process may be removing it
            used = folder.stat().st_mtime
            if folder.name.startswith("."):
                if time.time() - used > ABANDONED:
                    shutil.rmtree(folder, ignore_errors=True)
            else:
                size = sum(file.stat().st_size for file in folder.iterdir())
                entries.append((used, size, folder))
    total = sum(size for _, size, _ in entries)
    for _, size, folder in sorted(entries):
        if total <= LIMIT:
            return
        if folder != keep:
            remove_entry(folder)
            total -= size
