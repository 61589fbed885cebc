"""What a tracker does, whatever it writes to."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol

from tradegym.conf.schema.agent import AgentConfig

if TYPE_CHECKING:
    import gymnasium
    from matplotlib.figure import Figure

EndStatus = Literal["FINISHED", "FAILED", "KILLED"]


class TrackingSettings(Protocol):
    """The part of the configuration that says where runs are recorded."""

    @property
    def backend(self) -> str:
        """Name of an entry of `tradegym.experiments.tracking.registry.BACKENDS`."""

    @property
    def uri(self) -> str | None:
        """MLflow's tracking URI; None for the environment's, or the store in the runs root."""

    @property
    def experiment(self) -> str:
        """Name of the MLflow experiment."""


@dataclass(frozen=True, slots=True)
class DatasetInfo:
    """What a tracker records of the data of a run.

    Attributes
    ----------
    name : str
        Name of the dataset.
    sha256 : str
        Hash of its content, 64 hexadecimal digits.
    source : str
        Where it came from: a file, or the name of a packaged source.
    bars : int
        Number of bars.
    context : str
        What the run used it for: ``train``, ``validation`` or ``test``.
    details : Mapping[str, object]
        More facts that JSON can hold: assets, first and last time, ranges of the splits.
    """

    name: str
    sha256: str
    source: str
    bars: int
    context: str = "train"
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ModelBundle:
    """Everything needed to load a trained agent again without its market.

    Attributes
    ----------
    checkpoint : Path
        Directory that ``save_checkpoint`` wrote.
    agent : AgentConfig
        The configuration group ``agent``.
    observation_space : gymnasium.Space
        Box, or Dict of Box: what the environment returns, before it is normalised.
    action_space : gymnasium.Space
        Discrete, MultiDiscrete or Box.
    step : int
        Training step of the checkpoint.
    """

    checkpoint: Path
    agent: AgentConfig
    observation_space: "gymnasium.Space[Any]"
    action_space: "gymnasium.Space[Any]"
    step: int = 0


class Tracker(Protocol):
    """Records one run: start, any number of records, end."""

    @property
    def run_id(self) -> str | None:
        """Id of the run that was started; None before, and where nothing is recorded."""

    @property
    def info(self) -> dict[str, Any] | None:
        """What belongs under ``mlflow`` in ``run.json``: uri, experiment_id, run_id, complete.

        ``complete`` is False if a record did not arrive. None where nothing is recorded.
        """

    def start(
        self,
        run_name: str,
        params: Mapping[str, Any],
        tags: Mapping[str, str],
        parent_run_id: str | None = None,
        description: str = "",
    ) -> str | None:
        """Start the run and return its id; the only method that may raise.

        Raises
        ------
        UserError
            If the place of the records cannot be written to.
        """

    def set_tags(self, tags: Mapping[str, str]) -> None:
        """Set tags; a tag that exists gets the new value."""

    def log_params(self, params: Mapping[str, Any]) -> None:
        """Record parameters; a parameter cannot change once it is recorded."""

    def log_metrics(
        self, step: int, values: Mapping[str, float | None], time_ms: int | None = None
    ) -> None:
        """Record values of one step in one request; None is skipped.

        ``time_ms`` is milliseconds since 1970, now by default.
        """

    def log_dataset(self, dataset: DatasetInfo) -> None:
        """Record which data the run used."""

    def log_figure(self, figure: "Figure", file: str) -> None:
        """Record a figure as ``file``, a path below the run's artifacts such as plots/a.png."""

    def log_text(self, text: str, file: str) -> None:
        """Record ``text`` as ``file``."""

    def log_artifact(self, path: Path, folder: str | None = None) -> None:
        """Record a file, or a directory with all it holds, below ``folder``."""

    def log_model(self, model: ModelBundle) -> None:
        """Record a trained agent as a model that MLflow can load."""

    def end(self, status: EndStatus) -> None:
        """End the run."""
