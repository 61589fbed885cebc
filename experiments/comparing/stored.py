"""A run as its files describe it, whatever its kind and however much of it is there."""

import json
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tradegym.conf.errors import UserError
from tradegym.experiments.rundir import RESULT_FILE, RUN_FILE

AGENT = "agent"

_OWN_TEST = re.compile(r"(\d+)-test")

Numbers = dict[str, float | None]


@dataclass(frozen=True, slots=True)
class StoredRun:
    """What the JSON files of a run's directory say.

    Attributes
    ----------
    path : Path
        The directory.
    info, result, values : dict
        Content of ``run.json``, ``result.json`` and ``resolved.json``; empty where the file is
        missing.
    many : dict
        Content of ``seeds.json`` or ``folds.json``, for a run that is made of others.
    """

    path: Path
    info: Mapping[str, Any] = field(repr=False)
    result: Mapping[str, Any] = field(repr=False)
    values: Mapping[str, Any] = field(repr=False)
    many: Mapping[str, Any] = field(repr=False)

    @property
    def id(self) -> str:
        """Name of the directory; of an evaluation below a run, also the run's."""
        if self.path.parent.name == "eval" and (self.path.parents[1] / RUN_FILE).exists():
            return f"{self.path.parents[1].name}/{self.path.name}"
        return self.path.name

    @property
    def name(self) -> str:
        """Name that the run was given."""
        return str(self.info.get("name") or self.path.name)

    @property
    def kind(self) -> str:
        """``train``, ``eval``, ``seeds`` or ``folds``."""
        return str(self.info.get("kind", ""))

    @property
    def status(self) -> str:
        """``running``, ``finished``, ``failed`` or ``killed``."""
        return str(self.info.get("status", ""))

    @property
    def created(self) -> str:
        """Time of the start in UTC; sorts as text."""
        return str(self.info.get("created") or "")

    @property
    def seconds(self) -> float | None:
        """Time from the start to the end, or until now; None where it is not known."""
        started, ended = _time(self.info.get("created")), _time(self.info.get("ended"))
        if self.status == "running":
            ended = datetime.now(UTC)
        return None if started is None or ended is None else (ended - started).total_seconds()

    @property
    def agent(self) -> str:
        """Algorithm or rule; empty where it is not known."""
        for found in (self.value("agent.algorithm"), self.value("agent.rule")):
            if found is not None:
                return str(found)
        return str(self.result.get("agent") or "")

    @property
    def dataset(self) -> Mapping[str, Any]:
        """Name, hash and splits of the data; empty where they are not known."""
        return _mapping(self.info.get("dataset"))

    @property
    def dataset_name(self) -> str:
        """Name of the data; empty where it is not known."""
        return str(self.dataset.get("name") or self.value("dataset.source") or "")

    @property
    def seed(self) -> Any:
        """The seed, or the seeds of a run that is made of several."""
        if self.kind == "seeds" and self.many.get("seeds"):
            return self.many["seeds"]
        return self.info.get("seed", self.value("seed"))

    @property
    def split(self) -> str:
        """Part of the data that the metrics are about."""
        return str(self.result.get("split") or "test") if self.kind == "eval" else "test"

    @property
    def config(self) -> dict[str, Any]:
        """Return the values that count, by key."""
        return {
            key: entry.get("value")
            for key, entry in self.values.items()
            if isinstance(entry, Mapping) and not entry.get("note")
        }

    @property
    def metrics(self) -> dict[str, Numbers]:
        """Metrics of ``agent`` and of each baseline, by name; empty without a result.

        Of several seeds: the interquartile mean.
        """
        return _METRICS.get(self.kind, _of_training)(self)

    @property
    def folder(self) -> Path | None:
        """Where the tables of the evaluation are; None if there are none."""
        return _FOLDERS.get(self.kind, _own_test)(self)

    def value(self, key: str) -> Any:
        """Return a value of the configuration; None where it is not set."""
        entry = self.values.get(key)
        return entry.get("value") if isinstance(entry, Mapping) else None

    def seed_values(self, metric: str, who: str = AGENT) -> list[float]:
        """Return the defined values of a metric over the seeds, of the agent or of a baseline."""
        listed = _mapping(_mapping(self.many.get("metrics")).get(who)).get(metric)
        values = (number(one) for one in listed) if isinstance(listed, list) else ()
        return [one for one in values if one is not None]

    @property
    def children(self) -> list[Path]:
        """Directories of the runs that this one is made of, where they are known."""
        names = self.many.get("runs") or [
            _mapping(fold).get("run") for fold in self.many.get("folds") or ()
        ]
        texts = [str(name) for name in names if name]
        return [_child(self.path, text) for text in texts]


