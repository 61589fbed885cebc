"""What all panels share: times, dots on short curves, and the line below the title."""

from typing import TYPE_CHECKING, Any

import numpy as np

from tradegym.envs.rendering import style, ticks

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.artist import Artist
    from numpy.typing import NDArray

    from tradegym.envs.record import EpisodeRecord

    Legend = tuple[list[Artist], list[str]]

_FEW_BARS = 40  # up to here every bar gets a dot, so that even one bar is visible
_NAMED_ASSETS = 4


def subtitle(record: "EpisodeRecord", *, name_assets: bool = True) -> str:
    """Return assets, period, bars, start money and the reason of the end, on one line."""
    parts = [asset_names(record.assets)] if name_assets else []
    if len(record.bars):
        first, last = ticks.time_texts(utc(record.bars["time"].iloc[[0, -1]]))
        parts.append(f"{first} to {last}")
    parts += [ticks.count(len(record.bars), "bar"), f"start {ticks.number(record.start_cash)}"]
    return " · ".join([*parts, f"ended: {record.reason.replace('_', ' ').lower()}"])


def asset_names(assets: tuple[str, ...]) -> str:
    """Return the names of the assets, or of the first of many."""
    shown = [style.plain(name, 30 if len(assets) == 1 else 14) for name in assets[:_NAMED_ASSETS]]
    more = len(assets) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more else "")


def utc(times: "pd.Series[Any]") -> "NDArray[np.datetime64]":
    """Return the times of a table as NumPy knows them, in UTC."""
    naive = times.dt.tz_convert("UTC").dt.tz_localize(None)
    return np.asarray(naive.to_numpy(), dtype="datetime64[ns]")


def days(times: "pd.Series[Any]") -> "NDArray[np.float64]":
    """Return the times of a table as matplotlib's float days."""
    return ticks.days(utc(times))


def column(table: "pd.DataFrame", name: str) -> "NDArray[np.float64]":
    """Return a column as float64."""
    return table[name].to_numpy(dtype=np.float64)


def dots(times: "NDArray[np.float64]") -> dict[str, Any]:
    """Return the marker of a curve's bars: a dot if there are few, else none."""
    return {"marker": "o" if len(times) <= _FEW_BARS else "", "markersize": 4}
