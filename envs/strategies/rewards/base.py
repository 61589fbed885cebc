"""What every reward term offers, what it sees, and the registry of the terms."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar


@dataclass(slots=True)
class BarView:
    """One bar as the reward terms see it; the same object is filled anew on every bar.

    Attributes
    ----------
    value, cash : float
        Equity and free cash at the close, money.
    drawdown : float
        Percent below the running peak of equity.
    positions : sequence of float
        Units of each traded asset at the close.
    opens, closes : sequence of float
        Prices of each traded asset.
    orders : int
        Orders placed at the previous bar's close (not closings that end an episode).
    fills : int
        Fills on this bar.
    closed : bool
        Whether a round trip was closed on this bar.
    pos_duration : int
        Bars since the account was last without a position, this one included; 0 when flat.
    realized_pnl, unrealized_pnl : float
        BTgym's statistics of the bar, scaled by ``100 / (start_cash * (d + t))``.
    """

    value: float = 0.0
    cash: float = 0.0
    drawdown: float = 0.0
    positions: Sequence[float] = ()
    opens: Sequence[float] = ()
    closes: Sequence[float] = ()
    orders: int = 0
    fills: int = 0
    closed: bool = False
    pos_duration: int = 0
    realized_pnl: float = 0.0
    unrealized_pnl: float = 0.0


@dataclass(frozen=True, slots=True)
class RewardSetup:
    """What a term may know of the episode before it begins.

    Attributes
    ----------
    start_cash : float
        Money at the first decision bar.
    skip_frame : int
        Bars per decision.
    closes : tuple of float
        Prices of the traded assets at the first decision bar.
    """

    start_cash: float
    skip_frame: int
    closes: tuple[float, ...] = ()


class RewardTerm(ABC):
    """One named part of the reward.

    ``on_bar`` sees every bar after the first decision bar, also those that ``skip_frame`` skips
    and the bar of the final liquidation; ``collect`` returns what has been earned since it was
    last called, so no bar's reward is lost.

    Parameters
    ----------
    options : mapping of str to Any
        The keys of ``strategy.reward.<name>``.
    setup : RewardSetup
    """

    #: Whether the term is a sum over bars, so that for the same fills (and without a clip) an
    #: episode pays the same however many bars a decision covers.
    additive: ClassVar[bool] = True

    @abstractmethod
    def __init__(self, options: Mapping[str, Any], setup: RewardSetup) -> None: ...

    @abstractmethod
    def on_bar(self, bar: BarView) -> None:
        """Take in one bar."""

    @abstractmethod
    def collect(self) -> float:
        """Return the term earned since the last call, before scale, clip and weight."""

    @classmethod
    def bound(cls, options: Mapping[str, Any]) -> float | None:
        """Return what clips the scaled term, above 0; None: nothing does."""
        bound: float | None = options["clip"]
        return bound


#: Every term by its name in ``strategy.reward``.
REWARD_TERMS: dict[str, type[RewardTerm]] = {}


def reward_term(name: str) -> Callable[[type[RewardTerm]], type[RewardTerm]]:
    """Register a class as the term called ``name``."""

    def register(term: type[RewardTerm]) -> type[RewardTerm]:
        REWARD_TERMS[name] = term
        return term

    return register
