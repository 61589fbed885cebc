"""Why an episode ends, and which reason wins when several hold on the same bar."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

RUIN: Final = "RUIN"
DRAWDOWN_CALL: Final = "DRAWDOWN_CALL"
MAX_LOSS: Final = "MAX_LOSS"
TARGET_REACHED: Final = "TARGET_REACHED"
STRATEGY: Final = "STRATEGY"
END_OF_DATA: Final = "END_OF_DATA"

#: In the order in which they are tried; the first that holds is the episode's only reason.
REASONS: Final = (RUIN, DRAWDOWN_CALL, MAX_LOSS, TARGET_REACHED, STRATEGY, END_OF_DATA)

# Percent; a percentage of money is exact to about 1e-14.
_ROUNDING: Final = 1e-10

#: Endings that cut an episode short without being part of the task (gymnasium's ``truncated``).
TRUNCATIONS: Final = frozenset({END_OF_DATA})


@dataclass(frozen=True, slots=True)
class Limits:
    """When the account ends an episode.

    Attributes
    ----------
    start_cash : float
        Money at the first decision bar.
    drawdown_call : float or None
        Percent below the running peak of equity that ends the episode (``>=``); None: never.
    max_loss : float or None
        Percent below ``start_cash`` that ends the episode (``>=``); None: never.
    target_call : float or None
        Percent above ``start_cash`` that ends the episode (``>=``); None: never.
    maintenance_margin : float
        Fraction of the market value of all positions that equity must exceed.
    margin_always : bool
        Whether the maintenance margin counts for long positions too (leverage above 1).
    """

    start_cash: float
    drawdown_call: float | None
    max_loss: float | None
    target_call: float | None
    maintenance_margin: float
    margin_always: bool

    def off(self) -> "Limits":
        """Return what is left when the strategy's own limits do not count: ruin."""
        return replace(self, drawdown_call=None, max_loss=None, target_call=None)

    def reached(
        self, equity: float, drawdown: float, positions: Sequence[float], gross: float
    ) -> str | None:
        """Return the first of the account's reasons that holds at this close, or None.

        Parameters
        ----------
        equity : float
            Money.
        drawdown : float
            Percent below the running peak of equity.
        positions : sequence of float
            Units of each traded asset, negative when short.
        gross : float
            Market value of all positions, short ones too; money.
        """
        if equity <= 0.0 or (gross and self._called(equity, positions, gross)):
            return RUIN
        change = 100.0 * (equity / self.start_cash - 1.0)
        # Rounding does not make an exact hit a miss.
        if self.drawdown_call is not None and drawdown >= self.drawdown_call - _ROUNDING:
            return DRAWDOWN_CALL
        if self.max_loss is not None and -change >= self.max_loss - _ROUNDING:
            return MAX_LOSS
        if self.target_call is not None and change >= self.target_call - _ROUNDING:
            return TARGET_REACHED
        return None

    def measure(
        self, reason: str, equity: float, drawdown: float, gross: float
    ) -> tuple[float | None, float | None]:
        """Return what a reason of the account measures, and its threshold.

        Percent, but for RUIN: money, the least that the equity must exceed. None for the others.
        """
        change = 100.0 * (equity / self.start_cash - 1.0)
        found: dict[str, tuple[float | None, float | None]] = {
            RUIN: (equity, self.maintenance_margin * gross),
            DRAWDOWN_CALL: (drawdown, self.drawdown_call),
            MAX_LOSS: (-change, self.max_loss),
            TARGET_REACHED: (change, self.target_call),
        }
        return found.get(reason, (None, None))

    def _called(self, equity: float, positions: Sequence[float], gross: float) -> bool:
        """Tell whether the equity no longer carries the positions."""
        if not (self.margin_always or min(positions) < 0.0):
            return False
        return equity <= self.maintenance_margin * gross
