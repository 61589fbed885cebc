"""A sine wave, for checks: an agent that cannot learn it has a fault."""

import numpy as np

from tradegym.envs.data.synthetic.elementary import exponential, logarithm, sine_of_turns
from tradegym.envs.data.synthetic.path import Moves, Task
from tradegym.envs.data.synthetic.registry import model


@model("sine")
def simulate(task: Task) -> Moves:
    """Make ``S = level (1 + amplitude sin(2 pi (t / period + phase))) exp(noise N)``, t in bars."""
    names = ("level", "amplitude", "period", "phase", "noise")
    level, amplitude, period, phase, noise = (task.values[name] for name in names)

    # Whole turns would only take away digits.
    phase = phase - np.rint(phase)

    def wave(bars: "np.typing.NDArray[np.float64]") -> "np.typing.NDArray[np.float64]":
        """Return the logarithm of the price over the level at some times, [..., 1] to [..., A]."""
        return logarithm(1.0 + amplitude * sine_of_turns(bars / period + phase))

    last = wave(np.zeros(1))
    slope = 2 * np.pi * amplitude / period / np.sqrt(2)  # root mean square per bar
    moves = Moves.empty(task, level * exponential(last.copy()), np.sqrt(slope**2 + 2 * noise**2))
    within = np.arange(1, task.steps + 1) / task.steps
    for bars, shocks in task.shocks():
        number = np.arange(bars.start, bars.stop)
        values = wave((number + within[:, np.newaxis])[..., np.newaxis]) + noise * shocks
        opens = np.concatenate([last[np.newaxis], values[-1, :-1]])
        last = values[-1, -1]
        moves.put(bars, values - opens)
    return moves
