"""Action schemes: how what an agent chooses becomes orders."""

from tradegym.envs.strategies.actions import (
    bracket,
    bsh,
    discrete,
    limit,
    sizes,
    target,
    weights,
)
from tradegym.envs.strategies.actions.base import (
    ACTION_SCHEMES,
    ActionScheme,
    Decision,
    action_scheme,
    make_scheme,
)
from tradegym.envs.strategies.actions.intents import decide_intents
from tradegym.envs.strategies.actions.legacy import scheme_options_of

__all__ = [
    "ACTION_SCHEMES",
    "ActionScheme",
    "Decision",
    "action_scheme",
    "bracket",
    "bsh",
    "decide_intents",
    "discrete",
    "limit",
    "make_scheme",
    "scheme_options_of",
    "sizes",
    "target",
    "weights",
]
