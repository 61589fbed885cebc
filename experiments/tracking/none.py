"""The tracker for runs that are recorded in their own directory alone."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tradegym.experiments.tracking.base import DatasetInfo, EndStatus, ModelBundle

if TYPE_CHECKING:
    from matplotlib.figure import Figure


class NoTracker:
    """Takes every record and keeps none."""

    @property
    def run_id(self) -> str | None:
        """Always None."""
        return None

    @property
    def info(self) -> dict[str, Any] | None:
        """Always None."""
        return None

    def start(
        self,
        run_name: str,
        params: Mapping[str, Any],
        tags: Mapping[str, str],
        parent_run_id: str | None = None,
        description: str = "",
    ) -> str | None:
        """Return None: there is no run."""
        return None

    def set_tags(self, tags: Mapping[str, str]) -> None:
        """Keep nothing."""

    def log_params(self, params: Mapping[str, Any]) -> None:
        """Keep nothing."""

    def log_metrics(
        self, step: int, values: Mapping[str, float | None], time_ms: int | None = None
    ) -> None:
        """Keep nothing."""

    def log_dataset(self, dataset: DatasetInfo) -> None:
        """Keep nothing."""

    def log_figure(self, figure: "Figure", file: str) -> None:
        """Keep nothing."""

    def log_text(self, text: str, file: str) -> None:
        """Keep nothing."""

    def log_artifact(self, path: Path, folder: str | None = None) -> None:
        """Keep nothing."""

    def log_model(self, model: ModelBundle) -> None:
        """Keep nothing."""

    def end(self, status: EndStatus) -> None:
        """Do nothing."""
