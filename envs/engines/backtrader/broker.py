"""The broker of the packaged engine: fills cost spread and slippage, by asset."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import backtrader as bt

from tradegym.envs.engines.backtrader.brackets import BracketBroker
from tradegym.envs.engines.backtrader.equity import EquityBroker

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["EquityBroker", "MarketBroker", "Slippage"]


@dataclass(frozen=True, slots=True)
class Slippage:
    """How much worse than its base price a market or stop order is filled.

    A buy pays ``base * (1 + perc) + fixed``, a sell gets ``base * (1 - perc) - fixed``.

    Attributes
    ----------
    perc : float
        Fraction of the base price.
    fixed : float
        Price: the fixed slippage and half the spread.
    """

    perc: float = 0.0
    fixed: float = 0.0


class MarketBroker(BracketBroker):
    """`BracketBroker` with slippage and spread that add up, and differ by asset.

    The price of a fill is ``base * (1 +- slip_perc) +- slip_fixed +- spread / 2``, never capped
    by the bar's range. A limit order pays the same, but stays within its limit; backtrader lets
    slippage carry limit and stop-limit orders to the end of the bar's range or beyond. Interest
    is no part of a fill's commission; `interest_of` tells it. Opening a position never takes the
    cash below zero; interest and closing losses may.

    Parameters
    ----------
    slip_perc : float
        Slippage as a fraction of the price, where ``slippage`` has none for the asset.
    slip_fixed, spread : float
        Slippage and full bid-ask spread, in price units, likewise.
    slippage : mapping of str to Slippage, optional
        By name of the data.
    """

    params = (
        ("spread", 0.0),
        ("slippage", None),
        ("shortcash", False),
        ("int2pnl", False),
        ("slip_open", True),
    )

    def init(self) -> None:
        """Prepare for a run; backtrader calls it when the broker is made and when it starts."""
        super().init()
        self._slippage: Mapping[str, Slippage] = self.p.slippage or {}
        self._usual = Slippage(self.p.slip_perc, self.p.slip_fixed + self.p.spread / 2.0)
        self._filling: Any = None

    def _try_exec(self, order: bt.Order) -> None:
        """Try to fill an order on this bar."""
        self._filling = order
        super()._try_exec(order)

    def _slip_up(
        self, pmax: float, price: float, doslip: bool = True, lim: bool = False
    ) -> float | None:
        """Return the price of a buy whose base price is ``price``."""
        slip = self._slippage.get(self._filling.data._name, self._usual)
        slipped = price * (1.0 + slip.perc) + slip.fixed
        return min(slipped, _limit_of(self._filling)) if lim else slipped

    def _slip_down(
        self, pmin: float, price: float, doslip: bool = True, lim: bool = False
    ) -> float | None:
        """Return the price of a sell whose base price is ``price``."""
        slip = self._slippage.get(self._filling.data._name, self._usual)
        slipped = price * (1.0 - slip.perc) - slip.fixed
        return max(slipped, _limit_of(self._filling)) if lim else slipped


def _limit_of(order: Any) -> float:
    """Return the price that a limit or stop-limit order must not be filled beyond."""
    created = order.created
    return float(created.price if order.exectype == bt.Order.Limit else created.pricelimit)
