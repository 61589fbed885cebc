"""From ``dataset.process`` to a process that draws paths."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

import tradegym.envs.data.synthetic.models  # noqa: F401  registers the processes
from tradegym.conf.errors import UserError
from tradegym.conf.schema.parameters import Range
from tradegym.envs.data.dataset import Dataset
from tradegym.envs.data.synthetic import bootstrap, quotes
from tradegym.envs.data.synthetic.calendar import bar_times, bars_per_year
from tradegym.envs.data.synthetic.correlation import AlikeMix, MatrixMix, Mix
from tradegym.envs.data.synthetic.parameters import draw_parameters, ranges
from tradegym.envs.data.synthetic.path import Task
from tradegym.envs.data.synthetic.registry import MODELS
from tradegym.envs.data.synthetic.streams import stream

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tradegym.conf.schema.process import ProcessConfig

_PAIR = 2


@dataclass(frozen=True, slots=True)
class DrawnPath:
    """One path, and what it was made with.

    Attributes
    ----------
    dataset : Dataset
        The bars.
    parameters : Mapping of str to tuple of float
        The parameters drawn for it, one value per asset, by key below ``dataset.process``.
    spread : ndarray of float64, shape [T, A], or None
        Spread of each bar as a fraction of the price; None = no spread.
    """

    dataset: Dataset
    parameters: Mapping[str, tuple[float, ...]]
    spread: "NDArray[np.float64] | None"


class PathProcess(Protocol):
    """Makes bars from a key. The same key gives the same bars, in any process, in any order."""

    @property
    def name(self) -> str:
        """Name of the datasets."""

    @property
    def assets(self) -> tuple[str, ...]:
        """Names of the assets."""

    @property
    def bar_seconds(self) -> float:
        """Length of a bar in seconds."""

    @property
    def bars_per_year(self) -> float:
        """Bars that a year of drift and volatility is spread over."""

    def draw(self, key: int, bars: int) -> Dataset:
        """Return the path of a key; see `draw_path`."""

    def bars(self, key: int, number: int) -> "NDArray[np.float64]":
        """Return the bars of `draw` alone, [number, A, 5]: a new array, without times and hash."""

    def draw_path(self, key: int, bars: int) -> DrawnPath:
        """Return the path of a key, with the parameters drawn for it.

        Parameters
        ----------
        key : int
            0 to 2^128 - 1; all randomness comes from it.
        bars : int
            Number of bars, at least 3.

        Raises
        ------
        UserError
            Key or bars out of range, or prices beyond what a number can hold.
        """


@dataclass(frozen=True, slots=True)
class _Process(ABC):
    """What all processes share.

    Attributes
    ----------
    name : str
    assets : tuple of str
    bar_seconds : float
    bars_per_year : float
    ranges : Mapping of str to Range
        Ranges of the parameters by key below ``dataset.process``.
    """

    name: str
    assets: tuple[str, ...]
    bar_seconds: float
    bars_per_year: float
    ranges: Mapping[str, Range]

    def draw(self, key: int, bars: int) -> Dataset:
        """See `PathProcess.draw`."""
        return self.draw_path(key, bars).dataset

    def bars(self, key: int, number: int) -> "NDArray[np.float64]":
        """See `PathProcess.bars`."""
        ohlcv: NDArray[np.float64] = self._draw(key, number)[0]
        return ohlcv

    def draw_path(self, key: int, bars: int) -> DrawnPath:
        """See `PathProcess.draw_path`."""
        ohlcv, values, spread = self._draw(key, bars)
        dataset = Dataset.from_checked(self.name, self._times(bars), ohlcv, self.assets)
        drawn = {name: tuple(array.tolist()) for name, array in values.items()}
        return DrawnPath(dataset, drawn, spread)

    def _draw(self, key: int, bars: int) -> tuple[Any, Mapping[str, Any], Any]:
        """Return bars, parameters and spreads of a key, as arrays."""
        if bars < 3:
            raise UserError(f"bars: {bars} is out of range; allowed: an integer >= 3")
        values = draw_parameters(self.ranges, len(self.assets), stream(key, "parameters"))
        task = self._task(key, bars, values)
        ohlcv = np.empty((bars, task.assets, 5))
        with np.errstate(over="ignore", under="ignore", invalid="ignore"):
            self._fill(task, ohlcv)
            spread = quotes.draw_spread(task)
            if spread is not None:
                quotes.widen(ohlcv, spread)
        self._check(ohlcv)
        return ohlcv, values, spread

    def _task(self, key: int, bars: int, values: "Mapping[str, NDArray[np.float64]]") -> Task:
        return Task(key, bars, 1, len(self.assets), 1 / self.bars_per_year, values, None)

    @abstractmethod
    def _times(self, bars: int) -> "NDArray[np.datetime64]":
        """Return the bar closes of a path."""

    @abstractmethod
    def _fill(self, task: Task, ohlcv: "NDArray[np.float64]") -> None:
        """Write the bars of a path, without its spread."""

    def _check(self, ohlcv: "NDArray[np.float64]") -> None:
        # The highest and lowest price say whether any is out of range.
        high, low, volume = (ohlcv[..., column] for column in (1, 2, 4))
        fine = (high < np.inf) & (low > np.finfo(np.float64).tiny) & (volume < np.inf)
        if not fine.all():
            row = int(np.argmin(fine.all(axis=1)))
            raise UserError(
                f"dataset.process: the prices of {self.name} leave what a number can hold at bar "
                f"{row}; use fewer or shorter bars, or smaller rates and volatilities"
            )


@dataclass(frozen=True, slots=True)
class SimulatedProcess(_Process):
    """A process that is simulated step by step.

    Attributes
    ----------
    kind : str
        Its name in the registry.
    steps_per_bar : int
    start_time, calendar : str
        As in the configuration.
    correlation : tuple of tuples of float, or None
        Matrix of the assets' shocks; None = the parameter ``correlation``, or none.
    """

    kind: str
    steps_per_bar: int
    start_time: str
    calendar: str
    correlation: tuple[tuple[float, ...], ...] | None

    def _task(self, key: int, bars: int, values: "Mapping[str, NDArray[np.float64]]") -> Task:
        years = 1 / self.bars_per_year
        steps, mix = self.steps_per_bar, self._mix(values)
        return Task(key, bars, steps, len(self.assets), years, values, mix)

    def _mix(self, values: "Mapping[str, NDArray[np.float64]]") -> Mix | None:
        if self.correlation is not None:
            return MatrixMix.of(self.correlation)
        rho = float(values["correlation"][0]) if "correlation" in values else 0.0
        number = len(self.assets)
        return None if number == 1 or rho == 0 else AlikeMix.of(rho, number)

    def _times(self, bars: int) -> "NDArray[np.datetime64]":
        return bar_times(self.start_time, bars, int(self.bar_seconds), self.calendar)

    def _fill(self, task: Task, ohlcv: "NDArray[np.float64]") -> None:
        moves = MODELS[self.kind](task)
        moves.write(ohlcv)
        ohlcv[..., 4] = quotes.draw_volume(task, moves)


@dataclass(frozen=True, slots=True)
class BootstrapProcess(_Process):
    """Blocks of real bars in a new order; all assets keep the same rows.

    Attributes
    ----------
    times : ndarray of datetime64[ns], shape [T]
        Calendar of the real series.
    rows : ndarray of float64, shape [T - 1, A, 5]
        Its bars, relative to the close before.
    """

    times: "NDArray[np.datetime64]"
    rows: "NDArray[np.float64]"

    def _times(self, bars: int) -> "NDArray[np.datetime64]":
        return bootstrap.continued_times(self.times, bars)

    def _fill(self, task: Task, ohlcv: "NDArray[np.float64]") -> None:
        length = float(task.values["block_length"][0])
        chosen = bootstrap.draw_rows(task.bars, len(self.rows), length, task.stream("blocks"))
        bootstrap.rebuild(self.rows[chosen], task.values["start_price"], ohlcv)


def make_process(
    config: "ProcessConfig", load: Callable[[str, str | None], Dataset] = bootstrap.load_series
) -> PathProcess:
    """Return the process that the configuration describes.

    Parameters
    ----------
    config : ProcessConfig
        The node ``dataset.process``.
    load : callable
        Loads the real bars of ``kind=bootstrap`` from its ``series`` and ``until``.

    Raises
    ------
    UserError
        The real bars cannot be loaded.
    """
    name = f"synthetic/{config.kind}"
    if config.kind == "bootstrap":
        series = load(config.series, config.until)
        rows = bootstrap.relative_bars(series.ohlcv)
        shared = (name, series.assets, series.bar_seconds, series.bars_per_year, ranges(config))
        return BootstrapProcess(*shared, series.times, rows)
    seconds = config.bar_seconds
    number = _PAIR if config.kind == "pair" else config.assets
    names = tuple(f"{config.kind}_{i + 1}" for i in range(number)) if number > 1 else (config.kind,)
    per_year = config.bars_per_year or bars_per_year(seconds, config.calendar)
    matrix = config.correlation if config.is_active("correlation") else None
    return SimulatedProcess(
        name,
        names,
        float(seconds),
        per_year,
        ranges(config),
        kind=config.kind,
        steps_per_bar=config.steps_per_bar,
        start_time=config.start_time,
        calendar=config.calendar,
        correlation=_matrix(matrix),
    )


def _matrix(value: object) -> tuple[tuple[float, ...], ...] | None:
    is_matrix = isinstance(value, tuple) and isinstance(value[0], tuple)
    return value if is_matrix else None  # type: ignore[return-value]
