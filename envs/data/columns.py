"""Which column of a table holds which field of a bar."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tradegym.conf.errors import UserError, nearest
from tradegym.envs.data.validate import FIELDS

ADJUSTED = "adj_close"
KEYS = ("datetime", "date", "time", *FIELDS, ADJUSTED)
ALIASES: dict[str, tuple[str, ...]] = {
    # The empty name is that of an index which was written without one.
    "datetime": ("datetime", "date_time", "timestamp", "date", "time", "", "__index_level_0__"),
    "open": ("open",),
    "high": ("high",),
    "low": ("low",),
    "close": ("close",),
    "volume": ("volume", "vol", "tickvol", "tick_volume"),
    ADJUSTED: ("adj_close", "adj close", "adjclose", "adjusted_close", "adjusted close"),
}
OPTIONAL = ("volume",)
Given = Mapping[str, str | int | None]
"""Name or position of columns by field (``dataset.columns``); None or absent: found by name."""

CLOCK = re.compile(r"\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?")


@dataclass(frozen=True, slots=True)
class Columns:
    """Positions of the fields in a table, counted from 0.

    Attributes
    ----------
    datetime : tuple of int
        The column of the times, or two: date, then time of day.
    fields : dict of str to int or None
        Position of open, high, low, close and volume, and of the adjusted close where it is
        wanted; None for a volume that is absent.
    """

    datetime: tuple[int, ...]
    fields: dict[str, int | None]


def headerless_names(first: Sequence[str]) -> tuple[str, ...]:
    """Return names for the columns of a table without a header.

    The order is datetime (or date and time of day, when the second column is a time of day),
    open, high, low, close, volume; further columns are called ``column8`` and so on.

    Parameters
    ----------
    first : sequence of str
        Cells of the first row.
    """
    dated = len(first) > 1 and CLOCK.fullmatch(first[1].strip())
    known = (("date", "time") if dated else ("datetime",)) + FIELDS
    extra = tuple(f"column{i + 1}" for i in range(len(known), len(first)))
    return known[: len(first)] + extra


def find_columns(
    names: Sequence[str],
    given: Given,
    source: str,
    first: Sequence[str] = (),
    *,
    times_elsewhere: bool = False,
    adjusted: bool = False,
) -> Columns:
    """Find the column of every field: at the position or by the name given, else by its own name.

    Names are compared in any case. A column that was given for one field is not searched for
    another.

    Parameters
    ----------
    names : sequence of str
        Names of the columns, in order.
    given : mapping of str to str, int or None
        Column by field (``dataset.columns``), as a name or a position counted from 0; fields
        that are None or absent are searched.
    source : str
        File or dataset, for messages.
    first : sequence of str
        Cells of the first row; they tell whether ``time`` is a time of day beside a date.
    times_elsewhere : bool
        The times are not in a column, so none is searched.
    adjusted : bool
        The adjusted close is wanted too.

    Returns
    -------
    Columns
        Positions.

    Raises
    ------
    UserError
        If a column is missing or cannot be told from another.
    """
    table = _Names(tuple(names), source)
    taken = {key: table.given(key, value) for key, value in given.items() if value is not None}
    table = _Names(table.names, source, frozenset(taken.values()))
    times = tuple(taken[key] for key in ("datetime", "date", "time") if key in taken)
    if not times and not times_elsewhere:
        times = _datetime(table, first)
    wanted = (*FIELDS, ADJUSTED) if adjusted else FIELDS
    fields = {key: taken[key] if key in taken else table.search(key) for key in wanted}
    return Columns(times, fields)


def _datetime(table: "_Names", first: Sequence[str]) -> tuple[int, ...]:
    date, time = table.matches("date"), table.matches("time")
    better = any(table.matches(alias) for alias in ALIASES["datetime"][:3])
    if not better and len(date) == 1 and len(time) == 1:
        cell = first[time[0]].strip() if time[0] < len(first) else ""
        if not CLOCK.fullmatch(cell):
            raise UserError(
                f"{table.source}: both columns {table.names[date[0]]!r} and "
                f"{table.names[time[0]]!r} could hold the time of a bar; say which with "
                f"dataset.columns.datetime={table.names[date[0]]}"
            )
        return (date[0], time[0])
    position = table.search("datetime")
    return () if position is None else (position,)


@dataclass(frozen=True, slots=True)
class _Names:
    names: tuple[str, ...]
    source: str
    taken: frozenset[int] = frozenset()

    @property
    def present(self) -> str:
        return ", ".join(repr(name) for name in self.names)

    def matches(self, name: str) -> list[int]:
        wanted = _plain(name)
        return [
            i for i, own in enumerate(self.names) if _plain(own) == wanted and i not in self.taken
        ]

    def hint(self, name: str) -> str:
        plain = {_plain(own): own for own in self.names}
        found = nearest(_plain(name), plain)
        return f"; did you mean {plain[found]!r}?" if found else ""

    def given(self, key: str, value: str | int) -> int:
        if isinstance(value, int):
            if 0 <= value < len(self.names):
                return value
            raise UserError(
                f"{self.source}: dataset.columns.{key}={value} is not a position; the "
                f"{len(self.names)} columns are at 0 to {len(self.names) - 1}"
            )
        exact = [i for i, own in enumerate(self.names) if own == value]
        found = self.only(key, value, exact or self.matches(value))
        if found is None:
            raise UserError(
                f"{self.source}: dataset.columns.{key}={value} is not a column; the columns are "
                f"{self.present}{self.hint(value)}"
            )
        return found

    def search(self, key: str) -> int | None:
        for name in ALIASES[key]:
            found = self.only(key, name, self.matches(name))
            if found is not None:
                return found
        if key in OPTIONAL:
            return None
        raise UserError(
            f"{self.source}: no column for {key!r}; the columns are {self.present}"
            f"{self.hint(key)}; name it with dataset.columns.{key}=NAME"
        )

    def only(self, key: str, name: str, found: list[int]) -> int | None:
        if len(found) > 1:
            raise UserError(
                f"{self.source}: column {name!r} appears {len(found)} times; rename all but "
                f"one, or name one exactly with dataset.columns.{key}"
            )
        return found[0] if found else None


def _plain(name: str) -> str:
    return name.strip().strip("<>").lower()
