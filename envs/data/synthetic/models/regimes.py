"""A market that switches between regimes."""

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from tradegym.envs.data.synthetic.path import Moves, Task, accumulate
from tradegym.envs.data.synthetic.registry import model

if TYPE_CHECKING:
    from numpy.typing import NDArray


@model("regimes")
def simulate(task: Task) -> Moves:
    """Make geometric Brownian motion whose drift and volatility are those of a hidden regime.

    The regime is a Markov chain on bars (Hamilton 1989): it is left after each bar with chance
    1 / ``duration``, so its length is geometric, and the next one is drawn in proportion to
    ``weight``. The first comes from the stationary distribution. All assets share the regime;
    the drift and volatility in it may be each asset's own.
    """
    names = [key.split(".")[1] for key in task.values if key.endswith(".duration")]

    def of(what: str) -> "NDArray[np.float64]":
        return np.array([task.values[f"regimes.{name}.{what}"] for name in names])

    drift, volatility = of("drift"), of("volatility")
    durations, weights = of("duration")[:, 0], of("weight")[:, 0]
    share = stationary(durations, weights)
    variance = sum_over(share, volatility**2)
    moves = Moves.empty(task, task.values["start_price"], np.sqrt(variance * task.years))
    states = chain(task.bars, durations, weights, task.stream("regimes"))
    size = volatility * np.sqrt(task.step_years)
    mean = (drift - volatility**2 / 2) * task.step_years
    for bars, shocks in task.shocks():
        shocks *= size[states[bars]]
        shocks += mean[states[bars]]
        moves.put(bars, accumulate(shocks))
    return moves


def sum_over(
    weights: "NDArray[np.float64]", values: "NDArray[np.float64]"
) -> "NDArray[np.float64]":
    """Return the sum of values ``[R, A]`` with weights ``[R]``, the first one first."""
    total: NDArray[np.float64] = weights[0] * values[0]
    for weight, row in zip(weights[1:], values[1:], strict=True):
        total += weight * row
    return total


def stationary(
    durations: "NDArray[np.float64]", weights: "NDArray[np.float64]"
) -> "NDArray[np.float64]":
    """Return the share of bars in each regime, shape [R].

    Jumps from i to j happen in proportion to ``w_i w_j``: they balance, so regime i is entered in
    proportion to ``w_i (W - w_i)``, and then lasts ``durations[i]``.
    """
    share = weights * (in_order(weights) - weights) * durations
    result: NDArray[np.float64] = share / in_order(share)
    return result


def chain(
    bars: int,
    durations: "NDArray[np.float64]",
    weights: "NDArray[np.float64]",
    generator: np.random.Generator,
) -> "NDArray[np.int64]":
    """Return the regime of each bar, shape [bars], by its number."""
    states = np.empty(bars, dtype=np.int64)
    left = [math.log1p(-1.0 / duration) for duration in durations.tolist()]
    state = pick(stationary(durations, weights).tolist(), generator.random())
    start = 0
    while start < bars:
        # The inverse of the geometric distribution.
        length = math.log1p(-generator.random()) / left[state]
        stop = start + 1 + math.floor(min(length, bars))
        states[start:stop] = state
        others = weights.tolist()
        others[state] = 0.0
        state = pick(others, generator.random())
        start = stop
    return states


def pick(weights: list[float], uniform: float) -> int:
    """Return the number at this part of the way through the weights."""
    left = uniform * in_order(weights)
    found, below = 0, 0.0
    for number, weight in enumerate(weights):
        if weight > 0.0:
            if left >= below:
                found = number
            below += weight
    return found


def in_order(values: Iterable[float]) -> float:
    """Return the sum, the first value first: `sum` rounds in its own way."""
    total = 0.0
    for value in values:
        total += float(value)
    return total
