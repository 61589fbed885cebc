"""Merton's jump diffusion."""

import math
from typing import TYPE_CHECKING

import numpy as np

from tradegym.envs.data.synthetic.elementary import each
from tradegym.envs.data.synthetic.path import Moves, Task, accumulate
from tradegym.envs.data.synthetic.registry import model

if TYPE_CHECKING:
    from numpy.typing import NDArray


@model("merton")
def simulate(task: Task) -> Moves:
    """Make a diffusion with jumps (Merton 1976); exact at every step.

    Jumps arrive at ``jump_intensity`` a year; the logarithm of each is normal with
    ``jump_mean`` and ``jump_volatility``. The diffusion's drift makes up for the mean jump, so
    that ``E[S_t] = S_0 exp(drift t)``. The assets' diffusions are correlated, their jumps are
    not.
    """
    names = ("drift", "volatility", "jump_intensity", "jump_mean", "jump_volatility")
    drift, volatility, intensity, jump_mean, jump_size = (task.values[name] for name in names)
    variance = volatility**2 + intensity * (jump_mean**2 + jump_size**2)
    moves = Moves.empty(task, task.values["start_price"], np.sqrt(variance * task.years))
    mean_jump = each(math.expm1, jump_mean + jump_size**2 / 2)
    mean = (drift - volatility**2 / 2 - intensity * mean_jump) * task.step_years
    size = volatility * np.sqrt(task.step_years)
    jumps = [_jumps(task, asset) for asset in range(task.assets)]
    for bars, shocks in task.shocks():
        shocks *= size
        shocks += mean
        for asset, (bar, step, log_jump) in enumerate(jumps):
            these = slice(*np.searchsorted(bar, (bars.start, bars.stop)))
            inside = bar[these] - bars.start
            np.add.at(shocks[..., asset], (step[these], inside), log_jump[these])
        moves.put(bars, accumulate(shocks))
    return moves


def _jumps(
    task: Task, asset: int
) -> tuple["NDArray[np.int64]", "NDArray[np.int64]", "NDArray[np.float64]"]:
    """Return bar, step and size of an asset's jumps, in the order of time.

    The times between two jumps are exponential.
    """
    generator, end = task.stream("jumps", 2 * asset), task.bars * task.steps
    rate = float(task.values["jump_intensity"][asset]) * task.step_years
    places = np.zeros(1 if rate > 0 else 0)
    parts = []
    while len(places) and places[-1] < end:
        number = int((end - places[-1]) * rate * 1.1) + 10
        gaps = generator.standard_exponential(number)
        gaps /= rate
        gaps[0] += places[-1]
        places = np.cumsum(gaps)
        parts.append(places)
    steps = np.concatenate([part[part < end] for part in parts] or [places]).astype(np.int64)
    sizes = task.stream("jumps", 2 * asset + 1).normal(
        task.values["jump_mean"][asset], task.values["jump_volatility"][asset], len(steps)
    )
    return steps // task.steps, steps % task.steps, sizes
