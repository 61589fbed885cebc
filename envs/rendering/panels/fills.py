"""Kinds of fills and how each is marked, in pictures and on pages."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

    from tradegym.envs.rendering.palette import Palette

# Kinds of orders that open a position; a reversal closes one and opens the next.
_OPENING = ("entry", "reversal")
_CLOSING = ("exit",)
_REFUSED = ("Margin", "Rejected", "Refused")


@dataclass(frozen=True, slots=True)
class Fill:
    """One kind of fill.

    Attributes
    ----------
    label : str
        For legends.
    kinds : tuple of str
        Kinds of orders that it stands for.
    side : str or None
        ``buy`` or ``sell``; None: both.
    marker, symbol : str
        In matplotlib and on pages.
    color : str
        Name of a colour of the palette.
    hollow : bool
        Only the edge has the colour.
    scale : float
        Size relative to a triangle's.
    """

    label: str
    kinds: tuple[str, ...]
    side: str | None
    marker: str
    symbol: str
    color: str
    hollow: bool
    scale: float = 1.0

    def face(self, colors: "Palette") -> str:
        """Return the colour inside."""
        return colors.panel if self.hollow else str(getattr(colors, self.color))

    def edge(self, colors: "Palette") -> str:
        """Return the colour that tells the kind."""
        return str(getattr(colors, self.color))


FILLS = (
    Fill("buy to open", _OPENING, "buy", "^", "triangle-up", "up", False),
    Fill("sell to open", _OPENING, "sell", "v", "triangle-down", "down", False),
    Fill("buy to close", _CLOSING, "buy", "^", "triangle-up", "up", True),
    Fill("sell to close", _CLOSING, "sell", "v", "triangle-down", "down", True),
    Fill("stop-loss", ("stop_loss",), None, "s", "square", "ink", True, 0.75),
    Fill("take-profit", ("take_profit",), None, "D", "diamond", "ink", True, 0.75),
    Fill("closed at the end", ("liquidation",), None, "X", "x", "ink", False),
)


def filled_orders(orders: "pd.DataFrame") -> Iterator[tuple[Fill, "pd.DataFrame"]]:
    """Yield each kind of fill that happened with the rows of its orders."""
    filled = orders[(orders["filled"] > 0) & orders["executed"].notna()]
    for fill in FILLS:
        rows = filled[filled["kind"].isin(fill.kinds)]
        if fill.side is not None:
            rows = rows[rows["side"] == fill.side]
        if len(rows):
            yield fill, rows


def refused_orders(orders: "pd.DataFrame") -> "pd.DataFrame":
    """Return the orders that the broker or a limit refused."""
    return orders[orders["status"].isin(_REFUSED)]


def orders_of(orders: "pd.DataFrame", asset: str) -> "pd.DataFrame":
    """Return the orders of one asset."""
    return orders[orders["asset"] == asset]
