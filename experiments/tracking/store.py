"""The default MLflow store: an SQLite file and a folder of artifacts in the runs root."""

import contextlib
import os
import sqlite3
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from filelock import FileLock, Timeout

from tradegym.conf.errors import RunFailed, UserError
from tradegym.experiments.tracking.quiet import import_mlflow

if TYPE_CHECKING:
    from mlflow import MlflowClient

DATABASE = "mlflow.db"
ARTIFACTS = "mlartifacts"
LOCK = ".mlflow.lock"
LOCK_TIMEOUT_S = 180.0
# What MLflow shows as the kind of the experiment; it would guess otherwise.
EXPERIMENT_TAGS = {"mlflow.experimentKind": "custom_model_development"}


def tracking_uri(runs_root: Path, uri: str | None = None) -> tuple[str, bool]:
    """Return the tracking URI and whether it is the store of ``runs_root``.

    ``uri`` wins, then the variable ``MLFLOW_TRACKING_URI``, then the runs root.
    """
    chosen = uri or os.environ.get("MLFLOW_TRACKING_URI")
    return (chosen, False) if chosen else (local_uri(runs_root), True)


def local_uri(runs_root: Path) -> str:
    """Return the absolute URI of the SQLite store of ``runs_root``.

    Raises
    ------
    UserError
        If the path cannot be written as such a URI.
    """
    root = runs_root.expanduser().absolute()
    if "?" in str(root) or "%" in str(root):
        raise UserError(f"runs_root={str(root)!r}: '?' and '%' are not allowed in this path")
    return f"sqlite:///{root / DATABASE}"


def ensure_local_store(runs_root: Path, experiment: str | None = None) -> str:
    """Create the store of ``runs_root`` and the experiment where they are missing.

    Any number of processes may call this at once, on an empty directory too: the first one
    creates, the others wait. A crash on the way leaves no half-made database.

    Returns
    -------
    str
        The store's URI.

    Raises
    ------
    UserError
        If the directory cannot be written, or the database is of another MLflow version.
    RunFailed
        If another process does not finish creating the store.
    """
    uri = local_uri(runs_root)
    root = runs_root.expanduser().absolute()
    try:
        root.mkdir(mode=0o700, parents=True, exist_ok=True)
        with FileLock(root / LOCK, timeout=LOCK_TIMEOUT_S):
            if not (root / DATABASE).exists():
                _create_database(root)
            if experiment is not None:
                _ensure_local_experiment(root, uri, experiment)
    except Timeout as error:
        raise RunFailed(
            f"{root / LOCK}: held by another process for {LOCK_TIMEOUT_S:.0f} s"
        ) from error
    except OSError as error:
        raise UserError(
            f"runs_root={str(root)!r}: cannot create the MLflow store: {error.strerror or error}"
        ) from error
    return uri


def _create_database(root: Path) -> None:
    """Build the database under another name and rename it when it is complete.

    Migrations that are cut short leave a database that MLflow cannot repair.
    """
    with tempfile.TemporaryDirectory(dir=root, prefix=".mlflow-") as folder:
        path = Path(folder) / DATABASE
        path.touch(mode=0o600)
        _open_store(f"sqlite:///{path}", root)._dispose_engine()
        with contextlib.closing(sqlite3.connect(path)) as connection:
            # Persistent: readers (the UI) and the writer do not block one another.
            connection.execute("PRAGMA journal_mode=WAL")
        path.replace(root / DATABASE)
    (root / ARTIFACTS).mkdir(mode=0o700, exist_ok=True)


def _open_store(uri: str, root: Path) -> Any:
    import_mlflow()
    from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore

    store: Any = SqlAlchemyStore  # MLflow does not annotate it
    return store(uri, str(root / ARTIFACTS))


def _ensure_local_experiment(root: Path, uri: str, name: str) -> None:
    import_mlflow()
    from mlflow.entities import ExperimentTag
    from mlflow.exceptions import MlflowException

    try:
        store = _open_store(uri, root)
        if store.get_experiment_by_name(name) is None:
            tags = [ExperimentTag(key, value) for key, value in EXPERIMENT_TAGS.items()]
            store.create_experiment(name, tags=tags)
    except MlflowException as error:
        raise UserError(f"{root / DATABASE}: {one_line(error)}") from error


def ensure_experiment(client: "MlflowClient", name: str) -> str:
    """Return the id of the experiment ``name``, which is created where it is missing.

    Raises
    ------
    UserError
        If the experiment was deleted.
    """
    from mlflow.exceptions import MlflowException

    found = client.get_experiment_by_name(name)
    if found is None:
        try:
            return str(client.create_experiment(name, tags=EXPERIMENT_TAGS))
        except MlflowException:
            # Another process may have been faster; any other reason shows again here.
            found = client.get_experiment_by_name(name)
            if found is None:
                raise
    if found.lifecycle_stage != "active":
        raise UserError(
            f"tracking.experiment={name!r}: this experiment was deleted in MLflow; "
            "restore it there or choose another name"
        )
    return str(found.experiment_id)


def one_line(error: BaseException) -> str:
    """Return the first line of an error's message, at most 300 characters."""
    lines = str(error).strip().splitlines()
    return lines[0][:300] if lines else type(error).__name__
