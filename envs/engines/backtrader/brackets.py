"""A broker whose brackets are sound: checked as one would expect, and right in partial fills."""

from itertools import islice
from typing import Any

import backtrader as bt

from tradegym.envs.engines.backtrader.equity import EquityBroker

#: Part of an order below which what is left of it is a rounding error.
_DUST = 1e-12
#: Part of the last order below which what is left of a position is one.
_REST = 1e-9


class BracketBroker(EquityBroker):
    """`EquityBroker` with repairs of how backtrader submits and fills orders in parts.

    - Each order of a bracket is checked for cash by its own flag, and its children never are:
      they close what the entry opens. backtrader takes the last child's flag for all three.
    - Where volume limits the fills, the children are for as much as the entry has opened and they
      have not closed yet, from the bar after the first part on. In backtrader they wait for the
      whole entry, and after a partial stop the take-profit would still close everything.
    - A stop that was reached is a market order from then on, until it is filled completely.
    - What rounding leaves of an order counts as filled.

    Without a volume limit the fills are backtrader's.
    """

    def submit(self, order: bt.Order, check: bool = True) -> bt.Order:
        """Take an order; ``check`` says whether it needs the cash to open a position."""
        order.needs_cash = check and order.parent is None
        return super().submit(order, check)

    def transmit(self, order: bt.Order, check: bool = True) -> bt.Order:
        """Send an order on its way, by its own flag."""
        return super().transmit(order, order.needs_cash)

    def submit_accept(self, order: bt.Order) -> None:
        """Accept an order; its children, which were not checked, queue behind it."""
        super().submit_accept(order)
        for child in islice(self._pchildren.get(order.ref, ()), 1, None):
            if child in self.pending:
                self.pending.remove(child)
                self.pending.append(child)

    def notify(self, order: bt.Order) -> None:
        """Tell the strategy what became of an order."""
        if order.status == bt.Order.Partial:
            if abs(order.executed.remsize) <= _DUST * abs(order.created.size):
                order.executed.remsize = 0.0
                order.completed()
            else:
                self._resize_children(order)
        elif order.status == bt.Order.Completed and len(order.executed) > 1:
            self._resize_children(order)
        if order.status in (bt.Order.Partial, bt.Order.Completed):
            self._drop_rest(order)
        super().notify(order)

    def _drop_rest(self, order: bt.Order) -> None:
        """Forget what rounding leaves of a closed position; it would pay commissions."""
        position = self.positions[order.data]
        if 0.0 < abs(position.size) <= _REST * abs(order.created.size):
            position.set(0.0, 0.0)

    def _resize_children(self, order: bt.Order) -> None:
        """Let each child of the order's bracket close no more than is open."""
        parent = order.parent or order
        group = self._pchildren.get(parent.ref, ())
        children = [one for one in group if one.parent is not None]
        if not children:
            return
        # The position itself: fills that are summed again may differ from it by rounding.
        held = self.positions[order.data].size
        if held * children[0].created.size >= 0.0:
            return  # so far the entry has only closed an earlier position
        for child in children:
            child.executed.remsize = -held
            self._toactivate.append(child)

    def _bracketize(self, order: bt.Order, cancel: bool = False) -> None:
        """Activate or cancel the other orders of a bracket after one of them is over."""
        if cancel and order.parent is None and _opened(order):
            # The rest of the entry is cancelled or refused; what it opened keeps its stop.
            cancel = not self._pchildren.get(order.ref)
        super()._bracketize(order, cancel)

    def _try_exec_stop(
        self,
        order: bt.Order,
        popen: float,
        phigh: float,
        plow: float,
        pcreated: float,
        pclose: float,
    ) -> None:
        """Fill a stop order as far as this bar's prices and volume allow."""
        if order.triggered:
            self._try_exec_market(order, popen, phigh, plow)
            return
        super()._try_exec_stop(order, popen, phigh, plow, pcreated, pclose)
        if order.alive():
            order.triggered = phigh >= pcreated if order.isbuy() else plow <= pcreated


def _opened(order: Any) -> float:
    """Return the signed units of an order's fills that opened a position."""
    return float(sum(bit.opened for bit in order.executed.exbits))
