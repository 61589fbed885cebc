"""The bars of a raw text file as far as its cells can be read, and what cannot be read."""

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tradegym.envs.data.columns import Columns, Given
from tradegym.envs.data.timestamps import CellError, parse_times
from tradegym.envs.data.validate import FIELDS
from tradegym.envs.data.validation.places import Places, shown
from tradegym.envs.data.validation.raw_text import RawText

if TYPE_CHECKING:
    from numpy.typing import NDArray

MOST_FAULTS = 200  # times are read again after each one that cannot be
# Not all that Python's float takes: it allows 1_000.
_FLOAT = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?|[+-]?(nan|inf|infinity)", re.IGNORECASE)
_NOT_A_NUMBER = ("is not a number", "write it like 1234.5, without other characters")
_EMPTY = ("is empty", "fill it in or remove the row")


@dataclass(frozen=True, slots=True)
class Fault:
    """A row or cell that cannot be read.

    Attributes
    ----------
    row : int
        Number of the row, counted from 0.
    field : str
        ``datetime``, one of the five fields, or empty for the whole row.
    rule, value, problem, fix : str
        As in a finding.
    """

    row: int
    field: str
    rule: str
    value: str
    problem: str
    fix: str


@dataclass(frozen=True, slots=True)
class RawBars:
    """What could be read.

    Attributes
    ----------
    text : RawText
        The file.
    columns : Columns
        Positions of the fields.
    names : tuple of str
        Names of the columns, also where there is no header.
    times : ndarray of datetime64[ns], shape [N]
        NaT where unreadable.
    numbers : ndarray of float64, shape [N, 5]
        Open, high, low, close, volume; NaN where unreadable.
    faults : tuple of Fault
        In the order of the rows.
    """

    text: RawText
    columns: Columns
    names: tuple[str, ...]
    times: "NDArray[np.datetime64]"
    numbers: "NDArray[np.float64]"
    faults: tuple[Fault, ...]

    @property
    def places(self) -> Places:
        """Where each row stands."""
        return Places(self.text, self.names, self.columns, range(len(self.text.rows)))


def read_bars(text: RawText, columns: Given | None = None, timezone: str = "UTC") -> RawBars:
    """Read every cell that can be read.

    Parameters
    ----------
    text : RawText
        The file.
    columns : mapping of str to str, int or None, optional
        Column by field, as a name or a position counted from 0.
    timezone : str
        IANA name of the zone of times that carry no offset.

    Returns
    -------
    RawBars
        The bars and the faults.

    Raises
    ------
    UserError
        If a column is missing, or the zone is unknown.
    """
    width = text.width
    names, found = text.columns(columns or {})
    faults: list[Fault] = []
    usable: list[int] = []
    for row, (_, cells) in enumerate(text.rows):
        if len(cells) != width:
            value = shown(text.delimiter.join(cells))
            problem = f"has {len(cells)} column(s) where {width} are expected"
            faults.append(Fault(row, "", "columns", value, problem, "complete or remove the line"))
        elif text.names and [cell.strip() for cell in cells] == [n.strip() for n in text.names]:
            value = shown(cells[0])
            faults.append(Fault(row, "", "second_header", value, "is a second header", "remove it"))
        else:
            usable.append(row)
    times, time_faults = _times(text, found, usable, timezone)
    numbers = np.full((len(text.rows), len(FIELDS)), np.nan)
    for at, field in enumerate(FIELDS):
        position = found.fields[field]
        if position is None:
            numbers[:, at] = 0.0
            continue
        for row in usable:
            cell = text.rows[row][1][position].strip()
            if _FLOAT.fullmatch(cell):
                numbers[row, at] = float(cell)
                continue
            problem, fix = _NOT_A_NUMBER if cell else _EMPTY
            faults.append(Fault(row, field, "number", shown(cell), problem, fix))
    ordered = sorted((*faults, *time_faults), key=lambda fault: fault.row)
    return RawBars(text, found, names, times, numbers, tuple(ordered))


def _times(
    text: RawText, columns: Columns, rows: list[int], timezone: str
) -> "tuple[NDArray[np.datetime64], list[Fault]]":
    import pyarrow as pa

    cells = {
        row: " ".join(text.rows[row][1][at].strip() for at in columns.datetime) for row in rows
    }
    times = np.full(len(text.rows), np.datetime64("NaT"), dtype="datetime64[ns]")
    shapes = Counter(shape_of(cell) for cell in cells.values() if cell)
    usual = shapes.most_common(1)[0][0] if shapes else ""
    faults = []
    alike: list[int] = []
    for row, cell in cells.items():
        if shape_of(cell) == usual and cell:
            alike.append(row)
        else:
            problem, fix = (
                ("is not written like the other times", "write all times alike") if cell else _EMPTY
            )
            faults.append(Fault(row, "datetime", "time", shown(cell), problem, fix))
    parts = [alike] if alike else []
    while parts and len(faults) < MOST_FAULTS:
        part = parts.pop()
        try:
            times[part] = parse_times(pa.chunked_array([[cells[i] for i in part]]), timezone)
        except CellError as error:
            row = part[error.row]
            faults.append(
                Fault(row, "datetime", "time", shown(cells[row]), error.problem, error.fix)
            )
            parts += [half for half in (part[: error.row], part[error.row + 1 :]) if half]
    return times, faults


def shape_of(cell: str) -> str:
    """Return a time with each run of digits replaced by one 9: how it is written."""
    return re.sub(r"\d+", "9", cell)
