"""The differential Sharpe ratio."""

import math
from collections.abc import Mapping
from typing import Any

from tradegym.envs.strategies.rewards.bar_returns import BarReturns
from tradegym.envs.strategies.rewards.base import BarView, RewardSetup, RewardTerm, reward_term

# Below this variance of the returns they are rounding errors.
_LEAST_VARIANCE = 1e-30


@reward_term("differential_sharpe")
class DifferentialSharpe(RewardTerm):
    """How much a bar's return moves the exponentially weighted Sharpe ratio.

    With the moving moments ``A`` (of the returns ``R``) and ``B`` (of their squares)::

        dA = R - A          dB = R**2 - B
        D = (B * dA - A * dB / 2) / (B - A**2) ** 1.5
        A += eta * dA       B += eta * dB

    computed on every bar and summed over the step. ``D`` is 0 as long as the variance
    ``B - A**2`` is not above 0, thus up to the first bar on which equity moves.

    Source: Moody, Wu, Liao and Saffell, "Performance functions and reinforcement learning for
    trading systems and portfolios", Journal of Forecasting 17, 1998, equation 10; the same in
    Moody and Saffell, "Reinforcement learning for trading", 1998. ``R`` is the simple return
    of equity here.

    Parameters
    ----------
    options : mapping
        ``eta``: weight of the newest bar in the moments, above 0 and below 1.
    setup : RewardSetup
    """

    def __init__(self, options: Mapping[str, Any], setup: RewardSetup) -> None:
        self._eta = float(options["eta"])
        self._returns = BarReturns(setup.start_cash)
        self._mean = self._square = 0.0
        self._earned = 0.0

    def on_bar(self, bar: BarView) -> None:
        """Take in one bar."""
        change = self._returns.take(bar.value)
        mean, square = self._mean, self._square
        to_mean = change - mean
        to_square = change * change - square
        variance = square - mean * mean
        if variance > _LEAST_VARIANCE:
            deviation = math.sqrt(variance)
            moved = square * to_mean - 0.5 * mean * to_square
            self._earned += moved / (variance * deviation)
        self._mean = mean + self._eta * to_mean
        self._square = square + self._eta * to_square

    def collect(self) -> float:
        """Return the sum over the bars since the last call."""
        earned = self._earned
        self._earned = 0.0
        return earned
