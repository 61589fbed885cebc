"""The runs of a runs root: listing them, finding one, and telling which have died."""

import json
import logging
import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from tradegym.conf.errors import UserError, did_you_mean
from tradegym.experiments.rundir import RUN_FILE, RunDir
from tradegym.experiments.tracking.base import EndStatus

log = logging.getLogger("tradegym.runs")

LAST = "last"
PARENTS = {"seeds": "seed", "folds": "fold"}
"""Kinds of runs that only hold others together, with what they have several of."""

_TRAINED = ("train", *PARENTS)
_START_TOLERANCE_S = 2.0
_MAX_NAMED = 5
_END_STATUS: dict[str, EndStatus] = {
    "finished": "FINISHED",
    "failed": "FAILED",
    "killed": "KILLED",
}


@dataclass(frozen=True, slots=True)
class RunInfo:
    """A run as its ``run.json`` describes it.

    Attributes
    ----------
    path : Path
        The run's directory.
    info : dict
        Content of ``run.json``.
    """

    path: Path
    info: dict[str, Any] = field(repr=False)

    @property
    def name(self) -> str:
        """Name the run was given."""
        return str(self.info.get("name", ""))

    @property
    def kind(self) -> str:
        """``train``, ``eval``, or ``seeds`` and ``folds`` for the parents of several trainings."""
        return str(self.info.get("kind", ""))

    @property
    def status(self) -> str:
        """``running``, ``finished``, ``failed`` or ``killed``."""
        return str(self.info.get("status", ""))

    @property
    def created(self) -> str:
        """Time of the start in UTC; sorts as text."""
        return str(self.info.get("created", ""))

    @property
    def mlflow(self) -> dict[str, Any]:
        """Where MLflow has the run; empty if nowhere."""
        found = self.info.get("mlflow")
        return found if isinstance(found, dict) else {}


def list_runs(root: Path) -> list[RunInfo]:
    """Return the runs in ``root``, oldest first; what is not a run is passed over."""
    runs = (_read(path.parent) for path in root.glob(f"*/{RUN_FILE}"))
    return sorted((run for run in runs if run), key=lambda run: (run.created, run.path.name))


