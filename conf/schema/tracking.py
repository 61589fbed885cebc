"""Keys of the group ``tracking``: where runs are recorded."""

from typing import ClassVar, Literal

from tradegym.conf.schema.base import ConfigModel, Text, option

MLFLOW = ("backend", "mlflow")


class TrackingConfig(ConfigModel):
    """Where runs are recorded besides the run directory."""

    KEY: ClassVar[str] = "tracking"

    backend: Literal["mlflow", "none"] = option("mlflow", "mlflow or none", flat=False)
    uri: str | None = option(
        None,
        "tracking server; null = MLFLOW_TRACKING_URI, else a store in runs_root",
        flat=False,
        when=MLFLOW,
    )
    experiment: Text = option("tradegym", "name of the MLflow experiment", flat=False, when=MLFLOW)
