"""The options of the terms, completed by the schema's defaults and checked."""

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from tradegym.conf.check import check
from tradegym.conf.errors import UserError, did_you_mean
from tradegym.conf.schema.reward import RewardConfig
from tradegym.conf.tree import leaves
from tradegym.envs.strategies.rewards.base import REWARD_TERMS

# Of a term that user code registered; the terms of the schema have their own defaults.
_COMMON = {"weight": 1.0, "scale": 1.0, "clip": None}


def complete_terms(terms: Mapping[str, Mapping[str, Any] | None]) -> dict[str, dict[str, Any]]:
    """Return the options of each term with nothing left out; a term that is None is left out.

    Terms that user code registered with `reward_term` take their own options unchecked.

    Raises
    ------
    UserError
        An unknown term, an unknown option, or a wrong value; in one line.
    """
    given = {name: dict(options) for name, options in terms.items() if options is not None}
    known = {name: given[name] for name in given if name in RewardConfig.model_fields}
    try:
        model = RewardConfig.model_validate(known)
    except ValidationError:
        tree = {"strategy": {"reward": known}}
        list(leaves(tree))  # complains about a key that does not exist
        check(tree, {})
        raise
    complete: dict[str, dict[str, Any]] = {}
    for name, options in given.items():
        if name in known:
            complete[name] = getattr(model, name).model_dump()
        elif name in REWARD_TERMS:
            complete[name] = _COMMON | options
        else:
            allowed = list(REWARD_TERMS)
            raise UserError(
                f"reward_terms: '{name}' is not a reward term; allowed: {', '.join(allowed)}"
                f"{did_you_mean(name, allowed)}"
            )
    return complete
