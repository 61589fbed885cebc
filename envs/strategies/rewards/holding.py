"""A cost of holding positions."""

from collections.abc import Mapping
from typing import Any

from tradegym.envs.strategies.rewards.base import BarView, RewardSetup, RewardTerm, reward_term

# Share of the start cash that equity counts as when it is lower.
_FLOOR = 0.01


@reward_term("holding_cost")
class HoldingCost(RewardTerm):
    """A charge per bar in proportion to the gross exposure at its close.

    ``-cost * sum(|position| * close) / equity``, summed over the bars of the step: a fully
    invested account without leverage pays ``cost`` per bar, long or short. Equity below a
    hundredth of the start cash counts as that, so that the charge of a ruined account is finite.

    Parameters
    ----------
    options : mapping
        ``cost``: reward per bar at exposure 1.
    setup : RewardSetup
    """

    def __init__(self, options: Mapping[str, Any], setup: RewardSetup) -> None:
        self._cost = float(options["cost"])
        self._floor = setup.start_cash * _FLOOR
        self._earned = 0.0

    def on_bar(self, bar: BarView) -> None:
        """Take in one bar."""
        gross = 0.0
        for position, close in zip(bar.positions, bar.closes, strict=True):
            gross += abs(position) * close
        if gross:
            self._earned -= self._cost * gross / max(bar.value, self._floor)

    def collect(self) -> float:
        """Return the sum over the bars since the last call."""
        earned = self._earned
        self._earned = 0.0
        return earned
