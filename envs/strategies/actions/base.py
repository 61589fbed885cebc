"""What every action scheme offers, and the registry of the schemes."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray

from tradegym.envs.strategies.account import Account
from tradegym.envs.strategies.orders import OrderRequest


@dataclass(frozen=True, slots=True)
class Decision:
    """What an action asks for.

    Attributes
    ----------
    requests : tuple of OrderRequest
        At most one per asset.
    impossible : int
        Choices (at most one per asset) that could not mean anything, such as closing a position
        that is not there; they do nothing and are counted.
    refused : tuple of (int, str)
        Asset and side (``buy`` or ``sell``) of orders that are not placed because their size came
        out as nothing, such as less than one lot; they count as rejected.
    cancel : tuple of int
        Assets whose waiting orders are cancelled without a new one. None of them has a request.
    """

    requests: tuple[OrderRequest, ...] = ()
    impossible: int = 0
    refused: tuple[tuple[int, str], ...] = ()
    cancel: tuple[int, ...] = ()


class ActionScheme(ABC):
    """Turns actions into orders.

    Parameters
    ----------
    options : mapping of str to Any
        The keys of ``strategy.actions``.
    assets : tuple of str
        Names of the traded assets.
    joint : bool
        Several assets are traded by one action (MultiDiscrete, even if there is one asset).
    """

    #: Names of one asset's choices, in the order of their numbers; empty when not discrete.
    names: tuple[str, ...] = ()

    #: Names of the parts of an action, for tables: the assets, then ``cash`` if it has a weight.
    parts: tuple[str, ...] = ()

    def __init__(self, options: Mapping[str, Any], assets: tuple[str, ...], joint: bool) -> None:
        self.options = options
        self.assets = assets
        self.joint = joint

    @property
    @abstractmethod
    def space(self) -> spaces.Space[Any]:
        """The action space."""

    @abstractmethod
    def decide(self, action: Any, account: Account) -> Decision:
        """Return the orders that ``action`` asks for at this close."""

    @abstractmethod
    def mask(self, account: Account) -> NDArray[np.bool_] | None:
        """Return which choices are possible now; None for a continuous space.

        Returns
        -------
        ndarray of bool, shape [sum of the choices of all assets], or None
            False for what `decide` would count as impossible or refused and for an order that
            would be refused for lack of cash. At least one choice per asset is True.
        """

    @abstractmethod
    def hold(self, account: Account) -> Any:
        """Return an action that places no order now, or the smallest where each places one."""

    @abstractmethod
    def explain(self, action: Any) -> str:
        """Return an action in words, for traces and pictures."""

    @abstractmethod
    def values(self, action: Any) -> tuple[float, ...]:
        """Return the numbers of an action for tables, one per entry of `parts`."""


#: Every scheme by its name (``strategy.actions.scheme``).
ACTION_SCHEMES: dict[str, type[ActionScheme]] = {}


def action_scheme(name: str) -> Callable[[type[ActionScheme]], type[ActionScheme]]:
    """Register a class as the scheme called ``name``."""

    def register(scheme: type[ActionScheme]) -> type[ActionScheme]:
        ACTION_SCHEMES[name] = scheme
        return scheme

    return register


def make_scheme(
    options: Mapping[str, Any], assets: Sequence[str], *, joint: bool = False
) -> ActionScheme:
    """Return the scheme that ``options["scheme"]`` names."""
    return ACTION_SCHEMES[options["scheme"]](options, tuple(assets), joint)
