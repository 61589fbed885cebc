"""Weights from the entries of a continuous action, and back; floats only, since A is small."""

import math
from collections.abc import Sequence

#: Factor of the entries in softmax: entries of -1 and 1 are e^10 = 22,026 apart.
SHARPNESS = 5.0

#: A weight below this counts as 0: what softmax leaves of an entry of -1 beside one of 1.
SMALLEST = 1e-4


def softmax(entries: Sequence[float]) -> list[float]:
    """Return ``exp(5 a_i) / sum_j exp(5 a_j)``; what would be below 1e-4 is left out as 0.

    Parameters
    ----------
    entries : sequence of float, length A + 1
        Each from -1 to 1, cash last.

    Returns
    -------
    list of float, length A + 1
        At least 0; their sum is 1.
    """
    top = max(entries)
    powers = [math.exp(SHARPNESS * (entry - top)) for entry in entries]
    smallest = SMALLEST * _total(powers)
    kept = [power if power >= smallest else 0.0 for power in powers]
    total = _total(kept)
    return [power / total for power in kept]


def undo_softmax(weights: Sequence[float]) -> list[float]:
    """Return entries from -1 to 1 of which `softmax` makes ``weights`` (at least 0)."""
    top = max(weights)
    least = math.exp(-2.0 * SHARPNESS)
    return [1.0 + math.log(max(weight / top, least)) / SHARPNESS for weight in weights]


def proportional(entries: Sequence[float]) -> list[float]:
    """Return ``a_i / max(1, sum_j |a_j|)``: entries are weights unless they are too many.

    Parameters
    ----------
    entries : sequence of float, length A + 1
        Cash last; its entry takes its share of the sum.

    Returns
    -------
    list of float, length A + 1
        Their absolute values sum to at most 1; what is missing is cash.
    """
    total = _total([abs(entry) for entry in entries])
    return [entry / total for entry in entries] if total > 1.0 else list(entries)


def undo_proportional(weights: Sequence[float]) -> list[float]:
    """Return entries of which `proportional` makes the asset weights of ``weights``."""
    total = max(1.0, sum(map(abs, weights[:-1])))
    return [*(weight / total for weight in weights[:-1]), 0.0]


def _total(numbers: Sequence[float]) -> float:
    """Add numbers up, one after the other; from Python 3.12 on ``sum`` rounds differently."""
    total = 0.0
    for number in numbers:
        total += number
    return total
