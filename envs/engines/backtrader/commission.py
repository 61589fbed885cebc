"""What a fill costs in commission, and what a position costs in interest."""

from collections.abc import Callable
from typing import Any, Final

import backtrader as bt

#: Money for ``units`` (at least 0) at ``price``, by kind of commission.
COMMISSION_RULES: Final[dict[str, Callable[[float, float, float], float]]] = {
    # In backtrader's order of factors, so that both round alike.
    "percent": lambda units, price, rate: units * rate * price,
    "per_unit": lambda units, price, rate: units * rate,
    "fixed": lambda units, price, rate: rate,
}


class MarketCommission(bt.CommInfoBase):  # type: ignore[misc]  # backtrader has no types
    """Commission, leverage and interest of a stock-like asset.

    backtrader charges what a fill closes and what it opens separately. So a reversal pays a fixed
    commission, or the minimum, twice, and an order that is filled in parts pays it for each part.

    Interest is backtrader's: ``days * entry price * |size| * interest / 365`` for the calendar
    days since the last bar, taken from the cash on each bar before its fills.

    Parameters
    ----------
    kind : str
        ``percent``: ``commission`` is a fraction of the traded value; ``per_unit``: money per
        unit; ``fixed``: money per charged part of a fill.
    commission : float
    minimum : float
        Least commission of a charged part; money.
    leverage : float
        Position value over locked cash.
    interest : float
        Fraction of the entry value a year that a short position pays.
    interest_long : bool
        Whether a long position pays it too.
    """

    params = (
        ("kind", "percent"),
        ("minimum", 0.0),
        ("stocklike", True),
        ("commtype", bt.CommInfoBase.COMM_PERC),
        ("percabs", True),
    )

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._rule = COMMISSION_RULES[self.p.kind]

    def _getcommission(self, size: float, price: float, pseudoexec: bool) -> float:
        """Return the money that ``size`` (signed units) costs at ``price``."""
        charge = self._rule(abs(size), price, self.p.commission)
        return max(charge, float(self.p.minimum))
