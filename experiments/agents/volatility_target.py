"""Hold as much as keeps the volatility of the account near a target."""

import math
from typing import TYPE_CHECKING, Any, cast

import gymnasium
import numpy as np

from tradegym.envs.strategies.orders import OrderIntent
from tradegym.experiments.agents.rule_base import (
    Orders,
    RuleSettings,
    market_of,
    per_asset,
    rule,
)

if TYPE_CHECKING:
    from tradegym.envs.trading import TradingEnv


@rule("volatility_target")
class VolatilityTarget:
    """Holds each traded asset with a weight that its past volatility allows; never with leverage.

    The weight is ``min(1, target / volatility) * (1 - reserve) / assets`` of the equity, where the
    volatility is ``std(r, ddof=1) * sqrt(P)`` of the last ``window`` simple returns, those up to
    the current close, and P the bars per year. A position is brought there when its weight is off
    by more than ``threshold``, or when nothing is held. Until ``window + 1`` bars of the split
    have been seen, it stays out of the market. It has one order per asset on its way.

    Parameters
    ----------
    settings : RuleSettings

    References
    ----------
    A. Moreira and T. Muir, Volatility-Managed Portfolios, Journal of Finance 72(4), 2017,
    1611-1644 (scaled there by the variance, without a bound).
    """

    def __init__(self, settings: RuleSettings) -> None:
        self._share = 1.0 - settings.reserve
        self._patience = settings.latency + 1
        self._window, self._threshold = settings.window, settings.threshold
        self._target = settings.target_volatility
        self._waits: list[int] = []

    def reset(self, env: gymnasium.Env[Any, Any]) -> None:
        """Forget the last episode."""
        self._waits = [0] * len(market_of(env).assets)
        trading = cast("TradingEnv", env.unwrapped)
        self._scale = math.sqrt(trading.market.dataset.bars_per_year)

    def act(self, obs: Any, env: gymnasium.Env[Any, Any]) -> Orders:
        """Return the orders that lead to the weights."""
        market = market_of(env)
        info = market.last_info
        units, prices = per_asset(info["position"]), per_asset(info["price"])
        orders: list[OrderIntent] = []
        for asset, (size, price) in enumerate(zip(units, prices, strict=True)):
            self._waits[asset] = max(self._waits[asset] - 1, 0)
            closes = market.closes(asset)[-self._window - 1 :]
            if self._waits[asset] or len(closes) <= self._window or info["value"] <= 0.0:
                continue
            weight = self._weight(closes) * self._share / len(units)
            if not size or abs(weight - size * price / info["value"]) > self._threshold:
                self._waits[asset] = self._patience
                orders.append(OrderIntent.target(weight, asset))
        return tuple(orders)

    def _weight(self, closes: "np.ndarray[Any, np.dtype[np.float64]]") -> float:
        """Return the weight before reserve, from ``window + 1`` closes."""
        volatility = float(np.std(closes[1:] / closes[:-1] - 1.0, ddof=1)) * self._scale
        return min(1.0, self._target / volatility) if volatility > 0.0 else 1.0
