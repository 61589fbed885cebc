"""backtrader's broker with a correct value for short positions, and without needless work."""

from collections import defaultdict
from typing import Any

import backtrader as bt

from tradegym.envs.engines.backtrader.feed import ArrayFeed
from tradegym.envs.engines.backtrader.orders import (
    LEAN_TYPES,
    LeanBuyOrder,
    LeanSellOrder,
    lean_order,
)
from tradegym.envs.engines.backtrader.positions import LeanPosition, moved

_BASE = bt.CommInfoBase


class EquityBroker(bt.brokers.BackBroker):  # type: ignore[misc]  # backtrader has no types
    """``BackBroker`` whose equity holds for any price.

    Cash, positions and fills are backtrader's own. With ``shortcash=False`` a short locks its
    cost as a long does, and plain backtrader then takes the absolute value of the short's
    worth, which is wrong beyond twice the entry price. Here ``equity = cash + sum(|size| *
    entry / leverage + size * (close - entry))``.

    The rest does what backtrader does, with the same operations in the same order, but makes
    lean orders, and works out dates only where they count.
    """

    cash: float
    positions: "defaultdict[Any, LeanPosition]"
    #: Whether any interest may have been charged since the start.
    interest_charged = False

    def init(self) -> None:
        """Prepare for a run; backtrader calls it when the broker is made and when it starts."""
        super().init()
        self.positions = defaultdict(LeanPosition)
        kind = type(self)
        own = kind.next is EquityBroker.next and kind.interest_of is EquityBroker.interest_of
        self.interest_charged = not own

    def interest_of(self, data: bt.DataBase) -> float:
        """Return the interest charged for positions in ``data`` so far; money.

        With ``int2pnl`` (backtrader's default) it is what no closing fill's commission holds yet.
        """
        return float(self.d_credit.get(data, 0.0))

    def buy(self, owner: Any, data: Any, size: float, *args: Any, **kwargs: Any) -> Any:
        """Place a buy order as `backtrader.brokers.BackBroker.buy`."""
        if args or not _is_lean(kwargs):
            return super().buy(owner, data, size, *args, **kwargs)
        return self._place(LeanBuyOrder, owner, data, size, **kwargs)

    def sell(self, owner: Any, data: Any, size: float, *args: Any, **kwargs: Any) -> Any:
        """Place a sell order as `backtrader.brokers.BackBroker.sell`."""
        if args or not _is_lean(kwargs):
            return super().sell(owner, data, size, *args, **kwargs)
        return self._place(LeanSellOrder, owner, data, size, **kwargs)

    def _place(
        self,
        kind: type[LeanBuyOrder] | type[LeanSellOrder],
        owner: Any,
        data: Any,
        size: float,
        /,
        price: float | None = None,
        plimit: float | None = None,
        exectype: int | None = None,
        valid: None = None,
        tradeid: int = 0,
        oco: Any = None,
        trailamount: None = None,
        trailpercent: None = None,
        parent: Any = None,
        transmit: bool = True,
        histnotify: bool = False,
        _checksubmit: bool = True,
        **info: Any,
    ) -> Any:
        order = lean_order(
            kind,
            owner=owner,
            data=data,
            size=size,
            price=price,
            pricelimit=plimit,
            exectype=exectype,
            tradeid=tradeid,
            parent=parent,
            transmit=transmit,
            histnotify=histnotify,
            info=info,
        )
        self._ocoize(order, oco)
        return self.submit(order, check=_checksubmit)

    # -- a bar --------------------------------------------------------------------------------

    def next(self) -> None:
        """Play one bar: interest, orders that wait, then the value at the close."""
        while self._toactivate:
            self._toactivate.popleft().activate()
        if self.submitted and self.p.checksubmit:
            self.check_submitted()
        if self.positions:
            self._charge_interest()
        if self._userhist:
            self._process_order_history()
        if self.pending:
            self._work_through()
        for data, position in self.positions.items():
            if position.size:
                close, comminfo = data.close[0], self.getcommissioninfo(data)
                self.cash += comminfo.cashadjust(position.size, position.adjbase, close)
                position.adjbase = close
        self._get_value()

    def _charge_interest(self) -> None:
        """Take the interest of the open positions from the cash."""
        credit = 0.0
        for data, position in self.positions.items():
            if not position.size:
                continue
            comminfo = self.getcommissioninfo(data)
            if _is_free(comminfo):
                position.set_date(data, data.datetime[0])
                continue
            now = data.datetime.datetime()
            charged = comminfo.get_credit_interest(data, position, now)
            if charged:
                self.interest_charged = True
            self.d_credit[data] += charged
            credit += charged
            position.datetime = now
        self.cash -= credit

    def _work_through(self) -> None:
        """Try each order that waits, once."""
        pending = self.pending
        pending.append(None)
        while (order := pending.popleft()) is not None:
            if order.expire():
                self.notify(order)
                self._ococheck(order)
                self._bracketize(order, cancel=True)
            elif not order.active():
                pending.append(order)
            else:
                self._try_exec(order)
                if order.alive():
                    pending.append(order)
                elif order.status == bt.Order.Completed:
                    self._bracketize(order)

    def _try_exec(self, order: Any) -> None:
        """Try to fill an order on this bar."""
        if order.exectype == bt.Order.Market and type(order.data) is ArrayFeed:
            self._try_exec_market(order, *order.data.bar())
        else:
            super()._try_exec(order)

    def _execute(
        self,
        order: Any,
        ago: int | None = None,
        price: float | None = None,
        cash: float | None = None,
        position: Any = None,
        dtcoc: float | None = None,
    ) -> float | None:
        """Fill an order at ``price``; without ``ago`` only return what cash that would leave."""
        if ago is None:
            left: float = super()._execute(order, cash=cash, position=position)
            return left
        if price is None:
            return None
        data, comminfo = order.data, self.getcommissioninfo(order.data)
        if data._compensate is not None:
            super()._execute(order, ago, price, cash, position, dtcoc)
            return None
        size = order.executed.remsize
        if self.p.filler is not None:
            size = self.p.filler(order, price, ago)
            if not order.isbuy():
                size = -size
        position = self.positions[data]
        paid, based, free, short = position.price, position.adjbase, self.cash, self.p.shortcash
        after, entry, opened, closed = moved(position.size, paid, size, price)
        pnl = comminfo.profitandloss(-closed, paid, price)
        worth = comminfo.getvaluesize if short else comminfo.getoperationcost
        closedvalue = closedcomm = openedvalue = openedcomm = 0.0
        if closed:
            freed = closedvalue = worth(-closed if short else closed, paid)
            if closedvalue > 0:
                freed /= comminfo.get_leverage()
            free += freed + pnl * comminfo.stocklike
            closedcomm = comminfo.getcommission(closed, price)
            free -= closedcomm
            free += comminfo.cashadjust(-closed, based, price)
            self.cash = free
        wanted = opened
        if opened:
            locked = openedvalue = worth(opened, price)
            if openedvalue > 0:
                locked /= comminfo.get_leverage()
            free -= locked
            openedcomm = comminfo.getcommission(opened, price)
            free -= openedcomm
            if free < 0.0:  # too little cash for the opening part
                opened, openedvalue, openedcomm = 0, 0.0, 0.0
            else:
                if abs(after) > abs(opened):
                    free += comminfo.cashadjust(after - opened, based, price)
                position.adjbase = price
                self.cash = free
        filled = closed + opened
        if filled:
            comminfo.confirmexec(filled, price)
            position.update(filled, price)
            position.set_date(data, data.datetime[0])
            if closed and self.p.int2pnl:
                closedcomm += self.d_credit.pop(data, 0.0)
            order.execute(
                dtcoc or data.datetime[ago],
                filled,
                price,
                closed,
                closedvalue,
                closedcomm,
                opened,
                openedvalue,
                openedcomm,
                comminfo.margin,
                pnl,
                after,
                entry,
            )
            order.addcomminfo(comminfo)
            self.notify(order)
            self._ococheck(order)
        if wanted and not opened:
            order.margin()
            self.notify(order)
            self._ococheck(order)
            self._bracketize(order, cancel=True)
        return None

    def _get_value(self, datas: "list[bt.DataBase] | None" = None, lever: bool = False) -> float:
        """Recompute value and leverage at the current closes; money."""
        if datas is not None:
            return float(super()._get_value(datas, lever))
        while self._cash_addition:
            self.cash += self._cash_addition.popleft()
        worth = unrealized = market = 0.0
        for data, position in self.positions.items():
            size = position.size
            if not size:
                continue
            comminfo = self.getcommissioninfo(data)
            close = data.close[0]
            profit = comminfo.profitandloss(size, position.price, close)
            worth += comminfo.getoperationcost(size, position.price) / comminfo.get_leverage()
            # Futures pay their profit into cash every bar, so only the margin is added.
            worth += profit if comminfo.stocklike else 0.0
            unrealized += profit
            market += abs(comminfo.getvalue(position, close))
        self._value = self.cash + worth
        self._valuelever = self.cash + market
        self._valuemkt = worth
        self._valuemktlever = market
        self._fundval = self._value / self._fundshares
        # As backtrader's: 1 without borrowing, however far a short has run.
        self._leverage = abs(market / (worth or 1.0))
        self._unrealized = unrealized
        return float(self._valuelever if lever else self._value)


def _is_lean(options: dict[str, Any]) -> bool:
    """Tell whether an order with these arguments can be a lean one."""
    get = options.get
    return (
        get("exectype") in LEAN_TYPES
        and get("valid") is None
        and get("trailamount") is None
        and get("trailpercent") is None
    )


def _is_free(comminfo: Any) -> bool:
    """Tell whether a position never pays interest."""
    kind = type(comminfo)
    return (
        not comminfo._creditrate
        and kind.get_credit_interest is _BASE.get_credit_interest
        and kind._get_credit_interest is _BASE._get_credit_interest
    )
