"""Terms that charge for drawdown, for trading often and for holding."""

import math
from typing import Any

from tradegym.envs.engines.compiled.kernel.account import position
from tradegym.envs.engines.compiled.kernel.jit import compiled
from tradegym.envs.engines.compiled.kernel.rewards_equity import EARNED

# Share of the start cash that equity counts as when it is lower, of the holding cost.
_FLOOR = 0.01

# Of the drawdown penalty: percent that has been charged.
_CHARGED = 0
# Of the overtrading penalty, after what it has earned; the ring of orders per bar follows.
_COUNT, _HEAD, _LAST_POWER, _RING = 1, 2, 3, 4


@compiled
def collect_drawdown(memory: Any, i: int, term: Any, deepest: float) -> float:
    """Return minus the increase of the maximum drawdown (percent) since the last call."""
    place = term.at + _CHARGED
    penalty = (memory[i, place] - deepest) / 100.0
    memory[i, place] = deepest
    return penalty


@compiled
def begin_overtrading(memory: Any, i: int, term: Any) -> None:
    """Find the power of the growth at which the charge has reached its highest."""
    power = math.inf
    if term.b != 1.0:
        power = max(math.log(term.c / term.a) / math.log(term.b), 0.0) + 1.0
    memory[i, term.at + _LAST_POWER] = power


@compiled
def overtrading_bar(memory: Any, i: int, term: Any, orders: int) -> None:
    """Charge the orders of a bar by how many were placed within the window."""
    at = term.at
    head = int(memory[i, at + _HEAD])
    ring = at + _RING + head
    count = memory[i, at + _COUNT] - memory[i, ring]
    memory[i, ring] = orders
    head += 1
    memory[i, at + _HEAD] = 0.0 if head == term.length else float(head)
    for _ in range(orders):
        count += 1.0
        power = count - term.d - 1.0
        if power >= 0.0:
            charge = term.c
            if power <= memory[i, at + _LAST_POWER]:
                charge = min(term.a * math.pow(term.b, power), term.c)
            memory[i, at + EARNED] -= charge
    memory[i, at + _COUNT] = count


@compiled
def holding_bar(
    memory: Any, i: int, term: Any, books: Any, shared: Any, value: float, r: int
) -> None:
    """Charge the gross exposure at a bar's close."""
    rules = shared.rules[0]
    gross = 0.0
    for a in range(rules.n_assets):
        gross += abs(position(books[i, a])) * shared.ohlcv[r, a, 3]
    if gross != 0.0:
        floor = rules.start_cash * _FLOOR
        memory[i, term.at + EARNED] -= term.a * gross / max(value, floor)
