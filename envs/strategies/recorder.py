"""Turns what a strategy noted bar by bar into the tables of an episode record."""

from collections.abc import Sequence
from dataclasses import asdict, fields
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tradegym.envs.engines.backtrader.feed import UNIX_EPOCH_DAY
from tradegym.envs.strategies.ledger import Ledger, OrderRow, TradeRow


class BarRow(NamedTuple):
    """The account at the close of one bar; money, units, percent."""

    row: int
    cash: float
    equity: float
    position: float
    commission: float
    drawdown: float
    reward: float
    action: int | None


_TRADE_COLUMNS = [field.name for field in fields(TradeRow)]
_ORDER_COLUMNS = [field.name for field in fields(OrderRow)]


def _to_times(days: "pd.Series[float]", known: pd.DatetimeIndex) -> pd.Series:
    """Convert day numbers to the bar times they came from (they are exact to microseconds)."""
    stamps = pd.to_datetime((days.astype("float64") - UNIX_EPOCH_DAY) * 86_400e9, utc=True)
    missing = stamps.isna().to_numpy()
    nearest = known.get_indexer(pd.DatetimeIndex(stamps.fillna(known[0])), method="nearest")
    return pd.Series(known[nearest], index=days.index).mask(missing)


def bars_table(
    rows: Sequence[BarRow], times: NDArray[np.datetime64], ohlcv: NDArray[np.float64]
) -> pd.DataFrame:
    """Build `EpisodeRecord.bars`.

    Parameters
    ----------
    rows : sequence of BarRow
    times : ndarray of datetime64[ns], shape [T]
        Of all bars of the episode, warm-up included.
    ohlcv : ndarray of float64, shape [T, 5]
    """
    index = np.array([row.row for row in rows], dtype=np.int64)
    frame = pd.DataFrame(rows, columns=BarRow._fields)
    prices = ohlcv[index]
    return pd.DataFrame(
        {
            "time": pd.DatetimeIndex(times[index]).tz_localize("UTC"),
            "open": prices[:, 0],
            "high": prices[:, 1],
            "low": prices[:, 2],
            "close": prices[:, 3],
            "cash": frame["cash"],
            "equity": frame["equity"],
            "position": frame["position"].astype("float64"),
            "reward": frame["reward"],
            "action": frame["action"].astype("Int64"),
            "commission": frame["commission"],
            "drawdown": frame["drawdown"],
        }
    )


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
    frame["price"] = frame["price"].astype("float64")
    return frame
