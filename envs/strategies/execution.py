"""Hands the orders of a decision to the broker, in an order in which none spoils another."""

from collections import deque
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import backtrader as bt

from tradegym.envs.strategies.actions import Decision
from tradegym.envs.strategies.ledger import REFUSED, REJECTED, Ledger
from tradegym.envs.strategies.live_account import LiveAccount
from tradegym.envs.strategies.orders import (
    BUY,
    ENTRY,
    EXIT,
    LIQUIDATION,
    REVERSAL,
    SELL,
    STOP_LOSS,
    TAKE_PROFIT,
    OrderRequest,
    close_fully,
    order_kind,
)

if TYPE_CHECKING:
    from tradegym.envs.strategies.trace import Trace


class Executor:
    """Places, replaces and expires the orders of a strategy.

    A bar's orders go in this sequence: open orders of the assets concerned are cancelled; then
    orders that reduce or reverse a position, then orders that open one, assets in their order.
    backtrader's check of the cash at submission lets a refused order's missing cash count against
    those behind it, so what closes a position is not checked and goes first. It also knows nothing
    of the cash that such an order is about to free, so the openings of the same bar are then not
    checked at submission either; backtrader checks each fill's cash in any case.

    Parameters
    ----------
    strategy : backtrader.Strategy
        Its ``place`` hands an order to the broker.
    account : LiveAccount
    ledger : Ledger
    max_orders : int or None
        Opening orders that may be placed within ``window`` bars; None: any number.
    window : int
        Bars.
    trace : Trace or None
        Is told of refused orders, and why orders are cancelled.
    """

    def __init__(
        self,
        strategy: Any,
        account: LiveAccount,
        ledger: Ledger,
        max_orders: int | None,
        window: int,
        trace: "Trace | None",
    ) -> None:
        self._strategy = strategy
        self._broker = strategy.broker
        self._account = account
        self._ledger = ledger
        self._max_orders, self._window = max_orders, window
        self._trace = trace
        self._openings: deque[int] = deque()
        #: Limit order by asset that is cancelled after a bar.
        self.expiries: dict[int, tuple[Any, int]] = {}
        #: Orders placed since this was last set to 0.
        self.placed = 0
        #: Choices so far that could not mean anything.
        self.impossible = 0

    def execute(self, decision: Decision, row: int) -> None:
        """Place the orders of a decision.

        Parameters
        ----------
        decision : Decision
        row : int
            Bar of the episode, from 0.
        """
        self.impossible += decision.impossible
        if self._trace is not None:
            self._trace.cancel_reason = "replaced"
        for asset, side in decision.refused:
            self.refuse(row, asset, side, 0.0, "size_zero")
        for asset in decision.cancel:
            self.cancel(asset)
        if not decision.requests:
            return
        opening, reduced = [], False
        for request in decision.requests:
            held = self._account.position(request.asset)
            allowed = self._allow(request, held, row)
            if allowed is None:
                continue
            size = close_fully(held, allowed.size)
            if size != allowed.size:
                allowed = replace(allowed, size=size)
            kind = order_kind(held, allowed.size)
            self.cancel(request.asset)
            if kind == ENTRY:
                opening.append(allowed)
            else:
                reduced = True
                self._place(allowed, held, kind, row, check=False)
        for request in opening:
            held = self._account.position(request.asset)
            self._place(request, held, ENTRY, row, check=not reduced)

    def expire(self, row: int) -> None:
        """Cancel the limit orders whose last bar this was."""
        for asset, (order, last) in list(self.expiries.items()):
            if not order.alive():
                del self.expiries[asset]
            elif row >= last:
                self._because("expired")
                self._ledger.expire(order.ref)
                self._broker.cancel(order)
                del self.expiries[asset]

    def liquidate(self) -> None:
        """Cancel everything that waits and close every position at the next open."""
        self._because("ending")
        self._broker.p.filler = None  # a liquidation ignores the volume
        for asset in range(len(self._account.assets)):
            self.cancel(asset)
            held = self._account.position(asset)
            if held:
                self._send(asset, -held, kind=LIQUIDATION, check=False)

    def cancel(self, asset: int) -> None:
        """Cancel the open orders of an asset."""
        broker, data = self._broker, self._strategy.datas[asset]
        self.expiries.pop(asset, None)
        if not broker.pending and not broker.submitted:
            return
        for order in [one for one in broker.pending if one.data is data]:
            broker.cancel(order)  # one that its bracket has just cancelled stays so
        for order in [one for one in broker.submitted if one.data is data]:
            # Placed on this very bar and not yet checked: the broker's cancel() misses those.
            broker.submitted.remove(order)
            order.cancel()
            broker.notify(order)

    # -- details ----------------------------------------------------------------------------

    def _allow(self, request: OrderRequest, held: float, row: int) -> OrderRequest | None:
        """Return what the account's rules leave of a request, or None."""
        asset, size = request.asset, request.size
        if size < 0.0 and held + size < 0.0 and not self._account.may_short(asset):
            if held <= 0.0:
                self.refuse(row, asset, request.side, size, "short")
                return None
            return OrderRequest(asset, -held, request.limit, request.expiry, side=request.side)
        if order_kind(held, size) == EXIT or self._may_open(row):
            return request
        self.refuse(row, asset, request.side, size, "max_orders")
        if held * size >= 0.0:
            return None
        # The closing half of a reversal is always allowed.
        return OrderRequest(asset, -held, request.limit, request.expiry, side=request.side)

    def permits(self, asset: int, size: float, row: int) -> bool:
        """Tell whether an order of the user's own code may be placed, and count it.

        Parameters
        ----------
        asset : int
        size : float
            Signed units.
        row : int
            Bar of the episode, from 0.
        """
        held = self._account.position(asset)
        left = held - self._waiting_to_sell(asset) + size
        if size < 0.0 and left < 0.0 and not self._account.may_short(asset):
            self.refuse(row, asset, SELL, size, "short")
            return False
        if order_kind(held, size) != EXIT and not self._may_open(row):
            self.refuse(row, asset, BUY, size, "max_orders")
            return False
        self.placed += 1
        return True

    def _waiting_to_sell(self, asset: int) -> float:
        """Return the units of the sell orders that wait, apart from stops and take-profits."""
        data, broker = self._strategy.datas[asset], self._broker
        waiting = (*broker.pending, *broker.submitted)
        sells = [one for one in waiting if one.data is data and one.issell() and not one.parent]
        return float(sum(abs(order.executed.remsize) for order in sells))

    def _may_open(self, row: int) -> bool:
        """Tell whether one more opening order fits into the window, and count it."""
        if self._max_orders is None:
            return True
        while self._openings and self._openings[0] <= row - self._window:
            self._openings.popleft()
        if len(self._openings) >= self._max_orders:
            return False
        self._openings.append(row)
        return True

    def refuse(self, row: int, asset: int, side: str, size: float, why: str) -> None:
        """Count an order that is not placed.

        Parameters
        ----------
        row : int
            Bar of the episode, from 0.
        asset : int
        side : str
            ``buy`` or ``sell``, where ``size`` does not tell.
        size : float
            Signed units; 0 when it came out as nothing.
        why : str
            In a word, for the trace.
        """
        side = "buy" if size > 0.0 or side == BUY else "sell"
        now, status = self._strategy.datas[asset].datetime[0], REFUSED if size else REJECTED
        self._ledger.refuse(now, asset, side, abs(size), status)
        if self._trace is not None:
            self._trace.reject(row, asset, size, why, side)

    def _because(self, reason: str) -> None:
        """Tell the trace why orders are cancelled from now on."""
        if self._trace is not None:
            self._trace.cancel_reason = reason

    def _place(
        self, request: OrderRequest, held: float, kind: str, row: int, *, check: bool
    ) -> None:
        options: dict[str, Any] = {"kind": kind, "check": check}
        if request.limit is not None:
            options |= {"exectype": bt.Order.Limit, "price": request.limit}
        if request.stop_loss is None or kind == EXIT:
            order = self._send(request.asset, request.size, **options)
            if request.expiry is not None and order is not None:
                self.expiries[request.asset] = order, row + request.expiry
            return
        entry = self._send(request.asset, request.size, transmit=False, **options)
        if entry is None:  # a subclass does not want it
            return
        opened = request.size + held if kind == REVERSAL else request.size
        for name, price, exectype, last in (
            (STOP_LOSS, request.stop_loss, bt.Order.Stop, False),
            # Behind the stop, so that on a bar that reaches both the stop is filled.
            (TAKE_PROFIT, request.take_profit, bt.Order.Limit, True),
        ):
            self._send(
                request.asset,
                -opened,
                kind=name,
                check=check,
                exectype=exectype,
                price=price,
                parent=entry,
                transmit=last,
            )

    def _send(self, asset: int, size: float, *, kind: str, check: bool, **options: Any) -> Any:
        self.placed += "parent" not in options  # a bracket is one order
        return self._strategy.place(asset, size, kind=kind, _checksubmit=check, **options)
