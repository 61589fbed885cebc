"""Reads whatever a run's directory holds; what is missing or damaged is left out and named."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from tradegym.conf.errors import UserError
from tradegym.experiments.report.episode import Episode, read_episode
from tradegym.experiments.rundir import METRICS_FILE, RESULT_FILE, RUN_FILE
from tradegym.experiments.runs import is_alive

AGENT = "agent"
_MANY = frozenset({"seeds", "folds"})


def read_mapping(path: Path) -> tuple[dict[str, Any], str]:
    """Return a JSON object, or an empty one and what is wrong with the file if it exists."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}, ""
    except (OSError, ValueError, RecursionError) as error:
        return {}, f"{path.name} cannot be read ({type(error).__name__})"
    if not isinstance(found, dict):
        return {}, f"{path.name} holds no JSON object"
    return found, ""


def mapping(value: Any) -> dict[str, Any]:
    """Return ``value`` if it is a mapping, else an empty one."""
    return value if isinstance(value, dict) else {}


def sequence(value: Any) -> list[Any]:
    """Return ``value`` if it is a list, else an empty one."""
    return value if isinstance(value, list) else []


@dataclass(frozen=True)
class RunFiles:
    """The files of one run.

    Attributes
    ----------
    path : Path
        The run's directory.
    info, result, resolved, audit, seeds, folds : dict
        Content of ``run.json`` and so on; empty where there is no such file.
    problems : tuple of str
        Files that exist and cannot be read.
    """

    path: Path
    info: dict[str, Any] = field(repr=False)
    result: dict[str, Any] = field(repr=False)
    resolved: dict[str, Any] = field(repr=False)
    audit: dict[str, Any] = field(repr=False)
    seeds: dict[str, Any] = field(repr=False)
    folds: dict[str, Any] = field(repr=False)
    problems: tuple[str, ...] = ()

    @property
    def kind(self) -> str:
        """``train``, ``eval``, ``seeds`` or ``folds``."""
        return str(self.info.get("kind", "train"))

    @property
    def is_many(self) -> bool:
        """Whether the run is made of other runs."""
        return self.kind in _MANY or bool(self.seeds or self.folds)

    @cached_property
    def status(self) -> str:
        """How the run ended; ``killed`` as well if it says running and its process is gone."""
        status = str(self.info.get("status", "unknown"))
        return "killed" if status == "running" and not is_alive(self.info) else status

    @property
    def agent(self) -> str:
        """Name of the agent."""
        for found in (
            self.result.get("agent"),
            self.setting("agent.algorithm"),
            self.setting("agent.rule"),
        ):
            if isinstance(found, str) and found:
                return found
        return "agent"

    @property
    def split(self) -> str:
        """Part of the data that was evaluated."""
        return str(self.result.get("split") or "test")

    @property
    def dataset(self) -> dict[str, Any]:
        """What ``run.json`` says about the data."""
        return mapping(self.info.get("dataset"))

    def setting(self, key: str) -> Any:
        """Return a value of the configuration; None if it is not known."""
        return mapping(self.resolved.get(key)).get("value")

    @property
    def start_cash(self) -> float | None:
        """Money at the start; None if it is not known."""
        number = _number(self.setting("engine.start_cash"))
        return number if number is not None and number > 0 else None

    @cached_property
    def metrics(self) -> dict[str, dict[str, float | None]]:
        """Metrics of the evaluation by agent: ``agent`` first, then the baselines."""
        found = mapping(self.result.get("metrics")) or mapping(self.result.get("test"))
        return {
            name: {key: _number(value) for key, value in table.items()}
            for name, table in found.items()
            if isinstance(table, dict)
        }

    @cached_property
    def evaluation(self) -> Path | None:
        """Folder with the tables of the evaluation; None if there are none."""
        if (self.path / "equity.parquet").exists():
            return self.path
        # A later `tradegym eval` has a run.json of its own; this run's evaluation does not.
        own = [path for path in _evaluations(self.path) if not (path / RUN_FILE).exists()]
        tests = [path for path in own if path.name.endswith("-test")]
        return tests[-1] if tests else None

    @cached_property
    def later(self) -> tuple[tuple[str, dict[str, Any]], ...]:
        """Name and result of each evaluation of this run by a later command."""
        found = [path for path in _evaluations(self.path) if (path / RESULT_FILE).exists()]
        return tuple((path.name, read_mapping(path / RESULT_FILE)[0]) for path in found)

    @cached_property
    def luck(self) -> dict[str, Any]:
        """Content of ``luck.json`` beside the tables of the evaluation, or of the run."""
        for folder in (self.evaluation, self.path):
            found = read_mapping(folder / "luck.json")[0] if folder else {}
            if found:
                return found
        return {}

    def interval(self, agent: str, metric: str) -> tuple[float, float] | None:
        """Return the interval of a metric; None if there is none.

        Of several seeds it is the interval over seeds, which only the agent has.
        """
        if self.seeds:
            table = mapping(self.seeds.get("summary")) if agent == AGENT else {}
            return _ends(mapping(table.get(metric)))
        found = mapping(mapping(mapping(self.luck.get("intervals")).get(agent)).get(metric))
        if _ends(found) is None and metric == "sharpe":
            table = self.metrics.get(agent, {})
            found = {"low": table.get("sharpe_low"), "high": table.get("sharpe_high")}
        return _ends(found)

    @cached_property
    def episodes(self) -> dict[str, Episode]:
        """First episode of the agent and of each baseline, as far as their tables can be read."""
        if self.evaluation is None:
            return {}
        folders = {AGENT: self.evaluation}
        below = self.evaluation / "baselines"
        names = [name for name in self.metrics if name != AGENT]
        names += sorted({path.name for path in below.glob("*/")} - set(names))
        folders |= {name: below / name for name in names}
        found = {name: read_episode(folder, self.dataset) for name, folder in folders.items()}
        return {name: episode for name, episode in found.items() if episode is not None}

    @cached_property
    def curves(self) -> dict[str, tuple[list[float], list[float]]]:
        """Steps and values of ``metrics.jsonl`` by key; damaged lines are passed over."""
        found: dict[str, tuple[list[float], list[float]]] = {}
        try:
            text = (self.path / METRICS_FILE).read_text(encoding="utf-8", errors="replace")
        except OSError:
            return found
        for line in text.splitlines():
            try:
                row = json.loads(line)
                key, step, value = str(row["key"]), float(row["step"]), row["value"]
            except (ValueError, KeyError, TypeError, RecursionError):
                continue
            number = _number(value)
            if number is not None:
                steps, values = found.setdefault(key, ([], []))
                steps.append(step)
                values.append(number)
        return found

    def picture(self, name: str) -> str:
        """Return the file of a plot relative to the run's directory; empty if there is none."""
        return f"plots/{name}" if (self.path / "plots" / name).is_file() else ""


