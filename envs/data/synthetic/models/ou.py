"""Ornstein-Uhlenbeck process of the log price."""

import math
from itertools import accumulate as running
from typing import TYPE_CHECKING

import numpy as np

from tradegym.envs.data.synthetic.elementary import each, power
from tradegym.envs.data.synthetic.path import Moves, Task
from tradegym.envs.data.synthetic.registry import model

if TYPE_CHECKING:
    from numpy.typing import NDArray


@model("ou")
def simulate(task: Task) -> Moves:
    """Make ``d ln S = reversion (ln level - ln S) dt + volatility dW``; exact at every step.

    The gap ``x = ln S - ln level`` obeys ``x(t+h) = x(t) e^{-reversion h} + volatility
    sqrt((1 - e^{-2 reversion h}) / (2 reversion)) N`` (Gillespie 1996).
    """
    level, start = task.values["level"], task.values["start_price"]
    reversion, volatility = task.values["reversion"], task.values["volatility"]
    scale = 2 * stationary_deviation(reversion, volatility) ** 2
    scale = np.sqrt(scale * -each(math.expm1, -reversion * task.years))
    moves = Moves.empty(task, start, scale)
    gap = each(math.log, start / level)
    for bars, shocks in task.shocks():
        path, gap = follow(shocks, gap, reversion, volatility, task.step_years)
        moves.put(bars, path)
    return moves


def stationary_deviation(
    reversion: "NDArray[np.float64]", volatility: "NDArray[np.float64]"
) -> "NDArray[np.float64]":
    """Return the standard deviation of the gap after a long time."""
    return volatility / np.sqrt(2 * reversion)


def follow(
    shocks: "NDArray[np.float64]",
    gap: "NDArray[np.float64]",
    reversion: "NDArray[np.float64]",
    volatility: "NDArray[np.float64]",
    step_years: float,
) -> tuple["NDArray[np.float64]", "NDArray[np.float64]"]:
    """Continue Ornstein-Uhlenbeck processes around 0.

    Parameters
    ----------
    shocks : ndarray of float64, shape [S, n, A]
        Standard normal; overwritten.
    gap : ndarray of float64, shape [A]
        Value at the first bar's open.
    reversion, volatility : ndarray of float64, shape [A]
        Per year.
    step_years : float
        Length of a step.

    Returns
    -------
    path : ndarray of float64, shape [S, n, A]
        Change since the bar's open after each step.
    gap : ndarray of float64, shape [A]
        Value after the last bar.
    """
    keep = each(math.exp, -reversion * step_years)
    faded = each(math.expm1, -2 * reversion * step_years)
    shocks *= volatility * np.sqrt(-faded / (2 * reversion))
    for k in range(1, len(shocks)):
        shocks[k] += keep * shocks[k - 1]
    steps = len(shocks)
    opens = np.empty(shocks.shape[1:])
    after = np.empty_like(gap)
    for asset, factor in enumerate(power(one, steps) for one in keep.tolist()):
        noise = shocks[-1, :, asset].tolist()
        values = list(
            running(noise, lambda x, e, f=factor: f * x + e, initial=float(gap[asset]))  # type: ignore[misc]
        )
        opens[:, asset] = values[:-1]
        after[asset] = values[-1]
    ages = -reversion * step_years * np.arange(1, steps + 1)[:, np.newaxis]
    faded = each(math.expm1, ages.ravel()).reshape(ages.shape)
    shocks += opens * faded[:, np.newaxis, :]
    return shocks, after
