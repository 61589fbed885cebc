"""Fractional Brownian motion of the log price."""

from typing import TYPE_CHECKING

import numpy as np

from tradegym.envs.data.synthetic.path import Moves, Task, accumulate
from tradegym.envs.data.synthetic.registry import model

if TYPE_CHECKING:
    from numpy.typing import NDArray


@model("fbm")
def simulate(task: Task) -> Moves:
    """Make ``ln S = ln start + drift t + volatility B_H``; exact at every step.

    The increments of B_H are fractional Gaussian noise, made by circulant embedding (Davies and
    Harte 1987). ``volatility`` is that of a bar per root of a year, so it means the same for
    every Hurst exponent: n bars together have the deviation of one times ``n ** hurst``.
    """
    hurst, volatility = task.values["hurst"], task.values["volatility"]
    scale = volatility * np.sqrt(task.years)
    moves = Moves.empty(task, task.values["start_price"], scale)
    number = task.bars * task.steps
    length = _quick_length(number)
    generator = task.stream("shocks")
    spectrum = task.mixed(generator.standard_normal((2, length + 1, task.assets)))
    noise = np.stack(
        [noise_of(spectrum[..., a], float(hurst[a]))[:number] for a in range(task.assets)], axis=1
    )
    noise *= scale * task.steps**-hurst
    noise += task.values["drift"] * task.step_years
    # Time runs along the bars and, within them, along the steps.
    path = noise.reshape(task.bars, task.steps, task.assets).swapaxes(0, 1).copy()
    moves.put(slice(0, task.bars), accumulate(path))
    return moves


def covariance(hurst: float, lags: "NDArray[np.float64]") -> "NDArray[np.float64]":
    """Return the autocovariance of unit fractional Gaussian noise (Mandelbrot, Van Ness 1968)."""
    power = 2 * hurst
    result: NDArray[np.float64] = (
        np.abs(lags + 1) ** power - 2 * np.abs(lags) ** power + np.abs(lags - 1) ** power
    ) / 2
    return result


def noise_of(normal: "NDArray[np.float64]", hurst: float) -> "NDArray[np.float64]":
    """Turn standard normals ``[2, n + 1]`` into fractional Gaussian noise ``[n]``, variance 1."""
    length = normal.shape[1] - 1
    row = covariance(hurst, np.arange(length + 1, dtype=np.float64))
    # The eigenvalues of the circulant matrix are not negative, but for rounding (Craigmile 2003).
    power = np.maximum(np.fft.rfft(np.concatenate([row, row[-2:0:-1]])).real, 0.0)
    waves = (normal[0] + 1j * normal[1]) / np.sqrt(2)
    waves[[0, -1]] = normal[0, [0, -1]]  # these two have no partner and are real
    waves *= np.sqrt(power * 2 * length)
    noise: NDArray[np.float64] = np.fft.irfft(waves, 2 * length)[:length]
    return noise


def _quick_length(number: int) -> int:
    """Return the least 2^k, 3 2^k or 5 2^k from ``number`` on: its transform is quick."""
    return min(factor << max(0, (-(-number // factor) - 1).bit_length()) for factor in (1, 3, 5))
