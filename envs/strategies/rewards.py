"""Reward terms. Each watches every bar and is paid once per decision."""

import math
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tradegym.envs.strategies.broker_stats import BrokerStats


class RewardTerm(ABC):
    """One named part of the reward.

    ``on_bar`` sees every bar, also those that ``skip_frame`` skips and the bar of the final
    liquidation; ``collect`` returns what has been earned since it was last called, so no bar's
    reward is lost.
    """

    @abstractmethod
    def on_bar(self, stats: "BrokerStats", *, value: float, position: float, closed: bool) -> None:
        """Take in one bar: its statistics, equity (money), position (units), trade closed."""

    @abstractmethod
    def collect(self) -> float:
        """Return the term earned since the last call."""


class BtgymReward(RewardTerm):
    r"""BTgym's reward, with the double payment repaired.

    ``clip(10 * (F + R) * scale, -scale, +scale)`` where ``R`` is the realised profit of the
    step and ``F = gamma * phi' - phi`` is potential-based shaping (Ng, Harada and Russell,
    "Policy invariance under reward transformations", 1999) with the potential ``phi`` = mean
    unrealised profit of the last ``skip_frame`` bars of the open trade, 0 when flat. Both in
    units of ``start_cash * (drawdown_call + target_call) / 100``.

    BTgym set ``F`` to 0 when a trade was closed and so kept the potential that it had already
    paid out; with ``F = gamma * 0 - phi`` the discounted sum of ``F`` over a round trip is 0.

    Parameters
    ----------
    scale : float
        Scale of the reward and bound of its absolute value.
    gamma : float
        Discount factor of the shaping; use the agent's.
    skip_frame : int
        Bars per decision, the window of the potential.
    """

    def __init__(self, scale: float = 1.0, gamma: float = 0.99, skip_frame: int = 1) -> None:
        self._scale = scale
        self._gamma = gamma
        self._unrealized: deque[float] = deque(maxlen=skip_frame)
        self._realized = 0.0
        self._potential = 0.0
        #: The shaping ``F`` of the last step, before scale and clip.
        self.shaping = 0.0

    def on_bar(self, stats: "BrokerStats", *, value: float, position: float, closed: bool) -> None:
        """Take in one bar."""
        self._realized += stats.realized_pnl
        if closed or position == 0.0:
            self._unrealized.clear()
        if position != 0.0:
            self._unrealized.append(stats.unrealized_pnl)

    def collect(self) -> float:
        """Return the clipped reward of the step."""
        window = self._unrealized
        potential = sum(window) / len(window) if window else 0.0
        self.shaping = self._gamma * potential - self._potential
        raw = 10.0 * (self.shaping + self._realized) * self._scale
        self._potential = potential
        self._realized = 0.0
        return max(-self._scale, min(self._scale, raw))


class LogReturnReward(RewardTerm):
    """Log return of equity over the step, times ``scale``.

    Summed over an episode it is ``scale * ln(final equity / start cash)``. Equity at or below
    zero counts as a tiny fraction of the start, so that ruin is very bad but finite.
    """

    _FLOOR = 1e-6

    def __init__(self, start_cash: float, scale: float = 1.0) -> None:
        self._scale = scale
        self._floor = start_cash * self._FLOOR
        self._last = math.log(start_cash)
        self._value = start_cash

    def on_bar(self, stats: "BrokerStats", *, value: float, position: float, closed: bool) -> None:
        """Take in one bar."""
        self._value = value

    def collect(self) -> float:
        """Return the log return since the last call."""
        now = math.log(max(self._value, self._floor))
        reward = (now - self._last) * self._scale
        self._last = now
        return reward


def _btgym(options: Mapping[str, Any], start_cash: float, skip_frame: int) -> RewardTerm:
    return BtgymReward(options["scale"], options["gamma"], skip_frame)


def _log_return(options: Mapping[str, Any], start_cash: float, skip_frame: int) -> RewardTerm:
    return LogReturnReward(start_cash, options["scale"])


#: Name of each reward term in ``strategy.reward`` and what builds it.
REWARD_TERMS: dict[str, Callable[[Mapping[str, Any], float, int], RewardTerm]] = {
    "btgym": _btgym,
    "log_return": _log_return,
}


class Reward:
    """The weighted sum of the chosen terms.

    Parameters
    ----------
    terms : mapping of str to mapping
        Options of each term by name, among them its ``weight``; weight 0 leaves it out.
    start_cash : float
        Money.
    skip_frame : int
        Bars per decision.
    """

    def __init__(
        self, terms: Mapping[str, Mapping[str, Any]], start_cash: float, skip_frame: int
    ) -> None:
        self._terms = {
            name: (float(options["weight"]), REWARD_TERMS[name](options, start_cash, skip_frame))
            for name, options in terms.items()
            if options["weight"]
        }
        self.names = tuple(self._terms)
        #: Weighted value of each term in the last step.
        self.last: dict[str, float] = {}

    def on_bar(self, stats: "BrokerStats", *, value: float, position: float, closed: bool) -> None:
        """Show one bar to every term."""
        for _, term in self._terms.values():
            term.on_bar(stats, value=value, position=position, closed=closed)

    def collect(self) -> float:
        """Return the reward of the step and keep its parts in `last`."""
        self.last = {name: weight * term.collect() for name, (weight, term) in self._terms.items()}
        return sum(self.last.values())
