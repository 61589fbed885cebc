"""Round trips of one asset, summed from its fills."""

from dataclasses import dataclass
from typing import Any

# Share of a trade's units below which a rest is a rounding error.
DUST = 1e-9


@dataclass(frozen=True, slots=True)
class TradeRow:
    """One closed round trip; times as backtrader's day numbers, money and units."""

    asset: str
    direction: int
    size: float
    opened: float
    closed: float
    entry_price: float
    exit_price: float
    bars: int
    pnl: float
    commission: float
    interest: float
    pnl_net: float


class RoundTrip:
    """Sums of the fills between two moments without a position.

    Summed from the fills instead of backtrader's ``Trade``, which stays open for ever when
    fractional units leave a rounding error behind.

    Parameters
    ----------
    asset : str
    direction : int
        +1 long, -1 short.
    opened : float
        Day number.
    bar : int
        Number of the bar of the first fill.
    """

    __slots__ = (
        "asset",
        "bar",
        "commission",
        "direction",
        "entered",
        "entry_money",
        "exit_money",
        "exited",
        "interest",
        "opened",
        "pnl",
    )

    def __init__(self, asset: str, direction: int, opened: float, bar: int) -> None:
        self.asset = asset
        self.direction = direction
        self.opened = opened
        self.bar = bar
        self.entered = self.entry_money = self.exited = self.exit_money = 0.0
        self.commission = self.interest = self.pnl = 0.0

    @property
    def is_flat(self) -> bool:
        """Whether all that was entered has been left, but for a rounding error."""
        # Fractional units do not add up exactly, so what is left after the last exit may be dust.
        return self.entered - self.exited <= DUST * self.entered

    def enter(self, fill: Any) -> None:
        """Add the opening part of a fill (a ``bt.OrderExecutionBit``)."""
        self.entered += abs(fill.opened)
        self.entry_money += abs(fill.opened) * fill.price
        self.commission += fill.openedcomm

    def leave(self, fill: Any, commission: float) -> None:
        """Add the closing part of a fill, which cost ``commission`` (money)."""
        self.exited += abs(fill.closed)
        self.exit_money += abs(fill.closed) * fill.price
        self.commission += commission
        self.pnl += fill.pnl

    def row(self, closed: float, bar: int) -> TradeRow:
        """Return the finished round trip.

        Parameters
        ----------
        closed : float
            Day number of the last fill.
        bar : int
            Number of its bar.
        """
        return TradeRow(
            asset=self.asset,
            direction=self.direction,
            size=self.entered,
            opened=self.opened,
            closed=closed,
            entry_price=self.entry_money / self.entered,
            exit_price=self.exit_money / self.exited,
            bars=bar - self.bar,
            pnl=self.pnl,
            commission=self.commission,
            interest=self.interest,
            pnl_net=self.pnl - self.commission - self.interest,
        )
