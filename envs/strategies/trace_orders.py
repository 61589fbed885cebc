"""What a trace tells of one of backtrader's orders, enough to place it again."""

import json
from typing import Any, Final

import backtrader as bt

#: How the types of orders are called.
ORDER_TYPES: Final = {
    bt.Order.Market: "market",
    bt.Order.Close: "close",
    bt.Order.Limit: "limit",
    bt.Order.Stop: "stop",
    bt.Order.StopLimit: "stop_limit",
    bt.Order.StopTrail: "stop_trail",
    bt.Order.StopTrailLimit: "stop_trail_limit",
}
_TRAILING: Final = frozenset({bt.Order.StopTrail, bt.Order.StopTrailLimit})
_STOPS: Final = _TRAILING | {bt.Order.Stop, bt.Order.StopLimit}


def order_type(order: Any) -> str:
    """Return the name of an order's type."""
    return ORDER_TYPES.get(order.exectype) or str(order.getordername()).lower()


def describe_order(order: Any, group: int | None) -> dict[str, Any]:
    """Return the columns of an ORDER event that say what was asked for.

    Parameters
    ----------
    order : backtrader.Order
        As the broker first notifies it.
    group : int or None
        Reference of the first order of its one-cancels-others group.
    """
    created, asked, kind = order.created, order.p, order.exectype
    trailing = kind in _TRAILING
    limit = stop = None
    if kind == bt.Order.Limit:
        limit = created.price
    elif kind in _STOPS:
        # backtrader moves the created price of a trailing stop.
        stop = asked.price if trailing else created.price
        limit = asked.pricelimit
    detail = {
        # An order that goes without the check of the cash is accepted at once.
        "checked": order.status == bt.Order.Submitted,
        "transmit": order.transmit,
        "valid": order.valid,
        "trailamount": asked.trailamount,
        "trailpercent": asked.trailpercent,
    }
    return {
        "parent": None if order.parent is None else order.parent.ref,
        "oco": None if group == order.ref else group,
        "size": float(created.size),
        "price": None if trailing else float(created.price),
        "limit": limit,
        "stop": stop,
        "detail": to_json({key: value for key, value in detail.items() if value is not None}),
    }


def base_price(order: Any) -> float | None:
    """Return the price of a fill before spread and slippage, where the bar tells it."""
    start, wanted, kind = order.data.open[0], order.created.price, order.exectype
    if kind == bt.Order.Market or (kind == bt.Order.Stop and order.triggered):
        return float(start)
    if kind == bt.Order.Limit:
        return float(min(start, wanted) if order.isbuy() else max(start, wanted))
    if kind == bt.Order.Stop:
        return float(max(start, wanted) if order.isbuy() else min(start, wanted))
    return None


def to_json(value: Any) -> str:
    """Return one line of JSON whose keys are sorted."""
    return json.dumps(value, sort_keys=True)
