"""What a strategy notes of each bar, for the record of its episode."""

from collections.abc import Mapping
from typing import Any, NamedTuple


class BarRow(NamedTuple):
    """The account at the close of one bar; money, units, percent."""

    row: int
    cash: float
    equity: float
    exposure: float
    commission: float
    interest: float
    drawdown: float
    reward: float
    positions: tuple[float, ...]
    terms: Mapping[str, float]
    action: Any
