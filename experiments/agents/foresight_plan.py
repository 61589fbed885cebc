"""The best schedule of positions for someone who knows all prices, after costs."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

# A short sale of more decisions than this is not considered: the plan takes time linear in it.
_LONGEST_SHORT = 5_000

_Floats = NDArray[np.float64]

# Opportunity at which a trade began, and its direction.
_Trade = tuple[int, int] | None


@dataclass(frozen=True, slots=True)
class FillCosts:
    """What a market order pays.

    Attributes
    ----------
    perc : float
        Slippage, fraction of the price.
    fixed : float
        Slippage and half of the spread, price.
    kind : str
        Of commission: ``percent``, ``per_unit`` or ``fixed``.
    rate : float
        Fraction of the value, or money.
    minimum : float
        Least commission, money.
    """

    perc: float = 0.0
    fixed: float = 0.0
    kind: str = "percent"
    rate: float = 0.0
    minimum: float = 0.0

    def buy_price(self, base: float) -> float:
        """Return what a buy is filled at."""
        return base * (1.0 + self.perc) + self.fixed

    def sell_price(self, base: float) -> float:
        """Return what a sale is filled at."""
        return base * (1.0 - self.perc) - self.fixed

    def commission(self, units: Any, price: float) -> Any:
        """Return the money that ``units`` (a number or an array, at least 0) cost at ``price``."""
        charge = _CHARGES[self.kind](units, price, self.rate)
        return np.maximum(charge, self.minimum)

    def affordable(self, cash: float, price: float) -> float:
        """Return the most units whose value and commission ``cash`` pays for; at least 0."""
        shared = {"percent": price * self.rate, "per_unit": self.rate}.get(self.kind, 0.0)
        least = max(self.minimum, self.rate if self.kind == "fixed" else 0.0)
        return max(min(cash / (price + shared), (cash - least) / price), 0.0)


_CHARGES = {
    "percent": lambda units, price, rate: units * rate * price,
    "per_unit": lambda units, price, rate: units * rate,
    "fixed": lambda units, price, rate: units * 0.0 + rate,
}


@dataclass(frozen=True, slots=True)
class Schedule:
    """Positions of someone who knows the prices.

    Attributes
    ----------
    positions : ndarray of int8, shape [m]
        From each opportunity to the next: 1 invested, 0 out, -1 short.
    wealth : float
        Money in the end.
    """

    positions: NDArray[np.int8]
    wealth: float


def best_schedule(
    opens: _Floats, last: float, cash: float, costs: FillCosts, *, shorts: bool = False
) -> Schedule:
    """Return the schedule with the most money in the end, by dynamic programming.

    At each opportunity everything is invested or nothing is. The most money that can be had in
    cash at opportunity j is that of j - 1, or what the sale of the most units that can be held
    brings, or what covering the best earlier short sale leaves; the most units are those of j - 1,
    or what that cash buys. More money is never worse, so keeping the most is enough.

    Without short sales the wealth is an upper bound for whoever trades by market orders at these
    opens, without leverage: with the times of the trades given, the final wealth is linear in the
    units, so that all or nothing is best. With short sales it is only near the bound, since adding
    to a short sale that has gained would earn more.

    Parameters
    ----------
    opens : ndarray of float64, shape [m]
        Base prices at which orders can be filled.
    last : float
        Base price at which what is open is closed.
    cash : float
        Money at the start.
    costs : FillCosts
    shorts : bool
        Short sales of as much as the cash are allowed.

    References
    ----------
    R. Bellman, Dynamic Programming, Princeton University Press 1957.
    """
    m = len(opens)
    best, units, entry = cash, 0.0, -1
    # How the most cash at each opportunity came about: the trade that ended there; and the same
    # without those that cover a short sale, since what sells short anew does not cover first.
    ended: list[_Trade] = []
    uncovered: list[_Trade] = []
    locked, sold = np.zeros(m), np.zeros(m)
    for j, base in enumerate((*opens.tolist(), float(last))):
        trade: _Trade = None
        if units > 0.0:
            price = costs.sell_price(base)
            proceeds = units * price - float(costs.commission(units, price))
            if proceeds > best:
                best, trade = proceeds, (entry, 1)
        uncovered.append(trade)
        before = best
        price = costs.buy_price(base)
        first = max(j - _LONGEST_SHORT, 0)
        if shorts and j > first:
            borrowed = sold[first:j]
            left = locked[first:j] - borrowed * price - costs.commission(borrowed, price)
            at = int(np.argmax(np.where(borrowed > 0.0, left, -np.inf)))
            if borrowed[at] > 0.0 and left[at] > best:
                best, trade = float(left[at]), (first + at, -1)
        ended.append(trade)
        if j == m:
            break
        bought = costs.affordable(best, price)
        if bought > units:
            units, entry = bought, j
        if shorts:
            price = costs.sell_price(base)
            sold[j] = costs.affordable(before, price) if price > 0.0 else 0.0
            locked[j] = before + sold[j] * price - float(costs.commission(sold[j], price))
    return Schedule(_positions(ended, uncovered, m), best)


def _positions(ended: list[_Trade], uncovered: list[_Trade], m: int) -> NDArray[np.int8]:
    """Follow the trades back from the last opportunity."""
    positions = np.zeros(m, dtype=np.int8)
    j, later = m, 0
    while j >= 0:
        trade = (uncovered if later < 0 else ended)[j]
        if trade is None:
            j, later = j - 1, 0
            continue
        entry, later = trade
        positions[entry:j] = later
        j = entry
    return positions
