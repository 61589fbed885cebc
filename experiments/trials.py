"""The ledger of a runs root: what was trained and how often a test split was used.

The best of many tries looks good by luck alone, so a result can only be judged by who knows how
many there were. ``ledger.jsonl`` gets one line per training and per use of a test split; nothing
is ever taken out of it, also when run directories are deleted.
"""

import hashlib
import json
import math
import os
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING, Any, Literal

from filelock import FileLock, Timeout

from tradegym.conf.errors import RunFailed
from tradegym.experiments.rundir import utc_now

if TYPE_CHECKING:
    from tradegym.conf.resolve import Resolved
    from tradegym.envs.data.splits import Split

LEDGER_FILE = "ledger.jsonl"

Kind = Literal["train", "test"]
KINDS: tuple[Kind, ...] = ("train", "test")

_LOCK_FILE = "ledger.lock"
_LOCK_SECONDS = 60
#: Keys and groups that say nothing about what was tried: where and how a run is recorded, how
#: fast it runs, what is looked at afterwards, and which of a configuration's seeds and folds.
_NOT_TRIED = frozenset(
    {
        "seed",
        "seeds",
        "name",
        "runs_root",
        "tracking",
        "render",
        "eval",
        "audit",
        "dataset.filename",  # the content of the data has its own hash
        "split.fold",
        "train.workers",
        "train.device",
        "train.torch_threads",
    }
)


@dataclass(frozen=True, slots=True)
class TrialCount:
    """What the ledger knows of one dataset.

    Attributes
    ----------
    trainings : int
        Trainings, each seed counted.
    configurations : int
        Different configurations that were trained or tested: the trials of the statistics.
    test_uses : int
        Evaluations on a test split.
    sharpes : tuple of float
        Sharpe ratio per bar of each configuration whose ratio is known, the mean over its
        runs; of validations or of tests, whichever is known for more configurations.
    damaged : int
        Lines of the ledger that could not be read.
    """

    trainings: int = 0
    configurations: int = 0
    test_uses: int = 0
    sharpes: tuple[float, ...] = ()
    damaged: int = 0

    def as_dict(self) -> dict[str, Any]:
        """Return the fields by name, and the sentence of `summary`."""
        return asdict(self) | {"summary": self.summary()}

    def summary(self) -> str:
        """Return the counts as a sentence for people."""
        used = {0: "not used", 1: "used once"}.get(self.test_uses, f"used {self.test_uses} times")
        text = (
            f"{_several(self.trainings, 'training')} of "
            f"{_several(self.configurations, 'configuration')} on this data; "
            f"the test split was {used}"
        )
        if self.damaged:
            text += f"; {_several(self.damaged, 'line')} of the ledger cannot be read"
        return text


