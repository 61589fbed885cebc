"""backtrader's broker with a correct value for short positions, and costs that add up."""

import backtrader as bt


class EquityBroker(bt.brokers.BackBroker):  # type: ignore[misc]  # backtrader has no types
    """``BackBroker`` whose equity holds for any price.

    Cash, positions and fills are backtrader's own. With ``shortcash=False`` a short locks its
    cost as a long does, and plain backtrader then takes the absolute value of the short's
    worth, which is wrong beyond twice the entry price. Here ``equity = cash + sum(|size| *
    entry / leverage + size * (close - entry))``.
    """

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


class MarketBroker(EquityBroker):
    """`EquityBroker` with slippage and spread that add up.

    The price of a fill is ``base * (1 +- slip_perc) +- slip_fixed +- spread / 2``, never capped
    by the bar's range (a limit order stays within its limit).

    Parameters
    ----------
    slip_perc : float
        Slippage as a fraction of the price.
    slip_fixed, spread : float
        Slippage and full bid-ask spread, in price units.
    """

    params = (("spread", 0.0), ("shortcash", False), ("slip_open", True))

    def _slip_up(
        self, pmax: float, price: float, doslip: bool = True, lim: bool = False
    ) -> float | None:
        """Return the price of a buy whose base price is ``price``."""
        if not doslip:
            return price
        slipped: float = price * (1.0 + self.p.slip_perc) + self.p.slip_fixed + self.p.spread / 2.0
        return min(slipped, pmax) if lim else slipped

    def _slip_down(
        self, pmin: float, price: float, doslip: bool = True, lim: bool = False
    ) -> float | None:
        """Return the price of a sell whose base price is ``price``."""
        if not doslip:
            return price
        slipped: float = price * (1.0 - self.p.slip_perc) - self.p.slip_fixed - self.p.spread / 2.0
        return max(slipped, pmin) if lim else slipped
