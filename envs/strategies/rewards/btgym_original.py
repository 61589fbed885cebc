"""BTgym's reward to the bit, with its faults, to compare with."""

from collections import deque
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from tradegym.conf.errors import UserError
from tradegym.conf.schema.reward import too_few_bars
from tradegym.envs.strategies.rewards.base import BarView, RewardSetup, RewardTerm, reward_term


@reward_term("btgym_original")
class BtgymOriginalReward(RewardTerm):
    """The formula of BTgym's base strategy as it was.

    With ``u`` and ``r`` the unrealised and realised profit of the last ``avg_period`` bars, ``n``
    the bars since the account was flat and ``k`` the bars per decision::

        n == 0       f = 0
        n < k        f = gamma * mean(u[-n:])
        n < 2 * k    f = gamma * mean(u[-k:]) - mean(u[-(k + n):-k])
        otherwise    f = gamma * mean(u[-k:]) - mean(u[-2 * k:-k])

        10 * f + 10 * sum(r[-k:]), scaled, and clipped at plus and minus its scale

    Its faults, none of them repaired:

    - When a trade is closed ``f`` is 0 instead of minus the potential, so that an open profit is
      paid twice, and one that is lost again before the trade is closed is paid all the same.
    - ``r`` and ``u`` hold ``avg_period`` bars: what was realised earlier in a longer step is
      lost. So is what was realised on the first bars of the episode's last step, which the final
      liquidation makes one bar longer.
    - The mean before (``u[-(k + n):-k]``) reaches back to bars before the trade was opened, and
      both means to those of another trade when it was reversed.
    - A larger scale widens the clip too.

    With ``avg_period <= k`` a mean of nothing (nan) would be paid; that is refused.

    Source: Kismuz/btgym, ``strategy/base.py``. The windows begin filled with 0, since the account
    did not change before the first decision. Not a sum over bars.

    Parameters
    ----------
    options : mapping
        ``scale``, ``gamma``, ``avg_period``.
    setup : RewardSetup

    Raises
    ------
    tradegym.conf.errors.UserError
        ``avg_period`` is not above ``setup.skip_frame``.
    """

    additive = False

    def __init__(self, options: Mapping[str, Any], setup: RewardSetup) -> None:
        bars = int(options["avg_period"])
        if complaint := too_few_bars(bars, setup.skip_frame):
            raise UserError(complaint)
        self._gamma = float(options["gamma"])
        self._step = setup.skip_frame
        self._unrealized = deque([0.0] * bars, maxlen=bars)
        self._realized = deque([0.0] * bars, maxlen=bars)
        self._duration = 0

    def on_bar(self, bar: BarView) -> None:
        """Take in one bar."""
        self._unrealized.append(bar.unrealized_pnl)
        self._realized.append(bar.realized_pnl)
        self._duration = bar.pos_duration

    def collect(self) -> float:
        """Return what BTgym would have paid before scale and clip."""
        step, duration = self._step, self._duration
        unrealized = list(self._unrealized)
        shaping = 0.0
        if 0 < duration < step:
            shaping = self._gamma * _mean(unrealized[-duration:])
        elif duration:
            reach = step + duration if duration < 2 * step else 2 * step
            before = _mean(unrealized[-reach:-step])
            shaping = self._gamma * _mean(unrealized[-step:]) - before
        return 10.0 * shaping + 10.0 * float(np.sum(list(self._realized)[-step:]))

    @classmethod
    def bound(cls, options: Mapping[str, Any]) -> float:
        """Return BTgym's own bound, the scale."""
        return float(options["scale"])


def _mean(values: Sequence[float]) -> float:
    """Return NumPy's mean, which adds long windows up in an order of its own."""
    return float(np.mean(values))
