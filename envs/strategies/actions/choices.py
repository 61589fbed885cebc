"""Schemes of which each traded asset has a few numbered choices."""

from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray

from tradegym.envs.strategies.account import Account
from tradegym.envs.strategies.actions.base import ActionScheme, Decision
from tradegym.envs.strategies.orders import OrderRequest


class Verdict(Enum):
    """What a choice that places no order comes to."""

    NOTHING = "nothing"
    IMPOSSIBLE = "impossible"
    CANCEL = "cancel"


@dataclass(frozen=True, slots=True)
class Refusal:
    """An order that is not placed because its size came out as nothing.

    Attributes
    ----------
    side : str
        ``buy`` or ``sell``.
    """

    side: str


Outcome = OrderRequest | Refusal | Verdict
"""What one choice for one asset comes to."""

Rule = Callable[[int, Account], Outcome]
"""Takes the index of a traded asset and the account at the current close."""

#: What a choice that changes nothing decides.
NOTHING = Decision()
_IMPOSSIBLE = Decision(impossible=1)


@dataclass(frozen=True, slots=True)
class Choice:
    """One of the choices that an agent has for each asset.

    Attributes
    ----------
    name : str
        Short name, for tables and legends.
    words : str
        The choice in words.
    rule : callable
        What it means now; see `Rule`.
    """

    name: str
    words: str
    rule: Rule


class ChoiceScheme(ActionScheme):
    """A scheme whose action is the number of a choice, or one number per asset.

    The space is ``Discrete(n)``; with joint trading ``MultiDiscrete([n] * A)``. The choices of
    the assets are independent of each other: each is turned into an order as if it were the only
    one, so a mask can't tell whether several orders together have enough cash.
    """

    def __init__(self, options: Mapping[str, Any], assets: tuple[str, ...], joint: bool) -> None:
        super().__init__(options, assets, joint)
        choices = tuple(self.choices())
        self.names = tuple(choice.name for choice in choices)
        self.parts = assets
        self._words = tuple(choice.words for choice in choices)
        #: What each choice means, in the order of their numbers.
        self.rules = tuple(choice.rule for choice in choices)
        n = len(choices)
        self._space = spaces.MultiDiscrete([n] * len(assets)) if joint else spaces.Discrete(n)

    @abstractmethod
    def choices(self) -> Sequence[Choice]:
        """Return the choices in the order of their numbers; called once."""

    @property
    def space(self) -> spaces.Space[Any]:
        """``Discrete(n)`` or, with joint trading, ``MultiDiscrete([n] * A)``."""
        return self._space

    def decide(self, action: Any, account: Account) -> Decision:
        """Return the orders that the choices ask for at this close.

        Parameters
        ----------
        action : int or ndarray of int64, shape [A]
            Numbers of the choices.
        account : Account
            As it is now.
        """
        if self.joint:
            return self._decide_all(action, account)
        outcome = self.rules[int(action)](0, account)
        if outcome is Verdict.NOTHING:
            return NOTHING
        if isinstance(outcome, OrderRequest):
            return Decision((outcome,))
        if outcome is Verdict.IMPOSSIBLE:
            return _IMPOSSIBLE
        return collect(((0, outcome),))

    def _decide_all(self, action: Any, account: Account) -> Decision:
        rules = self.rules
        numbers = action.tolist() if isinstance(action, np.ndarray) else action
        return collect(
            [(asset, rules[number](asset, account)) for asset, number in enumerate(numbers)]
        )

    def mask(self, account: Account) -> NDArray[np.bool_]:
        """Return which choices are possible now, the choices of the first asset first.

        Returns
        -------
        ndarray of bool, shape [n * A]
        """
        return np.array(
            [allowed for asset in range(len(self.assets)) for allowed in self._row(asset, account)],
            dtype=np.bool_,
        )

    def _row(self, asset: int, account: Account) -> list[bool]:
        row = [is_possible(rule(asset, account), account) for rule in self.rules]
        if True not in row:
            row[self.idle(asset, account)] = True
        return row

    def hold(self, account: Account) -> int | NDArray[np.int64]:
        """Return the action that leaves all as it is, or changes least where none does.

        Returns
        -------
        int or ndarray of int64, shape [A]
        """
        if self.joint:
            indices = range(len(self.assets))
            return np.array([self.idle(asset, account) for asset in indices], dtype=np.int64)
        return self.idle(0, account)

    def idle(self, asset: int, account: Account) -> int:
        """Return the number of the choice that leaves one asset as it is."""
        outcomes = [rule(asset, account) for rule in self.rules]
        for verdict in (Verdict.NOTHING, Verdict.CANCEL):
            if verdict in outcomes:
                return outcomes.index(verdict)
        return self.least(asset, account, outcomes)

    def least(self, asset: int, account: Account, outcomes: Sequence[Outcome]) -> int:
        """Return the choice to take for idle where each one does, or fails to do, something."""
        idle = (at for at, one in enumerate(outcomes) if not isinstance(one, OrderRequest))
        return next(idle, 0)

    def explain(self, action: Any) -> str:
        """Return the choices in words; with joint trading each after the name of its asset."""
        if not self.joint:
            return self._words[int(action)]
        pairs = zip(self.assets, action, strict=True)
        return "; ".join(f"{name}: {self._words[int(number)]}" for name, number in pairs)

    def values(self, action: Any) -> tuple[int, ...]:
        """Return the numbers of the choices, one per traded asset."""
        return tuple(int(number) for number in action) if self.joint else (int(action),)


def is_possible(outcome: Outcome, account: Account) -> bool:
    """Tell whether an outcome is neither impossible nor refused for its size or lack of cash."""
    if isinstance(outcome, OrderRequest):
        return account.affordable(outcome.asset, outcome.size, outcome.limit)
    return outcome is Verdict.NOTHING or outcome is Verdict.CANCEL


def collect(outcomes: Sequence[tuple[int, Outcome]]) -> Decision:
    """Return the `Decision` that the outcomes, each with its asset, add up to."""
    requests: list[OrderRequest] = []
    refused: list[tuple[int, str]] = []
    cancel: list[int] = []
    impossible = 0
    for asset, outcome in outcomes:
        if isinstance(outcome, OrderRequest):
            requests.append(outcome)
        elif isinstance(outcome, Refusal):
            refused.append((asset, outcome.side))
        elif outcome is Verdict.CANCEL:
            cancel.append(asset)
        elif outcome is Verdict.IMPOSSIBLE:
            impossible += 1
    return Decision(tuple(requests), impossible, tuple(refused), tuple(cancel))
