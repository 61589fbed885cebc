"""The return of the prices in the direction of the positions."""

from collections.abc import Mapping
from typing import Any

from tradegym.envs.strategies.rewards.base import BarView, RewardSetup, RewardTerm, reward_term


@reward_term("position_return")
class PositionReturn(RewardTerm):
    """What the market did in the direction the agent had chosen, whatever the size and the costs.

    On each bar, summed over the traded assets::

        (x * (open - c) + x' * (close - open)) / c

    with ``c`` the previous close, and ``x`` and ``x'`` in {-1, 0, 1} the direction of the
    position at the previous close and at this one: up to the open the old position earns, from
    there the new one, which is exact for orders that fill at the open. An order that fills
    within the bar (a limit, a stop) counts as if it had filled at the open. With an unchanged
    position a bar pays the asset's return; summed over the bars of a step.

    Source: TensorTrade's ``PBR``. It pays the change of the price itself, which makes assets of
    different prices count differently; and it knows only +1 and -1, so that a flat position is
    paid as if it were short. `EquityChange` pays the same in money, with size and costs.
    """

    def __init__(self, options: Mapping[str, Any], setup: RewardSetup) -> None:
        self._closes: list[float] = list(setup.closes)
        self._signs = [0] * len(setup.closes)
        self._earned = 0.0

    def on_bar(self, bar: BarView) -> None:
        """Take in one bar."""
        closes, signs, opens = self._closes, self._signs, bar.opens
        for asset, close in enumerate(bar.closes):
            position = bar.positions[asset]
            before, after = signs[asset], (position > 0.0) - (position < 0.0)
            if before or after:
                previous, opened = closes[asset], opens[asset]
                move = before * (opened - previous) + after * (close - opened)
                self._earned += move / previous
                signs[asset] = after
            closes[asset] = close

    def collect(self) -> float:
        """Return the sum over the bars since the last call."""
        earned = self._earned
        self._earned = 0.0
        return earned
