"""Plays the orders of an episode's trace again, in plain backtrader, and compares the accounts.

Nothing of the strategy that made the orders takes part: a bare ``bt.Strategy`` places and cancels
what the trace says, bar by bar, and a broker with the same costs does the rest.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import backtrader as bt
import numpy as np
import pandas as pd

from tradegym.conf.errors import UserError, did_you_mean
from tradegym.envs.data.dataset import Dataset
from tradegym.envs.engines.backtrader.feed import ArrayFeed, bar_timeframe, to_day_numbers
from tradegym.envs.replay_check import find_mismatch, largest_difference
from tradegym.envs.strategies.orders import LIQUIDATION
from tradegym.envs.strategies.trace import (
    BROKER_CANCELS,
    CANCEL,
    MARKET,
    ORDER,
)
from tradegym.envs.strategies.trace_orders import ORDER_TYPES

_EXECTYPES: Final = {name: exectype for exectype, name in ORDER_TYPES.items()}
_WITH_LIMIT: Final = ("stop_limit", "stop_trail_limit")


@dataclass(frozen=True, slots=True)
class Replay:
    """What came of playing a trace again.

    Attributes
    ----------
    orders : int
        How many were placed.
    bars : pandas.DataFrame
        One row per bar: ``bar`` (row of the dataset), ``time``, ``cash``, ``value`` (money) and
        ``position_<asset>`` (units).
    fills : pandas.DataFrame
        One row per fill: ``bar``, ``order`` (its number in the trace), ``asset``, ``size``,
        ``price``, ``commission``.
    difference : float
        Largest difference between the equity of a bar in the trace and here, money.
    mismatch : str or None
        The first thing that is not as the trace says, in words.
    """

    orders: int
    bars: pd.DataFrame = field(repr=False)
    fills: pd.DataFrame = field(repr=False)
    difference: float
    mismatch: str | None

    @property
    def equal(self) -> bool:
        """Whether accounts and fills are those of the trace, but for rounding (1e-9)."""
        return self.mismatch is None


@dataclass(frozen=True, slots=True)
class _Placing:
    """An order to be placed; ``parent`` and ``oco`` are numbers of earlier ones."""

    number: int
    asset: str
    size: float
    parent: int | None
    oco: int | None
    valid: float | None
    options: dict[str, Any]

    @classmethod
    def of(cls, event: Mapping[str, Any]) -> "_Placing":
        """Read an ORDER event; raises ValueError, KeyError or TypeError when it is broken."""
        detail = json.loads(event["detail"])
        kind, size = event["type"], float(event["size"])
        if not math.isfinite(size) or not size:
            raise ValueError(f"its size is {size}")
        prices = {"market": "price", "close": "price", "limit": "limit"}
        options = {
            "exectype": _EXECTYPES[kind],
            "price": event[prices.get(kind, "stop")],
            "plimit": event["limit"] if kind in _WITH_LIMIT else None,
            "transmit": detail["transmit"],
            "kind": event["purpose"],
            "_checksubmit": detail["checked"],
        }
        options |= {
            name: detail[name] for name in ("trailamount", "trailpercent") if name in detail
        }
        number, valid = event["order"], detail.get("valid")
        return cls(number, event["asset"], size, event["parent"], event["oco"], valid, options)


class _Player(bt.Strategy):  # type: ignore[misc]  # backtrader has no types
    """Places and cancels what is asked for at the close of each bar, and notes the account."""

    params = (("commands", ()),)

    def __init__(self) -> None:
        self.accounts: list[tuple[float, ...]] = []
        self.filled: list[tuple[int, int, str, float, float, float]] = []
        self.placed: dict[int | None, Any] = {}
        self._numbers: dict[int, int] = {}

    def notify_order(self, order: Any) -> None:
        if order.status in (order.Partial, order.Completed):
            number, asset = self._numbers[order.ref], order.data._name
            for fill in order.executed.iterpending():
                commission = fill.closedcomm + fill.openedcomm
                row = len(self) - 1
                self.filled.append((row, number, asset, fill.size, fill.price, commission))

    def next(self) -> None:
        broker = self.broker
        held = (broker.getposition(data).size for data in self.datas)
        self.accounts.append((broker.getcash(), broker.getvalue(), *held))
        for command in self.p.commands[len(self) - 1]:
            if isinstance(command, _Placing):
                self._place(command)
            else:
                self._withdraw(command)

    def _place(self, placing: _Placing) -> None:
        if placing.options["kind"] == LIQUIDATION:
            self.broker.p.filler = None  # it ignores the volume
        place = self.buy if placing.size > 0.0 else self.sell
        order = place(
            data=self.getdatabyname(placing.asset),
            size=abs(placing.size),
            parent=self.placed.get(placing.parent),
            oco=self.placed.get(placing.oco),
            **placing.options,
        )
        order.valid = placing.valid
        self.placed[placing.number] = order
        self._numbers[order.ref] = placing.number

    def _withdraw(self, number: int) -> None:
        order, broker = self.placed.get(number), self.broker
        if order is not None and not broker.cancel(order) and order in broker.submitted:
            # Placed on this very bar and not yet checked: the broker's cancel() misses those.
            broker.submitted.remove(order)
            order.cancel()
            broker.notify(order)


def replay(trace: pd.DataFrame, dataset: Dataset, broker: bt.brokers.BackBroker) -> Replay:
    """Place the orders of an episode's trace in plain backtrader.

    Parameters
    ----------
    trace : pandas.DataFrame
        Of one episode, as `tradegym.envs.strategies.trace_table` describes it.
    dataset : Dataset
        The bars that it was made on.
    broker : backtrader.brokers.BackBroker
        A fresh one with the cash and the costs of the episode.

    Returns
    -------
    Replay

    Raises
    ------
    UserError
        The trace is incomplete, or was made on other bars.
    """
    market = trace[trace["kind"] == MARKET]
    if market.empty:
        raise UserError("the trace has no MARKET events; it cannot be replayed")
    first, last = int(market["bar"].iloc[0]), int(trace["bar"].max())
    assets = _assets(trace, dataset)
    _check_bars(market, dataset)
    cerebro = bt.Cerebro()
    cerebro.broker = broker
    timeframe, compression = bar_timeframe(dataset.bar_seconds)
    rows = slice(first, last + 1)
    for asset in assets:
        feed = ArrayFeed(
            ohlcv=dataset.ohlcv[rows, dataset.assets.index(asset)],
            day_numbers=to_day_numbers(dataset.times[rows]),
            timeframe=timeframe,
            compression=compression,
        )
        cerebro.adddata(feed, name=asset)
    commands = _commands(trace, first, last)
    cerebro.addstrategy(_Player, commands=commands)
    (player,) = cerebro.run(stdstats=False, runonce=True, preload=True)
    names = ["cash", "value", *(f"position_{asset}" for asset in assets)]
    bars = pd.DataFrame(player.accounts, columns=names)
    bars.insert(0, "bar", np.arange(first, last + 1))
    bars.insert(1, "time", pd.DatetimeIndex(dataset.times[rows]).tz_localize("UTC"))
    fills = pd.DataFrame(
        player.filled, columns=["bar", "order", "asset", "size", "price", "commission"]
    )
    fills["bar"] += first
    return Replay(
        orders=len(player.placed),
        bars=bars,
        fills=fills,
        difference=largest_difference(market, bars),
        mismatch=find_mismatch(trace, bars, fills),
    )


def _assets(trace: pd.DataFrame, dataset: Dataset) -> list[str]:
    """Return the names of the assets that occur, the traded ones first."""
    names = list(trace["asset"].dropna().unique())
    for name in names:
        if name not in dataset.assets:
            raise UserError(
                f"the trace is of '{name}', and the dataset '{dataset.name}' has "
                f"{', '.join(dataset.assets)}{did_you_mean(name, dataset.assets)}"
            )
    return names


def _check_bars(market: pd.DataFrame, dataset: Dataset) -> None:
    """Refuse a trace whose bars are not those of the dataset."""
    bars = market["bar"].to_numpy()
    if bars.min() < 0 or bars.max() >= len(dataset):
        raise UserError(
            f"the trace has bars {bars.min()} to {bars.max()}, and the dataset '{dataset.name}' "
            f"has {len(dataset)}; it was made on other data"
        )
    columns = [dataset.assets.index(name) for name in market["asset"]]
    closes = dataset.ohlcv[bars, columns, 3]
    times = market["time"].dt.tz_localize(None).to_numpy()
    wrong = np.flatnonzero((closes != market["price"].to_numpy()) | (times != dataset.times[bars]))
    if wrong.size:
        event = market.iloc[wrong[0]]
        raise UserError(
            f"the trace was made on other data than '{dataset.name}': at bar {event['bar']} "
            f"({event['time']}) {event['asset']} closed at {event['price']:.10g} in the trace and "
            f"at {closes[wrong[0]]:.10g} ({dataset.times[event['bar']]!s:.19}) in the dataset"
        )


def _commands(trace: pd.DataFrame, first: int, last: int) -> list[list[_Placing | int]]:
    """Return what is to be done at the close of each bar: orders to place, numbers to cancel."""
    own = (trace["kind"] == CANCEL) & ~trace["reason"].isin(BROKER_CANCELS)
    own |= trace["kind"] == ORDER
    commands: list[list[_Placing | int]] = [[] for _ in range(last - first + 1)]
    events = trace[own].astype(object)
    rows: list[dict[Any, Any]] = events.where(events.notna(), None).to_dict("records")
    for event in rows:
        try:
            command = _Placing.of(event) if event["kind"] == ORDER else int(event["order"])
        except (KeyError, TypeError, ValueError) as error:
            raise UserError(
                f"the trace is broken: the order at event {event['n']} cannot be placed "
                f"({type(error).__name__}: {error})"
            ) from error
        commands[event["bar"] - first].append(command)
    return commands
