"""Runs recorded in MLflow."""

import contextlib
import getpass
import json
import math
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit, urlunsplit

from tradegym.conf.errors import TradegymError, UserError
from tradegym.experiments.tracking.base import (
    DatasetInfo,
    EndStatus,
    ModelBundle,
    TrackingSettings,
)
from tradegym.experiments.tracking.names import (
    MAX_METRICS_PER_BATCH,
    MAX_PARAM,
    MAX_PARAMS_PER_BATCH,
    MAX_TAG,
    batches,
    clean_key,
    clean_keys,
    cut,
)
from tradegym.experiments.tracking.quiet import import_mlflow
from tradegym.experiments.tracking.store import (
    ensure_experiment,
    ensure_local_store,
    one_line,
    tracking_uri,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from mlflow import MlflowClient

DIGEST_CHARS = 12


class MlflowTracker:
    """Records one run through an explicit client.

    MLflow's fluent functions (``mlflow.start_run`` and the like) are not used: they follow
    process-wide state and variables such as ``MLFLOW_RUN_ID``, which could lead the records
    into another run.

    Parameters
    ----------
    client : MlflowClient
        Connected to the store.
    uri : str
        The store's URI.
    experiment_id : str
        Experiment of the new run.
    """

    def __init__(self, client: "MlflowClient", uri: str, experiment_id: str) -> None:
        self._client = client
        self._uri = uri
        self._experiment_id = experiment_id
        self._run_id: str | None = None

    @classmethod
    def open(cls, settings: TrackingSettings, runs_root: Path) -> "MlflowTracker":
        """Connect to the store; the default one is created on first use.

        Raises
        ------
        UserError
            If the store cannot be reached or written.
        """
        uri, local = tracking_uri(runs_root, settings.uri)
        try:
            import_mlflow()
            if local:
                ensure_local_store(runs_root, settings.experiment)
            from mlflow import MlflowClient

            client = MlflowClient(tracking_uri=uri)
            return cls(client, uri, ensure_experiment(client, settings.experiment))
        except TradegymError:
            raise
        except Exception as error:
            raise _unusable(uri, error) from error

    @property
    def run_id(self) -> str | None:
        """Id of the run; None before `start`."""
        return self._run_id

    @property
    def info(self) -> dict[str, Any] | None:
        """Where the run is recorded; a password in the URI is left out."""
        return {
            "uri": without_password(self._uri),
            "experiment_id": self._experiment_id,
            "run_id": self._run_id,
            "complete": True,
        }

    def start(
        self,
        run_name: str,
        params: Mapping[str, Any],
        tags: Mapping[str, str],
        parent_run_id: str | None = None,
        description: str = "",
    ) -> str | None:
        """Create the run with its tags and parameters."""
        own = {
            "mlflow.source.name": "tradegym",
            "mlflow.source.type": "LOCAL",
            "mlflow.user": _user(),
        }
        if parent_run_id is not None:
            own["mlflow.parentRunId"] = parent_run_id
        if description:
            own["mlflow.note.content"] = description
        try:
            run = self._client.create_run(
                self._experiment_id, tags=_tags({**own, **tags}), run_name=run_name
            )
            self._run_id = str(run.info.run_id)
        except Exception as error:
            raise _unusable(self._uri, error) from error
        try:
            self.log_params(params)
        except BaseException as error:
            with contextlib.suppress(Exception):  # the first error is the one to show
                self.end("FAILED" if isinstance(error, Exception) else "KILLED")
            if isinstance(error, Exception):
                raise _unusable(self._uri, error) from error
            raise
        return self._run_id

    def set_tags(self, tags: Mapping[str, str]) -> None:
        """Set tags."""
        from mlflow.entities import RunTag

        items = [RunTag(key, value) for key, value in _tags(tags).items()]
        for batch in batches(items, MAX_PARAMS_PER_BATCH):
            self._client.log_batch(self._run(), tags=batch, synchronous=True)

    def log_params(self, params: Mapping[str, Any]) -> None:
        """Record parameters, 100 in a request; long values are cut."""
        from mlflow.entities import Param

        items = [Param(key, cut(value, MAX_PARAM)) for key, value in clean_keys(params).items()]
        for batch in batches(items, MAX_PARAMS_PER_BATCH):
            self._client.log_batch(self._run(), params=batch, synchronous=True)

    def log_metrics(
        self, step: int, values: Mapping[str, float | None], time_ms: int | None = None
    ) -> None:
        """Record values in one request (of at most 1000).

        NaN and infinities are left out: MLflow would show the largest float instead.
        """
        from mlflow.entities import Metric

        now = time.time_ns() // 1_000_000 if time_ms is None else time_ms
        items = [
            Metric(clean_key(key), float(value), now, int(step))
            for key, value in values.items()
            if value is not None and math.isfinite(value)
        ]
        for batch in batches(items, MAX_METRICS_PER_BATCH):
            self._client.log_batch(self._run(), metrics=batch, synchronous=True)

    def log_dataset(self, dataset: DatasetInfo) -> None:
        """Record the dataset as an input; its full hash is also a tag of the run."""
        from mlflow.entities import Dataset, DatasetInput, InputTag

        entity = Dataset(
            name=dataset.name,
            digest=dataset.sha256[:DIGEST_CHARS],
            source_type="tradegym",
            source=json.dumps({"uri": dataset.source, "sha256": dataset.sha256}),
            profile=json.dumps({"num_rows": dataset.bars, **dataset.details}, default=str),
        )
        tags = [InputTag("mlflow.data.context", dataset.context)]
        self._client.log_inputs(self._run(), datasets=[DatasetInput(entity, tags)])
        self.set_tags({"dataset.sha256": dataset.sha256})

    def log_figure(self, figure: "Figure", file: str) -> None:
        """Record a figure as an image."""
        self._client.log_figure(self._run(), figure, file)

    def log_text(self, text: str, file: str) -> None:
        """Record a text file."""
        self._client.log_text(self._run(), text, file)

    def log_artifact(self, path: Path, folder: str | None = None) -> None:
        """Record a file or directory; a directory keeps its name."""
        if path.is_dir():
            inside = f"{folder}/{path.name}" if folder else path.name
            self._client.log_artifacts(self._run(), str(path), inside)
        else:
            self._client.log_artifact(self._run(), str(path), folder)

    def log_model(self, model: ModelBundle) -> None:
        """Record a trained agent as the run's model ``model``."""
        from tradegym.experiments.tracking.model import log_bundle

        log_bundle(self._client, self._experiment_id, self._run(), model)

    def end(self, status: EndStatus) -> None:
        """Set the final status.

        Raises
        ------
        FileNotFoundError
            If the SQLite file was removed: writes to it succeed, and nobody will read them.
        """
        path = self._uri.removeprefix("sqlite:///")
        if path != self._uri and not Path(path).exists():
            raise FileNotFoundError(f"{path} was removed during the run")
        self._client.set_terminated(self._run(), status)

    def _run(self) -> str:
        if self._run_id is None:
            raise RuntimeError("the run was not started")
        return self._run_id


def close_run(uri: str, run_id: str, status: EndStatus) -> None:
    """Set the final status of a run whose process can no longer do it itself.

    A run that has ended is left as it is.
    """
    import_mlflow()
    from mlflow import MlflowClient

    client = MlflowClient(tracking_uri=uri)
    if client.get_run(run_id).info.status == "RUNNING":
        client.set_terminated(run_id, status)


def without_password(uri: str) -> str:
    """Return ``uri`` without the name and password that it may hold."""
    parts = urlsplit(uri)
    if "@" not in parts.netloc:
        return uri
    return urlunsplit(parts._replace(netloc=parts.netloc.rsplit("@", 1)[1]))


def _tags(tags: Mapping[str, str]) -> dict[str, str]:
    return {key: cut(value, MAX_TAG) for key, value in clean_keys(tags).items()}


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container may run as a user without a name
        return "unknown"


def _unusable(uri: str, error: Exception) -> UserError:
    return UserError(
        f"tracking.uri={without_password(uri)!r}: MLflow cannot be used: {one_line(error)}; "
        "tracking=none runs without it"
    )
