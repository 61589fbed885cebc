"""What fixed rules have in common: their settings, their registry and how they see the market."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, cast

import gymnasium
import numpy as np
from numpy.typing import NDArray

from tradegym.envs.strategies.orders import OrderIntent
from tradegym.experiments.agents.policy import Policy

if TYPE_CHECKING:
    from tradegym.conf.schema.engine import EngineConfig


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
    window : int
        Returns that ``volatility_target`` measures the volatility of.
    target_volatility : float
        Yearly volatility that it aims at, fraction.
    threshold : float
        Fraction of the equity that it lets a weight miss its target by.
    engine : EngineConfig or None
        What fills cost, for ``perfect_foresight``; None: nothing.
    """

    reserve: float = 0.01
    latency: int = 0
    seed: int = 0
    fast: int = 20
    slow: int = 100
    window: int = 20
    target_volatility: float = 0.1
    threshold: float = 0.1
    engine: "EngineConfig | None" = None


RULES: dict[str, Callable[[RuleSettings], Policy]] = {}
"""Every rule by its name (``agent.rule``)."""


def rule(name: str) -> Callable[[type], type]:
    """Register a class of rules under ``name``."""

    def register(kind: type) -> type:
        RULES[name] = kind
        return kind

    return register


#: What a rule does at one close; nothing in it holds.
Orders = tuple[OrderIntent, ...]


class Market(Protocol):
    """What a rule reads of the environment."""

    assets: tuple[str, ...]
    last_info: dict[str, Any]

    def closes(self, asset: int = 0) -> NDArray[np.float64]:
        """Return the closes of an asset up to now."""


def market_of(env: gymnasium.Env[Any, Any]) -> Market:
    """Return what lies inside of an environment's wrappers."""
    return cast("Market", env.unwrapped)


def per_asset(value: Any) -> list[float]:
    """Return an entry of ``info`` as one number per asset, also where only one is traded."""
    return value.tolist() if isinstance(value, np.ndarray) else [float(value)]


class Investor(ABC):
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
        self._waits = [0] * len(market_of(env).assets)

    def act(self, obs: Any, env: gymnasium.Env[Any, Any]) -> Orders:
        """Return the orders that lead to what the rule wants."""
        market = market_of(env)
        held = [size != 0.0 for size in per_asset(market.last_info["position"])]
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
    def _wants(self, asset: int, held: bool, market: Market) -> bool:
        """Say whether to be invested in an asset that is held or not."""
