"""BTgym's ten broker statistics and three more, all of the same bar.

Formulas after BTgym's base strategy, with ``V`` the equity at the close, ``V0`` the starting
cash, ``d`` the drawdown call, ``t`` the target call (percent; 100 where there is none),
``K = 100 / (V0 * (d + t))`` and ``Vr`` the equity when the last trade was closed (at first
``V0``). BTgym read some of them one or two bars late; here each belongs to the current bar.

With several traded assets ``exposure`` counts the sum of the units, and ``pos_direction`` is the
sign of the positions' net worth. Beyond BTgym's: ``net_exposure`` and ``gross_exposure``, the
net and the gross market value of the positions over equity, and ``weights``, each traded asset's
market value over equity (one column per asset).
"""

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from operator import itemgetter
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

#: BTgym's own, in BTgym's order.
NAMES: Final = (
    "cash",
    "value",
    "exposure",
    "drawdown",
    "pos_direction",
    "pos_duration",
    "realized_pnl",
    "unrealized_pnl",
    "min_unrealized_pnl",
    "max_unrealized_pnl",
)
WEIGHTS: Final = "weights"
ALL_NAMES: Final = (*NAMES, "net_exposure", "gross_exposure", WEIGHTS)

_COLUMN: Final = {name: column for column, name in enumerate(ALL_NAMES)}

# Bars between two moves of the shown statistics.
_ROOM: Final = 256

#: Stands in for a call that is switched off, so that the scales stay finite; percent.
NO_CALL_PERCENT: Final = 100.0


def column_names(names: Sequence[str], assets: Sequence[str]) -> tuple[str, ...]:
    """Return the columns of the internal state that shows these statistics.

    Parameters
    ----------
    names : sequence of str
        Of `ALL_NAMES`.
    assets : sequence of str
        The traded assets.
    """
    columns: list[str] = []
    for name in names:
        columns += [f"weight_{asset}" for asset in assets] if name == WEIGHTS else [name]
    return tuple(columns)


def shown_columns(names: Sequence[str], n_assets: int) -> list[int]:
    """Return which columns of a row of all statistics these names stand for.

    Parameters
    ----------
    names : sequence of str
        Of `ALL_NAMES`.
    n_assets : int
        Number of traded assets.
    """
    first = _COLUMN[WEIGHTS]
    columns: list[int] = []
    for name in names:
        columns += range(first, first + n_assets) if name == WEIGHTS else [_COLUMN[name]]
    return columns


def norm_value(
    value: float, start: float, lower: float, upper: float, epsilon: float = 1e-8
) -> float:
    """Map money to (-1, 1): -1 at ``-lower`` percent of ``start``, +1 at ``+upper`` percent.

    ``2 * clip(((value / start - 1) * 100 - upper) / (lower + upper) + 1, eps, 1 - eps) - 1``
    """
    unit = ((value / start - 1.0) * 100.0 - upper) / (lower + upper) + 1.0
    if unit < epsilon:
        unit = epsilon
    elif unit > 1.0 - epsilon:
        unit = 1.0 - epsilon
    return 2.0 * unit - 1.0


