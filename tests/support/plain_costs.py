"""Costs of a plain backtrader script: its commission classes, slippage and volume limit."""

from dataclasses import dataclass

import backtrader as bt
from plain_actions import whole_lots


@dataclass(frozen=True)
class Fees:
    """What trading one asset costs.

    ``kind`` is percent (of the value), per_unit or fixed (per charge); ``interest`` a fraction a
    year on the entry price; ``participation`` the share of a bar's volume that may be filled.
    """

    kind: str = "percent"
    commission: float = 0.0
    minimum: float = 0.0
    leverage: float = 1.0
    interest: float = 0.0
    interest_long: bool = False
    slip_perc: float = 0.0
    slip_fixed: float = 0.0
    spread: float = 0.0
    participation: float | None = None
    lot: float = 0.0

    @property
    def away(self):
        """Price by which a fill is worse, besides the percentage."""
        return self.slip_fixed + self.spread / 2.0


class Commission(bt.CommInfoBase):
    """The three ways to charge, and a minimum, which backtrader has no classes for."""

    params = (
        ("stocklike", True),
        ("commtype", bt.CommInfoBase.COMM_PERC),
        ("percabs", True),
        ("kind", "percent"),
        ("minimum", 0.0),
    )

    def _getcommission(self, size, price, pseudoexec):
        base = {"percent": abs(size) * price, "per_unit": abs(size), "fixed": 1.0}[self.p.kind]
        return max(base * self.p.commission, self.p.minimum)


class Volume:
    """Fills at most a share of the bar's volume, in whole lots, for all orders of a bar together.

    The stop and the take-profit of a bracket never fill more than the position.
    """

    def __init__(self, fees):
        self.fees = fees  # by feed name
        self.taken = {}  # by feed name and bar

    def __call__(self, order, price, ago):
        data = order.data
        wanted = abs(order.executed.remsize)
        fees = self.fees[data._name]
        if fees.participation is None:
            return wanted
        if order.info.role in ("stop", "take"):
            wanted = min(wanted, abs(order.owner.getposition(data).size))
        key = data._name, len(data)
        left = data.volume[ago] * fees.participation - self.taken.get(key, 0.0)
        size = wanted if left >= wanted * (1 - 1e-9) else whole_lots(max(left, 0.0), fees.lot)
        self.taken[key] = self.taken.get(key, 0.0) + size
        return size


class SlippedBroker(bt.brokers.BackBroker):
    """BackBroker for slippage that its own settings cannot express.

    Plain backtrader knows no spread, takes only one of percentage and fixed slippage, has the
    same for all assets, and either caps a slipped price at the bar's range or (``slip_out``) lets
    limit orders fill beyond their limit. So the two prices and the limit rule are written here
    once more; everything else is backtrader's.
    """

    params = (("fees", None),)  # by feed name

    def _try_exec(self, order):
        self._now = self.p.fees[order.data._name]
        super()._try_exec(order)

    def _slip_up(self, pmax, price, doslip=True, lim=False):
        return price + price * self._now.slip_perc + self._now.away

    def _slip_down(self, pmin, price, doslip=True, lim=False):
        return price - price * self._now.slip_perc - self._now.away

    def _try_exec_limit(self, order, popen, phigh, plow, plimit):
        if order.isbuy():
            price = min(self._slip_up(None, popen), plimit) if popen <= plimit else plimit
            reached = plow <= plimit
        else:
            price = max(self._slip_down(None, popen), plimit) if popen >= plimit else plimit
            reached = phigh >= plimit
        if reached:
            self._execute(order, ago=0, price=price)


def needs_own_slippage(fees, limits):
    """Tell whether backtrader's own slippage settings cannot say what ``fees`` (a list) say.

    ``limits``: whether limit orders are placed.
    """
    rules = {(one.slip_perc, one.away) for one in fees}
    if rules == {(0.0, 0.0)}:
        return False
    return limits or len(rules) > 1 or all(rules.pop())


def make_broker(cash, fees, *, limits):
    """Return a broker with these costs; ``fees`` by asset name."""
    every = list(fees.values())
    if needs_own_slippage(every, limits):
        broker = SlippedBroker(fees=fees)
    else:
        broker = bt.brokers.BackBroker()
        # slip_out: a price beyond the bar's range is taken as it is.
        if every[0].slip_perc:
            broker.set_slippage_perc(every[0].slip_perc, slip_match=True, slip_out=True)
        elif every[0].away:
            broker.set_slippage_fixed(every[0].away, slip_match=True, slip_out=True)
    broker.setcash(cash)
    broker.set_shortcash(False)
    broker.set_int2pnl(False)  # a fill's commission is then the commission alone
    for name, one in fees.items():
        terms = {"leverage": one.leverage, "interest": one.interest}
        terms["interest_long"] = one.interest_long
        if one.kind == "percent" and not one.minimum:
            broker.setcommission(commission=one.commission, name=name, **terms)
        else:
            info = Commission(
                kind=one.kind, commission=one.commission, minimum=one.minimum, **terms
            )
            broker.addcommissioninfo(info, name=name)
    if any(one.participation is not None for one in every):
        broker.set_filler(Volume(fees))
    return broker
