"""Times and bars in two ``.npy`` files that are mapped into memory instead of being read."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tradegym.conf.errors import RunFailed

if TYPE_CHECKING:
    from numpy.typing import NDArray

TIMES_FILE = "times.npy"
BARS_FILE = "ohlcv.npy"
FILES = (TIMES_FILE, BARS_FILE)

Stamp = tuple[int, int, int, int]
"""Inode, size in bytes, and times of the last change of content and of anything, ns."""


def stamp_of(path: Path) -> Stamp:
    """Return what tells, without reading a file, whether it was changed."""
    found = path.stat()
    return found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns


@dataclass(frozen=True, slots=True)
class StoredArrays:
    """The folder of the two files, and their state when they were written or last checked.

    Attributes
    ----------
    folder : Path
        Holds ``times.npy`` and ``ohlcv.npy``; neither is ever changed, only replaced.
    stamps : tuple of Stamp
        Of the two files.
    """

    folder: Path
    stamps: tuple[Stamp, ...]

    def is_there(self) -> bool:
        """Say whether the files are still those that were checked."""
        try:
            return tuple(stamp_of(self.folder / name) for name in FILES) == self.stamps
        except OSError:
            return False

    def open(self) -> "tuple[NDArray[np.datetime64], NDArray[np.float64]]":
        """Map the two files, read-only; processes that do so share the pages.

        Returns
        -------
        times : ndarray of datetime64[ns], shape [T]
        ohlcv : ndarray of float64, shape [T, A, 5]

        Raises
        ------
        RunFailed
            If the files are gone or were changed.
        """
        if not self.is_there():
            raise RunFailed(f"{self.folder}: the cached bars were removed or changed meanwhile")
        times, ohlcv = map_arrays(self.folder)
        return times, ohlcv


def map_arrays(folder: Path) -> "tuple[NDArray[Any], NDArray[Any]]":
    """Map the two files of a folder as they are.

    Raises
    ------
    OSError, ValueError
        If one is missing or no ``.npy`` file, or is shorter than its header says.
    """
    times, ohlcv = (
        np.asarray(np.load(folder / name, mmap_mode="r", allow_pickle=False)) for name in FILES
    )
    return times, ohlcv
