"""The calendar as cycles, so that 23:00 is next to 0:00 and December to January."""

from collections.abc import Callable, Sequence
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from tradegym.envs.strategies.features.bars import Bars
from tradegym.envs.strategies.features.base import Feature, feature

Times = NDArray[np.datetime64]
_MINUTES_PER_DAY = 24 * 60
_THURSDAY = 3  # the weekday of 1970-01-01, where Monday is 0


def _hour(times: Times) -> NDArray[np.float64]:
    minutes = times.astype("datetime64[m]").astype(np.int64)
    return (minutes % _MINUTES_PER_DAY) / _MINUTES_PER_DAY


def _weekday(times: Times) -> NDArray[np.float64]:
    days = times.astype("datetime64[D]").astype(np.int64)
    return ((days + _THURSDAY) % 7) / 7


def _month(times: Times) -> NDArray[np.float64]:
    months = times.astype("datetime64[M]").astype(np.int64)
    return (months % 12) / 12


#: Part of each cycle that has passed at a time, from 0 to below 1.
CYCLES: dict[str, Callable[[Times], NDArray[np.float64]]] = {
    "hour": _hour,
    "weekday": _weekday,
    "month": _month,
}


@feature("calendar")
class Calendar(Feature):
    """Sine and cosine of the time of day, weekday and month of the bar's close, UTC.

    The angle is 2 pi times the part of the cycle that has passed: 0 at midnight (minutes count),
    on Monday, in January.
    """

    PER_ASSET: ClassVar[bool] = False

    def __init__(self, *, fields: Sequence[str]) -> None:
        self._fields = tuple(fields)
        self.parts = tuple(f"{one}_{wave}" for one in fields for wave in ("sin", "cos"))

    def compute(self, bars: Bars) -> NDArray[np.float64]:
        """See `Feature.compute`."""
        angles = [2.0 * np.pi * CYCLES[one](bars.times) for one in self._fields]
        return np.stack([wave(one) for one in angles for wave in (np.sin, np.cos)], axis=1)
