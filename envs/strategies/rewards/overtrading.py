"""A penalty for trading too often."""

import math
from collections import deque
from collections.abc import Mapping
from typing import Any

from tradegym.envs.strategies.rewards.base import BarView, RewardSetup, RewardTerm, reward_term


@reward_term("overtrading_penalty")
class OvertradingPenalty(RewardTerm):
    """A charge per order that escalates with the number of orders of the last bars.

    The ``n``-th order within ``window`` bars (its own bar is the last of them) costs nothing up
    to ``n = free``, then ``min(cost * growth ** (n - free - 1), max_cost)``. The charge falls
    again as earlier orders leave the window. It belongs to the bar after the one at whose close
    the order was placed, filled or not; the closing of positions at the end costs nothing.

    Parameters
    ----------
    options : mapping
        ``cost`` and ``max_cost`` (reward), ``growth`` (factor), ``free`` (orders), ``window``
        (bars).
    setup : RewardSetup
    """

    def __init__(self, options: Mapping[str, Any], setup: RewardSetup) -> None:
        self._cost = float(options["cost"])
        self._growth = float(options["growth"])
        self._free = int(options["free"])
        self._highest = float(options["max_cost"])
        # Powers beyond this one are not computed: they would overflow in a long window.
        self._last_power = _last_power(self._cost, self._growth, self._highest)
        self._orders = deque([0] * int(options["window"]), maxlen=int(options["window"]))
        self._count = 0
        self._earned = 0.0

    def on_bar(self, bar: BarView) -> None:
        """Take in one bar."""
        orders = self._orders
        self._count -= orders[0]
        orders.append(bar.orders)
        for _ in range(bar.orders):
            self._count += 1
            power = self._count - self._free - 1
            if power >= 0:
                self._earned -= self._charge(power)

    def _charge(self, power: int) -> float:
        if power > self._last_power:
            return self._highest
        return min(self._cost * self._growth**power, self._highest)

    def collect(self) -> float:
        """Return the sum over the bars since the last call."""
        earned = self._earned
        self._earned = 0.0
        return earned


def _last_power(cost: float, growth: float, highest: float) -> float:
    """Return a power of ``growth`` at which the charge has reached its highest."""
    if growth == 1.0:
        return math.inf
    return max(math.log(highest / cost) / math.log(growth), 0.0) + 1.0
