"""Two cointegrated assets."""

import math

import numpy as np

from tradegym.envs.data.synthetic.elementary import each
from tradegym.envs.data.synthetic.models.ou import follow, stationary_deviation
from tradegym.envs.data.synthetic.path import Moves, Task, accumulate
from tradegym.envs.data.synthetic.registry import model


@model("pair")
def simulate(task: Task) -> Moves:
    """Make a price and another that follows it up to a stationary gap (Engle and Granger 1987).

    The first is geometric Brownian motion. The second is ``ln S2 - ln start2 = hedge_ratio
    (ln S1 - ln start1) + gap``, with an Ornstein-Uhlenbeck gap of speed ``reversion`` and
    ``residual_volatility``, which begins in its stationary distribution.
    """
    first = {name: array[:1] for name, array in task.values.items()}
    drift, volatility, ratio = first["drift"], first["volatility"], first["hedge_ratio"]
    reversion, residual = first["reversion"], first["residual_volatility"]
    deviation = stationary_deviation(reversion, residual)
    gap = deviation * task.stream("start").standard_normal(1)
    scale = np.concatenate([volatility, np.sqrt((ratio * volatility) ** 2 + residual**2)])
    start = task.values["start_price"] * np.concatenate([np.ones(1), each(math.exp, gap)])
    moves = Moves.empty(task, start, scale * np.sqrt(task.years))
    size = volatility * np.sqrt(task.step_years)
    mean = (drift - volatility**2 / 2) * task.step_years
    for bars, shocks in task.shocks():
        leader = accumulate(shocks[..., :1] * size + mean)
        path, gap = follow(shocks[..., 1:].copy(), gap, reversion, residual, task.step_years)
        moves.put(bars, np.concatenate([leader, ratio * leader + path], axis=2))
    return moves
