"""Adds a report to the run's record in MLflow."""

import logging
from pathlib import Path
from typing import TYPE_CHECKING

from tradegym.experiments.report.files import mapping, read_mapping
from tradegym.experiments.rundir import RUN_FILE

if TYPE_CHECKING:
    from tradegym.experiments.report.write import Written

log = logging.getLogger("tradegym.report")

_FOLDER = "report"
_SQLITE = "sqlite:///"


def log_report(run: Path, written: "Written") -> bool:
    """Log the files of a report to MLflow, if the run is recorded there.

    A store that cannot be reached is a warning: the files are in the run's directory anyway.

    Returns
    -------
    bool
        Whether they were logged.
    """
    record = mapping(read_mapping(run / RUN_FILE)[0].get("mlflow"))
    uri, run_id = record.get("uri"), record.get("run_id")
    if not uri or not run_id:
        return False
    try:
        _send(str(uri), str(run_id), written)
    except Exception as error:
        lines = str(error).strip().splitlines()
        reason = lines[0][:200] if lines else type(error).__name__
        log.warning("the report was written, but not logged to MLflow: %s", reason)
        return False
    return True


def _send(uri: str, run_id: str, written: "Written") -> None:
    if uri.startswith(_SQLITE) and not Path(uri.removeprefix(_SQLITE)).exists():
        # A client would create a new store there, in which the run is unknown.
        raise FileNotFoundError("the store is gone")
    from tradegym.experiments.tracking.quiet import import_mlflow

    import_mlflow()
    from mlflow import MlflowClient

    client = MlflowClient(tracking_uri=uri)
    for path in (written.html, written.markdown):
        client.log_artifact(run_id, str(path), _FOLDER)
