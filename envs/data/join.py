"""Several assets' bars on common times."""

from collections.abc import Callable, Mapping
from functools import reduce
from typing import TYPE_CHECKING

import numpy as np

from tradegym.conf.errors import UserError
from tradegym.envs.data.dataset import Dataset
from tradegym.envs.data.resample import SECOND, aggregate
from tradegym.envs.data.validate import MIN_BARS

if TYPE_CHECKING:
    from numpy.typing import NDArray

Joined = tuple["NDArray[np.datetime64]", list["NDArray[np.float64]"], tuple[str, ...]]


def join_assets(name: str, series: Mapping[str, Dataset], how: str) -> Dataset:
    """Put several assets on common times.

    Parameters
    ----------
    name : str
        Name of the result.
    series : mapping of str to Dataset
        Datasets of one asset each, by the names that the assets get, in their order.
    how : {"inner", "asof"}
        As `inner` and `asof` explain.

    Returns
    -------
    Dataset
        With the notes of all parts, and one for each asset that was filled or shortened.

    Raises
    ------
    UserError
        If fewer than three times are common, or the bars do not fit together.
    """
    times, bars, notes = JOINS[how](series)
    if len(times) < MIN_BARS:
        covered = ", ".join(f"{asset} {_range(one)}" for asset, one in series.items())
        raise UserError(
            f"dataset.assets: {len(times)} common bar(s) with dataset.join={how}, at least "
            f"{MIN_BARS} are needed ({covered}); use files of the same period"
        )
    own = tuple(note for one in series.values() for note in one.notes)
    stacked = np.ascontiguousarray(np.stack(bars, axis=1))
    return Dataset.from_checked(
        name, np.ascontiguousarray(times), stacked, tuple(series), own + notes
    )


def inner(series: Mapping[str, Dataset]) -> Joined:
    """Keep the bars whose times all assets have.

    Raises
    ------
    UserError
        If the bars have different lengths: equal times then mean different things.
    """
    lengths = {asset: one.bar_seconds for asset, one in series.items()}
    if len(set(lengths.values())) > 1:
        listed = ", ".join(f"{asset} {seconds:g} s" for asset, seconds in lengths.items())
        raise UserError(
            f"dataset.assets: the bars have different lengths ({listed}); make them equal with "
            "dataset.assets.NAME.resample, or use dataset.join=asof"
        )
    times = reduce(
        lambda left, right: np.intersect1d(left, right, assume_unique=True),
        (one.times for one in series.values()),
    )
    bars, notes = [], []
    for asset, one in series.items():
        bars.append(one.ohlcv[np.searchsorted(one.times, times), 0])
        if len(one) > len(times):
            notes.append(
                f"{asset}: {len(one) - len(times)} of {len(one)} bars left out (inner join)"
            )
    return times, bars, tuple(notes)


def asof(series: Mapping[str, Dataset]) -> Joined:
    """Put all assets on the times of the first, each as it was known at that time.

    Of another asset, the bars that closed after the previous time and not after this one become
    one bar, as in resampling. Where none did, its last close is repeated as open, high, low and
    close with a volume of 0, so values come from the past only. Of a bar that began before the
    previous time only the close is used: nobody could still trade at its open. The result begins
    where every asset has had a bar and ends with the first asset that ends.
    """
    master = next(iter(series))
    every = series[master].times
    first = max(one.times[0] for one in series.values())
    last = min(one.times[-1] for one in series.values())
    begin, end = np.searchsorted(every, first), np.searchsorted(every, last, side="right")
    times = every[begin:end]
    if not len(times):
        return times, [], ()
    # The first bar reaches back to the time before it, or by one bar.
    before = every[begin - 1] if begin else every[0] - _length(series[master])
    edges = np.append(before, times)
    bars, notes = [], []
    if len(times) < len(every):
        notes.append(
            f"{master}: {len(every) - len(times)} of {len(every)} bars left out, since not all "
            "assets have bars then (asof join)"
        )
    for asset, one in series.items():
        values, filled, flat = _on_edges(one, edges)
        bars.append(values)
        if flat:
            notes.append(
                f"{asset}: of {flat} bars that began before the previous time only the close is "
                "used (asof join)"
            )
        if filled:
            notes.append(
                f"{asset}: {filled} of {len(times)} bars filled with its last close and no "
                "volume (asof join)"
            )
    return times, bars, tuple(notes)


JOINS: dict[str, Callable[[Mapping[str, Dataset]], Joined]] = {"inner": inner, "asof": asof}
"""``dataset.join`` to the function."""


def _on_edges(
    one: Dataset, edges: "NDArray[np.datetime64]"
) -> "tuple[NDArray[np.float64], int, int]":
    """Return a bar for each time between two edges, [N, 5]; how many were filled, and flat."""
    rows = np.searchsorted(one.times, edges, side="right")
    starts, stops = rows[:-1], rows[1:]
    has = stops > starts
    values = np.zeros((len(starts), one.ohlcv.shape[2]))
    flat = 0
    if has.any():
        firsts = starts[has]
        used = one.ohlcv[: stops[-1]].copy()  # the last group ends with the array
        early = firsts[one.times[firsts] - _length(one) < edges[:-1][has]]
        used[early, :, :3] = used[early, :, 3:4]
        flat = len(early)
        values[has] = aggregate(used, firsts)[:, 0]
    values[~has, :4] = one.ohlcv[stops[~has] - 1, 0, 3][:, np.newaxis]
    return values, int((~has).sum()), flat


def _length(one: Dataset) -> np.timedelta64:
    return np.timedelta64(round(one.bar_seconds * SECOND), "ns")


def _range(one: Dataset) -> str:
    first, last = (one.times[row].astype("datetime64[s]") for row in (0, -1))
    return f"{first} to {last}"
