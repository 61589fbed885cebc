"""How many units a buy or sell is for."""

import backtrader as bt

from tradegym.envs.strategies.orders import floor_to_lot


class FixedSizer(bt.Sizer):  # type: ignore[misc]  # backtrader has no types
    """The same number of units each time, as BTgym's ``fixed_stake``."""

    params = (("stake", 1.0),)

    def _getsizing(self, comminfo: object, cash: float, data: bt.DataBase, isbuy: bool) -> float:
        return float(self.p.stake)


class EquityFractionSizer(bt.Sizer):  # type: ignore[misc]  # backtrader has no types
    """Units worth ``fraction`` of equity at the current close, rounded down to whole lots.

    backtrader's own ``order_target_*`` truncates to whole units, which rejects or wastes much
    of a small account; here ``lot=0`` allows any fraction.
    """

    params = (("fraction", 0.2), ("lot", 0.0))

    def _getsizing(self, comminfo: object, cash: float, data: bt.DataBase, isbuy: bool) -> float:
        equity = self.broker.getvalue()
        if equity <= 0.0:
            return 0.0
        size = self.p.fraction * equity / data.close[0]
        return floor_to_lot(size, self.p.lot)
