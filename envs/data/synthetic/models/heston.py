"""Heston's stochastic volatility."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from tradegym.envs.data.synthetic.path import Moves, Task, accumulate
from tradegym.envs.data.synthetic.registry import model

if TYPE_CHECKING:
    from numpy.typing import NDArray

_SWITCH = 1.5  # Andersen's psi_c: both approximations of the variance exist between 1 and 2


@model("heston")
def simulate(task: Task) -> Moves:
    """Make ``dS/S = drift dt + sqrt(v) dW, dv = reversion (theta - v) dt + vol_of_vol sqrt(v) dZ``.

    ``theta`` is ``volatility`` squared and ``variance_correlation`` that of dW and dZ. The scheme
    is QE of Andersen (2008), with central weights, at every step inside the bar: mean and
    variance of v over a step are exact whatever the step's length, v never falls below 0, and the
    log price has a weak error of second order in the step. The first v comes from the stationary
    Gamma distribution. The assets' dW are correlated, their variances only through that.
    """
    volatility, start = task.values["volatility"], task.values["start_price"]
    moves = Moves.empty(task, start, volatility * np.sqrt(task.years))
    variances = [_Variance.of(task, asset) for asset in range(task.assets)]
    speed, rho, xi = (
        task.values[name] for name in ("reversion", "variance_correlation", "vol_of_vol")
    )
    h = task.step_years
    # Andersen (2008), equation 33, gamma1 = gamma2 = 1/2.
    constant = (task.values["drift"] - rho * speed * volatility**2 / xi) * h
    before = h / 2 * (speed * rho / xi - 0.5) - rho / xi
    after = h / 2 * (speed * rho / xi - 0.5) + rho / xi
    noise = h / 2 * (1 - rho * rho)
    for bars, shocks in task.shocks():
        v = np.stack([one.steps(task.steps, shocks.shape[1]) for one in variances], axis=2)
        old, new = v[:-1], v[1:]
        shocks *= np.sqrt(noise * (old + new))
        shocks += constant + before * old + after * new
        moves.put(bars, accumulate(shocks))
    return moves


class _Variance:
    """The variance of one asset, step by step."""

    def __init__(
        self, value: float, mean: float, speed: float, xi: float, h: float, rng: np.random.Generator
    ) -> None:
        self._value = value
        self._rng = rng
        keep = math.exp(-speed * h)
        # Conditional mean and variance are linear in the variance before the step.
        self._mean = (mean * (1 - keep), keep)
        self._spread = (
            mean * (xi * xi) * ((1 - keep) * (1 - keep)) / (2 * speed),
            xi * xi * keep * (1 - keep) / speed,
        )

    @classmethod
    def of(cls, task: Task, asset: int) -> "_Variance":
        """Begin in the stationary distribution, Gamma(2 speed mean / xi^2, xi^2 / (2 speed))."""
        volatility, speed, xi = (
            float(task.values[name][asset]) for name in ("volatility", "reversion", "vol_of_vol")
        )
        mean = volatility * volatility
        rng = task.stream("variance", asset)
        value = float(rng.gamma(2 * speed * mean / (xi * xi), xi * xi / (2 * speed)))
        return cls(value, mean, speed, xi, task.step_years, rng)

    def steps(self, steps: int, bars: int) -> "NDArray[np.float64]":
        """Return the variance at the steps of the next bars, [steps + 1, bars], opens first."""
        values = self._walk(self._rng.standard_normal(steps * bars).tolist())
        self._value = values[-1]
        result = np.empty((steps + 1, bars))
        result[:-1] = np.reshape(values[:-1], (bars, steps)).T
        result[-1] = values[steps::steps]
        return result

    def _walk(self, shocks: Sequence[float]) -> list[float]:
        mean_0, mean_1 = self._mean
        spread_0, spread_1 = self._spread
        v, values = self._value, [self._value]
        sqrt, log, erfc, half = math.sqrt, math.log, math.erfc, math.sqrt(0.5)
        for z in shocks:
            m = mean_0 + mean_1 * v
            psi = (spread_0 + spread_1 * v) / (m * m)
            if psi <= _SWITCH:  # a squared normal
                inverse = 2 / psi
                b2 = inverse - 1 + sqrt(inverse * (inverse - 1))
                root = sqrt(b2) + z
                v = m / (1 + b2) * (root * root)
            else:  # a mass at zero and an exponential tail; the normal becomes a uniform
                rest = 0.5 * erfc(z * half)  # 1 - u
                outside = 2 / (psi + 1)  # 1 - p
                v = log(outside / rest) * m / outside if rest < outside else 0.0
            values.append(v)
        return values
