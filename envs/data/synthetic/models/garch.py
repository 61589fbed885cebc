"""GARCH(1,1) with Student-t shocks."""

import numpy as np

from tradegym.envs.data.synthetic.path import Moves, Task, accumulate
from tradegym.envs.data.synthetic.registry import model

_MOST_BURNED = 20_000


@model("garch")
def simulate(task: Task) -> Moves:
    """Make bar returns ``drift + e, e = sqrt(h) z, h' = omega + alpha e^2 + beta h``.

    z is Student-t with ``degrees`` of freedom, scaled to variance 1 (Bollerslev 1987), and omega
    makes the long-run volatility that of ``volatility``. ``drift`` is of the logarithm.
    A Student-t is a normal over the root of a chi-square, so inside a bar the price is a Brownian
    motion with the bar's own variance; its sum over the bar is exactly Student-t. The
    chi-squares are shared by the assets: their shocks are jointly Student-t and correlated as
    asked; the returns a little less, since each asset has a variance of its own. The first
    variance is that after a long time (at most 20,000 bars).
    """
    alpha, beta = task.values["alpha"], task.values["beta"]
    mean_variance = task.values["volatility"] ** 2 * task.years
    moves = Moves.empty(task, task.values["start_price"], np.sqrt(mean_variance))
    omega = (1 - alpha - beta) * mean_variance
    degrees = float(task.values["degrees"][0])
    mixing = task.stream("mixing")
    burned = min(_MOST_BURNED, int(np.ceil(10 / (1 - np.max(alpha + beta)))))
    early = (degrees - 2) / mixing.chisquare(degrees, burned)
    normal = task.mixed(task.stream("start").standard_normal((burned, task.assets)))
    growth = alpha * early[:, np.newaxis] * normal**2 + beta
    variance = [_recurse(omega[a], growth[:, a], mean_variance[a])[-1] for a in range(task.assets)]
    drift = task.values["drift"] * task.step_years
    for bars, shocks in task.shocks():
        shocks /= np.sqrt(task.steps)
        path = accumulate(shocks)
        weight = (degrees - 2) / mixing.chisquare(degrees, (path.shape[1], 1))
        growth = alpha * weight * path[-1] ** 2 + beta
        h = np.empty(path.shape[1:])
        for asset in range(task.assets):
            column = _recurse(omega[asset], growth[:, asset], variance[asset])
            h[:, asset], variance[asset] = column[:-1], column[-1]
        path *= np.sqrt(h * weight)
        path += drift * np.arange(1, task.steps + 1)[:, np.newaxis, np.newaxis]
        moves.put(bars, path)
    return moves


def _recurse(omega: float, growth: "np.typing.NDArray[np.float64]", first: float) -> list[float]:
    """Return h of each bar and of the one after: ``h' = omega + growth h``."""
    omega, h = float(omega), float(first)
    values = [h]
    for factor in growth.tolist():
        h = omega + factor * h
        values.append(h)
    return values
