"""What an agent may ask for, and what kind of order that makes."""

import math
from dataclasses import dataclass
from typing import Any, Final, Self

import numpy as np

from tradegym.conf.errors import UserError, did_you_mean

HOLD: Final = "hold"
BUY: Final = "buy"
SELL: Final = "sell"
CLOSE: Final = "close"
TARGET: Final = "target"

#: Names of the discrete actions, as in BTgym.
ACTIONS: Final = (HOLD, BUY, SELL, CLOSE)

#: Types of actions that are the number of a choice.
NUMBERS: Final = frozenset({int, np.int64})

_ROUNDING = 1e-9

ENTRY: Final = "entry"
EXIT: Final = "exit"
REVERSAL: Final = "reversal"
LIQUIDATION: Final = "liquidation"
STOP_LOSS: Final = "stop_loss"
TAKE_PROFIT: Final = "take_profit"


@dataclass(frozen=True, slots=True)
class OrderRequest:
    """An order that an action asks for, in one of the traded assets.

    Attributes
    ----------
    asset : int
        Index among the traded assets.
    size : float
        Signed units, never 0: above 0 buys, below 0 sells.
    limit : float or None
        Price that a limit order never fills beyond; None: at the market.
    expiry : int or None
        Bars on which a limit order can fill before it is cancelled; None: until it is replaced.
    stop_loss, take_profit : float or None
        Prices at which the opened position is closed: both or none (a bracket).
    side : str
        What the agent called it, such as ``buy`` or ``close``.
    """

    asset: int
    size: float
    limit: float | None = None
    expiry: int | None = None
    stop_loss: float | None = None
    take_profit: float | None = None
    side: str = ""


@dataclass(frozen=True, slots=True)
class OrderIntent:
    """An order that a rule places outside the action space.

    Attributes
    ----------
    name : str
        ``buy``, ``close``, ``hold`` or ``target``.
    fraction : float
        Fraction of the current cash that a buy spends at the current close, before costs; of a
        target the weight, a signed fraction of the equity.
    asset : int
        Index among the traded assets.
    """

    name: str
    fraction: float = 0.0
    asset: int = 0

    @classmethod
    def invest(cls, fraction: float, asset: int = 0) -> Self:
        """Buy for ``fraction`` (0 to 1] of the current cash."""
        if not 0.0 < fraction <= 1.0:
            raise ValueError(f"fraction was {fraction}; it must be above 0 and at most 1")
        return cls(BUY, fraction, asset)

    @classmethod
    def close(cls, asset: int = 0) -> Self:
        """Close the position."""
        return cls(CLOSE, asset=asset)

    @classmethod
    def target(cls, weight: float, asset: int = 0) -> Self:
        """Bring the position to ``weight``, a fraction of the equity; below 0 short, 0 closes."""
        if not math.isfinite(weight):
            raise ValueError(f"weight was {weight}; it must be a number")
        return cls(TARGET, weight, asset)

    @classmethod
    def hold(cls) -> Self:
        """Place no order."""
        return cls(HOLD)


def check_actions(names: object) -> tuple[str, ...]:
    """Return the names of a strategy's actions, checked.

    Raises
    ------
    UserError
        They are no sequence, there are none, or one is unknown.
    """
    chosen = tuple(names) if isinstance(names, tuple | list) else ()
    if not chosen:
        raise UserError(
            f"portfolio_actions: {names!r} is not a list of actions; allowed: {', '.join(ACTIONS)}"
        )
    for name in chosen:
        if name not in ACTIONS:
            raise UserError(
                f"portfolio_actions: '{name}' is not known; allowed: {', '.join(ACTIONS)}"
                f"{did_you_mean(str(name), ACTIONS)}"
            )
    return chosen


def floor_to_lot(size: float, lot: float) -> float:
    """Round ``size`` (units) down to whole lots; lot 0 leaves it.

    A size that misses a whole number of lots by a rounding error only is that number.
    """
    return math.floor(size / lot + _ROUNDING) * lot if lot else float(size)


def close_fully(position: float, size: float) -> float:
    """Return ``size`` (signed units), or exactly ``-position`` if only a rounding error differs.

    A rest of 1e-15 units would make the next order a reversal.
    """
    return -position if abs(position + size) <= _ROUNDING * abs(size) else size


def order_kind(position: float, size: float) -> str:
    """Classify an order of signed ``size`` against a signed ``position`` (units)."""
    if position * size >= 0.0:
        return ENTRY
    return EXIT if abs(size) <= abs(position) else REVERSAL


def is_intent(action: object) -> bool:
    """Tell whether an action is an `OrderIntent` or a sequence of them (an empty one holds)."""
    if isinstance(action, tuple | list):
        return all(isinstance(one, OrderIntent) for one in action)
    return isinstance(action, OrderIntent)


def as_intents(action: Any) -> tuple[OrderIntent, ...]:
    """Return one intent or a sequence of them as a tuple."""
    return (action,) if isinstance(action, OrderIntent) else tuple(action)