def _read(directory: Path) -> RunInfo | None:
    try:
        info = json.loads((directory / RUN_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return RunInfo(directory, info) if isinstance(info, dict) else None


def find_run(root: Path, text: str) -> Path:
    """Return the directory of the run that ``text`` names.

    Parameters
    ----------
    root : Path
        The runs root.
    text : str
        The path of a run's directory (it wins), else the name of a directory in ``root``,
        the ``name`` of a run, an MLflow run id, or ``last`` for the latest training that was
        started, however it ended; of several seeds or folds, that is their parent.

    Raises
    ------
    UserError
        If there is no such run, or more than one.
    """
    path = Path(text).expanduser()
    if text and (path / RUN_FILE).is_file():
        return path.absolute()
    root = root.expanduser().absolute()
    runs = list_runs(root)
    for matches in _LOOKUPS:
        found = [run for run in runs if matches(run, text)]
        if len(found) == 1:
            return found[0].path
        if found:
            raise UserError(
                f"run {text!r}: {len(found)} runs have this name: {_newest(found)}; "
                "give the name of the directory"
            )
    if text == LAST:
        trained = [run for run in runs if run.kind in _TRAINED and not run.info.get("parent")]
        if trained:
            return trained[-1].path
        raise UserError(f"run 'last': there is no training run in {root}")
    raise UserError(_not_found(root, runs, text))


def refuse_parent(path: Path) -> None:
    """Refuse a run that has no agent of its own, and name those that it holds together.

    Parameters
    ----------
    path : Path
        Directory of a run.

    Raises
    ------
    UserError
        It is the parent of several seeds or folds.
    """
    found = _read(path)
    if found is None or found.kind not in PARENTS:
        return
    children = [str(one) for one in found.info.get("children") or ()]
    named = ", ".join(children) or "none was started"
    noun = f"{PARENTS[found.kind]}{'' if len(children) == 1 else 's'}"
    raise UserError(
        f"run {path.name}: holds {len(children)} {noun} together and has no agent of its own; "
        f"name one of its runs: {named}"
    )


_LOOKUPS: tuple[Callable[[RunInfo, str], bool], ...] = (
    lambda run, text: run.path.name == text,
    lambda run, text: run.name == text,
    lambda run, text: run.mlflow.get("run_id") == text,
)


def _newest(runs: list[RunInfo]) -> str:
    names = [run.path.name for run in reversed(runs)]
    more = f" and {len(names) - _MAX_NAMED} more" if len(names) > _MAX_NAMED else ""
    return ", ".join(names[:_MAX_NAMED]) + more


def _not_found(root: Path, runs: list[RunInfo], text: str) -> str:
    if Path(text).expanduser().is_dir():
        return f"run {text!r}: this directory is not a run (it has no {RUN_FILE})"
    if not runs:
        return f"run {text!r}: there are no runs in {root}"
    names = [name for run in runs for name in (run.path.name, run.name)]
    hint = did_you_mean(text, [*names, LAST])
    return f"run {text!r}: no such path, run or MLflow run id in {root}{hint}"


def is_alive(info: dict[str, Any]) -> bool:
    """Tell whether the process that ``run.json`` names is still running.

    A process of the same number that started at another time is another process. Runs of other
    hosts count as alive, since nothing can be known of them here.
    """
    if info.get("host", socket.gethostname()) != socket.gethostname():
        return True
    try:
        process = psutil.Process(int(info["pid"]))
        apart = abs(float(process.create_time()) - float(info["pid_start_time"]))
        return apart < _START_TOLERANCE_S and bool(process.status() != psutil.STATUS_ZOMBIE)
    except psutil.AccessDenied:
        return True
    except (KeyError, TypeError, ValueError, psutil.NoSuchProcess):
        return False


def reconcile(root: Path) -> list[Path]:
    """Make the status of every run in ``root`` true.

    A run that says ``running`` and whose process is gone becomes ``killed``, here and in MLflow.
    A run that ended while MLflow could not be reached gets its status in MLflow now.

    Returns
    -------
    list of Path
        Directories of the runs that were found dead.
    """
    dead = []
    root = root.expanduser().absolute()
    evaluations = (_read(path.parent) for path in root.glob(f"*/eval/*/{RUN_FILE}"))
    for run in [*list_runs(root), *(run for run in evaluations if run)]:
        if run.status == "running" and not is_alive(run.info):
            # MLflow first: if this is interrupted, the next call finds the run again.
            closed = _close_in_mlflow(run, "KILLED")
            mlflow = {"mlflow": {"closed": closed}} if run.mlflow else {}
            RunDir(run.path).set_status("killed", **mlflow)
            dead.append(run.path)
        elif _unclosed(run) and _close_in_mlflow(run, _END_STATUS[run.status]):
            RunDir(run.path).update(mlflow={"closed": True})
    return dead


def _unclosed(run: RunInfo) -> bool:
    recorded = run.mlflow
    closed = recorded.get("closed", recorded.get("complete", True))
    return run.status in _END_STATUS and not closed


def _close_in_mlflow(run: RunInfo, status: EndStatus) -> bool:
    uri, run_id = run.mlflow.get("uri"), run.mlflow.get("run_id")
    if not uri or not run_id:
        return True
    from tradegym.experiments.tracking.mlflow_backend import close_run

    try:
        close_run(str(uri), str(run_id), status)
    except Exception as error:
        log.warning("%s: MLflow still has the wrong status (%s)", run.path.name, _first(error))
        return False
    return True


def _first(error: Exception) -> str:
    return next(iter(str(error).splitlines()), type(error).__name__)[:200]
