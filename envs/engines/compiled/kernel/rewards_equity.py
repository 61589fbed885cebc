"""Terms that pay the change of equity or of the prices."""

import math
from typing import Any

from tradegym.envs.engines.compiled.kernel.account import position
from tradegym.envs.engines.compiled.kernel.jit import compiled

#: Share of the start cash that equity counts as when it is lower, of the log return.
_FLOOR = 1e-6

# Equity at the last decision, and of the log return its logarithm.
_VALUE, _LOGARITHM = 0, 1
# What a sum over bars has earned since the last decision; of the position return, the direction
# of each asset's position follows.
EARNED = 0
_SIGNS = 1


@compiled
def begin_equity(memory: Any, i: int, term: Any, start: float) -> None:
    """Prepare `EquityChange` or `LogReturn` for equity that begins at ``start``."""
    memory[i, term.at + _VALUE] = start
    memory[i, term.at + _LOGARITHM] = math.log(start)


@compiled
def collect_change(memory: Any, i: int, term: Any, value: float, start: float) -> float:
    """Return the change of equity since the last call as a fraction of the start cash."""
    place = term.at + _VALUE
    change = (value - memory[i, place]) / start
    memory[i, place] = value
    return change


@compiled
def collect_log(memory: Any, i: int, term: Any, value: float, start: float) -> float:
    """Return the log return of equity since the last call."""
    at = term.at
    if value == memory[i, at + _VALUE]:
        return 0.0
    now = math.log(max(value, start * _FLOOR))
    change = now - memory[i, at + _LOGARITHM]
    memory[i, at + _VALUE] = value
    memory[i, at + _LOGARITHM] = now
    return change


@compiled
def position_bar(memory: Any, i: int, term: Any, books: Any, ohlcv: Any, r: int) -> None:
    """Take in one bar of `PositionReturn`: old direction to the open, new one from there."""
    at = term.at
    for a in range(term.length):
        before = memory[i, at + _SIGNS + a]
        held = position(books[i, a])
        after = 1.0 if held > 0.0 else (-1.0 if held < 0.0 else 0.0)
        if before != 0.0 or after != 0.0:
            previous = ohlcv[r - 1, a, 3]
            opened = ohlcv[r, a, 0]
            move = before * (opened - previous) + after * (ohlcv[r, a, 3] - opened)
            memory[i, at + EARNED] += move / previous
            memory[i, at + _SIGNS + a] = after


@compiled
def collect_sum(memory: Any, i: int, term: Any) -> float:
    """Return what a sum over bars has earned since the last call."""
    place = term.at + EARNED
    earned = memory[i, place]
    memory[i, place] = 0.0
    return earned
