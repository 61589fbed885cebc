"""Panels that several pictures share: price with trades, position, account, reward terms."""

from tradegym.envs.rendering.panels.account import draw_drawdown, draw_equity
from tradegym.envs.rendering.panels.common import subtitle
from tradegym.envs.rendering.panels.holdings import draw_position, draw_shares, draw_weights
from tradegym.envs.rendering.panels.price import draw_price
from tradegym.envs.rendering.panels.reward import draw_rewards

__all__ = [
    "draw_drawdown",
    "draw_equity",
    "draw_position",
    "draw_price",
    "draw_rewards",
    "draw_shares",
    "draw_weights",
    "subtitle",
]
