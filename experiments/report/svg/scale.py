"""From values to places in a chart, and the ticks between."""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from numpy.typing import NDArray

_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
_NEAR, _ROOM = 0.12, 0.04  # shares of the range


@dataclass(frozen=True, slots=True)
class Tick:
    """One tick: where it is, from 0 to 1, its text, and whether a narrow page drops the text."""

    at: float
    text: str
    minor: bool = False


@dataclass(frozen=True, slots=True)
class Scale:
    """The range of an axis.

    Attributes
    ----------
    low, high : float
        Ends; ``low < high``.
    ticks : tuple of Tick
    """

    low: float
    high: float
    ticks: tuple[Tick, ...]

    def at(self, values: "NDArray[np.float64]") -> "NDArray[np.float64]":
        """Return places of values, 0 at the low end and 1 at the high one."""
        return (values - self.low) / (self.high - self.low)


def value_scale(
    arrays: "Iterable[NDArray[np.float64]]",
    text: "Callable[[float, int], str]",
    *,
    most: int = 5,
    include: tuple[float, ...] = (),
    scale: float = 1.0,
) -> Scale:
    """Return a scale that shows all finite values, with a little room.

    Parameters
    ----------
    arrays : iterable of ndarray
        Values, any shape.
    text : callable
        Writes a tick from its value times ``scale`` and its number of decimals.
    most : int
        Steps between ticks, about.
    include : tuple of float
        Further values that must be seen, such as 0.
    scale : float
        100 writes fractions as percent.
    """
    found = [array[np.isfinite(array)] for array in arrays]
    values = np.concatenate([*found, np.array(include, dtype=np.float64)])
    low, high = (float(values.min()), float(values.max())) if len(values) else (0.0, 1.0)
    if high - low <= 1e-12 * max(abs(low), abs(high), 1e-300):
        room = 0.05 * abs(low) or 1.0
        low, high = low - room, high + room
    step = nice_step((high - low) / most)
    low, high = _end(low, step, high - low, -1), _end(high, step, high - low, 1)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    decimals = decimals_of(step * scale)
    ticks = tuple(
        Tick((k * step - low) / (high - low), text(k * step * scale, decimals))
        for k in range(first, last + 1)
    )
    return Scale(low, high, ticks)


def _end(value: float, step: float, span: float, side: int) -> float:
    """Return the tick beyond ``value`` if it is near, else a place a little beyond it."""
    steps = value / step
    tick = step * (math.floor(steps + 1e-9) if side < 0 else math.ceil(steps - 1e-9))
    return tick if abs(tick - value) <= _NEAR * span else value + side * _ROOM * span


def nice_step(rough: float) -> float:
    """Return the step of 1, 2, 2.5 or 5 times a power of ten that is just not below ``rough``."""
    power = 10.0 ** math.floor(math.log10(rough))
    return next(one * power for one in _STEPS if one * power >= rough * (1 - 1e-9))


def decimals_of(step: float) -> int:
    """Return how many decimals write multiples of ``step`` exactly, 8 at most."""
    for decimals in range(8):
        scaled = step * 10**decimals
        if abs(scaled - round(scaled)) < 1e-6 * scaled:
            return decimals
    return 8


def plain(value: float, decimals: int) -> str:
    """Write a tick with thousands separators, and large ones with k, M or G."""
    for size, letter in ((1e9, "G"), (1e6, "M")):
        if abs(value) >= size:
            return f"{value / size:,.4g}\N{NARROW NO-BREAK SPACE}{letter}"
    return signed(f"{value:z,.{decimals}f}")


def percent(value: float, decimals: int) -> str:
    """Write a tick that counts in percent."""
    if abs(value) >= 1e6:
        return signed(f"{value:.0e}") + "%"
    return signed(f"{value:z,.{decimals}f}") + "%"


def signed(text: str) -> str:
    """Return a number with a true minus sign."""
    return text.replace("-", "\N{MINUS SIGN}")


def step_scale(low: float, high: float) -> Scale:
    """Return the scale of training steps, from the first to the last."""
    if high <= low:
        low, high = low - 1.0, high + 1.0
    step = nice_step((high - low) / 5)
    ticks = [
        Tick((k * step - low) / (high - low), _steps_text(k * step))
        for k in range(math.ceil(low / step), math.floor(high / step) + 1)
    ]
    return Scale(low, high, tuple(ticks))


def _steps_text(value: float) -> str:
    for size, letter in ((1e6, "M"), (1e3, "k")):
        if abs(value) >= size:
            return f"{value / size:.4g}\N{NARROW NO-BREAK SPACE}{letter}"
    return f"{value:.4g}"
