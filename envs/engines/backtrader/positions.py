"""backtrader's positions, dated only when the date is asked for."""

from datetime import datetime
from typing import Any

from backtrader.position import Position


class LeanPosition(Position):  # type: ignore[misc]  # backtrader has no types
    """A ``Position`` whose ``datetime`` may wait as a day number."""

    _data: Any = None
    _number = 0.0
    _moment: datetime | None = None

    @property
    def datetime(self) -> Any:
        """When the position was changed or interest was charged last, as backtrader has it."""
        if self._data is not None:
            self._moment = self._data.num2date(self._number)
            self._data = None
        return self._moment

    @datetime.setter
    def datetime(self, moment: Any) -> None:
        self._data, self._moment = None, moment

    def set_date(self, data: Any, number: float) -> None:
        """Note the time as the day number of a feed."""
        self._data, self._number = data, number


def moved(held: float, paid: float, size: float, price: float) -> tuple[float, float, Any, Any]:
    """Return what ``Position.update`` would: size, price, opened and closed units.

    Parameters
    ----------
    held, paid : float
        Signed units and entry price before.
    size, price : float
        Signed units and price of the fill.
    """
    after = held + size
    if not after:
        return after, 0.0, 0, size
    if not held:
        return after, price, size, 0
    if (size > 0) if held > 0 else (size < 0):  # added to
        return after, (paid * held + size * price) / after, size, 0
    if (after > 0) if held > 0 else (after < 0):  # reduced
        return after, paid, 0, size
    return after, price, after, -held
