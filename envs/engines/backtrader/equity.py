"""backtrader's broker with a correct value for short positions."""

import backtrader as bt


class EquityBroker(bt.brokers.BackBroker):  # type: ignore[misc]  # backtrader has no types
    """``BackBroker`` whose equity holds for any price.

    Cash, positions and fills are backtrader's own. With ``shortcash=False`` a short locks its
    cost as a long does, and plain backtrader then takes the absolute value of the short's
    worth, which is wrong beyond twice the entry price. Here ``equity = cash + sum(|size| *
    entry / leverage + size * (close - entry))``.
    """

    def interest_of(self, data: bt.DataBase) -> float:
        """Return the interest charged for positions in ``data`` so far; money.

        With ``int2pnl`` (backtrader's default) it is what no closing fill's commission holds yet.
        """
        return float(self.d_credit.get(data, 0.0))

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
