"""A penalty for drawdown."""

from collections.abc import Mapping
from typing import Any

from tradegym.envs.strategies.rewards.base import BarView, RewardSetup, RewardTerm, reward_term


@reward_term("drawdown_penalty")
class DrawdownPenalty(RewardTerm):
    """Minus the increase of the episode's maximum drawdown, as a fraction.

    Over an episode it sums to minus its maximum drawdown. It is never above 0, so nothing can
    be won by falling and recovering; and it charges each depth once, unlike a charge for the
    level of the drawdown, which would grow with the number of bars that a recovery takes.
    """

    def __init__(self, options: Mapping[str, Any], setup: RewardSetup) -> None:
        self._deepest = self._charged = 0.0

    def on_bar(self, bar: BarView) -> None:
        """Take in one bar."""
        if bar.drawdown > self._deepest:
            self._deepest = bar.drawdown

    def collect(self) -> float:
        """Return minus the increase since the last call."""
        penalty = (self._charged - self._deepest) / 100.0
        self._charged = self._deepest
        return penalty
