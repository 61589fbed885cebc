"""Fixed rules: the baselines every trained agent is held against, and agents of their own."""

import copy
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol, cast

import gymnasium
import numpy as np
from numpy.typing import NDArray

from tradegym.conf.errors import UserError, did_you_mean
from tradegym.conf.schema.agent import AgentConfig
from tradegym.envs.strategies.orders import OrderIntent
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


#: What a rule does at one close; nothing in it holds.
Orders = tuple[OrderIntent, ...]


class _Market(Protocol):
    """What a rule reads of the environment."""

    assets: tuple[str, ...]
    last_info: dict[str, Any]

    def closes(self, asset: int = 0) -> NDArray[np.float64]: ...


def _market(env: gymnasium.Env[Any, Any]) -> _Market:
    return cast("_Market", env.unwrapped)


class _Investor(ABC):
    """Is invested in each traded asset or not, by a rule of a subclass.

    An asset is bought for an equal share of the free cash but the reserve: what the assets that
    are not held would get each. It has one order at a time on its way.

    Parameters
    ----------
    settings : RuleSettings
        Its ``reserve`` and ``latency`` are used.
    """

    def __init__(self, settings: RuleSettings) -> None:
        self._share = 1.0 - settings.reserve
        self._patience = settings.latency + 1
        self._waits: list[int] = []

    def reset(self, env: gymnasium.Env[Any, Any]) -> None:
        """Forget the last episode."""
        self._waits = [0] * len(_market(env).assets)

    def act(self, obs: Any, env: gymnasium.Env[Any, Any]) -> Orders:
        """Return the orders that lead to what the rule wants."""
        market = _market(env)
        position = market.last_info["position"]
        units = position.tolist() if isinstance(position, np.ndarray) else (position,)
        held = [size != 0.0 for size in units]
        fraction = self._share / max(held.count(False), 1)
        orders: list[OrderIntent] = []
        for asset, has in enumerate(held):
            # An order that still waits for its fill leaves the position as it was; a second one
            # would double it. One that was refused is tried again as soon as that is certain.
            self._waits[asset] = max(self._waits[asset] - 1, 0)
            wanted = self._wants(asset, has, market)
            if wanted != has and not self._waits[asset]:
                self._waits[asset] = self._patience
                orders.append(
                    OrderIntent.invest(fraction, asset) if wanted else OrderIntent.close(asset)
                )
        return tuple(orders)

    @abstractmethod
    def _wants(self, asset: int, held: bool, market: _Market) -> bool:
        """Say whether to be invested in an asset that is held or not."""


@_rule("buy_and_hold")
class BuyAndHold(_Investor):
    """Invests all cash but the reserve once, equally in every traded asset, and keeps it.

    A refused order is repeated; an asset that was sold (a liquidation) is not bought again.
    """

    def reset(self, env: gymnasium.Env[Any, Any]) -> None:
        """Forget the last episode."""
        super().reset(env)
        self._bought = [False] * len(self._waits)

    def _wants(self, asset: int, held: bool, market: _Market) -> bool:
        self._bought[asset] = self._bought[asset] or held
        return held or not self._bought[asset]


@_rule("flat")
class Flat(_Investor):
    """Never trades."""

    def _wants(self, asset: int, held: bool, market: _Market) -> bool:
        return held


@_rule("sma_cross")
class SmaCross(_Investor):
    """Is invested in an asset while the mean of its last ``fast`` closes is above that of ``slow``.

    Until ``slow`` bars of the split have been seen, it stays out of the market.
    """

    def __init__(self, settings: RuleSettings) -> None:
        super().__init__(settings)
        self._fast, self._slow = settings.fast, settings.slow

    def _wants(self, asset: int, held: bool, market: _Market) -> bool:
        closes = market.closes(asset)[-self._slow :]
        if len(closes) < self._slow:
            return held
        return bool(closes[-self._fast :].mean() > closes.mean())


@_rule("random")
class RandomActions:
    """Draws every action of the space with the same probability, weights between their bounds.

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
