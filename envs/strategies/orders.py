"""What an agent may ask for, and what kind of order that makes."""

import math
from dataclasses import dataclass
from typing import Final, Self

from tradegym.conf.errors import UserError, did_you_mean

HOLD: Final = "hold"
BUY: Final = "buy"
SELL: Final = "sell"
CLOSE: Final = "close"

#: Names of the discrete actions, as in BTgym.
ACTIONS: Final = (HOLD, BUY, SELL, CLOSE)

_ROUNDING = 1e-9

ENTRY: Final = "entry"
EXIT: Final = "exit"
REVERSAL: Final = "reversal"
LIQUIDATION: Final = "liquidation"


@dataclass(frozen=True, slots=True)
class OrderIntent:
    """An order that a rule places outside the action space.

    Attributes
    ----------
    name : str
        ``buy``, ``close`` or ``hold``.
    fraction : float
        Fraction of the current cash that a buy spends at the current close, before costs.
    """

    name: str
    fraction: float = 0.0

    @classmethod
    def invest(cls, fraction: float) -> Self:
        """Buy for ``fraction`` (0 to 1] of the current cash."""
        if not 0.0 < fraction <= 1.0:
            raise ValueError(f"fraction was {fraction}; it must be above 0 and at most 1")
        return cls(BUY, fraction)

    @classmethod
    def close(cls) -> Self:
        """Close the position."""
        return cls(CLOSE)

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


def order_kind(position: float, size: float) -> str:
    """Classify an order of signed ``size`` against a signed ``position`` (units)."""
    if position * size >= 0.0:
        return ENTRY
    return EXIT if abs(size) <= abs(position) else REVERSAL