class BrokerStats:
    """The last ``length`` bars of each statistic.

    Parameters
    ----------
    start_cash : float
        ``V0``, money.
    drawdown_call, target_call : float or None
        ``d`` and ``t``, percent.
    length : int
        How many bars are kept.
    names : sequence of str
        The statistics that the internal state shows.
    n_assets : int
        Number of traded assets.
    """

    def __init__(
        self,
        start_cash: float,
        drawdown_call: float | None,
        target_call: float | None,
        length: int,
        names: Sequence[str] = NAMES,
        n_assets: int = 1,
    ) -> None:
        self._start = start_cash
        self._lower = NO_CALL_PERCENT if drawdown_call is None else drawdown_call
        self._upper = NO_CALL_PERCENT if target_call is None else target_call
        self.scale = 100.0 / (start_cash * (self._lower + self._upper))
        self._value_at_close = start_cash
        self._low = self._high = start_cash
        self._rows: deque[tuple[float, ...]] = deque(maxlen=length)
        columns = shown_columns(names, n_assets)
        in_order = columns == [*range(len(columns))]
        self._shown: Any = itemgetter(slice(len(columns)) if in_order else columns[0])
        if not in_order and len(columns) > 1:
            self._shown = itemgetter(*columns)
        # What the state shows; when it is full, its last rows move to the front.
        self._table = np.zeros((length + _ROOM, len(columns)), np.float32)
        self._filled = 0
        #: The last bars of each statistic by name, oldest first.
        self.history: Mapping[str, Sequence[float]] = _History(self._rows)
        #: Result of the trades closed on the last bar, and profit of the open one; scaled.
        self.realized_pnl = self.unrealized_pnl = 0.0
        #: Market value of all positions at the last close, money.
        self.gross = 0.0
        #: Bars since the account was last flat.
        self.duration = 0

    def update(
        self,
        *,
        cash: float,
        value: float,
        positions: Sequence[float],
        closes: Sequence[float],
        leverage: float,
        drawdown: float,
        realized: float,
        closed: bool,
    ) -> None:
        """Append one bar.

        Parameters
        ----------
        cash, value : float
            Money at the close.
        positions : sequence of float
            Units of each traded asset, negative when short.
        closes : sequence of float
            Prices.
        leverage : float
            Effective leverage of the open positions, 0 when flat.
        drawdown : float
            Percent from the running peak.
        realized : float
            Result of the trades that were closed on this bar, after commission; money.
        closed : bool
            Whether a trade was closed on this bar.
        """
        if len(positions) == 1:
            worth = positions[0] * closes[0]
            net, gross, units = 0.0 + worth, abs(worth), 0.0 + positions[0]
            worths: Sequence[float] = (worth,)
        else:
            worths = [size * price for size, price in zip(positions, closes, strict=True)]
            net, gross, units = sum(worths), sum(map(abs, worths)), sum(positions)
        self.gross = gross
        if closed:
            self._value_at_close = value
        if not gross:
            self.duration = 0
            self._low = self._high = value
        else:
            if self.duration == 0 or closed:
                self._low = self._high = value
            self.duration += 1
            if value < self._low:
                self._low = value
            if value > self._high:
                self._high = value
        base = self._value_at_close
        self.realized_pnl = realized * self.scale
        self.unrealized_pnl = (value - base) * self.scale
        equity = value if value > 0.0 else self._start  # ruined: the scale no longer matters
        row = (
            norm_value(cash, self._start, 99.0, self._upper),
            norm_value(value, self._start, self._lower, self._upper),
            units / (self._start * leverage + 0.01),
            drawdown,
            float((net > 0.0) - (net < 0.0)),
            float(self.duration),
            self.realized_pnl,
            self.unrealized_pnl,
            (self._low - base) * self.scale,
            (self._high - base) * self.scale,
            net / equity,
            gross / equity,
            *((worths[0] / equity,) if len(worths) == 1 else [worth / equity for worth in worths]),
        )
        rows = self._rows
        if not rows:
            # Before the first decision the account did not change: pad with its state.
            rows.extend([row] * ((rows.maxlen or 1) - 1))
            self._filled = (rows.maxlen or 1) - 1
            self._table[: self._filled] = self._shown(row)
        rows.append(row)
        if self._filled == len(self._table):
            kept = (rows.maxlen or 1) - 1
            self._table[:kept] = self._table[self._filled - kept :].copy()
            self._filled = kept
        self._table[self._filled] = self._shown(row)
        self._filled += 1

    def window(self, length: int) -> NDArray[np.float32]:
        """Return the last ``length`` bars, oldest first, float32 of shape [length, S]."""
        return self.view(length).copy()

    def view(self, length: int) -> NDArray[np.float32]:
        """Return `window` without copying it; the next bar may change it."""
        return self._table[self._filled - min(length, len(self._rows)) : self._filled]


class _History(Mapping[str, Sequence[float]]):
    """Columns of the rows, made when they are asked for."""

    def __init__(self, rows: deque[tuple[float, ...]]) -> None:
        self._rows = rows

    def __getitem__(self, name: str) -> tuple[float, ...]:
        column = _COLUMN[name]
        return tuple(row[column] for row in self._rows)

    def __iter__(self) -> Iterator[str]:
        return iter(ALL_NAMES[:-1])

    def __len__(self) -> int:
        return len(ALL_NAMES) - 1
