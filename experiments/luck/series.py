"""The returns per bar of an evaluation, ready for statistics."""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tradegym.envs.curves import equity_curve
from tradegym.envs.strategies.endings import RUIN

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from tradegym.envs.record import EpisodeRecord


@dataclass(frozen=True, slots=True)
class Series:
    """Returns per bar in order of time.

    Attributes
    ----------
    times : numpy.ndarray
        UTC in nanoseconds since 1970, shape [T], int64, each once.
    returns : numpy.ndarray
        Simple returns of the equity, shape [T]; -1 on the bar that takes the last of it.
    bars_per_year : float
    ruined : bool
        An episode ended in ruin.
    traded : bool
        An episode held a position on some bar, or filled an order.
    risk_free : float
        Rate per bar that Sharpe ratios are above, a fraction.
    """

    times: "NDArray[np.int64]"
    returns: "NDArray[np.float64]"
    bars_per_year: float
    ruined: bool
    traded: bool
    risk_free: float = 0.0

    @property
    def excess(self) -> "NDArray[np.float64]":
        """Returns above the risk-free rate, shape [T]."""
        return self.returns - self.risk_free

    @property
    def years(self) -> float:
        """Length by the bars per year."""
        return len(self.returns) / self.bars_per_year

    @property
    def total_return(self) -> float:
        """Compound return, a fraction."""
        return float(np.prod(1 + self.returns) - 1)


def series_of(records: "Sequence[EpisodeRecord]", risk_free: float = 0.0) -> Series:
    """Return the returns of all episodes as one series.

    Parameters
    ----------
    records : sequence of EpisodeRecord
        At least one.
    risk_free : float
        Rate per year, a fraction above -1; per bar it is ``(1 + rate)^(1 / P) - 1``.

    Returns
    -------
    Series
        A bar that several episodes played has their mean return and counts once: overlapping
        episodes are not more data. Between episodes there is no return. A record whose equity is
        not finite somewhere gives no returns, and without bars per year there are none at all.
    """
    parts = [_returns(record) for record in records]
    times = np.concatenate([one for one, _ in parts])
    returns = np.concatenate([one for _, one in parts])
    if len(parts) > 1:
        times, place, often = np.unique(times, return_inverse=True, return_counts=True)
        returns = np.bincount(place, weights=returns, minlength=len(times)) / often
    per_year = records[0].bars_per_year
    if not (math.isfinite(per_year) and per_year > 0):
        times, returns, per_year = times[:0], returns[:0], 1.0
    return Series(
        times=times,
        returns=returns,
        bars_per_year=per_year,
        ruined=any(record.reason == RUIN or _broke(record) for record in records),
        traded=any(_traded(record) for record in records),
        risk_free=(1 + risk_free) ** (1 / per_year) - 1,
    )


def common(first: Series, second: Series) -> "tuple[NDArray[np.float64], NDArray[np.float64]]":
    """Return the returns of the bars that both have, each of shape [T]."""
    _, mine, theirs = np.intersect1d(
        first.times, second.times, assume_unique=True, return_indices=True
    )
    return first.returns[mine], second.returns[theirs]


def _returns(record: "EpisodeRecord") -> "tuple[NDArray[np.int64], NDArray[np.float64]]":
    curve = equity_curve(record)
    moments = record.bars["time"].astype("datetime64[ns, UTC]").astype("int64")
    times = np.asarray(moments, dtype=np.int64)
    if not np.all(np.isfinite(curve)) or not len(curve) or curve[0] <= 0:
        return times[:0], curve[:0]
    gone = np.flatnonzero(curve <= 0)
    last = int(gone[0]) if len(gone) else len(curve) - 1
    curve = np.maximum(curve[: last + 1], 0.0)
    # A curve that starts before the first bar has a return of that bar too.
    first = 1 + len(record.bars) - len(equity_curve(record))
    return times[first : first + last], curve[1:] / curve[:-1] - 1.0


def _broke(record: "EpisodeRecord") -> bool:
    return bool((record.bars["equity"] <= 0).any())


def _traded(record: "EpisodeRecord") -> bool:
    held = bool((record.bars["exposure"] != 0).any())
    return held or bool((record.orders["filled"] > 0).any())
