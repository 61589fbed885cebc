"""The backends by name."""

from collections.abc import Callable
from pathlib import Path

from tradegym.conf.errors import UserError, did_you_mean
from tradegym.experiments.tracking.base import Tracker, TrackingSettings
from tradegym.experiments.tracking.guard import GuardedTracker
from tradegym.experiments.tracking.none import NoTracker

Opener = Callable[[TrackingSettings, Path], Tracker]
BACKENDS: dict[str, Opener] = {}


def backend(name: str) -> Callable[[Opener], Opener]:
    """Register a function that opens a tracker under ``name``."""

    def register(opener: Opener) -> Opener:
        BACKENDS[name] = opener
        return opener

    return register


@backend("none")
def _open_none(settings: TrackingSettings, runs_root: Path) -> Tracker:
    return NoTracker()


@backend("mlflow")
def _open_mlflow(settings: TrackingSettings, runs_root: Path) -> Tracker:
    from tradegym.experiments.tracking.mlflow_backend import MlflowTracker

    return GuardedTracker(MlflowTracker.open(settings, runs_root))


def open_tracker(settings: TrackingSettings, runs_root: Path) -> Tracker:
    """Open the tracker that the configuration asks for.

    Parameters
    ----------
    settings : TrackingSettings
        The configuration group ``tracking``.
    runs_root : Path
        Where the default MLflow store lives; created on first use.

    Returns
    -------
    Tracker
        Not started yet. Once it is started, its failures are reported and never raised.

    Raises
    ------
    UserError
        If the backend is unknown or its store cannot be used.
    """
    opener = BACKENDS.get(settings.backend)
    if opener is None:
        raise UserError(
            f"tracking.backend={settings.backend!r}: not one of {', '.join(sorted(BACKENDS))}"
            f"{did_you_mean(settings.backend, BACKENDS)}"
        )
    return opener(settings, runs_root)
