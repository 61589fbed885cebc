"""Fixed rules: the baselines every trained agent is held against, and agents of their own."""

import copy
from typing import TYPE_CHECKING, Any

import gymnasium
import numpy as np

from tradegym.conf.errors import UserError, did_you_mean
from tradegym.experiments.agents.foresight import PerfectForesight
from tradegym.experiments.agents.rule_base import (
    RULES,
    Investor,
    Market,
    RuleSettings,
    rule,
)
from tradegym.experiments.agents.volatility_target import VolatilityTarget

if TYPE_CHECKING:
    from tradegym.conf.schema.agent import AgentConfig
    from tradegym.conf.schema.engine import EngineConfig
    from tradegym.experiments.agents.policy import Policy

__all__ = [
    "RULES",
    "PerfectForesight",
    "RuleSettings",
    "VolatilityTarget",
    "build_rule",
    "make_rule",
]


def build_rule(
    agent: "AgentConfig",
    *,
    seed: int = 0,
    reserve: float = 0.01,
    latency: int = 0,
    engine: "EngineConfig | None" = None,
) -> "Policy":
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
    engine : EngineConfig, optional
        The costs, for the rule that plans with them; without it they count as nothing.

    Returns
    -------
    Policy
        A fresh agent.

    Raises
    ------
    UserError
        If there is no such rule.
    """
    settings = RuleSettings(
        reserve,
        latency,
        seed,
        fast=agent.fast,
        slow=agent.slow,
        window=agent.window,
        target_volatility=agent.target_volatility,
        threshold=agent.threshold,
        engine=engine,
    )
    return make_rule(str(agent.rule), settings)


def make_rule(name: str, settings: RuleSettings | None = None) -> "Policy":
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


@rule("buy_and_hold")
class BuyAndHold(Investor):
    """Invests all cash but the reserve once, equally in every traded asset, and keeps it.

    A refused order is repeated; an asset that was sold (a liquidation) is not bought again.
    """

    def reset(self, env: gymnasium.Env[Any, Any]) -> None:
        """Forget the last episode."""
        super().reset(env)
        self._bought = [False] * len(self._waits)

    def _wants(self, asset: int, held: bool, market: Market) -> bool:
        self._bought[asset] = self._bought[asset] or held
        return held or not self._bought[asset]


@rule("flat")
class Flat(Investor):
    """Never trades."""

    def _wants(self, asset: int, held: bool, market: Market) -> bool:
        return held


@rule("sma_cross")
class SmaCross(Investor):
    """Is invested in an asset while the mean of its last ``fast`` closes is above that of ``slow``.

    Until ``slow`` bars of the split have been seen, it stays out of the market.
    """

    def __init__(self, settings: RuleSettings) -> None:
        super().__init__(settings)
        self._fast, self._slow = settings.fast, settings.slow

    def _wants(self, asset: int, held: bool, market: Market) -> bool:
        closes = market.closes(asset)[-self._slow :]
        if len(closes) < self._slow:
            return held
        return bool(closes[-self._fast :].mean() > closes.mean())


@rule("random")
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
