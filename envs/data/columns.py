"""Which column of a table holds which field of a bar."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tradegym.conf.errors import UserError, nearest
from tradegym.envs.data.validate import FIELDS

KEYS = ("datetime", *FIELDS)
ALIASES: dict[str, tuple[str, ...]] = {
    # The empty name is that of an index which was written without one.
    "datetime": ("datetime", "date_time", "timestamp", "date", "time", ""),
    "open": ("open",),
    "high": ("high",),
    "low": ("low",),
    "close": ("close",),
    "volume": ("volume", "vol", "tickvol", "tick_volume"),
}
OPTIONAL = ("volume",)
CLOCK = re.compile(r"\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?")


@dataclass(frozen=True, slots=True)
class Columns:
    """Positions of the fields in a table, counted from 0.

    Attributes
    ----------
    datetime : tuple of int
        The column of the times, or two: date, then time of day.
    fields : dict of str to int or None
        Position of open, high, low, close and volume; None for a volume that is absent.
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
    given: Mapping[str, str | None],
    source: str,
    first: Sequence[str] = (),
    *,
    times_elsewhere: bool = False,
) -> Columns:
    """Find the column of every field by its name, in any case, or by the name given for it.

    Parameters
    ----------
    names : sequence of str
        Names of the columns, in order.
    given : mapping of str to str or None
        Column name by field (``dataset.columns``); fields that are None or absent are searched.
    source : str
        File or dataset, for messages.
    first : sequence of str
        Cells of the first row; they tell whether ``time`` is a time of day beside a date.
    times_elsewhere : bool
        The times are not in a column, so none is searched.

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
    fields = {key: table.position(key, given.get(key)) for key in FIELDS}
    if given.get("datetime") or not times_elsewhere:
        return Columns(_datetime(table, given.get("datetime"), first), fields)
    return Columns((), fields)


def _datetime(table: "_Names", given: str | None, first: Sequence[str]) -> tuple[int, ...]:
    date, time = table.matches("date"), table.matches("time")
    better = any(table.matches(alias) for alias in ALIASES["datetime"][:3])
    if given is None and not better and len(date) == 1 and len(time) == 1:
        cell = first[time[0]].strip() if time[0] < len(first) else ""
        if not CLOCK.fullmatch(cell):
            raise UserError(
                f"{table.source}: both columns {table.names[date[0]]!r} and "
                f"{table.names[time[0]]!r} could hold the time of a bar; say which with "
                f"dataset.columns.datetime={table.names[date[0]]}"
            )
        return (date[0], time[0])
    position = table.position("datetime", given)
    return () if position is None else (position,)


@dataclass(frozen=True, slots=True)
class _Names:
    names: tuple[str, ...]
    source: str

    def matches(self, name: str) -> list[int]:
        wanted = _plain(name)
        return [i for i, own in enumerate(self.names) if _plain(own) == wanted]

    def exact(self, name: str) -> list[int]:
        return [i for i, own in enumerate(self.names) if own == name]

    def hint(self, name: str) -> str:
        plain = {_plain(own): own for own in self.names}
        found = nearest(_plain(name), plain)
        return f"; did you mean {plain[found]!r}?" if found else ""

    def position(self, key: str, given: str | None) -> int | None:
        for name in (given,) if given is not None else ALIASES[key]:
            found = (self.exact(name) if given is not None else []) or self.matches(name)
            if len(found) > 1:
                raise UserError(
                    f"{self.source}: column {name!r} appears {len(found)} times; rename all but "
                    f"one, or name one exactly with dataset.columns.{key}"
                )
            if found:
                return found[0]
        present = ", ".join(repr(name) for name in self.names)
        if given is not None:
            raise UserError(
                f"{self.source}: dataset.columns.{key}={given} is not a column; the columns are "
                f"{present}{self.hint(given)}"
            )
        if key in OPTIONAL:
            return None
        raise UserError(
            f"{self.source}: no column for {key!r}; the columns are {present}"
            f"{self.hint(key)}; name it with dataset.columns.{key}=NAME"
        )


def _plain(name: str) -> str:
    return name.strip().strip("<>").lower()
