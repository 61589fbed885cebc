"""The directory of one run: its layout, its JSON files and its metrics."""

import json
import math
import os
import re
import secrets
import socket
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path, PurePath
from typing import Any, Literal, SupportsFloat, cast

import psutil

from tradegym.conf.errors import RunFailed, UserError

SCHEMA_VERSION = 1
RUN_FILE = "run.json"
RESULT_FILE = "result.json"
METRICS_FILE = "metrics.jsonl"

RunKind = Literal["train", "eval", "seeds", "folds"]
RunStatus = Literal["running", "finished", "failed", "killed"]

_NAME = re.compile(r"[A-Za-z0-9._-]+")
_EVAL_DIR = re.compile(r"(\d+)-.+")
_MAX_TRIES = 64


def utc_now() -> str:
    """Return the time in UTC as ISO 8601 with microseconds, so that it sorts as text."""
    return datetime.now(UTC).isoformat(timespec="microseconds")


def to_jsonable(value: Any) -> Any:
    """Return ``value`` as plain JSON types; NaN and infinities become None.

    Understands mappings, sequences, paths, dates and anything with ``tolist()`` (numpy).

    Raises
    ------
    TypeError
        If a value has no JSON form.
    """
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): to_jsonable(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [to_jsonable(item) for item in value]
    if isinstance(value, PurePath):
        return str(value)
    if isinstance(value, date):
        return value.isoformat()
    if hasattr(value, "tolist"):
        return to_jsonable(value.tolist())
    raise TypeError(f"{type(value).__name__} has no JSON form")


def write_atomic(path: Path, text: str) -> None:
    """Write ``text`` so that a reader, or a crash, sees the old file or the new one, never half."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".tmp")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    _fsync_directory(path.parent)


def _fsync_directory(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@dataclass(frozen=True, slots=True)
class RunDir:
    """A run's directory.

    Attributes
    ----------
    path : Path
        Absolute path of the directory; its name is the run's id.
    """

    path: Path

    @classmethod
    def create(cls, root: Path, name: str, kind: RunKind = "train") -> "RunDir":
        """Create ``root/<UTC time>Z-<name>-<4 hex>`` and its ``run.json`` with status running.

        Parameters
        ----------
        root : Path
            The runs root; created, readable by its owner alone, where it does not exist.
        name : str
            Letters, digits, ``.``, ``_`` and ``-``.
        kind : {"train", "eval", "seeds", "folds"}
            What the run does.

        Raises
        ------
        UserError
            If the name has other characters or the directory cannot be made.
        """
        if not _NAME.fullmatch(name):
            raise UserError(f"name={name!r}: only letters, digits, '.', '_' and '-' are allowed")
        root = root.expanduser().absolute()
        try:
            root.mkdir(mode=0o700, parents=True, exist_ok=True)
            run = cls(_unique_directory(root, name))
        except OSError as error:
            raise UserError(
                f"runs_root={str(root)!r}: cannot create a run there: {error.strerror}"
            ) from error
        run.begin(name, kind)
        return run

    def begin(self, name: str, kind: RunKind) -> None:
        """Write ``run.json`` with status running for the current process."""
        self.write_json(
            RUN_FILE,
            {
                "schema_version": SCHEMA_VERSION,
                "id": self.path.name,
                "name": name,
                "kind": kind,
                "status": "running",
                "created": utc_now(),
                "ended": None,
                "host": socket.gethostname(),
                "pid": os.getpid(),
                "pid_start_time": psutil.Process().create_time(),
                "mlflow": None,
            },
        )

    @property
    def id(self) -> str:
        """Name of the directory, unique within the runs root."""
        return self.path.name

    @property
    def info(self) -> dict[str, Any]:
        """Content of ``run.json``."""
        return cast("dict[str, Any]", self.read_json(RUN_FILE))

    @property
    def plots(self) -> Path:
        """The folder of the pictures, created when first asked for."""
        folder = self.path / "plots"
        folder.mkdir(exist_ok=True)
        return folder

    def write_json(self, name: str, data: Any) -> Path:
        """Write ``data`` atomically to ``name`` in this directory and return the path."""
        path = self.path / name
        write_atomic(path, json.dumps(to_jsonable(data), indent=2, allow_nan=False) + "\n")
        return path

    def read_json(self, name: str) -> Any:
        """Return the content of the JSON file ``name``.

        Raises
        ------
        UserError
            If the file is missing or is not JSON.
        """
        path = self.path / name
        try:
            return json.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError as error:
            raise UserError(f"{path}: no such file; is this the directory of a run?") from error
        except (OSError, ValueError) as error:
            raise UserError(f"{path}: not readable as JSON ({error})") from error

    def append_metrics(self, step: int, values: Mapping[str, SupportsFloat | None]) -> None:
        """Append one line ``{step, time, key, value}`` per value to ``metrics.jsonl``.

        ``time`` is seconds since 1970; a value that is undefined, NaN or infinite is null.
        All lines go out in one write, so that a crash loses whole calls only.
        """
        now = time.time()
        lines = [
            json.dumps(
                {
                    "step": int(step),
                    "time": now,
                    "key": key,
                    "value": None if value is None else to_jsonable(float(value)),
                }
            )
            + "\n"
            for key, value in values.items()
        ]
        with (self.path / METRICS_FILE).open("a", encoding="utf-8") as file:
            file.write("".join(lines))

    def update(self, **values: Any) -> None:
        """Merge ``values`` into ``run.json``; a mapping is merged into the mapping it meets."""
        info = self.info
        for key, value in values.items():
            known = info.get(key)
            if isinstance(known, dict) and isinstance(value, Mapping):
                info[key] = {**known, **value}
            else:
                info[key] = value
        self.write_json(RUN_FILE, info)

    def set_status(self, status: RunStatus, **extra: Any) -> None:
        """Set the status, the time of the end where it is one, and ``extra`` in ``run.json``."""
        ended = None if status == "running" else utc_now()
        self.update(**{"ended": ended, **extra, "status": status})

    def checkpoint_dir(self, step: int) -> Path:
        """Return the path for the checkpoint of ``step``; its parent exists, it may not."""
        folder = self.path / "checkpoints"
        folder.mkdir(exist_ok=True)
        return folder / str(step)

    def eval_dir(self, split: str) -> Path:
        """Create and return ``eval/<n>-<split>``, with the next free number from 1."""
        folder = self.path / "eval"
        folder.mkdir(exist_ok=True)
        for _ in range(_MAX_TRIES):
            taken = [int(m[1]) for p in folder.iterdir() if (m := _EVAL_DIR.fullmatch(p.name))]
            target = folder / f"{max(taken, default=0) + 1}-{split}"
            try:
                target.mkdir()
            except FileExistsError:
                continue
            return target
        raise RunFailed(f"{folder}: too many evaluations start at the same moment")


def _unique_directory(root: Path, name: str) -> Path:
    """Make a new directory; ``mkdir`` itself decides which of two processes gets a name."""
    for _ in range(_MAX_TRIES):
        now = datetime.now(UTC).strftime("%Y%m%dT%H%M%S")
        path = root / f"{now}Z-{name}-{secrets.token_hex(2)}"
        try:
            path.mkdir(mode=0o700)
        except FileExistsError:
            continue
        return path
    raise RunFailed(f"{root}: too many runs named {name!r} start at the same moment")
