"""Terms that pay the change of equity itself."""

import math
from collections.abc import Mapping
from typing import Any

from tradegym.envs.strategies.rewards.base import BarView, RewardSetup, RewardTerm, reward_term

# Share of the start cash that equity counts as when it is lower.
_FLOOR = 1e-6


@reward_term("equity_change")
class EquityChange(RewardTerm):
    """Change of equity over the step as a fraction of the start cash.

    ``(V' - V) / start_cash``; over an episode it sums to ``final equity / start cash - 1``.
    """

    def __init__(self, options: Mapping[str, Any], setup: RewardSetup) -> None:
        self._start = self._last = self._value = setup.start_cash

    def on_bar(self, bar: BarView) -> None:
        """Take in one bar."""
        self._value = bar.value

    def collect(self) -> float:
        """Return the change since the last call."""
        change = (self._value - self._last) / self._start
        self._last = self._value
        return change


@reward_term("log_return")
class LogReturn(RewardTerm):
    """Logarithmic return of equity over the step.

    ``ln(V' / V)``; over an episode it sums to ``ln(final equity / start cash)``. Equity below a
    millionth of the start cash counts as that, so that ruin is very bad but finite.
    """

    def __init__(self, options: Mapping[str, Any], setup: RewardSetup) -> None:
        self._floor = setup.start_cash * _FLOOR
        self._value = setup.start_cash
        self._last = math.log(setup.start_cash)

    def on_bar(self, bar: BarView) -> None:
        """Take in one bar."""
        self._value = bar.value

    def collect(self) -> float:
        """Return the log return since the last call."""
        now = math.log(max(self._value, self._floor))
        change = now - self._last
        self._last = now
        return change
