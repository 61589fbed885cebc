"""Why an episode ends, and which reason wins when several hold on the same bar."""

from dataclasses import dataclass
from typing import Final

RUIN: Final = "RUIN"
DRAWDOWN_CALL: Final = "DRAWDOWN_CALL"
TARGET_REACHED: Final = "TARGET_REACHED"
STRATEGY: Final = "STRATEGY"
END_OF_DATA: Final = "END_OF_DATA"

#: In the order in which they are tried; the first that holds is the episode's only reason.
REASONS: Final = (RUIN, DRAWDOWN_CALL, TARGET_REACHED, STRATEGY, END_OF_DATA)

#: Endings that cut an episode short without being part of the task (gymnasium's ``truncated``).
TRUNCATIONS: Final = frozenset({END_OF_DATA})


@dataclass(frozen=True, slots=True)
class Limits:
    """When an episode is over.

    Attributes
    ----------
    start_cash : float
        Money at the first decision bar.
    drawdown_call : float or None
        Percent below the running peak of equity that ends the episode (``>=``); None: never.
    target_call : float or None
        Percent above ``start_cash`` that ends the episode (``>=``); None: never.
    maintenance_margin : float
        Fraction of the market value of all positions that equity must exceed.
    margin_always : bool
        Whether the maintenance margin counts for long positions too (leverage above 1).
    """

    start_cash: float
    drawdown_call: float | None
    target_call: float | None
    maintenance_margin: float
    margin_always: bool

    def ruined(self, equity: float, position: float, close: float) -> bool:
        """Tell whether equity is gone or below the maintenance margin.

        Parameters
        ----------
        equity : float
            Money.
        position : float
            Units, negative when short.
        close : float
            Price.
        """
        if equity <= 0.0:
            return True
        if position < 0.0 or (self.margin_always and position):
            return equity <= self.maintenance_margin * abs(position) * close
        return False

    def called(self, drawdown: float) -> bool:
        """Tell whether a drawdown (percent from the peak) reaches the call."""
        return self.drawdown_call is not None and drawdown >= self.drawdown_call

    def reached(self, equity: float) -> bool:
        """Tell whether equity (money) reaches the target."""
        if self.target_call is None:
            return False
        return equity >= self.start_cash * (1.0 + self.target_call / 100.0)
