"""The table of checks for bars that keep all rules of a bar but may still be wrong."""

import importlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tradegym.envs.data.validate import CLOSE
from tradegym.envs.data.validation.finding import Severity

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tradegym.envs.data.dataset import Dataset

SECOND = 10**9
HOUR = 3600 * SECOND
DAY = 24 * HOUR


@dataclass(frozen=True, slots=True)
class Bars:
    """What a check looks at.

    Attributes
    ----------
    times : ndarray of int64, shape [T]
        Nanoseconds since 1970 in UTC, strictly increasing.
    steps : ndarray of int64, shape [T - 1]
        Nanoseconds between neighbours.
    ohlcv : ndarray of float64, shape [T, A, 5]
        Open, high, low, close, volume.
    changes : ndarray of float64, shape [T - 1, A]
        How many times larger or smaller each close is than the one before, at least 1.
    bar : int
        Median step in nanoseconds.
    now : int
        Current time in nanoseconds since 1970.
    """

    times: "NDArray[np.int64]"
    steps: "NDArray[np.int64]"
    ohlcv: "NDArray[np.float64]"
    changes: "NDArray[np.float64]"
    bar: int
    now: int

    @classmethod
    def of(cls, dataset: "Dataset", now: int) -> "Bars":
        """Return the bars of a dataset."""
        times = dataset.times.view(np.int64)
        close = dataset.ohlcv[..., CLOSE]
        with np.errstate(over="ignore", divide="ignore"):
            ratio = close[1:] / close[:-1]
            changes = np.maximum(ratio, 1 / ratio)
        bar = round(dataset.bar_seconds * SECOND)
        return cls(times, np.diff(times), dataset.ohlcv, changes, bar, now)


@dataclass(frozen=True, slots=True)
class Suspicion:
    """What a check found, before it is known how the source calls the place.

    Attributes
    ----------
    severity : Severity
        Error, warning or note.
    row : int or None
        Number of the first bar concerned, or None for the whole series.
    field : str
        ``datetime`` or one of the five fields; empty for the whole series.
    problem, fix : str
        What is wrong, and what to do.
    asset : int
        Number of the asset.
    count : int
        Bars with this fault.
    """

    severity: Severity
    row: int | None
    field: str
    problem: str
    fix: str
    asset: int = 0
    count: int = 1


Check = Callable[[Bars], Iterator[Suspicion]]
CHECKS: dict[str, Check] = {}
MODULES = ("time_checks", "price_checks", "repeat_checks")


def check(rule: str) -> Callable[[Check], Check]:
    """Register a check under the name of its rule."""

    def register(function: Check) -> Check:
        CHECKS[rule] = function
        return function

    return register


def all_checks() -> dict[str, Check]:
    """Return every check by the name of its rule."""
    for module in MODULES:
        importlib.import_module(f"tradegym.envs.data.validation.{module}")
    return CHECKS


def duration(nanoseconds: int) -> str:
    """Return a duration in the largest unit that leaves a readable number, e.g. ``1.5 h``."""
    for size, unit in ((DAY, "days"), (HOUR, "h"), (60 * SECOND, "min"), (SECOND, "s")):
        if nanoseconds >= size:
            number = (
                f"{nanoseconds / size:.3g}"
                if nanoseconds < 1000 * size
                else str(round(nanoseconds / size))
            )
            return f"{number} {'day' if (number, unit) == ('1', 'days') else unit}"
    return f"{nanoseconds / SECOND:.3g} s"
