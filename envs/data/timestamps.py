"""Times written as text, to UTC.

Understood are ISO 8601 (``2017-01-31``, ``2017-01-31 09:30``, with seconds, fractions, ``T``,
``Z`` or an offset), the same with slashes or dots in the date, ``20170131``,
``20170131 093000``, and whole epoch seconds, milliseconds, microseconds or nanoseconds, told
apart by their number of digits. The first row decides; every other row must be written alike.
Dates with the day or the month in front are refused, since they cannot be told apart.
"""

import zoneinfo
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from tradegym.conf.errors import UserError, did_you_mean

if TYPE_CHECKING:
    from numpy.typing import NDArray

# pyarrow has no type information; its columns of text are called Text here.
Text = Any

NANOSECONDS = {"s": 10**9, "ms": 10**6, "us": 10**3, "ns": 1}
_CLOCK = r"[ T]\d{2}(:\d{2}(:\d{2}([.]\d{1,9})?)?)?"
_ZONE = r"(Z|[+-]\d{2}(:?\d{2})?)"
_FIX = "write times as 2017-01-31, 2017-01-31 09:30:00, 20170131 093000 or epoch seconds"


class CellError(Exception):
    """A cell that cannot be read.

    Attributes
    ----------
    row : int
        Row of the data, counted from 0.
    problem, fix : str
        What is wrong with its value, and what to do.
    """

    def __init__(self, row: int, problem: str, fix: str) -> None:
        super().__init__(problem)
        self.row = row
        self.problem = problem
        self.fix = fix


@dataclass(frozen=True, slots=True)
class TimeFormat:
    """One way to write times.

    Attributes
    ----------
    pattern : str
        What every cell must match, in full.
    rewrite : tuple of (str, str) or None
        Pattern and replacement that make ISO 8601 of a cell.
    zoned : bool
        Whether cells carry an offset from UTC.
    unit : str or None
        Unit of epoch numbers.
    """

    pattern: str
    rewrite: tuple[str, str] | None = None
    zoned: bool = False
    unit: str | None = None


_SLASHED = r"\d{4}[./]\d{2}[./]\d{2}"
_SLASHES = (r"^(\d{4})[./](\d{2})[./](\d{2})", r"\1-\2-\3")
FORMATS = (
    TimeFormat(rf"\d{{4}}-\d{{2}}-\d{{2}}({_CLOCK})?"),
    TimeFormat(rf"\d{{4}}-\d{{2}}-\d{{2}}{_CLOCK}{_ZONE}", zoned=True),
    TimeFormat(rf"{_SLASHED}({_CLOCK})?", _SLASHES),
    TimeFormat(rf"{_SLASHED}{_CLOCK}{_ZONE}", _SLASHES, zoned=True),
    TimeFormat(r"(19|20)\d{6}", (r"^(\d{4})(\d{2})(\d{2})$", r"\1-\2-\3")),
    TimeFormat(
        r"(19|20)\d{6}[ T]?\d{2}:?\d{2}:?\d{2}",
        (r"^(\d{4})(\d{2})(\d{2})[ T]?(\d{2}):?(\d{2}):?(\d{2})$", r"\1-\2-\3 \4:\5:\6"),
    ),
    TimeFormat(
        r"(19|20)\d{6}[ T]\d{2}:?\d{2}",
        (r"^(\d{4})(\d{2})(\d{2})[ T](\d{2}):?(\d{2})$", r"\1-\2-\3 \4:\5"),
    ),
    TimeFormat(r"-?\d{9,10}([.]0+)?", unit="s"),
    TimeFormat(r"-?\d{12,13}([.]0+)?", unit="ms"),
    TimeFormat(r"-?\d{15,16}([.]0+)?", unit="us"),
    TimeFormat(r"-?\d{18,19}([.]0+)?", unit="ns"),
)


