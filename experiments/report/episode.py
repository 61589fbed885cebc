"""The first episode of an evaluation, read back from its tables."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tradegym.envs.record import EpisodeRecord

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Episode:
    """One episode.

    Attributes
    ----------
    bars, trades, orders : pandas.DataFrame
        The tables of `tradegym.envs.record.EpisodeRecord`; trades and orders may be empty.
    assets : tuple of str
        Traded assets.
    of : int
        Episodes in the tables, of which this is the first.
    """

    bars: "pd.DataFrame" = field(repr=False)
    trades: "pd.DataFrame" = field(repr=False)
    orders: "pd.DataFrame" = field(repr=False)
    assets: tuple[str, ...]
    of: int

    @property
    def times(self) -> "NDArray[np.datetime64]":
        """Time of each bar in UTC, shape [n]."""
        column = self.bars["time"]
        if getattr(column.dt, "tz", None) is not None:
            column = column.dt.tz_convert("UTC").dt.tz_localize(None)
        return np.asarray(column.to_numpy(), dtype="datetime64[s]")

    def column(self, name: str) -> "NDArray[np.float64] | None":
        """Return a column as float64, shape [n]; None if it was not recorded."""
        if name not in self.bars:
            return None
        return np.asarray(self.bars[name].to_numpy(dtype=np.float64, na_value=np.nan))

    def record(self, start_cash: float | None) -> EpisodeRecord:
        """Return the tables as the record that metrics are computed from.

        Parameters
        ----------
        start_cash : float or None
            Money before the first bar; None takes the equity of the first bar.
        """
        start = float(self.bars["equity"].iloc[0]) if start_cash is None else start_cash
        bars = self.bars.assign(time=self.times)
        return EpisodeRecord(self.assets, start, 0.0, "", (), bars, self.trades, self.orders)

    def of_asset(self, name: str, asset: str) -> "NDArray[np.float64] | None":
        """Return the column ``name`` of one asset."""
        found = self.column(f"{name}_{asset}")
        return self.column(name) if found is None and len(self.assets) == 1 else found


def read_episode(folder: Path, dataset: dict[str, Any]) -> Episode | None:
    """Read the first episode in ``folder``; None if its bars are missing or damaged."""
    bars = _read(folder / "equity.parquet")
    if bars is None or not {"time", "equity"} <= set(bars.columns) or not len(bars):
        return None
    try:
        bars["time"].dt  # noqa: B018  a column of another type has no times
    except AttributeError:
        return None
    episodes = int(bars["episode"].nunique()) if "episode" in bars else 1
    first = bars["episode"].iloc[0] if "episode" in bars else None
    trades, orders = (
        _first(_read(folder / f"{name}.parquet"), first) for name in ("trades", "orders")
    )
    return Episode(_first(bars, first), trades, orders, _assets(bars, trades, dataset), episodes)


def _first(table: "pd.DataFrame | None", number: object) -> "pd.DataFrame":
    import pandas as pd

    if table is None:
        return pd.DataFrame()
    if number is None or "episode" not in table:
        return table
    found: pd.DataFrame = table[table["episode"] == number].reset_index(drop=True)
    return found


def _read(path: Path) -> "pd.DataFrame | None":
    import pandas as pd

    try:
        return pd.read_parquet(path)
    except (OSError, ValueError):  # pyarrow's errors are among the latter
        return None


def _assets(
    bars: "pd.DataFrame", trades: "pd.DataFrame", dataset: dict[str, Any]
) -> tuple[str, ...]:
    if "close" not in bars:
        return tuple(
            name.removeprefix("close_") for name in bars.columns if name.startswith("close_")
        )
    named = [str(name) for name in trades["asset"].unique()] if "asset" in trades else []
    known = dataset.get("assets") or [dataset.get("name") or "asset"]
    return (named[0] if named else str(known[0]),)