def read_run(path: Path) -> RunFiles:
    """Read the files of the run in ``path``.

    Raises
    ------
    UserError
        If the directory holds no ``run.json`` that can be read.
    """
    info, problem = read_mapping(path / RUN_FILE)
    if not info:
        raise UserError(f"{path / RUN_FILE}: {problem or 'no such file; is this a run?'}")
    names = ("result", "resolved", "audit", "seeds", "folds")
    read = {name: read_mapping(path / f"{name}.json") for name in names}
    parts = {name: content for name, (content, _) in read.items()}
    problems = tuple(problem for _, problem in read.values() if problem)
    return RunFiles(path, info, **parts, problems=problems)


def _evaluations(path: Path) -> list[Path]:
    folders = [one for one in path.glob("eval/*-*") if one.name.partition("-")[0].isdecimal()]
    return sorted(folders, key=lambda one: int(one.name.partition("-")[0]))


def _ends(found: dict[str, Any]) -> tuple[float, float] | None:
    low, high = _number(found.get("low")), _number(found.get("high"))
    return None if low is None or high is None else (low, high)


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    number = float(value)
    return number if abs(number) < float("inf") else None


def numbers(values: Mapping[str, Any]) -> dict[str, float]:
    """Return the entries that are finite numbers."""
    found = {key: _number(value) for key, value in values.items()}
    return {key: value for key, value in found.items() if value is not None}
