"""Action schemes as the kernel knows them: a table of choices, or the rules of the weights."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from tradegym.envs.engines.compiled.kernel import layout
from tradegym.envs.strategies.actions import ActionScheme
from tradegym.envs.strategies.actions.bracket import BracketScheme, enter
from tradegym.envs.strategies.actions.bsh import BshScheme, go_in, go_out
from tradegym.envs.strategies.actions.choices import ChoiceScheme
from tradegym.envs.strategies.actions.discrete import DiscreteScheme
from tradegym.envs.strategies.actions.limit import LimitScheme, cancel_waiting, wait_at_limit
from tradegym.envs.strategies.actions.moves import move_to
from tradegym.envs.strategies.actions.rules import close_position, do_nothing, sized_order
from tradegym.envs.strategies.actions.sizes import SizesScheme, equity_of, order_by_size
from tradegym.envs.strategies.actions.target import TargetScheme
from tradegym.envs.strategies.actions.weights import WeightsScheme
from tradegym.envs.strategies.orders import BUY

_SCHEMES: Final = (
    DiscreteScheme,
    TargetScheme,
    SizesScheme,
    BshScheme,
    BracketScheme,
    LimitScheme,
    WeightsScheme,
)

_Options = Mapping[str, Any]

#: Fields of a CHOICE record, from the options of the rule that a choice follows.
_FIELDS: Final[dict[Callable[..., Any], Callable[[_Options], dict[str, Any]]]] = {
    do_nothing: lambda rule: {"kind": layout.C_HOLD},
    close_position: lambda rule: {"kind": layout.C_CLOSE},
    sized_order: lambda rule: {"kind": layout.C_BUY_SELL, "is_buy": rule["is_buy"]},
    move_to: lambda rule: {
        "kind": layout.C_TARGET,
        "fraction": rule["fraction"],
        "threshold": rule["threshold"],
    },
    order_by_size: lambda rule: {
        "kind": layout.C_SIZE,
        "fraction": rule["size"],
        "opening": rule["opening"],
        "is_buy": rule["side"] == BUY,
        "of_equity": rule["base"] is equity_of,
    },
    go_out: lambda rule: {"kind": layout.C_CASH},
    go_in: lambda rule: {"kind": layout.C_ASSET, "fraction": rule["share"]},
    enter: lambda rule: {
        "kind": layout.C_BRACKET,
        "is_buy": rule["direction"] > 0.0,
        "stop_loss": rule["stop"],
        "take_profit": rule["take"],
    },
    cancel_waiting: lambda rule: {"kind": layout.C_CANCEL},
    wait_at_limit: lambda rule: {
        "kind": layout.C_LIMIT,
        "is_buy": rule["is_buy"],
        "limit": rule["factor"],
        "expiry": -1 if rule["expiry"] is None else rule["expiry"],
    },
}


def reason_against(scheme: ActionScheme) -> str | None:
    """Return in one line why the kernel can't do a scheme; None: it can."""
    if type(scheme) in _SCHEMES:
        return None
    return f"the action scheme {type(scheme).__name__} is code of your own"


def choice_table(scheme: ActionScheme) -> tuple[dict[str, Any], NDArray[Any]]:
    """Return what the kernel needs to know of a scheme.

    Parameters
    ----------
    scheme : ActionScheme
        One that `reason_against` has nothing against.

    Returns
    -------
    rules : dict
        Fields of the RULES record: ``scheme``, ``n_choices``, ``transform``, ``share``,
        ``threshold`` and ``action_width``.
    choices : ndarray of CHOICE, shape [C]
        The same for each asset; empty for weights.
    """
    if isinstance(scheme, ChoiceScheme):
        choices = _choices(scheme)
        return _rules(layout.CHOICES, len(scheme.assets), n_choices=len(choices)), choices
    options = scheme.options
    softmax = options["transform"] == "softmax" and not options["shorts"]
    rules = _rules(
        layout.WEIGHTS,
        len(scheme.parts),
        transform=layout.SOFTMAX if softmax else layout.PROPORTIONAL,
        share=1.0 - float(options["reserve"]),
        threshold=float(options["threshold"]),
    )
    return rules, np.zeros(0, layout.CHOICE)


def _rules(
    kind: int,
    width: int,
    *,
    n_choices: int = 0,
    transform: int = layout.SOFTMAX,
    share: float = 1.0,
    threshold: float = 0.0,
) -> dict[str, Any]:
    return {
        "scheme": kind,
        "n_choices": n_choices,
        "transform": transform,
        "share": share,
        "threshold": threshold,
        "action_width": width,
    }


def _choices(scheme: ChoiceScheme) -> NDArray[Any]:
    table = np.zeros(len(scheme.rules), layout.CHOICE)
    table["expiry"] = -1
    for row, one in zip(table, scheme.rules, strict=True):
        rule: Any = one
        options: _Options = {}
        if isinstance(rule, partial):
            rule, options = rule.func, rule.keywords
        for name, value in _FIELDS[rule](options).items():
            row[name] = value
    return table