def parse_times(cells: Text, timezone: str) -> "NDArray[np.datetime64]":
    """Read a column of times.

    Parameters
    ----------
    cells : pyarrow.ChunkedArray of string
        At least one cell, without surrounding blanks.
    timezone : str
        IANA name of the zone of times that carry no offset.

    Returns
    -------
    ndarray of datetime64[ns], shape [T]
        In UTC.

    Raises
    ------
    CellError
        At the first cell that is no time, or is written unlike the first one.
    UserError
        If the zone is unknown.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    style = _format_of(cells)
    alike = pc.match_substring_regex(cells, f"^(?:{style.pattern})$")
    if not pc.all(alike).as_py():
        row = int(np.argmin(alike.to_numpy()))
        raise CellError(row, f"is not written like the first time {cells[0].as_py()!r}", _FIX)
    if style.unit is not None:
        whole = pc.replace_substring_regex(cells, r"[.]0+$", "")
        times = cast_cells(whole, pa.int64(), "is not an epoch time", _FIX)
        return _epoch(times.to_numpy(), style.unit)
    if style.rewrite is not None:
        cells = pc.replace_substring_regex(cells, *style.rewrite)
    kind = pa.timestamp("ns", "UTC" if style.zoned else None)
    stamps = cast_cells(cells, kind, "is not a date of the calendar", "correct the date")
    utc: NDArray[np.datetime64] = stamps.cast(pa.int64()).to_numpy().view("datetime64[ns]")
    return utc if style.zoned else local_to_utc(utc, timezone)


def cast_cells(cells: Text, kind: Any, problem: str, fix: str) -> Any:
    """Convert text, or raise the error of the first cell that cannot be converted.

    Parameters
    ----------
    cells : pyarrow.ChunkedArray of string
        The cells.
    kind : pyarrow.DataType
        Type to convert to.
    problem, fix : str
        For the error.

    Returns
    -------
    pyarrow.ChunkedArray
        The converted cells.

    Raises
    ------
    CellError
        At the first cell that cannot be converted.
    """
    import pyarrow as pa

    def converts(part: Text) -> bool:
        try:
            part.cast(kind)
        except pa.ArrowInvalid:
            return False
        return True

    try:
        return cells.cast(kind)
    except pa.ArrowInvalid:
        good, bad = 0, len(cells)  # all cells before `good` convert; one before `bad` does not
        while bad - good > 1:
            middle = (good + bad) // 2
            if converts(cells.slice(good, middle - good)):
                good = middle
            else:
                bad = middle
        raise CellError(good, problem, fix) from None


def local_to_utc(local: "NDArray[np.datetime64]", timezone: str) -> "NDArray[np.datetime64]":
    """Convert wall-clock times to UTC.

    Parameters
    ----------
    local : ndarray of datetime64[ns], shape [T]
        Times as a clock in the zone shows them.
    timezone : str
        IANA name of the zone.

    Returns
    -------
    ndarray of datetime64[ns], shape [T]

    Raises
    ------
    CellError
        At the first time that a change of the clocks repeats or skips.
    UserError
        If the zone is unknown.
    """
    if timezone.upper() in ("UTC", "GMT", "Z"):
        return local
    import pandas as pd

    try:
        zone = zoneinfo.ZoneInfo(timezone)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        raise UserError(
            f"dataset.timezone={timezone} is not a time zone; give an IANA name such as UTC, "
            f"America/New_York or Etc/GMT+5{did_you_mean(timezone, zoneinfo.available_timezones())}"
        ) from None
    index = pd.DatetimeIndex(local).tz_localize(zone, ambiguous="NaT", nonexistent="NaT")
    utc = index.tz_convert("UTC").tz_localize(None).to_numpy(dtype="datetime64[ns]")
    lost = np.isnat(utc)
    if lost.any():
        raise CellError(
            int(np.argmax(lost)),
            f"occurs twice or not at all in dataset.timezone={timezone} (clock change)",
            "write the times in UTC, or set a zone without clock changes such as Etc/GMT+5",
        )
    return utc


def _format_of(cells: Text) -> TimeFormat:
    import pyarrow.compute as pc

    for style in FORMATS:
        if pc.match_substring_regex(cells[0], f"^(?:{style.pattern})$").as_py():
            return style
    problem = "is not a time"
    if pc.match_substring_regex(cells[0], r"^\d{1,2}[/.-]\d{1,2}[/.-]\d{4}").as_py():
        problem = "is ambiguous, day or month first"
    raise CellError(0, problem, _FIX)


def _epoch(numbers: "NDArray[np.int64]", unit: str) -> "NDArray[np.datetime64]":
    # The number of digits has bounded each unit to years that nanoseconds can hold.
    return (numbers * NANOSECONDS[unit]).view("datetime64[ns]")
