"""Traded volume and quoted spread of artificial bars."""

from typing import TYPE_CHECKING

import numpy as np

from tradegym.envs.data.synthetic.elementary import exponential

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tradegym.envs.data.synthetic.path import Moves, Task

_MEAN_ABSOLUTE_NORMAL = np.sqrt(2 / np.pi)


def draw_volume(task: "Task", moves: "Moves") -> "NDArray[np.float64]":
    """Return the volume of each bar, shape [T, A].

    ``mean x (1 - reaction + reaction |move| / E|move|) x exp(noise N - noise^2 / 2)``: volume
    rises with the size of the move (Karpoff 1987), and its own noise is log-normal. ``E|move|``
    is that of a normal move with the process's long-run deviation, so nothing of later bars
    is in it.
    """
    mean, reaction, noise = (
        task.values[f"volume.{name}"] for name in ("mean", "reaction", "noise")
    )
    if not mean.any():
        return np.zeros_like(moves.move)
    usual = np.where(moves.scale > 0, moves.scale * _MEAN_ABSOLUTE_NORMAL, np.inf)
    volume = np.abs(moves.move)
    volume *= reaction / usual
    volume += 1 - reaction
    volume *= mean
    if noise.any():
        factor = task.stream("volume").standard_normal(moves.move.shape)
        factor *= noise
        factor -= noise**2 / 2
        volume *= exponential(factor)
    return volume


def draw_spread(task: "Task") -> "NDArray[np.float64] | None":
    """Return each bar's spread as a fraction of the price, shape [T, A]; None = no spread.

    ``minimum + Beta(alpha, beta) (maximum - minimum)``.
    """
    low, high, alpha, beta = (
        task.values[f"spread.{name}"] for name in ("minimum", "maximum", "alpha", "beta")
    )
    if not high.any():
        return None
    spread = task.stream("spread").beta(alpha, beta, (task.bars, task.assets))
    spread *= high - low
    spread += low
    return spread


def widen(ohlcv: "NDArray[np.float64]", spread: "NDArray[np.float64]") -> None:
    """Put half the spread above the high and below the low, in place.

    Open and close stay the middle between bid and ask; the high is then the highest ask and the
    low the lowest bid of a bar whose spread is ``spread`` throughout.
    """
    ohlcv[..., 1] *= 1 + spread / 2
    ohlcv[..., 2] *= 1 - spread / 2
