"""Directories that appear complete or not at all, whatever kills the process."""

import contextlib
import os
import re
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path

_LEFTOVER = re.compile(r"\.(?P<name>.+)\.(?P<kind>new|old)-(?P<pid>\d+)-[0-9a-f]{8}")


@contextlib.contextmanager
def atomic_directory(target: Path) -> Iterator[Path]:
    """Yield a temporary sibling of ``target`` that takes its place when the block succeeds.

    All files are on the disk before the new directory gets its name. A directory that already
    has the name is moved aside first and deleted last. If the block fails, the temporary one is
    removed and ``target`` stays as it was. What a killed process left behind is cleared here.

    Parameters
    ----------
    target : Path
        The directory to create or replace; missing parents are created.

    Yields
    ------
    Path
        An empty directory to fill.
    """
    parent = target.parent
    parent.mkdir(parents=True, exist_ok=True)
    sweep(parent)
    mark = f"{os.getpid()}-{secrets.token_hex(4)}"
    fresh = parent / f".{target.name}.new-{mark}"
    aside = parent / f".{target.name}.old-{mark}"
    fresh.mkdir()
    try:
        yield fresh
        for file in fresh.iterdir():
            _sync(file)
        _sync(fresh)
        if target.exists():
            target.replace(aside)
        fresh.replace(target)
        _sync(parent)
    except BaseException:
        if aside.exists() and not target.exists():
            aside.replace(target)
        raise
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
        if target.exists():
            shutil.rmtree(aside, ignore_errors=True)


def sweep(parent: Path) -> None:
    """Clear what killed processes left in ``parent``.

    Half-written directories are deleted. A complete one that was moved aside gets its name back
    if nothing took its place. Directories of other living processes are left alone.
    """
    for path in sorted(parent.iterdir()):
        found = _LEFTOVER.fullmatch(path.name)
        if found is None or _in_use(int(found["pid"])):
            continue
        target = parent / found["name"]
        if found["kind"] == "old" and not target.exists():
            path.replace(target)
        else:
            shutil.rmtree(path, ignore_errors=True)


def _in_use(pid: int) -> bool:
    # Our own number is no use: within a process one directory is written after the other, and
    # in a container a restarted process often has the number of the one that was killed.
    if pid == os.getpid():
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
