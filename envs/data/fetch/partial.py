"""Bars of a download that is not complete, in a file that survives a crash at any moment.

The first line is JSON: what was requested and the columns. Records of equal length follow, one
per bar, which are only ever appended; a last record that was cut off does not count.
"""

import fcntl
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Self

import numpy as np

from tradegym.conf.errors import RunFailed, UserError

if TYPE_CHECKING:
    from types import TracebackType

    from numpy.typing import NDArray

    from tradegym.envs.data.fetch.providers import Page

_FORMAT = "tradegym partial download 1"
_BEGINNING = b'{"format": '
_LONGEST_HEADER = 65_536


class PartialFile:
    """Bars on their way into a file, locked against a second download.

    Parameters
    ----------
    path : Path
        The partial file; made if it does not exist.

    Raises
    ------
    UserError
        If another process writes it, or it is something else.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = self._locked(path)
        try:
            self._header, self._begin = self._read_header()
        except BaseException:
            self._file.close()
            raise

    @staticmethod
    def _locked(path: Path) -> IO[bytes]:
        try:
            file = path.open("a+b")
        except OSError as error:
            raise UserError(f"{path}: cannot be written: {error.strerror}") from None
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # Whoever held the lock may have finished, and removed the file, before we got it.
            if os.fstat(file.fileno()).st_nlink > 0:
                return file
        except BlockingIOError:
            pass
        file.close()
        raise UserError(
            f"{path}: is being written by another download; wait until it ends, or give "
            "another --out"
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: "TracebackType | None",
    ) -> None:
        self._file.close()

    @property
    def identity(self) -> Mapping[str, str | int | None] | None:
        """What the bars in the file were requested as; None for a new file."""
        return None if self._header is None else dict(self._header["request"])

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the numbers of a bar."""
        return () if self._header is None else tuple(self._header["columns"])

    def clear(self) -> None:
        """Throw away everything that the file holds."""
        self._file.truncate(0)
        self._header, self._begin = None, 0

    def begin(self, identity: Mapping[str, str | int | None], columns: tuple[str, ...]) -> None:
        """Throw away everything that the file holds and write its first line."""
        self.clear()
        self._header = {"format": _FORMAT, "request": dict(identity), "columns": list(columns)}
        line = json.dumps(self._header).encode() + b"\n"
        self._begin = len(line)
        self._write(line)

    def append(self, page: "Page") -> None:
        """Add the bars of a page, and do not return before they are on the disk."""
        records = np.empty(len(page.opens), dtype=self._dtype)
        records["open_time"] = page.opens
        records["close_time"] = page.closes
        records["values"] = page.values
        self._write(records.tobytes())

    def read(self) -> "NDArray[np.void]":
        """Return the complete bars: ``open_time``, ``close_time`` [n] and ``values`` [n, k]."""
        self._file.seek(self._begin)
        content = self._file.read()
        whole = len(content) - len(content) % self._dtype.itemsize
        return np.frombuffer(content[:whole], dtype=self._dtype)

    def trim(self) -> None:
        """Remove a record that was cut off, so that further ones can be appended."""
        size = os.fstat(self._file.fileno()).st_size
        self._file.truncate(size - (size - self._begin) % self._dtype.itemsize)

    def __len__(self) -> int:
        size = os.fstat(self._file.fileno()).st_size
        return max(0, size - self._begin) // self._dtype.itemsize

    def remove(self) -> None:
        """Delete the file, while it is still locked."""
        self.path.unlink(missing_ok=True)

    @property
    def _dtype(self) -> "np.dtype[np.void]":
        return np.dtype(
            [
                ("open_time", "<i8"),
                ("close_time", "<i8"),
                ("values", "<f8", (len(self.columns),)),
            ]
        )

    def _write(self, content: bytes) -> None:
        try:
            self._file.write(content)
            self._file.flush()
            os.fsync(self._file.fileno())
        except OSError as error:
            raise RunFailed(f"{self.path}: cannot be written: {error.strerror}") from None

    def _read_header(self) -> tuple[dict[str, Any] | None, int]:
        self._file.seek(0)
        line = self._file.readline(_LONGEST_HEADER)
        if not line.endswith(b"\n") and len(line) < _LONGEST_HEADER:
            if line.startswith(_BEGINNING) or _BEGINNING.startswith(line):
                return None, 0  # new, or cut off before its first line was complete
        else:
            try:
                header = json.loads(line)
                if header["format"] == _FORMAT:
                    return header, len(line)
            except (ValueError, KeyError, TypeError):
                pass
        raise UserError(
            f"{self.path}: is not a partial download of this version; move it away, or give "
            "another --out"
        )
