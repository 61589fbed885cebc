"""The account of a running episode, as action schemes see it."""

from typing import Any

from tradegym.envs.strategies.context import Costs
from tradegym.envs.strategies.ledger import Ledger
from tradegym.envs.strategies.orders import floor_to_lot


class LiveAccount:
    """Reads the broker of a strategy; implements `tradegym.envs.strategies.account.Account`.

    Parameters
    ----------
    strategy : backtrader.Strategy
        Its first datas are the traded assets.
    assets : tuple of str
        Their names.
    ledger : Ledger
    costs : Costs
    """

    def __init__(
        self, strategy: Any, assets: tuple[str, ...], ledger: Ledger, costs: Costs
    ) -> None:
        self.assets = assets
        self._strategy = strategy
        self._broker = strategy.broker
        self._datas = strategy.datas[: len(assets)]
        self._ledger = ledger
        self._lots = [costs.lots.get(name, 0.0) for name in assets]
        self._shorts = [name not in costs.long_only for name in assets]
        self._infos = [self._broker.getcommissioninfo(data) for data in self._datas]

    @property
    def cash(self) -> float:
        """Money that is not locked by positions."""
        return float(self._broker.getcash())

    @property
    def equity(self) -> float:
        """Money."""
        return float(self._broker.getvalue())

    def close(self, asset: int) -> float:
        """Return the current close; price."""
        return float(self._datas[asset].close[0])

    def position(self, asset: int) -> float:
        """Return the signed position in units; what rounding left of a closed one is 0."""
        if self._ledger.is_flat(asset):
            return 0.0
        return float(self._broker.getposition(self._datas[asset]).size)

    def positions(self) -> list[float]:
        """Return the position of every traded asset."""
        running, get = self._ledger.running, self._broker.getposition
        if len(running) == 1:
            return [0.0 if running[0] is None else float(get(self._datas[0]).size)]
        return [
            0.0 if trip is None else float(get(data).size)
            for trip, data in zip(running, self._datas, strict=True)
        ]

    def order_size(self, asset: int, *, is_buy: bool) -> float:
        """Return how many units (at least 0) a plain buy or sell is for.

        That is the strategy's ``order_size`` (a number, or a mapping by asset), else what its
        sizer says.
        """
        given = self._strategy.p.order_size
        if isinstance(given, dict):
            given = given.get(self.assets[asset])
        if given is None:
            given = self._strategy.getsizing(self._datas[asset], isbuy=is_buy)
        return float(given)

    def floor_to_lot(self, asset: int, size: float) -> float:
        """Round ``size`` (units, at least 0) down to whole lots of the asset."""
        return floor_to_lot(size, self._lots[asset])

    def may_short(self, asset: int) -> bool:
        """Tell whether the asset may be sold short."""
        return self._shorts[asset]

    def affordable(self, asset: int, size: float, price: float | None = None) -> bool:
        """Tell whether an order of ``size`` (signed units) at ``price`` would pass the cash check.

        None stands for the current close. What closes a position is never checked, and a reversal
        goes with it.
        """
        if self.position(asset) * size < 0.0:
            return True
        info = self._infos[asset]
        price = self.close(asset) if price is None else price
        cost = info.getoperationcost(size, price) / info.get_leverage()
        return bool(self._broker.getcash() - cost - info.getcommission(size, price) >= 0.0)

    def leverage(self, asset: int) -> float:
        """Return position value over locked cash."""
        return float(self._infos[asset].get_leverage())

    def has_open_order(self, asset: int) -> bool:
        """Tell whether an order of the asset waits to be filled."""
        data, broker = self._datas[asset], self._broker
        waiting = (*broker.pending, *broker.submitted)
        return any(order.data is data for order in waiting)