def _several(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def config_hash(resolved: "Resolved") -> str:
    """Return the identity of what a configuration tries.

    Parameters
    ----------
    resolved : Resolved

    Returns
    -------
    str
        The sha256, in hexadecimal, of the keys that count with their values, as JSON with sorted
        keys. Left out are ``seed``, ``seeds``, ``name``, ``runs_root``, ``dataset.filename``,
        ``split.fold``, ``train.workers``, ``train.device``, ``train.torch_threads`` and the groups
        ``tracking``, ``render``, ``eval`` and ``audit``. Interpolations stay as they were written.
    """
    return hash_of_values(
        {key: one.value for key, one in resolved.values.items() if one.ignored is None}
    )


def hash_of_values(values: Mapping[str, Any]) -> str:
    """Return `config_hash` of the values that count, by key."""
    return _sha256(
        {
            key: value
            for key, value in values.items()
            if key not in _NOT_TRIED and key.split(".")[0] not in _NOT_TRIED
        }
    )


def split_hash(split: "Split") -> str:
    """Return the identity of a split.

    Parameters
    ----------
    split : Split

    Returns
    -------
    str
        The sha256, in hexadecimal, of the first and last rows of the ranges of its three parts.
    """
    parts = ("train", "validation", "test")
    return _sha256({part: [[one[0], one[-1]] for one in split.ranges(part)] for part in parts})


def _sha256(value: Any) -> str:
    text = json.dumps(value, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def record(
    root: Path,
    kind: Kind,
    *,
    run: str,
    dataset_sha256: str,
    split_hash: str,
    config_hash: str,
    seed: int,
    agent: str,
    sharpe: float | None = None,
    bars: int | None = None,
) -> None:
    """Append a line to the ledger.

    Processes wait for each other, and a line that a crash cut off stays a line of its own.

    Parameters
    ----------
    root : Path
        The runs root; created, readable by its owner alone, where it does not exist.
    kind : {"train", "test"}
        A training, or a use of the test split.
    run : str
        Name of the run's directory.
    dataset_sha256, split_hash, config_hash : str
        Of the bars, of the ranges and of the configuration.
    seed : int
    agent : str
    sharpe : float, optional
        Per bar, of the returns on the validation or the test split.
    bars : int, optional
        Number of those returns.

    Raises
    ------
    RunFailed
        When the ledger cannot be written, or another process keeps it for a minute.
    """
    known = sharpe is not None and math.isfinite(sharpe)
    line = {
        "time": utc_now(),
        "kind": kind,
        "run": run,
        "dataset_sha256": dataset_sha256,
        "split_hash": split_hash,
        "config_hash": config_hash,
        "seed": seed,
        "agent": agent,
        "sharpe": sharpe if known else None,
        "bars": bars,
    }
    root = root.expanduser().absolute()
    path = root / LEDGER_FILE
    try:
        root.mkdir(mode=0o700, parents=True, exist_ok=True)
        with FileLock(root / _LOCK_FILE, timeout=_LOCK_SECONDS), path.open("ab+") as file:
            if file.seek(0, os.SEEK_END) and _last_byte(file) != b"\n":
                file.write(b"\n")
            file.write(json.dumps(line, allow_nan=False).encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
    except Timeout as error:
        raise RunFailed(f"{path}: another process has kept the ledger for a minute") from error
    except OSError as error:
        raise RunFailed(f"{path}: cannot be written ({error.strerror or error})") from error


def _last_byte(file: Any) -> bytes:
    file.seek(-1, os.SEEK_END)
    return bytes(file.read(1))


def count(root: Path, dataset_sha256: str, *others: Path) -> TrialCount:
    """Count what was done on a dataset.

    Parameters
    ----------
    root : Path
        The runs root.
    dataset_sha256 : str
        Of the bars. All splits of a dataset count together: their test bars mostly overlap.
    *others : Path
        Further runs roots, whose ledgers are counted together with the first.

    Returns
    -------
    TrialCount
        All zero without a ledger. Lines that cannot be read are counted, of whichever dataset.

    Raises
    ------
    RunFailed
        When there is a ledger that cannot be opened.
    """
    damaged, found = 0, []
    files = dict.fromkeys(one.expanduser().absolute() / LEDGER_FILE for one in (root, *others))
    for line in (line for file in files for line in _lines(file)):
        entry = _read(line)
        if entry is None:
            damaged += 1
        elif entry["dataset_sha256"] == dataset_sha256:
            found.append(entry)
    kinds = [entry["kind"] for entry in found]
    return TrialCount(
        trainings=kinds.count("train"),
        configurations=len({entry["config_hash"] for entry in found}),
        test_uses=kinds.count("test"),
        sharpes=max((_sharpes(found, kind) for kind in KINDS), key=len),
        damaged=damaged,
    )


def _lines(path: Path) -> Iterator[bytes]:
    try:
        yield from (line for line in path.read_bytes().split(b"\n") if line.strip())
    except FileNotFoundError:
        return
    except OSError as error:
        raise RunFailed(f"{path}: cannot be read ({error.strerror or error})") from error


def _read(line: bytes) -> Mapping[str, Any] | None:
    """Return a line's entry, or None for a damaged one."""
    try:
        entry = json.loads(line)
    except ValueError:
        return None
    if not isinstance(entry, dict) or entry.get("kind") not in KINDS:
        return None
    hashes = (entry.get("dataset_sha256"), entry.get("config_hash"))
    return entry if all(isinstance(one, str) for one in hashes) else None


def _sharpes(entries: list[Mapping[str, Any]], kind: Kind) -> tuple[float, ...]:
    """Return the mean Sharpe ratio of each configuration that has one of this kind."""
    by_configuration: dict[str, list[float]] = {}
    for entry in entries:
        sharpe = entry.get("sharpe")
        if entry["kind"] != kind or isinstance(sharpe, bool):
            continue
        if isinstance(sharpe, int | float) and math.isfinite(sharpe):
            by_configuration.setdefault(entry["config_hash"], []).append(float(sharpe))
    return tuple(fmean(values) for values in by_configuration.values())
