"""Counts what the broker did: commissions, closed trades, refused orders; and records it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import backtrader as bt

from tradegym.envs.strategies.round_trips import DUST, RoundTrip, TradeRow

COMPLETED: Final = "Completed"
PARTIAL: Final = "Partial"
EXPIRED: Final = "Expired"
REJECTED: Final = "Rejected"
REFUSED: Final = "Refused"

_TYPES: Final = {bt.Order.Market: "market", bt.Order.Limit: "limit", bt.Order.Stop: "stop"}
_FILLED: Final = (bt.Order.Partial, bt.Order.Completed)
_REJECTIONS: Final = (bt.Order.Margin, bt.Order.Rejected)
_FINAL: Final = (COMPLETED, EXPIRED)


@dataclass(slots=True)
class OrderRow:
    """One order as the record shows it; sizes in units, prices in price units."""

    ref: int
    asset: str
    created: float
    executed: float | None
    side: str
    type: str
    size: float
    limit: float | None
    filled: float
    price: float | None
    commission: float
    status: str
    kind: str


class Ledger:
    """Reads backtrader's order notifications, each exactly once.

    Parameters
    ----------
    assets : sequence of str
        Names of the traded assets.

    Attributes
    ----------
    commission, interest : float
        Paid so far, money.
    trades : int
        Closed round trips.
    rejected : int
        Orders of which nothing, or only the closing part, was filled for lack of margin, those
        whose size came out as nothing, and those that a rule of the account refused.
    fills : int
        So far.
    orders : list of OrderRow
    numbers : dict of int to int
        ``ref`` of an order's row by backtrader's reference.
    round_trips : list of TradeRow
    running : list of RoundTrip or None
        By asset.
    """

    def __init__(self, assets: Sequence[str]) -> None:
        self._assets = tuple(assets)
        self.commission = self.interest = 0.0
        self.trades = self.rejected = self.fills = 0
        self.orders: list[OrderRow] = []
        self.numbers: dict[int, int] = {}
        self.round_trips: list[TradeRow] = []
        self._alive: dict[int, OrderRow] = {}
        self.running: list[RoundTrip | None] = [None] * len(self._assets)
        self._realized = 0.0
        self._closed = False

    def is_flat(self, asset: int) -> bool:
        """Whether no round trip of the asset is running."""
        return self.running[asset] is None

    def place(self, order: Any, asset: int) -> None:
        """Take in an order that has just been handed to the broker (a ``bt.Order``).

        Its notifications arrive on the next bar.
        """
        kind = _TYPES.get(order.exectype, "market")
        row = OrderRow(
            ref=len(self.orders) + 1,
            asset=self._assets[asset],
            created=order.created.dt,
            executed=None,
            side="buy" if order.isbuy() else "sell",
            type=kind,
            size=abs(order.created.size),
            limit=None if kind == "market" else float(order.created.price),
            filled=0.0,
            price=None,
            commission=0.0,
            status="Created",
            kind=order.info.get("kind", ""),
        )
        self._alive[order.ref] = row
        self.numbers[order.ref] = row.ref
        self.orders.append(row)

    def expire(self, ref: int) -> None:
        """Note that the order with backtrader's reference ``ref`` is cancelled for its age."""
        row = self._alive.get(ref)
        if row is not None:
            row.status = EXPIRED

    def refuse(self, now: float, asset: int, side: str, size: float, status: str) -> None:
        """Count an order that was not even placed.

        Parameters
        ----------
        now : float
            Day number.
        asset : int
        side : str
            ``buy`` or ``sell``.
        size : float
            Units, at least 0.
        status : str
            ``Rejected`` for lack of money, ``Refused`` by a rule.
        """
        self.rejected += 1
        row = OrderRow(
            ref=len(self.orders) + 1,
            asset=self._assets[asset],
            created=now,
            executed=None,
            side=side,
            type="market",
            size=size,
            limit=None,
            filled=0.0,
            price=None,
            commission=0.0,
            status=status,
            kind="",
        )
        self.orders.append(row)

    def take_closed(self) -> tuple[float, bool]:
        """Return result (money, after costs) and presence of trades closed since last time."""
        taken = self._realized, self._closed
        self._realized, self._closed = 0.0, False
        return taken

    def charge_interest(self, asset: int, amount: float) -> None:
        """Add interest (money) that the position of ``asset`` has cost."""
        self.interest += amount
        trip = self.running[asset]
        if trip is not None:
            trip.interest += amount

    def on_order(self, order: Any, asset: int, bar: int) -> None:
        """Take in one order notification (a clone of a ``bt.Order``) of bar number ``bar``."""
        row = self._alive.get(order.ref)
        if row is None:
            return  # the end of an order that is known to be over
        status = order.status
        if status in _FILLED:
            row.status = order.getstatusname()
            for fill in order.executed.iterpending():
                self._on_fill(fill, row, asset, bar)
        elif status in _REJECTIONS:
            self.rejected += 1
            row.status = PARTIAL if row.filled else order.getstatusname()
        elif row.status not in _FINAL:
            row.status = order.getstatusname()
        if not order.alive():
            del self._alive[order.ref]

    def _on_fill(self, fill: Any, row: OrderRow, asset: int, bar: int) -> None:
        commission = fill.closedcomm + fill.openedcomm
        units = abs(fill.size)
        self.fills += 1
        self.commission += commission
        row.commission += commission
        row.executed = fill.dt
        row.price = ((row.price or 0.0) * row.filled + fill.price * units) / (row.filled + units)
        row.filled += units
        if row.size - row.filled <= DUST * row.size:
            # Both parts of a reversal rarely add up to its size exactly; backtrader then keeps
            # the order open for the rounding error.
            row.status = COMPLETED
        # What a close misses by rounding opens nothing; its commission belongs to what is closed.
        opens = abs(fill.opened) > DUST * units
        carried = 0.0
        if fill.closed:
            carried = self._on_exit(fill, asset, bar, opens=opens)
        if opens:
            trip = self.running[asset]
            if trip is None:
                direction = 1 if fill.opened > 0 else -1
                trip = RoundTrip(self._assets[asset], direction, fill.dt, bar)
                self.running[asset] = trip
            trip.enter(fill)
            trip.commission += carried

    def _on_exit(self, fill: Any, asset: int, bar: int, *, opens: bool) -> float:
        """Close what a fill closes; returns the commission that the next round trip owes."""
        trip = self.running[asset]
        paid: float = fill.closedcomm if opens else fill.closedcomm + fill.openedcomm
        if trip is None:  # dust of a trip that counts as closed
            self._realized += fill.pnl - (0.0 if opens else paid)
            return paid if opens else 0.0
        trip.leave(fill, paid)
        if not (trip.is_flat or opens):
            return 0.0
        row = trip.row(fill.dt, bar)
        self.round_trips.append(row)
        self.trades += 1
        self._realized += row.pnl_net
        self._closed = True
        self.running[asset] = None
        return 0.0
