"""The event trace of an episode: everything that happened, in the order in which it happened.

The trace listens to the broker itself, so it sees each order, fill, rejection and cancellation
at the moment it happens, whoever caused it: an action, a user's own strategy, or backtrader.
"""

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import backtrader as bt

from tradegym.envs.strategies.orders import OrderIntent
from tradegym.envs.strategies.trace_orders import base_price, describe_order, order_type, to_json

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

MARKET: Final = "MARKET"
SIGNAL: Final = "SIGNAL"
ORDER: Final = "ORDER"
FILL: Final = "FILL"
REJECT: Final = "REJECT"
CANCEL: Final = "CANCEL"
LIMIT: Final = "LIMIT"
DONE: Final = "DONE"

#: Every kind of event.
KINDS: Final = (MARKET, SIGNAL, ORDER, FILL, REJECT, CANCEL, LIMIT, DONE)

_ORDERS: Final = ("order", "parent", "oco")

#: Why an order is cancelled that a strategy's own code cancels.
STRATEGY: Final = "strategy"

#: Reasons of cancellations that follow from other events by the broker's own rules.
BRACKET, OCO, VALID = "bracket", "oco", "valid"
BROKER_CANCELS: Final = frozenset({BRACKET, OCO, VALID})


class Trace:
    """Notes the events of one episode; made only when tracing is on.

    Once it is attached to the broker, ORDER, FILL, CANCEL and the broker's REJECT events need no
    calls. Within a bar the order is: what the broker did on it (FILL, REJECT, CANCEL), MARKET
    (the close of each traded asset), LIMIT or SIGNAL, and what came of it (CANCEL, ORDER,
    REJECT). DONE is the last event of all.

    Parameters
    ----------
    assets : sequence of str
        Names of the traded assets, which are the names of their feeds.
    """

    def __init__(self, assets: Sequence[str]) -> None:
        self._assets = tuple(assets)
        #: Why the strategy cancels orders from now on: ``replaced``, ``expired``, ``ending``;
        #: ``strategy`` at every close, until somebody says otherwise.
        self.cancel_reason = STRATEGY
        self._events: list[tuple[int, str, dict[str, Any]]] = []
        self._numbers: dict[int, int] = {}
        self._datas: dict[int, str] = {}
        self._broker: Any = None
        self._broker_acts = False

    def attach(self, broker: Any, datas: Sequence[Any]) -> None:
        """Listen to the broker; once, before the first bar.

        Parameters
        ----------
        broker : backtrader.brokers.BackBroker
        datas : sequence of backtrader data
            Feeds of the traded assets.
        """
        self._broker = broker
        self._datas = {id(data): name for data, name in zip(datas, self._assets, strict=True)}
        notify, advance = broker.notify, broker.next

        def noted(order: Any) -> None:
            self._heard(order)
            notify(order)

        def advanced() -> None:
            self._broker_acts = True
            advance()
            self._broker_acts = False

        broker.notify, broker.next = noted, advanced

    # -- what the strategy tells ------------------------------------------------------------

    def market(
        self,
        row: int,
        closes: Sequence[float],
        positions: Sequence[float],
        cash: float,
        value: float,
    ) -> None:
        """Note the close of a bar, before the strategy does anything on it.

        Parameters
        ----------
        row : int
            Bar of the episode, from 0.
        closes, positions : sequence of float
            Price and signed units of each traded asset.
        cash, value : float
            Money that is not locked, and equity.
        """
        self.cancel_reason = STRATEGY
        for asset, close, held in zip(self._assets, closes, positions, strict=True):
            self._add(row, MARKET, asset=asset, price=close, position=held, cash=cash, value=value)

    def signal(self, row: int, action: Any, words: str) -> None:
        """Note an action.

        Parameters
        ----------
        row : int
        action : int, ndarray, OrderIntent or sequence of OrderIntent
            Its numbers are noted, if it has any.
        words : str
            As the action scheme explains it.
        """
        self._add(row, SIGNAL, action=words, choice=_numbers_of(action))

    def reject(self, row: int, asset: int, size: float, reason: str, side: str = "") -> None:
        """Note an order that the strategy did not place.

        Parameters
        ----------
        row, asset : int
        size : float
            Signed units; 0 where there are none to name.
        reason : str
            ``size_zero``, ``short``, ``max_orders`` ...
        side : str
            ``buy`` or ``sell``.
        """
        self._add(
            row, REJECT, asset=self._assets[asset], side=side or None, size=size, reason=reason
        )

    def limit(
        self,
        row: int,
        reason: str,
        value: float,
        measured: float | None = None,
        threshold: float | None = None,
        message: str = "",
    ) -> None:
        """Note that an ending of the strategy holds; to be called before positions are closed.

        Parameters
        ----------
        row : int
        reason : str
            One of `tradegym.envs.strategies.endings.REASONS`.
        value : float
            Equity, money.
        measured, threshold : float, optional
            Numbers of the rule, such as the drawdown and the drawdown call (percent).
        message : str
            What the strategy's own ``get_done`` says.
        """
        self._add(
            row,
            LIMIT,
            value=value,
            reason=reason,
            measured=measured,
            threshold=threshold,
            detail=to_json({"message": message}) if message else None,
        )

    def done(self, row: int, reason: str, cash: float, value: float) -> None:
        """Note the end of the episode, with the money at the close of its last bar."""
        self._add(row, DONE, cash=cash, value=value, reason=reason)

    def to_frame(
        self,
        times: "NDArray[np.datetime64]",
        first_bar: int = 0,
        refs: Mapping[int, int] | None = None,
    ) -> "pd.DataFrame":
        """Return the trace as a table; `tradegym.envs.strategies.trace_table` describes it.

        Parameters
        ----------
        times : ndarray of datetime64[ns], shape [T]
            Of the bars of the episode, warm-up included.
        first_bar : int
            Row of the dataset where they begin.
        refs : mapping of int to int, optional
            Number of each order by backtrader's reference; by default 1, 2, ... as they came.
        """
        numbers = self._numbers if refs is None else {**self._numbers, **refs}
        from tradegym.envs.strategies.trace_table import trace_table

        return trace_table(self._events, times, first_bar, numbers)

    def events(self) -> list[tuple[int, str, dict[str, Any]]]:
        """Return what happened so far: row of the episode, kind, and its columns of the table.

        It takes a fraction of the time of `to_frame`. Orders have their numbers; columns that an
        event does not have are left out.
        """
        numbers = self._numbers
        return [
            (row, kind, {k: numbers.get(v, v) if k in _ORDERS else v for k, v in values.items()})
            for row, kind, values in self._events
        ]

    # -- what the broker tells --------------------------------------------------------------

    def _heard(self, order: Any) -> None:
        """Take in what the broker is about to notify."""
        row = len(order.data) - 1
        if order.ref not in self._numbers:
            self._numbers[order.ref] = len(self._numbers) + 1
            group = self._broker._ocos.get(order.ref)
            self._add(row, ORDER, **self._identity(order), **describe_order(order, group))
        status = order.status
        if status in (bt.Order.Partial, bt.Order.Completed):
            self._note_fill(row, order)
        elif status == bt.Order.Margin:
            reason = "margin_partial" if order.executed.size else "margin"
            self._note_end(row, REJECT, order, reason)
        elif status == bt.Order.Rejected:
            self._note_end(row, REJECT, order, "no_parent")
        elif status in (bt.Order.Canceled, bt.Order.Expired):
            self._note_end(row, CANCEL, order, self._cancel_reason(order))

    def _note_fill(self, row: int, order: Any) -> None:
        fill = order.executed.exbits[-1]
        self._add(
            row,
            FILL,
            **self._identity(order),
            size=float(fill.size),
            price=float(fill.price),
            base_price=base_price(order),
            commission=float(fill.closedcomm + fill.openedcomm),
            position=float(self._broker.getposition(order.data).size),
            cash=float(self._broker.getcash()),
        )

    def _note_end(self, row: int, event: str, order: Any, reason: str) -> None:
        size = float(order.executed.remsize)
        self._add(row, event, **self._identity(order), size=size, reason=reason)

    def _identity(self, order: Any) -> dict[str, Any]:
        """Return what every event of an order has."""
        return {
            "asset": self._datas.get(id(order.data), order.data._name),
            "order": order.ref,
            "purpose": order.info.get("kind", None),
            "side": "buy" if order.isbuy() else "sell",
            "type": order_type(order),
        }

    def _cancel_reason(self, order: Any) -> str:
        if order.status == bt.Order.Expired:
            return VALID
        if not self._broker_acts:
            return self.cancel_reason
        return OCO if order.parent is None else BRACKET

    def _add(self, row: int, kind: str, **values: Any) -> None:
        self._events.append((row, kind, values))


def _numbers_of(action: Any) -> str | None:
    """Return an action's numbers as JSON; an intent has none."""
    if hasattr(action, "tolist"):
        action = action.tolist()
    many = action if isinstance(action, list | tuple) else [action]
    if any(isinstance(one, OrderIntent) or not _is_number(one) for one in many):
        return None
    return to_json(action)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and math.isfinite(value)
