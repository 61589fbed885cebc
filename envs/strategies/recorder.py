"""Turns what a strategy noted bar by bar into the tables of an episode record."""

from collections.abc import Sequence
from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tradegym.envs.engines.backtrader.feed import UNIX_EPOCH_DAY
from tradegym.envs.strategies.bar_row import BarRow
from tradegym.envs.strategies.ledger import Ledger, OrderRow
from tradegym.envs.strategies.round_trips import TradeRow

if TYPE_CHECKING:
    from tradegym.envs.strategies.actions import ActionScheme


_PRICES = ("open", "high", "low", "close")
_ACCOUNT = ("cash", "equity", "exposure", "reward", "commission", "interest", "drawdown")
_TRADE_COLUMNS = [field.name for field in fields(TradeRow)]
_ORDER_COLUMNS = [field.name for field in fields(OrderRow)]


def _to_times(days: "pd.Series[float]", known: pd.DatetimeIndex) -> pd.Series:
    """Convert day numbers to the bar times they came from (they are exact to microseconds)."""
    stamps = pd.to_datetime((days.astype("float64") - UNIX_EPOCH_DAY) * 86_400e9, utc=True)
    missing = stamps.isna().to_numpy()
    nearest = known.get_indexer(pd.DatetimeIndex(stamps.fillna(known[0])), method="nearest")
    return pd.Series(known[nearest], index=days.index).mask(missing)


def bars_table(
    rows: Sequence[BarRow],
    times: NDArray[np.datetime64],
    ohlcv: NDArray[np.float64],
    assets: Sequence[str],
    scheme: "ActionScheme",
    joint: bool,
) -> pd.DataFrame:
    """Build `EpisodeRecord.bars`.

    Parameters
    ----------
    rows : sequence of BarRow
    times : ndarray of datetime64[ns], shape [T]
        Of all bars of the episode, warm-up included.
    ohlcv : ndarray of float64, shape [T, A, 5]
        The traded assets.
    assets : sequence of str
        Their names.
    scheme : ActionScheme
        Says what the actions are.
    joint : bool
        One action trades several assets: the columns of each carry its name.
    """
    index = np.array([row.row for row in rows], dtype=np.int64)
    table: dict[str, Any] = {"time": pd.DatetimeIndex(times[index]).tz_localize("UTC")}
    positions = np.array([row.positions for row in rows], dtype=np.float64)
    for number, asset in enumerate(assets):
        suffix = f"_{asset}" if joint else ""
        for column, name in enumerate(_PRICES):
            table[f"{name}{suffix}"] = ohlcv[index, number, column]
        table[f"position{suffix}"] = positions[:, number]
    for name in _ACCOUNT:
        table[name] = np.array([getattr(row, name) for row in rows], dtype=np.float64)
    names = dict.fromkeys(name for row in rows for name in row.terms)
    for name in names:
        table[f"reward_{name}"] = np.array([row.terms.get(name, 0.0) for row in rows])
    return pd.DataFrame(table | _action_columns(rows, scheme, joint))


def _action_columns(
    rows: Sequence[BarRow], scheme: "ActionScheme", joint: bool
) -> dict[str, pd.Series]:
    parts = scheme.parts
    nothing = (None,) * max(len(parts), 1)
    values = [nothing if row.action is None else scheme.values(row.action) for row in rows]
    if not scheme.names:
        return {
            f"weight_{part}": pd.Series([value[number] for value in values], dtype="float64")
            for number, part in enumerate(parts)
        }
    columns = [f"action_{part}" for part in parts] if joint else ["action"]
    return {
        name: pd.Series([value[number] for value in values], dtype="Int64")
        for number, name in enumerate(columns)
    }


def trades_table(ledger: Ledger, times: NDArray[np.datetime64]) -> pd.DataFrame:
    """Build `EpisodeRecord.trades`."""
    known = pd.DatetimeIndex(times).tz_localize("UTC")
    rows = [asdict(trip) for trip in ledger.round_trips]
    frame = pd.DataFrame(rows, columns=_TRADE_COLUMNS)
    for column in ("opened", "closed"):
        frame[column] = _to_times(frame[column], known)
    return frame


def orders_table(ledger: Ledger, times: NDArray[np.datetime64]) -> pd.DataFrame:
    """Build `EpisodeRecord.orders`."""
    known = pd.DatetimeIndex(times).tz_localize("UTC")
    rows = [asdict(order) for order in ledger.orders]
    frame = pd.DataFrame(rows, columns=_ORDER_COLUMNS)
    for column in ("created", "executed"):
        frame[column] = _to_times(frame[column], known)
    for column in ("price", "limit"):
        frame[column] = frame[column].astype("float64")
    return frame
