"""BTgym's reward, with the double payment repaired."""

from collections import deque
from collections.abc import Mapping
from typing import Any

from tradegym.envs.strategies.rewards.base import BarView, RewardSetup, RewardTerm, reward_term


@reward_term("btgym")
class BtgymReward(RewardTerm):
    r"""Realised profit plus shaping that cancels out over a round trip.

    ``10 * (F + R)``, scaled, and clipped at plus and minus its scale, where ``R`` is the realised
    profit of the step and ``F = gamma * phi' - phi`` is potential-based shaping (Ng, Harada and
    Russell, "Policy invariance under reward transformations", 1999) with the potential ``phi`` =
    mean unrealised profit of the last ``skip_frame`` bars of the open trade, 0 when flat. Both
    in units of ``start_cash * (drawdown_call + target_call) / 100``.

    BTgym set ``F`` to 0 when a trade was closed and so kept the potential that it had already
    paid out; with ``F = gamma * 0 - phi`` the discounted sum of ``F`` over a round trip is 0.

    Not a sum over bars: the potential is a mean over a step, and it is discounted per step.

    Parameters
    ----------
    options : mapping
        ``scale``: factor of the reward and bound of its absolute value. ``gamma``: discount
        factor of the shaping; use the agent's.
    setup : RewardSetup
        ``skip_frame`` is the window of the potential.
    """

    additive = False

    def __init__(self, options: Mapping[str, Any], setup: RewardSetup) -> None:
        self._gamma = float(options["gamma"])
        self._unrealized: deque[float] = deque(maxlen=setup.skip_frame)
        self._realized = 0.0
        self._potential = 0.0
        #: The shaping ``F`` of the last step, before scale and clip.
        self.shaping = 0.0

    def on_bar(self, bar: BarView) -> None:
        """Take in one bar."""
        self._realized += bar.realized_pnl
        is_open = bar.pos_duration > 0
        if bar.closed or not is_open:
            self._unrealized.clear()
        if is_open:
            self._unrealized.append(bar.unrealized_pnl)

    def collect(self) -> float:
        """Return shaping and realised profit of the step."""
        window = self._unrealized
        potential = sum(window) / len(window) if window else 0.0
        self.shaping = self._gamma * potential - self._potential
        earned = 10.0 * (self.shaping + self._realized)
        self._potential = potential
        self._realized = 0.0
        return earned

    @classmethod
    def bound(cls, options: Mapping[str, Any]) -> float:
        """Return BTgym's own bound, the scale."""
        return float(options["scale"])
