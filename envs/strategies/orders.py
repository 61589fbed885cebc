"""What an agent may ask for, and what kind of order that makes."""

from dataclasses import dataclass
from typing import Final, Self

HOLD: Final = "hold"
BUY: Final = "buy"
SELL: Final = "sell"
CLOSE: Final = "close"

#: Names of the discrete actions, as in BTgym.
ACTIONS: Final = (HOLD, BUY, SELL, CLOSE)

ENTRY: Final = "entry"
EXIT: Final = "exit"
REVERSAL: Final = "reversal"
LIQUIDATION: Final = "liquidation"


@dataclass(frozen=True, slots=True)
class OrderIntent:
    """An order that a rule places outside the action space.

    Attributes
    ----------
    fraction : float
        Fraction of the current cash to spend at the current close, before costs; 0 closes the
        position instead.
    """

    fraction: float

    @classmethod
    def invest(cls, fraction: float) -> Self:
        """Buy for ``fraction`` (0 to 1] of the current cash."""
        if not 0.0 < fraction <= 1.0:
            raise ValueError(f"fraction was {fraction}; it must be above 0 and at most 1")
        return cls(fraction)

    @classmethod
    def close(cls) -> Self:
        """Close the position."""
        return cls(0.0)


def order_kind(position: float, size: float) -> str:
    """Classify an order of signed ``size`` against a signed ``position`` (units)."""
    if position * size >= 0.0:
        return ENTRY
    return EXIT if abs(size) <= abs(position) else REVERSAL
