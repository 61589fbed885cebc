"""Fixed rules: the baselines every trained agent is held against, and agents of their own."""

import copy
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol, cast

import gymnasium
import numpy as np
from numpy.typing import NDArray

from tradegym.conf.errors import UserError, did_you_mean
from tradegym.conf.schema.agent import AgentConfig
from tradegym.envs.strategies.orders import HOLD, OrderIntent
from tradegym.experiments.agents.policy import Policy


@dataclass(frozen=True, slots=True)
class RuleSettings:
    """What a rule may depend on.

    Attributes
    ----------
    reserve : float
        Fraction of the cash that a rule keeps when it invests, [0, 1).
    latency : int
        Bars that an order waits (``engine.latency``); a rule waits as long for its outcome.
    seed : int
        Of the rules that draw.
    fast, slow : int
        Bars of the two averages of ``sma_cross``.
    """

    reserve: float = 0.01
    latency: int = 0
    seed: int = 0
    fast: int = 20
    slow: int = 100


RULES: dict[str, Callable[[RuleSettings], Policy]] = {}
"""Every rule by its name (``agent.rule``)."""


def build_rule(
    agent: AgentConfig, *, seed: int = 0, reserve: float = 0.01, latency: int = 0
) -> Policy:
    """Return the rule that a configuration names.

    Parameters
    ----------
    agent : AgentConfig
        ``rule`` and its parameters.
    seed : int
        For the rules that draw.
    reserve : float
        ``engine.reserve``: fraction of the cash that stays when a rule invests.
    latency : int
        ``engine.latency``, bars.

    Returns
    -------
    Policy
        A fresh agent.

    Raises
    ------
    UserError
        If there is no such rule.
    """
    settings = RuleSettings(reserve, latency, seed, fast=agent.fast, slow=agent.slow)
    return make_rule(str(agent.rule), settings)


def make_rule(name: str, settings: RuleSettings | None = None) -> Policy:
    """Return the rule called ``name``, with default settings unless others are given.

    Raises
    ------
    UserError
        If there is no such rule.
    """
    if name not in RULES:
        hint = did_you_mean(name, RULES)
        raise UserError(f"agent.rule: '{name}' is not known; allowed: {', '.join(RULES)}{hint}")
    return RULES[name](settings or RuleSettings())


def _rule(name: str) -> Callable[[type], type]:
    def register(rule: type) -> type:
        RULES[name] = rule
        return rule

    return register


class _Market(Protocol):
    """What a rule reads of the environment."""

    action_names: tuple[str, ...]
    last_info: dict[str, Any]

    def closes(self) -> NDArray[np.float64]: ...


def _market(env: gymnasium.Env[Any, Any]) -> _Market:
    return cast("_Market", env.unwrapped)


class _Investor:
    """Places one order at a time and holds in between.

    Parameters
    ----------
    settings : RuleSettings
        Its ``reserve`` and ``latency`` are used.
    """

    def __init__(self, settings: RuleSettings) -> None:
        self._fraction = 1.0 - settings.reserve
        self._patience = settings.latency + 1
        self._hold: int | OrderIntent = 0
        self._wait = 0

    def reset(self, env: gymnasium.Env[Any, Any]) -> None:
        """Forget the last episode."""
        names = _market(env).action_names
        self._hold = names.index(HOLD) if HOLD in names else OrderIntent.hold()
        self._wait = 0

    def _towards(self, invested: bool, env: gymnasium.Env[Any, Any]) -> int | OrderIntent:
        """Return the order that leads to being invested or not, or a hold."""
        # An order that still waits for its fill leaves the position as it was; a second one
        # would double it. One that was refused is tried again as soon as that is certain.
        self._wait = max(self._wait - 1, 0)
        if self._wait or (_market(env).last_info["position"] != 0) == invested:
            return self._hold
        self._wait = self._patience
        return OrderIntent.invest(self._fraction) if invested else OrderIntent.close()


@_rule("buy_and_hold")
class BuyAndHold(_Investor):
    """Invests all cash but the reserve once and keeps it; a refused order is repeated."""

    def __init__(self, settings: RuleSettings) -> None:
        super().__init__(settings)
        self._filled = False

    def reset(self, env: gymnasium.Env[Any, Any]) -> None:
        """Forget the last episode."""
        super().reset(env)
        self._filled = False

    def act(self, obs: Any, env: gymnasium.Env[Any, Any]) -> int | OrderIntent:
        """Return the order until it was filled, then hold."""
        self._filled = self._filled or _market(env).last_info["position"] != 0
        return self._hold if self._filled else self._towards(True, env)


@_rule("flat")
class Flat(_Investor):
    """Never trades."""

    def act(self, obs: Any, env: gymnasium.Env[Any, Any]) -> int | OrderIntent:
        """Return hold."""
        return self._hold


@_rule("random")
class RandomActions:
    """Draws every action of the space with the same probability.

    The draws depend on the seed and on the number of the episode alone.
    """

    def __init__(self, settings: RuleSettings) -> None:
        self._seeds = np.random.default_rng(settings.seed)
        self._space: gymnasium.Space[Any] | None = None

    def reset(self, env: gymnasium.Env[Any, Any]) -> None:
        """Start the next episode's draws."""
        # A copy: drawing from the environment's own space would change what others draw.
        self._space = copy.deepcopy(env.action_space)
        self._space.seed(int(self._seeds.integers(2**31)))

    def act(self, obs: Any, env: gymnasium.Env[Any, Any]) -> Any:
        """Return a random action."""
        if self._space is None:
            raise RuntimeError("reset() comes before act()")
        return self._space.sample()


@_rule("sma_cross")
class SmaCross(_Investor):
    """Is invested while the mean of the last ``fast`` closes is above that of ``slow``.

    Until ``slow`` bars of the split have been seen, it stays out of the market.
    """

    def __init__(self, settings: RuleSettings) -> None:
        super().__init__(settings)
        self._fast, self._slow = settings.fast, settings.slow

    def act(self, obs: Any, env: gymnasium.Env[Any, Any]) -> int | OrderIntent:
        """Return an order when the averages have crossed, else hold."""
        closes = _market(env).closes()[-self._slow :]
        if len(closes) < self._slow:
            return self._hold
        above = bool(closes[-self._fast :].mean() > closes.mean())
        return self._towards(above, env)