def read_run(path: Path) -> StoredRun:
    """Read the JSON files of a run's directory.

    Raises
    ------
    UserError
        If ``run.json`` is missing or damaged. Other files may be missing or damaged.
    """
    info = read_json(path / RUN_FILE)
    if not info:
        reason = "is damaged" if (path / RUN_FILE).is_file() else "is missing"
        raise UserError(f"run {path.name!r}: its {RUN_FILE} {reason} ({path / RUN_FILE})")
    many = {"seeds": "seeds.json", "folds": "folds.json"}.get(str(info.get("kind")))
    return StoredRun(
        path,
        info,
        read_json(path / RESULT_FILE),
        read_json(path / "resolved.json") or _from_yaml(path / "config.yaml"),
        read_json(path / many) if many else {},
    )


def read_json(path: Path) -> dict[str, Any]:
    """Return the object in a JSON file; empty if it is missing, damaged or not an object."""
    try:
        found = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def number(value: Any) -> float | None:
    """Return a finite number as float; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if math.isfinite(value) else None


def numbers(table: Any) -> Numbers:
    """Return the entries of a table of metrics, those that are not numbers as None."""
    return {str(key): number(value) for key, value in _mapping(table).items()}


def _of_training(run: StoredRun) -> dict[str, Numbers]:
    return {str(name): numbers(found) for name, found in _mapping(run.result.get("test")).items()}


def _of_evaluation(run: StoredRun) -> dict[str, Numbers]:
    tables = _mapping(run.result.get("metrics"))
    return {str(name): numbers(found) for name, found in tables.items()}


def _of_seeds(run: StoredRun) -> dict[str, Numbers]:
    # numpy and scipy are loaded here, which a list of other runs does without.
    from tradegym.experiments.luck.seeds import iqm

    return {
        str(name): {
            str(metric): iqm(values) if (values := run.seed_values(metric, name)) else None
            for metric in _mapping(table)
        }
        for name, table in _mapping(run.many.get("metrics")).items()
    }


def _of_folds(run: StoredRun) -> dict[str, Numbers]:
    found = numbers(run.many.get("stitched"))
    baselines = _mapping(run.many.get("baselines"))
    return {AGENT: found, **{str(k): numbers(v) for k, v in baselines.items()}} if found else {}


_METRICS: dict[str, Callable[[StoredRun], dict[str, Numbers]]] = {
    "train": _of_training,
    "eval": _of_evaluation,
    "seeds": _of_seeds,
    "folds": _of_folds,
}


def _own_test(run: StoredRun) -> Path | None:
    """Return the test that the training made itself; later evaluations have their run.json."""
    found = [
        (int(match[1]), path)
        for path in (run.path / "eval").glob("*-test")
        if (match := _OWN_TEST.fullmatch(path.name)) and not (path / RUN_FILE).exists()
    ]
    return max(found)[1] if found else None


def _itself(run: StoredRun) -> Path | None:
    return run.path


_FOLDERS: dict[str, Callable[[StoredRun], Path | None]] = {
    "train": _own_test,
    "eval": _itself,
    "folds": _itself,
    "seeds": lambda _: None,
}


def _from_yaml(path: Path) -> dict[str, Any]:
    """Return the values of ``config.yaml``, for a run without ``resolved.json``."""
    if not path.is_file():
        return {}
    from omegaconf import OmegaConf

    try:
        tree = OmegaConf.to_container(OmegaConf.load(path))
    except Exception:  # damaged YAML has an error for every kind of damage
        return {}
    return {key: {"value": value} for key, value in _leaves(tree, "")}


def _leaves(tree: Any, prefix: str) -> list[tuple[str, Any]]:
    if not isinstance(tree, Mapping) or (not tree and prefix):
        return [(prefix.removesuffix("."), tree)]
    return [leaf for key, inner in tree.items() for leaf in _leaves(inner, f"{prefix}{key}.")]


def _child(parent: Path, text: str) -> Path:
    """Return a run's directory, which lies below the one it belongs to or beside it."""
    below = [parent / text, parent / "runs" / text]
    return next((path for path in below if (path / RUN_FILE).exists()), parent.parent / text)


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _time(text: Any) -> datetime | None:
    try:
        found = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
