"""backtrader's orders, made and copied without what most of them never need.

A market, limit, stop or stop-limit order without an end of its own is a `LeanBuyOrder` or a
`LeanSellOrder`: a ``bt.BuyOrder`` or ``bt.SellOrder`` with the same attributes and methods. Its
parameters are attributes too, the end of the session (``dteos``) is worked out when it is asked
for, and a notification is a plain copy of the attributes. Other orders are backtrader's own.
"""

from collections import deque
from datetime import timedelta
from typing import Any, Final

import backtrader as bt
from backtrader.order import OrderData
from backtrader.utils import AutoOrderedDict

#: Types of orders that are made lean.
LEAN_TYPES: Final = frozenset(
    {None, bt.Order.Market, bt.Order.Limit, bt.Order.Stop, bt.Order.StopLimit}
)

_PARAMS: Final = bt.Order.params
_DEFAULTS: Final = dict(_PARAMS._getitems())
_LAST_ALIVE: Final = int(bt.Order.Partial)  # the states before it are alive too


class LeanData(OrderData):  # type: ignore[misc]  # backtrader has no types
    """``OrderData`` that is cheap to copy."""

    p1: int
    p2: int

    def clone(self) -> "LeanData":
        """Return a copy whose new fills are those since the last one."""
        self.p1, self.p2 = self.p2, len(self.exbits)
        twin = LeanData.__new__(LeanData)
        twin.__dict__.update(self.__dict__)
        return twin


class LeanOrder:
    """What the lean orders of both sides share."""

    status: int
    valid: float | None
    data: Any
    created: LeanData
    executed: LeanData

    def clone(self) -> Any:
        """Return a copy as it is now, for a notification."""
        twin = type(self).__new__(type(self))
        twin.__dict__.update(self.__dict__)
        twin.executed = self.executed.clone()
        return twin

    def alive(self) -> bool:
        """Tell whether the order can still be filled."""
        return self.status <= _LAST_ALIVE

    def expire(self) -> bool:
        """Expire the order if it was given an end after it was made, and that has come."""
        if self.valid is None:
            return False
        over: bool = bt.Order.expire(self)
        return over

    @property
    def dteos(self) -> float:
        """Day number at which the session of the order's first bar ends."""
        data, now = self.data, self.data.num2date(self.created.dt)
        end = data.p.sessionend
        close = now.replace(
            hour=end.hour, minute=end.minute, second=end.second, microsecond=end.microsecond
        )
        if close < now:
            close += timedelta(days=1)
        return float(data.date2num(close))


class LeanBuyOrder(LeanOrder, bt.BuyOrder):  # type: ignore[misc]  # backtrader has no types
    """A buy order."""

    def isbuy(self) -> bool:
        """Return True."""
        return True

    def issell(self) -> bool:
        """Return False."""
        return False


class LeanSellOrder(LeanOrder, bt.SellOrder):  # type: ignore[misc]  # backtrader has no types
    """A sell order."""

    def isbuy(self) -> bool:
        """Return False."""
        return False

    def issell(self) -> bool:
        """Return True."""
        return True


def lean_order(
    kind: type[LeanBuyOrder] | type[LeanSellOrder],
    *,
    owner: Any,
    data: Any,
    size: float,
    price: float | None,
    pricelimit: float | None,
    exectype: int | None,
    tradeid: int,
    parent: Any,
    transmit: bool,
    histnotify: bool,
    info: dict[str, Any],
) -> Any:
    """Return a new order; the parameters are those of ``bt.Order``, ``info`` goes with it.

    Parameters
    ----------
    kind : type
        `LeanBuyOrder` or `LeanSellOrder`.
    owner : backtrader.Strategy
    data : backtrader.DataBase
    size : float
        Units, above 0 on both sides.
    price, pricelimit : float or None
        Of the order; None: the current close.
    exectype : int or None
        Of `LEAN_TYPES`.
    tradeid : int
    parent : backtrader.Order or None
        First order of the bracket.
    transmit, histnotify : bool
    info : dict
    """
    given = {
        "owner": owner,
        "data": data,
        "size": size,
        "price": price,
        "pricelimit": pricelimit,
        "exectype": exectype,
        "tradeid": tradeid,
        "parent": parent,
        "transmit": transmit,
        "histnotify": histnotify,
    }
    params = object.__new__(_PARAMS)
    params.__dict__.update(_DEFAULTS)
    params.__dict__.update(given)
    units = size if kind is LeanBuyOrder else -size
    close = data.close[0]
    asked = close if not price and not pricelimit else price
    notes = AutoOrderedDict()
    if info:
        notes.update(info)
    order = kind.__new__(kind)
    values = order.__dict__
    values.update(given)
    values.update(
        params=params,
        p=params,
        ref=next(bt.Order.refbasis),
        broker=None,
        info=notes,
        comminfo=None,
        triggered=False,
        _active=parent is None,
        status=bt.Order.Created,
        _plimit=pricelimit,
        exectype=bt.Order.Market if exectype is None else exectype,
        size=units,
        valid=None,
        _limitoffset=0.0,
        position=0,
        created=_data(data.datetime[0], units, asked, pricelimit, 0, close),
        executed=_data(None, 0, 0.0, 0.0, units, 0.0, asked=False),
    )
    return order


def _data(
    moment: float | None,
    size: float,
    price: Any,
    pricelimit: Any,
    remsize: float,
    close: float,
    *,
    asked: bool = True,
) -> LeanData:
    """Return what ``OrderData`` would be with these arguments."""
    made = LeanData.__new__(LeanData)
    made.__dict__.update(
        pclose=close,
        exbits=deque(),
        p1=0,
        p2=0,
        dt=moment,
        size=size,
        remsize=remsize,
        price=pricelimit if pricelimit and not price else price,
        pricelimit=pricelimit or price,
        # backtrader gives an order that was asked for these two, None unless it trails.
        trailamount=None if asked else 0.0,
        trailpercent=None if asked else 0.0,
        _plimit=pricelimit,
        value=0.0,
        comm=0.0,
        margin=None,
        pnl=0.0,
        psize=0,
        pprice=0,
    )
    return made
