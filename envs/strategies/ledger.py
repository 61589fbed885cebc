"""Counts what the broker did: commissions, closed trades, refused orders; and records it."""

from dataclasses import dataclass
from typing import Any

import backtrader as bt

# Share of a trade's units below which a rest is a rounding error.
_DUST = 1e-9

_COMPLETED = "Completed"


@dataclass(slots=True)
class OrderRow:
    """One order as the record shows it; sizes in units, prices in price units."""

    ref: int
    created: float
    executed: float | None
    side: str
    size: float
    filled: float
    price: float | None
    commission: float
    status: str
    kind: str


@dataclass(frozen=True, slots=True)
class TradeRow:
    """One closed round trip; times as backtrader's day numbers."""

    direction: int
    size: float
    opened: float
    closed: float
    entry_price: float
    exit_price: float
    bars: int
    pnl: float
    commission: float
    pnl_net: float


class _RoundTrip:
    """Sums of the fills between two moments without a position."""

    __slots__ = (
        "bar",
        "commission",
        "direction",
        "entered",
        "entry_money",
        "exit_money",
        "exited",
        "opened",
        "pnl",
    )

    def __init__(self, direction: int, opened: float, bar: int) -> None:
        self.direction = direction
        self.opened = opened
        self.bar = bar
        self.entered = self.entry_money = self.exited = self.exit_money = 0.0
        self.commission = self.pnl = 0.0

    @property
    def is_flat(self) -> bool:
        # Fractional units do not add up exactly, so what is left after the last exit may be dust.
        return self.entered - self.exited <= _DUST * self.entered


class Ledger:
    """Reads backtrader's order notifications, each exactly once.

    Round trips are summed from the fills instead of backtrader's ``Trade``, which stays open
    for ever when fractional units leave a rounding error behind.

    Attributes
    ----------
    commission : float
        Paid so far, money.
    trades : int
        Closed round trips.
    rejected : int
        Orders of which nothing, or only the closing part, was filled for lack of margin, and
        those whose size came out as nothing.
    orders : list of OrderRow
    round_trips : list of TradeRow
    """

    def __init__(self) -> None:
        self.commission = 0.0
        self.trades = 0
        self.rejected = 0
        self.orders: list[OrderRow] = []
        self.round_trips: list[TradeRow] = []
        self._alive: dict[int, OrderRow] = {}
        self._running: _RoundTrip | None = None
        self._realized = 0.0
        self._closed = False

    @property
    def is_flat(self) -> bool:
        """Whether no round trip is running."""
        return self._running is None

    def refuse(self, now: float, side: str) -> None:
        """Count an order that was not placed because its size is nothing.

        Parameters
        ----------
        now : float
            Day number.
        side : str
            ``buy`` or ``sell``.
        """
        self.rejected += 1
        row = OrderRow(len(self.orders) + 1, now, None, side, 0.0, 0.0, None, 0.0, "Rejected", "")
        self.orders.append(row)

    def take_closed(self) -> tuple[float, bool]:
        """Return result (money, after commission) and presence of trades closed since last time."""
        taken = self._realized, self._closed
        self._realized, self._closed = 0.0, False
        return taken

    def on_order(self, order: Any, bar: int) -> None:
        """Take in one order notification (a clone of a ``bt.Order``) of bar number ``bar``."""
        row = self._alive.get(order.ref)
        if row is None:
            row = OrderRow(
                ref=len(self.orders) + 1,
                created=order.created.dt,
                executed=None,
                side="buy" if order.isbuy() else "sell",
                size=abs(order.created.size),
                filled=0.0,
                price=None,
                commission=0.0,
                status="Created",
                kind=order.info.get("kind", ""),
            )
            self._alive[order.ref] = row
            self.orders.append(row)
        if row.status != _COMPLETED:
            row.status = order.getstatusname()
        if order.status in (bt.Order.Partial, bt.Order.Completed):
            for fill in order.executed.iterpending():
                self._on_fill(fill, row, bar)
        elif order.status in (bt.Order.Margin, bt.Order.Rejected):
            self.rejected += 1
            row.status = "Partial" if row.filled else order.getstatusname()
        if not order.alive():
            self._alive.pop(order.ref, None)

    def _on_fill(self, fill: Any, row: OrderRow, bar: int) -> None:
        commission = fill.closedcomm + fill.openedcomm
        units = abs(fill.size)
        self.commission += commission
        row.commission += commission
        row.executed = fill.dt
        row.price = ((row.price or 0.0) * row.filled + fill.price * units) / (row.filled + units)
        row.filled += units
        if row.size - row.filled <= _DUST * row.size:
            # Both parts of a reversal rarely add up to its size exactly; backtrader then keeps
            # the order open for the rounding error.
            row.status = _COMPLETED
        if fill.closed:
            self._on_exit(fill, bar)
        if fill.opened:
            if self._running is None:
                self._running = _RoundTrip(1 if fill.opened > 0 else -1, fill.dt, bar)
            trip = self._running
            trip.entered += abs(fill.opened)
            trip.entry_money += abs(fill.opened) * fill.price
            trip.commission += fill.openedcomm

    def _on_exit(self, fill: Any, bar: int) -> None:
        trip = self._running
        if trip is None:  # dust of a trip that counts as closed
            self._realized += fill.pnl - fill.closedcomm
            return
        trip.exited += abs(fill.closed)
        trip.exit_money += abs(fill.closed) * fill.price
        trip.commission += fill.closedcomm
        trip.pnl += fill.pnl
        if not (trip.is_flat or fill.opened):
            return
        net = trip.pnl - trip.commission
        self.round_trips.append(
            TradeRow(
                direction=trip.direction,
                size=trip.entered,
                opened=trip.opened,
                closed=fill.dt,
                entry_price=trip.entry_money / trip.entered,
                exit_price=trip.exit_money / trip.exited,
                bars=bar - trip.bar,
                pnl=trip.pnl,
                commission=trip.commission,
                pnl_net=net,
            )
        )
        self.trades += 1
        self._realized += net
        self._closed = True
        self._running = None
