"""The override rules: which keys count when the user brings an own class.

They are the rules that BTgym documents for its arguments, for every way to set a key.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import Enum

CEREBRO = "engine.cerebro"
STRATEGY = "strategy.cls"
DATASET = "dataset.cls"


class Verdict(Enum):
    """What becomes of a key."""

    USED = "used"
    DROPPED = "a default that is not used"
    IGNORED = "given, but ignored"


@dataclass(frozen=True, slots=True)
class Ruling:
    """The verdict on one key, with the rule that caused it (empty for `Verdict.USED`)."""

    verdict: Verdict
    rule: str = ""


CEREBRO_RULE = "engine.cerebro is given: all other engine.* and strategy.* keys are ignored"
STRATEGY_RULE = "strategy.cls is given: default strategy.* values are not used"
DATASET_RULE = "dataset.cls is given: all other dataset.* keys are ignored"

_USED = Ruling(Verdict.USED)


def apply_rules(given: Mapping[str, bool], custom: Collection[str]) -> dict[str, Ruling]:
    """Say for each key whether it counts.

    *Given* means set on the command line, in a preset, in the user's own option file or in
    `tradegym.make`; *default* means set by the schema or a packaged option.

    =====================================  =====================================================
    when                                   then
    =====================================  =====================================================
    ``engine.cerebro`` is set              all other ``engine.*`` and all ``strategy.*`` keys,
                                           ``strategy.cls`` too: given ones are ignored (with a
                                           warning), defaults are not used
    else, ``strategy.cls`` is set          default ``strategy.*`` values are not used, given
                                           ones override the class's own parameters
    else                                   ``strategy.*``: defaults, each overridden if given
    no ``engine.cerebro``                  ``engine.*``: defaults, each overridden if given
    ``dataset.cls`` is set                 all other ``dataset.*`` keys: given ones are ignored
                                           (with a warning), defaults are not used
    else                                   ``dataset.*``: defaults, each overridden if given
    always                                 any other key: its default, overridden if given
    =====================================  =====================================================

    Parameters
    ----------
    given : Mapping of str to bool
        Every key of the configuration: True where it was given, False where it is a default.
    custom : collection of str
        Which of ``engine.cerebro``, ``strategy.cls`` and ``dataset.cls`` are set to something.

    Returns
    -------
    dict of str to Ruling
        One ruling per key of ``given``.
    """
    return {key: _rule(key, is_given, custom) for key, is_given in given.items()}


def _rule(key: str, is_given: bool, custom: Collection[str]) -> Ruling:
    group = key.partition(".")[0]
    if CEREBRO in custom and group in ("engine", "strategy"):
        return _USED if key == CEREBRO else _unless_given(is_given, CEREBRO_RULE)
    if DATASET in custom and group == "dataset":
        return _USED if key == DATASET else _unless_given(is_given, DATASET_RULE)
    if STRATEGY in custom and group == "strategy" and not is_given:
        return Ruling(Verdict.DROPPED, STRATEGY_RULE)
    return _USED


def _unless_given(is_given: bool, rule: str) -> Ruling:
    return Ruling(Verdict.IGNORED if is_given else Verdict.DROPPED, rule)
