"""What a process is given, and the bars that it makes of it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tradegym.envs.data.synthetic.elementary import exponential
from tradegym.envs.data.synthetic.streams import stream

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tradegym.envs.data.synthetic.correlation import Mix

CHUNK_NUMBERS = 40_000
"""Shocks that are worked on at a time: small enough to stay in the processor's cache."""


@dataclass(frozen=True, slots=True)
class Task:
    """One path to be made.

    Attributes
    ----------
    key : int
        Key of all its randomness.
    bars, steps, assets : int
        Bars T, steps inside a bar S, assets A.
    years : float
        Length of a bar in years.
    values : Mapping of str to ndarray of float64, shape [A]
        The parameters by key below ``dataset.process``.
    mix : Mix or None
        Correlates the shocks; None = independent.
    """

    key: int
    bars: int
    steps: int
    assets: int
    years: float
    values: Mapping[str, "NDArray[np.float64]"]
    mix: "Mix | None"

    @property
    def step_years(self) -> float:
        """Length of a step in years."""
        return self.years / self.steps

    def stream(self, name: str, part: int = 0) -> np.random.Generator:
        """Return the stream of that name, or a part of it, at its start."""
        return stream(self.key, name, part)

    def shocks(self, name: str = "shocks") -> Iterator[tuple[slice, "NDArray[np.float64]"]]:
        """Yield correlated standard normal shocks for some bars at a time.

        Yields
        ------
        slice, ndarray of float64, shape [S, n, A]
            The bars, and the shocks of their steps, to be overwritten at will.
        """
        generator = self.stream(name)
        size = max(1, CHUNK_NUMBERS // (self.steps * self.assets))
        for start in range(0, self.bars, size):
            stop = min(start + size, self.bars)
            shape = (self.steps, stop - start, self.assets)
            shocks = generator.standard_normal(shape)
            yield slice(start, stop), self.mixed(shocks)

    def mixed(self, shocks: "NDArray[np.float64]") -> "NDArray[np.float64]":
        """Correlate independent shocks ``[..., A]``."""
        return shocks if self.mix is None else self.mix(shocks)


@dataclass(frozen=True, slots=True)
class Moves:
    """The bars of a price without gaps: each opens where the last one closed.

    Attributes
    ----------
    start : ndarray of float64, shape [A]
        First price.
    move, high, low : ndarray of float64, shape [T, A]
        Logarithm of close, high and low over the bar's open.
    scale : ndarray of float64, shape [A]
        Long-run standard deviation of ``move``, as the parameters say.
    """

    start: "NDArray[np.float64]"
    move: "NDArray[np.float64]"
    high: "NDArray[np.float64]"
    low: "NDArray[np.float64]"
    scale: "NDArray[np.float64]"

    @classmethod
    def empty(
        cls, task: Task, start: "NDArray[np.float64]", scale: "NDArray[np.float64]"
    ) -> "Moves":
        """Make room for the bars of a task."""
        move, high, low = (np.empty((task.bars, task.assets)) for _ in range(3))
        return cls(start, move, high, low, scale)

    def put(
        self,
        bars: slice,
        path: "NDArray[np.float64]",
        size: "NDArray[np.float64] | None" = None,
    ) -> None:
        """Store some bars.

        Parameters
        ----------
        bars : slice
            Which ones, n of them.
        path : ndarray of float64, shape [S, n, A]
            Logarithm of the price after each step over the bar's open.
        size : ndarray of float64, shape [A], optional
            Factor of the path, above 0; cheaper here than in every step.
        """
        self.move[bars] = path[-1]
        np.maximum(path.max(axis=0), 0.0, out=self.high[bars])
        np.minimum(path.min(axis=0), 0.0, out=self.low[bars])
        if size is not None:
            for column in (self.move, self.high, self.low):
                column[bars] *= size

    def write(self, ohlcv: "NDArray[np.float64]") -> None:
        """Write open, high, low and close (price) into ``ohlcv`` [T, A, 5]."""
        prices = np.empty((3, *self.move.shape))
        close, high, low = prices
        np.cumsum(self.move, axis=0, out=close)
        log_open = close - self.move
        np.add(log_open, self.high, out=high)
        np.add(log_open, self.low, out=low)
        exponential(prices)
        prices *= self.start
        first = ohlcv[..., 0]
        first[0] = self.start
        first[1:] = close[:-1]
        for column, price, keep in ((1, high, np.maximum), (2, low, np.minimum)):
            # Rounding may put an extreme inside the body by one unit of the last place.
            keep(price, close, out=price)
            keep(price, first, out=ohlcv[..., column])
        ohlcv[..., 3] = close


def accumulate(steps: "NDArray[np.float64]") -> "NDArray[np.float64]":
    """Turn increments ``[S, n, A]`` into the path since the bar's open, in place."""
    for k in range(1, len(steps)):
        steps[k] += steps[k - 1]
    return steps
