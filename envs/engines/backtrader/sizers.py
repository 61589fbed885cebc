"""How many units a buy or sell is for."""

from collections.abc import Callable
from typing import Any, Final

import backtrader as bt

from tradegym.conf.schema.engine import AssetCosts
from tradegym.envs.strategies.orders import floor_to_lot


def _fixed(costs: AssetCosts, broker: Any, cash: float, price: float) -> float:
    """Return the same number of units each time, as BTgym did."""
    return costs.fixed_stake


def _equity_fraction(costs: AssetCosts, broker: Any, cash: float, price: float) -> float:
    """Return units worth a fraction of the equity."""
    return costs.equity_fraction * float(broker.getvalue()) / price


def _cash_fraction(costs: AssetCosts, broker: Any, cash: float, price: float) -> float:
    """Return units worth a fraction of the free cash."""
    return costs.cash_fraction * cash / price


#: Units of an order at the current close, by the value of ``engine.sizing``.
SIZINGS: Final[dict[str, Callable[[AssetCosts, Any, float, float], float]]] = {
    "fixed": _fixed,
    "equity_fraction": _equity_fraction,
    "cash_fraction": _cash_fraction,
}


class MarketSizer(bt.Sizer):  # type: ignore[misc]  # backtrader has no types
    """Sizes an order by ``engine.sizing`` and the asset's own values, in whole lots.

    backtrader's own sizers truncate to whole units, which rejects or wastes much of a small
    account; here lot 0 allows any fraction. Without equity or cash to take a fraction of, the
    size is 0.

    Parameters
    ----------
    sizing : str
        A name in `SIZINGS`.
    usual : AssetCosts
        Where ``assets`` has none.
    assets : mapping of str to AssetCosts
        By name of the data.
    """

    params = (("sizing", "fixed"), ("usual", None), ("assets", None))

    def __init__(self) -> None:
        self._rule = SIZINGS[self.p.sizing]
        self._assets = self.p.assets or {}

    def _getsizing(self, comminfo: object, cash: float, data: bt.DataBase, isbuy: bool) -> float:
        costs = self._assets.get(data._name, self.p.usual)
        size = self._rule(costs, self.broker, cash, data.close[0])
        return floor_to_lot(size, costs.lot) if size > 0.0 else 0.0
