"""Measurements by name, and what they return."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any


class CannotMeasureError(Exception):
    """A measurement cannot be taken here; the text says why."""


@dataclass(frozen=True)
class Options:
    """How to measure: ``short`` only checks that it works; ``folder`` is thrown away."""

    short: bool
    folder: Path

    def pick(self, full, short):
        return short if self.short else full


@dataclass(frozen=True)
class Summary:
    """The median of several readings, the least and the largest."""

    median: float
    low: float
    high: float
    runs: int

    @classmethod
    def of(cls, readings: Sequence[float]) -> "Summary":
        values = [float(one) for one in readings]
        return cls(median(values), min(values), max(values), len(values))


@dataclass(frozen=True)
class Aim:
    """What a column should reach, from below or (``at_most``) from above."""

    column: str
    bound: float
    at_most: bool = False

    def met(self, value: float) -> bool:
        return value <= self.bound if self.at_most else value >= self.bound


@dataclass(frozen=True)
class Row:
    """A line of a table: figures by column, and ratios of figures that were taken in turn."""

    what: str
    values: Mapping[str, Summary | float] = field(default_factory=dict)
    ratios: Mapping[str, Summary | float] = field(default_factory=dict)
    aim: Aim | None = None


@dataclass(frozen=True)
class Table:
    """Rows of the same kind; ``note`` says what the figures are."""

    title: str
    note: str
    rows: Sequence[Row]


@dataclass(frozen=True)
class Measurement:
    name: str
    about: str
    function: Callable[[Options], Sequence[Table]]


MEASUREMENTS: dict[str, Measurement] = {}
TASKS: dict[str, Callable[..., dict[str, Any]]] = {}


def measurement(name: str, about: str):
    """Register a function of `Options` that returns tables; each runs in its own process."""

    def register(function):
        MEASUREMENTS[name] = Measurement(name, about, function)
        return function

    return register


def task(function):
    """Register a part of a measurement that `child.run_task` runs in a fresh process."""
    TASKS[function.__name__] = function
    return function
