"""Bars from tables in memory: pandas DataFrames and Arrow tables."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from tradegym.conf.errors import UserError
from tradegym.envs.data.columns import ADJUSTED, Columns, Given, find_columns
from tradegym.envs.data.file_bars import FileBars
from tradegym.envs.data.timestamps import CellError, local_to_utc, parse_times
from tradegym.envs.data.validate import FIELDS

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray


class ArrowTable(Protocol):
    """A table of any library that offers it through Arrow's C interface (pyarrow, polars...)."""

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """Return a capsule with the table's stream."""


@dataclass(frozen=True, slots=True)
class TableLocator:
    """Rows of a table, counted from 0.

    Attributes
    ----------
    source : str
        The file or dataset.
    names : tuple of str
        Names of the columns.
    columns : Columns
        Which column holds which field.
    """

    source: str
    names: tuple[str, ...]
    columns: Columns

    def place(self, row: int) -> str:
        """Return the row number."""
        return f"row {row}"

    def column(self, field: str) -> str:
        """Return the name of the field's column in the table."""
        if field == "datetime":
            return " ".join(self.names[i] for i in self.columns.datetime) or "index"
        position = self.columns.fields.get(field)
        return field if position is None else self.names[position]

    def cell(self, row: int, field: str) -> str | None:
        """Return None: the values are no text."""
        del row, field
        return None


def bars_from_frame(frame: Any, source: str, columns: Given) -> FileBars:
    """Return the bars of a pandas DataFrame or an Arrow table, unchecked.

    Parameters
    ----------
    frame : pandas.DataFrame or ArrowTable
        Columns as `Dataset.from_frame` describes them.
    source : str
        What it is called in messages.
    columns : mapping of str to str, int or None
        Column by field, where it is called otherwise.

    Raises
    ------
    UserError
        If a column is missing, or holds no times or numbers.
    """
    import pandas as pd

    if isinstance(frame, pd.DataFrame):
        return _bars_from_pandas(frame, source, columns)
    if not hasattr(frame, "__arrow_c_stream__"):
        raise UserError(
            f"{source}: a {type(frame).__name__} is no table; give a pandas DataFrame, an Arrow "
            "table, or arrays with Dataset.from_arrays"
        )
    import pyarrow as pa

    return bars_from_table(pa.table(frame), source, columns)


def bars_from_table(
    table: Any, source: str, columns: Given, timezone: str = "UTC", *, adjusted: bool = False
) -> FileBars:
    """Return the bars of an Arrow table, unchecked.

    Parameters
    ----------
    table : pyarrow.Table
        Times as timestamps, dates, text or epoch numbers; fields as numbers.
    source : str
        What it is called in messages.
    columns : mapping of str to str, int or None
        Column by field, where it is called otherwise.
    timezone : str
        Zone of times without one.
    adjusted : bool
        The adjusted close is wanted too.

    Raises
    ------
    UserError
        If a column is missing, or holds no times or numbers.
    """
    names = tuple(str(name) for name in table.column_names)
    first = [str(table.column(i)[0].as_py()) for i in range(len(names))] if len(table) else []
    found = find_columns(names, columns, source, first, adjusted=adjusted)
    locator = TableLocator(source, names, found)
    times = _arrow_times(table, found, locator, timezone)
    ohlcv = np.zeros((len(times), len(FIELDS)))
    for number, field in enumerate(FIELDS):
        position = found.fields[field]
        if position is not None:
            ohlcv[:, number] = _arrow_numbers(table.column(position), field, locator)
    wanted = found.fields.get(ADJUSTED)
    adj_close = None if wanted is None else _arrow_numbers(table.column(wanted), ADJUSTED, locator)
    return FileBars(times, ohlcv, adj_close, locator, found.fields["volume"] is not None)


def _arrow_times(
    table: Any, found: Columns, locator: TableLocator, timezone: str
) -> "NDArray[np.datetime64]":
    import pyarrow as pa
    import pyarrow.compute as pc

    cells = [table.column(position) for position in found.datetime]
    kind = cells[0].type
    try:
        if len(cells) == 1 and (pa.types.is_timestamp(kind) or pa.types.is_date(kind)):
            stamps = cells[0].cast(pa.timestamp("ns", getattr(kind, "tz", None)))
            whole = stamps.cast(pa.int64()).fill_null(np.iinfo(np.int64).min)
            utc: NDArray[np.datetime64] = whole.to_numpy().view("datetime64[ns]")
            return utc if getattr(kind, "tz", None) else local_to_utc(utc, timezone)
        texts = [cell.cast(pa.string()).fill_null("") for cell in cells]
        joined = texts[0] if len(texts) == 1 else pc.binary_join_element_wise(*texts, " ")
        if not len(joined):
            return np.array([], dtype="datetime64[ns]")
        return parse_times(pc.utf8_trim_whitespace(joined), timezone)
    except CellError as error:
        value = " ".join(str(table.column(i)[error.row].as_py()) for i in found.datetime)
        raise UserError(
            f"{locator.source}, {locator.place(error.row)}, column "
            f"{locator.column('datetime')!r}: value {value!r} {error.problem}; {error.fix}"
        ) from None
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise UserError(
            f"{locator.source}: column {locator.column('datetime')!r} of type {kind} holds no "
            f"times ({str(error).splitlines()[0]}); store timestamps"
        ) from None


def _arrow_numbers(cells: Any, field: str, locator: TableLocator) -> "NDArray[np.float64]":
    import pyarrow as pa

    numeric = (pa.types.is_floating, pa.types.is_integer, pa.types.is_decimal)
    if not any(is_kind(cells.type) for is_kind in numeric):
        raise UserError(
            f"{locator.source}: column {locator.column(field)!r} is of type {cells.type}, not "
            "numeric; store numbers"
        )
    numbers: NDArray[np.float64] = (
        cells.cast(pa.float64(), safe=False).fill_null(float("nan")).to_numpy()
    )
    return numbers


def _bars_from_pandas(frame: "pd.DataFrame", source: str, columns: Given) -> FileBars:
    import pandas as pd

    if frame.columns.nlevels > 1:
        raise UserError(
            f"{source}: give a pandas DataFrame with one level of columns, or several assets as "
            "arrays with Dataset.from_arrays"
        )
    indexed = isinstance(frame.index, pd.DatetimeIndex)
    names = tuple(str(label) for label in frame.columns)
    found = find_columns(names, columns, source, times_elsewhere=indexed)
    times = frame.iloc[:, found.datetime[0]] if found.datetime else frame.index
    if not pd.api.types.is_datetime64_any_dtype(times):
        raise UserError(
            f"{source}: the times have type {times.dtype}; convert them with pandas.to_datetime"
        )
    index = pd.DatetimeIndex(times)
    if index.tz is not None:
        index = index.tz_convert("UTC").tz_localize(None)
    ohlcv = np.zeros((len(frame), len(FIELDS)))
    for column, field in enumerate(FIELDS):
        position = found.fields[field]
        if position is None:
            continue
        try:
            ohlcv[:, column] = frame.iloc[:, position].to_numpy(dtype=np.float64, na_value=np.nan)
        except (TypeError, ValueError) as error:
            raise UserError(
                f"{source}: column {frame.columns[position]!r} is not numeric ({error}); "
                "convert it with pandas.to_numeric"
            ) from None
    locator = TableLocator(source, names, found)
    return FileBars(index.to_numpy(dtype="datetime64[ns]"), ohlcv, None, locator)
