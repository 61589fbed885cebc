"""Reward terms as the kernel knows them: a table of kinds and numbers."""

import math
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tradegym.conf.errors import UserError
from tradegym.conf.schema.reward import too_few_bars
from tradegym.envs.engines.compiled.kernel import layout
from tradegym.envs.strategies.rewards import REWARD_TERMS
from tradegym.envs.strategies.rewards.btgym import BtgymReward
from tradegym.envs.strategies.rewards.btgym_original import BtgymOriginalReward
from tradegym.envs.strategies.rewards.differential_sharpe import DifferentialSharpe
from tradegym.envs.strategies.rewards.drawdown import DrawdownPenalty
from tradegym.envs.strategies.rewards.equity import EquityChange, LogReturn
from tradegym.envs.strategies.rewards.holding import HoldingCost
from tradegym.envs.strategies.rewards.overtrading import OvertradingPenalty
from tradegym.envs.strategies.rewards.position_return import PositionReturn
from tradegym.envs.strategies.rewards.risk_adjusted import SharpeRatio, SortinoRatio


class _Frame(NamedTuple):
    """What else decides how many bars a term remembers."""

    skip_frame: int
    n_assets: int


class _Kind(NamedTuple):
    """How the kernel plays a class of terms."""

    number: int
    numbers: tuple[str, ...] = ()  # the options that are a, b, c and d
    length: Callable[[Mapping[str, Any], _Frame], int] = lambda options, frame: 0
    places: int = 1  # of its own, without those of the bars that it remembers
    per_bar: int = 1


def _window(options: Mapping[str, Any], frame: _Frame) -> int:
    return int(options["window"])


_KINDS: Final[dict[type, _Kind]] = {
    BtgymReward: _Kind(layout.T_BTGYM, ("gamma",), lambda options, frame: frame.skip_frame, 4),
    BtgymOriginalReward: _Kind(
        layout.T_BTGYM_ORIGINAL,
        ("gamma", "skip_frame"),
        lambda options, frame: int(options["avg_period"]),
        per_bar=2,
    ),
    EquityChange: _Kind(layout.T_EQUITY_CHANGE, places=2),
    LogReturn: _Kind(layout.T_LOG_RETURN, places=2),
    DifferentialSharpe: _Kind(layout.T_DIFFERENTIAL_SHARPE, ("eta",), places=4),
    SharpeRatio: _Kind(layout.T_SHARPE, ("risk_free", "min_deviation"), _window, 7),
    SortinoRatio: _Kind(layout.T_SORTINO, ("risk_free", "min_deviation", "target"), _window, 7),
    PositionReturn: _Kind(layout.T_POSITION_RETURN, length=lambda options, frame: frame.n_assets),
    DrawdownPenalty: _Kind(layout.T_DRAWDOWN_PENALTY),
    OvertradingPenalty: _Kind(
        layout.T_OVERTRADING_PENALTY, ("cost", "growth", "max_cost", "free"), _window, 4
    ),
    HoldingCost: _Kind(layout.T_HOLDING_COST, ("cost",)),
}


def term_names(reward_terms: Mapping[str, Mapping[str, Any]]) -> tuple[str, ...]:
    """Return the names of the terms that count, in the order of the table.

    Parameters
    ----------
    reward_terms : mapping of str to mapping
        Complete options of each term by name (`complete_terms`).
    """
    return tuple(name for name, options in reward_terms.items() if options["weight"])


def reason_against(reward_terms: Mapping[str, Mapping[str, Any]]) -> str | None:
    """Tell in one line why the kernel cannot pay these terms; None: it can.

    Parameters
    ----------
    reward_terms : mapping of str to mapping
        Complete options of each term by name.
    """
    for name in term_names(reward_terms):
        if REWARD_TERMS[name] not in _KINDS:
            return f"the reward term '{name}' is Python code of its own"
    return None


def term_table(
    reward_terms: Mapping[str, Mapping[str, Any]],
    *,
    skip_frame: int,
    n_assets: int,
    at: int = 0,
) -> tuple[NDArray[Any], int]:
    """Return the terms that count as records.

    Parameters
    ----------
    reward_terms : mapping of str to mapping
        Complete options of each term by name, none that `reason_against` refuses.
    skip_frame : int
        Bars per decision.
    n_assets : int
        Traded assets.
    at : int
        First place of `State.memory` that is free.

    Returns
    -------
    terms : ndarray of TERM, shape [K]
    width : int
        Places of `State.memory` that they need, from ``at`` on.

    Raises
    ------
    tradegym.conf.errors.UserError
        ``avg_period`` of the term ``btgym_original`` is not above ``skip_frame``.
    """
    frame = _Frame(skip_frame, n_assets)
    names = term_names(reward_terms)
    terms = np.zeros(len(names), layout.TERM)
    first = at
    for term, name in zip(terms, names, strict=True):
        options = {**reward_terms[name], "skip_frame": skip_frame}
        packaged = REWARD_TERMS[name]
        if packaged is BtgymOriginalReward and (
            complaint := too_few_bars(int(options["avg_period"]), skip_frame)
        ):
            raise UserError(complaint)
        kind = _KINDS[packaged]
        bound = packaged.bound(options)
        term["kind"] = kind.number
        term["weight"] = options["weight"]
        term["scale"] = options["scale"]
        term["bound"] = math.inf if bound is None else bound
        for field, option in zip("abcd", kind.numbers, strict=False):
            term[field] = options[option]
        term["length"] = kind.length(options, frame)
        term["at"] = at
        term["places"] = kind.places + kind.per_bar * term["length"]
        at += int(term["places"])
    return terms, at - first
