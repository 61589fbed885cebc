"""Geometric Brownian motion."""

import numpy as np

from tradegym.envs.data.synthetic.path import Moves, Task, accumulate
from tradegym.envs.data.synthetic.registry import model


@model("gbm")
def simulate(task: Task) -> Moves:
    """Make ``dS / S = drift dt + volatility dW``; exact at every step.

    A step of h years adds ``(drift - volatility^2 / 2) h + volatility sqrt(h) N`` to the log
    price (Glasserman 2003, 3.2.1), so ``E[S_t] = S_0 exp(drift t)``.
    """
    drift, volatility = task.values["drift"], task.values["volatility"]
    moves = Moves.empty(task, task.values["start_price"], volatility * np.sqrt(task.years))
    size = volatility * np.sqrt(task.step_years)
    mean = (drift - volatility**2 / 2) * task.step_years
    for bars, shocks in task.shocks():
        shocks += mean / size
        moves.put(bars, accumulate(shocks), size)
    return moves
