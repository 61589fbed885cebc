"""The repairs that need no guess, in the order in which they are made."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from tradegym.envs.data.timestamps import CellError, parse_times
from tradegym.envs.data.validation.change import Change
from tradegym.envs.data.validation.number_text import MISSING, as_number, comma_is_decimal
from tradegym.envs.data.validation.table import PRICES, Table
from tradegym.envs.data.validation.time_text import rewritten_times

if TYPE_CHECKING:
    from numpy.typing import NDArray

ROUNDING = 1e-6  # relative; prices that were rounded on their own may leave the range by so much

Repair = Callable[[Table], None]
REPAIRS: list[Repair] = []


def repair_step(function: Repair) -> Repair:
    """Add a repair to the end of the list."""
    REPAIRS.append(function)
    return function


@repair_step
def outside(table: Table) -> None:
    """Leave out lines above the table and lines of blanks."""
    text = table.text
    for line, cells in text.above:
        table.changes.append(Change(line, "", text.delimiter.join(cells), "", "above_header"))
    table.changes += [Change(line, "", "", "", "blank_line") for line in text.blank]
    if text.encoding != "utf-8":
        table.changes.append(Change(1, "", text.encoding, "utf-8", "encoding"))


@repair_step
def headers(table: Table) -> None:
    """Leave out headers between the rows, from files that were joined."""
    names = [name.strip() for name in table.text.names]
    table.remove(
        lambda row: [cell.strip() for cell in table.rows[row][1]] == names, "second_header"
    )


@repair_step
def widths(table: Table) -> None:
    """Cut empty cells off too long rows, and leave out an incomplete end of the file."""
    width = len(table.names)
    for line, cells in table.rows:
        if len(cells) > width and not any(cell.strip() for cell in cells[width:]):
            before = table.text.delimiter.join(cells)
            del cells[width:]
            after = table.text.delimiter.join(cells)
            table.changes.append(Change(line, "", before, after, "surplus_cells"))
    full = table.full()
    last = full[-1] if full else len(table.rows)
    table.remove(lambda row: row > last, "truncated_end")


@repair_step
def empty_bars(table: Table) -> None:
    """Leave out bars that have none of the four prices, or zero for each of them."""
    prices = table.prices()
    full = set(table.full())

    def empty(row: int) -> bool:
        if row not in full:
            return False
        return all(table.cell(row, at).lower() in MISSING for at in prices) or all(
            _float(table.cell(row, at)) == 0 for at in prices
        )

    table.remove(empty, "no_prices")


@repair_step
def numbers(table: Table) -> None:
    """Write numbers with a decimal point and nothing else."""
    rows = table.full()
    prices = table.prices()
    decimal = comma_is_decimal(table.cell(row, at) for row in rows for at in prices)
    volume = table.columns.fields["volume"]
    for row in rows:
        for at in prices:
            value = as_number(table.cell(row, at), decimal)
            if value is not None:
                table.write(row, at, value, "number")
        if volume is not None:
            cell = table.cell(row, volume)
            value = as_number(cell, decimal)
            if cell.lower() in MISSING:
                table.write(row, volume, "0", "no_volume")
            elif value is not None:
                table.write(row, volume, value, "number")


@repair_step
def times(table: Table) -> None:
    """Write all times alike where what they mean is certain."""
    rows = table.full()
    if not table.columns.datetime:
        return
    date = table.columns.datetime[0]
    cells = [table.cell(row, date) for row in rows]
    for row, value, rule in rewritten_times(cells):
        table.write(rows[row], date, value, rule)


@repair_step
def order(table: Table) -> None:
    """Sort the rows by time and leave out those that repeat another in all numbers."""
    stamps = _stamps(table)
    if stamps is None:
        return
    steps = np.diff(stamps)
    if (steps < 0).any():
        if (steps <= 0).all():
            first = table.rows[0][0]
            table.changes.append(Change(first, "", "newest first", "oldest first", "order"))
        else:
            latest = np.maximum.accumulate(stamps)
            for row in np.flatnonzero(stamps < latest).tolist():
                line = table.rows[row][0]
                before = int(np.searchsorted(latest, stamps[row], side="right"))
                after = f"before line {table.rows[before][0]}"
                table.changes.append(Change(line, "", f"line {line}", after, "order"))
        sequence = np.argsort(stamps, kind="stable")
        table.rows = [table.rows[row] for row in sequence.tolist()]
        stamps = stamps[sequence]
    fields = [at for at in table.columns.fields.values() if at is not None]
    seen: dict[int, list[list[float]]] = {}
    again = set()
    for row, stamp in enumerate(stamps.tolist()):
        values = [_float(table.cell(row, at)) for at in fields]
        known = seen.setdefault(stamp, [])
        if values in known:
            again.add(row)
        known.append(values)
    table.remove(lambda row: row in again, "duplicate")


@repair_step
def ranges(table: Table) -> None:
    """Swap a high and a low that stand in each other's place; widen a range by a rounding."""
    positions = [table.columns.fields[field] for field in PRICES]
    if any(position is None for position in positions):
        return
    at = dict(zip(PRICES, (p for p in positions if p is not None), strict=True))
    for row in table.full():
        price = {field: _float(table.cell(row, position)) for field, position in at.items()}
        if not all(np.isfinite(value) and value > 0 for value in price.values()):
            continue
        body = (price["open"], price["close"])
        if price["high"] < price["low"] and all(price["high"] <= p <= price["low"] for p in body):
            high, low = table.cell(row, at["high"]), table.cell(row, at["low"])
            table.write(row, at["high"], low, "high_low_swapped")
            table.write(row, at["low"], high, "high_low_swapped")
            continue
        for extreme, pick in (("high", max), ("low", min)):
            field = pick(("open", "close"), key=price.__getitem__)
            missing = (price[field] - price[extreme]) * (1 if extreme == "high" else -1)
            if 0 < missing <= ROUNDING * price[field]:
                table.write(row, at[extreme], table.cell(row, at[field]), "rounding")


def _stamps(table: Table) -> "NDArray[np.int64] | None":
    """Return the times of all rows, or None where one cannot be read."""
    import pyarrow as pa

    if len(table.full()) != len(table.rows) or not table.columns.datetime or not table.rows:
        return None
    cells = [
        " ".join(table.cell(row, at) for at in table.columns.datetime)
        for row in range(len(table.rows))
    ]
    try:
        return parse_times(pa.chunked_array([cells]), table.timezone).view(np.int64)
    except CellError:
        return None


def _float(cell: str) -> float:
    try:
        return float(cell)
    except ValueError:
        return float("nan")
