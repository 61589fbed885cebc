"""What an action scheme may know of the account when it turns an action into orders."""

from typing import Protocol


class Account(Protocol):
    """The account at the close of the current bar, one index per traded asset.

    Attributes
    ----------
    assets : tuple of str
        Names of the traded assets, in config order.
    """

    assets: tuple[str, ...]

    @property
    def cash(self) -> float:
        """Money that is not locked by positions."""

    @property
    def equity(self) -> float:
        """Money."""

    def close(self, asset: int) -> float:
        """Return the current close; price."""

    def position(self, asset: int) -> float:
        """Return the signed position in units; what rounding left of a closed one is 0."""

    def order_size(self, asset: int, *, is_buy: bool) -> float:
        """Return how many units (at least 0) a plain buy or sell is for, as the sizer says."""

    def floor_to_lot(self, asset: int, size: float) -> float:
        """Round ``size`` (units, at least 0) down to whole lots of the asset."""

    def may_short(self, asset: int) -> bool:
        """Tell whether the asset may be sold short."""

    def affordable(self, asset: int, size: float, limit: float | None = None) -> bool:
        """Tell whether an order of ``size`` (signed units) would pass the cash check.

        That is backtrader's check when an order is submitted, costs included, at the price of a
        limit order or else at the current close. What closes a position passes, and so does a
        reversal: its opening part is checked only when it is filled.
        """

    def has_open_order(self, asset: int) -> bool:
        """Tell whether an order of the asset waits to be filled."""

    def leverage(self, asset: int) -> float:
        """Return position value over locked cash."""
