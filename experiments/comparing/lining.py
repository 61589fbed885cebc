"""Returns of several series each, as their mean on the bars that all have."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tradegym.experiments.comparing.configurations import find_configurations
from tradegym.experiments.comparing.series import Series
from tradegym.experiments.comparing.stored import StoredRun

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Times = NDArray[np.int64]
    Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Lined:
    """Series on common bars.

    Attributes
    ----------
    times : numpy.ndarray
        End of each return, UTC in nanoseconds, int64, ascending, shape [T].
    returns : dict of str to numpy.ndarray
        The mean over the series of each name, bar by bar, float64, shape [T].
    ended : tuple of str
        Names with an account that ended before the others.
    """

    times: "Times"
    returns: "Mapping[str, Array]"
    ended: tuple[str, ...]


def line_up(series: Mapping[str, Sequence[Series]]) -> Lined:
    """Return the mean returns of each name's series on the bars that all have.

    An account that ended early, ruined or by a limit, earns nothing from then on: its returns are
    0, so that it does not take the rest of the bars from the others. Of several episodes, a bar
    that more than one played counts once, with their mean return.

    Parameters
    ----------
    series : mapping of str to sequence of Series
        At least one each; a mean is that of accounts with equal parts, kept equal on every bar.
    """
    flat = [(name, *_by_time(one)) for name, found in series.items() for one in found]
    every = np.unique(np.concatenate([times for _, times, _, _ in flat]))
    kept = np.ones(len(every), dtype=bool)
    for _, times, _, whole in flat:
        kept &= np.isin(every, times) | (whole & (every > times[-1]))
    common = every[kept]
    sums = {name: np.zeros(len(common)) for name in series}
    ended: dict[str, None] = {}
    for name, times, returns, _ in flat:
        places = np.searchsorted(times, common)
        there = places < len(times)
        if not there.all():
            ended[name] = None
        sums[name][there] += returns[places[there]]
    return Lined(
        common, {name: sums[name] / len(found) for name, found in series.items()}, tuple(ended)
    )


def mean_series(runs: Mapping[str, StoredRun]) -> dict[str, Series]:
    """Return the mean returns over the seeds of each run that is made of several, by label."""
    found = {}
    for one in find_configurations(runs):
        series = one.series()
        if series:
            lined = line_up({one.label: series})
            episodes = np.ones(len(lined.times), dtype=np.int64)
            times = lined.times.astype("datetime64[ns]")
            found[one.label] = Series(times, episodes, lined.returns[one.label])
    return found


def _by_time(series: Series) -> "tuple[Times, Array, bool]":
    """Return times, the mean return at each, and whether it is one episode."""
    moments = series.times.astype("datetime64[ns]").astype(np.int64)
    times, place, often = np.unique(moments, return_inverse=True, return_counts=True)
    returns = np.bincount(place, weights=series.returns, minlength=len(times)) / often
    return times, returns, len(np.unique(series.episodes)) == 1
