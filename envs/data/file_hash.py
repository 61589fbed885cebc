"""The hash of a file's content, remembered so that an unchanged file is not read again.

Its inode, size and times of change (of content and of anything) are kept with the hash. A file
that was changed within `SETTLED` of being hashed is hashed again the next time, because a change
that follows too quickly may leave its times as they were.
"""

import hashlib
import json
import os
import time
from contextlib import suppress
from pathlib import Path

from tradegym.envs.data.cache_paths import write_json
from tradegym.envs.data.stored_arrays import stamp_of

SETTLED = 2.0
"""Seconds that a file must be unchanged for before its state is taken for its content."""


def file_hash(root: Path, path: Path) -> str:
    """Return the SHA-256 of a file, without reading it if it is known and unchanged.

    Parameters
    ----------
    root : Path
        The cache, which remembers.
    path : Path
        A regular file.

    Raises
    ------
    OSError
        If it cannot be read; a cache that cannot be written is no error here.
    """
    absolute = path.resolve()
    note = root / "files" / f"{hashlib.sha256(os.fsencode(absolute)).hexdigest()}.json"
    stamp = _stamp(absolute)
    with suppress(OSError, ValueError, KeyError, TypeError):
        known = json.loads(note.read_bytes())
        if known["stamp"] == stamp and len(known["sha256"]) == 64:
            return str(known["sha256"])
    with absolute.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    settled = time.time() - max(stamp[-2:]) / 1e9 > SETTLED
    if settled and _stamp(absolute) == stamp:
        with suppress(OSError):
            write_json(note, {"path": str(absolute), "stamp": stamp, "sha256": digest})
    return digest


def _stamp(path: Path) -> list[int]:
    return [path.stat().st_dev, *stamp_of(path)]
