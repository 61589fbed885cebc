"""Sharpe and Sortino ratio of the last bars, and the differential Sharpe ratio.

The ratios of a window are levels that are due at every decision. Two sums over the window are
kept: of the returns and of the squares, each with the rounding error that it has made so far, so
that what enters and leaves cancels out. Where the sums are too small against what has passed
through them to give the deviation to nine digits, it is computed from the window again.
"""

import math
from typing import Any

from tradegym.envs.engines.compiled.kernel.jit import compiled
from tradegym.envs.engines.compiled.kernel.layout import T_SORTINO
from tradegym.envs.engines.compiled.kernel.rewards_equity import EARNED

# Below this variance of the returns they are rounding errors.
_LEAST_VARIANCE = 1e-30

# Equity at the last bar.
_VALUE = 0
# Of the differential ratio, after what it has earned: the moments, and the equity.
_MEAN, _SQUARE, _D_VALUE = 1, 2, 3
# Of the others: place of the next return, sum and error of the returns and of the squares, the
# largest square since they were computed anew; the ring of returns follows.
_HEAD, _SUM, _SUM_ERROR, _SQUARES, _SQUARES_ERROR, _LARGEST, _RING = 1, 2, 3, 4, 5, 6, 7

# Largest square (a return of 1,000) with which the sums are trusted, and their errors: relative
# to the squares in the window and to the largest one that has passed through.
_TRUSTED = 1e6
_ERROR_NOW, _ERROR_PASSED = 1e-15, 1e-22
# Error of a deviation that counts as none, relative.
_TOLERANCE = 1e-9


@compiled
def begin_value(memory: Any, i: int, term: Any, start: float) -> None:
    """Prepare a term for equity that begins at ``start``."""
    if term.length:
        memory[i, term.at + _VALUE] = start
        # The account did not change before, every return of the window is 0. Where that is a
        # shortfall the sum of the squares is due at the first decision.
        memory[i, term.at + _LARGEST] = 0.0 if _loss(term, 0.0) == 0.0 else math.inf
    else:
        memory[i, term.at + _D_VALUE] = start


@compiled
def _loss(term: Any, change: float) -> float:
    """Return what of a return counts for the deviation: all, or the shortfall."""
    return min(change - term.c, 0.0) if term.kind == T_SORTINO else change


@compiled
def ratio_bar(memory: Any, i: int, term: Any, value: float) -> None:
    """Take in one bar of `SharpeRatio` or `SortinoRatio`."""
    at = term.at
    before = memory[i, at + _VALUE]
    memory[i, at + _VALUE] = value
    change = (value - before) / before if before > 0.0 else 0.0
    head = int(memory[i, at + _HEAD])
    leaving = memory[i, at + _RING + head]
    memory[i, at + _RING + head] = change
    head += 1
    memory[i, at + _HEAD] = 0.0 if head == term.length else float(head)

    total = memory[i, at + _SUM]
    entered = total + change
    left = entered - leaving
    memory[i, at + _SUM] = left
    memory[i, at + _SUM_ERROR] += _lost(total, change, entered) + _lost(entered, -leaving, left)

    loss = _loss(term, change)
    square = loss * loss
    loss = _loss(term, leaving)
    leaving = loss * loss
    total = memory[i, at + _SQUARES]
    entered = total + square
    left = entered - leaving
    memory[i, at + _SQUARES] = left
    memory[i, at + _SQUARES_ERROR] += _lost(total, square, entered) + _lost(entered, -leaving, left)
    largest = max(square, change * change)
    if largest > memory[i, at + _LARGEST]:
        memory[i, at + _LARGEST] = largest


@compiled
def _lost(one: float, other: float, total: float) -> float:
    """Return what rounding took from ``total = one + other``, exactly (Knuth's TwoSum)."""
    part = total - one
    return (one - (total - part)) + (other - part)


@compiled
def collect_ratio(memory: Any, i: int, term: Any) -> float:
    """Return the ratio at the end of the step."""
    at = term.at
    bars = term.length
    mean = (memory[i, at + _SUM] + memory[i, at + _SUM_ERROR]) / bars
    squares = memory[i, at + _SQUARES] + memory[i, at + _SQUARES_ERROR]
    largest = memory[i, at + _LARGEST]
    error = _ERROR_NOW * squares + _ERROR_PASSED * largest
    if term.kind != T_SORTINO:
        squares -= bars * mean * mean
    least = term.b
    if largest <= _TRUSTED:
        if squares + error <= bars * least * least:
            return (mean - term.a) / least
        if error <= _TOLERANCE * squares:
            return (mean - term.a) / max(math.sqrt(squares / bars), least)
    return _ratio_anew(memory, i, term)


@compiled
def _ratio_anew(memory: Any, i: int, term: Any) -> float:
    """Return the ratio computed from the window, and begin its sums anew."""
    at = term.at
    bars = term.length
    total = error = squares = squares_error = furthest = reach = 0.0
    for place in range(at + _RING, at + _RING + bars):
        change = memory[i, place]
        entered = total + change
        error += _lost(total, change, entered)
        total = entered
        loss = _loss(term, change)
        square = loss * loss
        entered = squares + square
        squares_error += _lost(squares, square, entered)
        squares = entered
        furthest = max(furthest, abs(loss), abs(change))
        reach = max(reach, abs(loss))
    memory[i, at + _SUM] = total
    memory[i, at + _SUM_ERROR] = error
    memory[i, at + _SQUARES] = squares
    memory[i, at + _SQUARES_ERROR] = squares_error
    memory[i, at + _LARGEST] = furthest * furthest
    mean = (total + error) / bars
    # In units of the largest, so that no square overflows or is lost.
    if term.kind != T_SORTINO:
        reach += abs(mean)
    deviation = 0.0
    if reach > 0.0:
        squares = 0.0
        for place in range(at + _RING, at + _RING + bars):
            change = memory[i, place]
            part = _loss(term, change) if term.kind == T_SORTINO else change - mean
            squares += (part / reach) ** 2
        deviation = reach * math.sqrt(squares / bars)
    return (mean - term.a) / max(deviation, term.b)


@compiled
def differential_bar(memory: Any, i: int, term: Any, value: float) -> None:
    """Take in one bar of `DifferentialSharpe`."""
    at = term.at
    before = memory[i, at + _D_VALUE]
    memory[i, at + _D_VALUE] = value
    change = (value - before) / before if before > 0.0 else 0.0
    mean = memory[i, at + _MEAN]
    square = memory[i, at + _SQUARE]
    to_mean = change - mean
    to_square = change * change - square
    variance = square - mean * mean
    if variance > _LEAST_VARIANCE:
        moved = square * to_mean - 0.5 * mean * to_square
        memory[i, at + EARNED] += moved / (variance * math.sqrt(variance))
    memory[i, at + _MEAN] = mean + term.a * to_mean
    memory[i, at + _SQUARE] = square + term.a * to_square
