"""Bars from a user's own CSV file."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from tradegym.conf.errors import UserError
from tradegym.envs.data.columns import ADJUSTED, Columns, Given, find_columns
from tradegym.envs.data.csv_text import AUTO, CsvText, read_text
from tradegym.envs.data.dataset import Dataset
from tradegym.envs.data.file_bars import FileBars, ReadOptions
from tradegym.envs.data.local_file import stem
from tradegym.envs.data.timestamps import CellError, cast_cells, parse_times
from tradegym.envs.data.validate import FIELDS

if TYPE_CHECKING:
    from numpy.typing import NDArray


def read_csv(filename: str, options: ReadOptions) -> FileBars:
    """Read the bars of one asset from delimited text, plain, compressed with gzip or in a zip.

    With a header, columns are found by their names in any case; without one, the order is
    datetime (or date, time of day), open, high, low, close, volume. Values are never changed:
    the first cell that cannot be read ends the reading. A volume that is absent is 0.

    Parameters
    ----------
    filename : str
        Path of the file.
    options : ReadOptions
        How to read it.

    Returns
    -------
    FileBars
        Unchecked.

    Raises
    ------
    UserError
        In one line: file, line, column, value, what is wrong and what to do.
    """
    text = read_text(filename, options.delimiter, options.header)
    found = find_columns(
        text.names, options.columns, text.source, text.first, adjusted=options.adjusted
    )
    locator = CsvLocator(text, found)
    cells = _read_cells(text, found)
    try:
        times = parse_times(_joined(cells, found.datetime), options.timezone)
    except CellError as error:
        raise locator.error(error, "datetime") from None
    columns: dict[str, NDArray[np.float64]] = {}
    for field, position in found.fields.items():
        if position is not None:
            try:
                columns[field] = _numbers(cells[position])
            except CellError as error:
                raise locator.error(error, field) from None
    ohlcv = np.zeros((len(times), len(FIELDS)))
    for number, field in enumerate(FIELDS):
        if field in columns:
            ohlcv[:, number] = columns[field]
    return FileBars(times, ohlcv, columns.get(ADJUSTED), locator, "volume" in columns)


def load_csv(
    filename: str,
    *,
    delimiter: str = AUTO,
    timezone: str = "UTC",
    columns: Given | None = None,
    header: bool | str = AUTO,
) -> Dataset:
    """Load one file as it is, its times taken for the bars' close.

    Parameters
    ----------
    filename : str
        Path of the file.
    delimiter, timezone, columns, header
        As in `ReadOptions`.

    Returns
    -------
    Dataset
        Named after the file.

    Raises
    ------
    UserError
        In one line: file, line, column, value, what is wrong and what to do.
    """
    options = ReadOptions(columns or {}, delimiter, header, timezone)
    bars = read_csv(filename, options)
    return Dataset.from_arrays(stem(filename), bars.times, bars.ohlcv, locator=bars.locator)


@dataclass(frozen=True, slots=True)
class CsvLocator:
    """Lines and cells of a file, for messages."""

    text: CsvText
    columns: Columns

    @property
    def source(self) -> str:
        """The file."""
        return self.text.source

    def place(self, row: int) -> str:
        """Return the line of a row."""
        return f"line {self.text.row(row)[0]}"

    def column(self, field: str) -> str:
        """Return the name of the field's column in the file."""
        return " ".join(self.text.names[i] for i in self._positions(field)) or field

    def cell(self, row: int, field: str) -> str | None:
        """Return the text of the cell."""
        cells = self.text.row(row)[1]
        value = " ".join(cells[i].strip() for i in self._positions(field))
        return repr(value if len(value) <= 40 else value[:37] + "...")

    def error(self, fault: CellError, field: str) -> UserError:
        """Return the error of a cell that cannot be read."""
        cell = self.cell(fault.row, field)
        problem, fix = fault.problem, fault.fix
        if cell == "''":
            problem, fix = "is empty", "fill it in or remove the row"
        elif fault.row > 0 and self.text.row(fault.row)[1] == list(self.text.names):
            problem, fix = "is a second header", "remove the line"
        return UserError(
            f"{self.source}, {self.place(fault.row)}, column {self.column(field)!r}: "
            f"value {cell} {problem}; {fix}"
        )

    def _positions(self, field: str) -> tuple[int, ...]:
        if field == "datetime":
            return self.columns.datetime
        position = self.columns.fields[field]
        return () if position is None else (position,)


def _read_cells(text: CsvText, columns: Columns) -> dict[int, Any]:
    """Return the needed columns by position: times as text, fields as numbers.

    If a cell is no number, all columns come as text without blanks around the cells: the
    conversion that follows then finds and names it.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    fields = {position for position in columns.fields.values() if position is not None}
    numbers = dict.fromkeys(fields - set(columns.datetime), pa.float64())
    try:
        return _arrow_cells(text, columns, numbers)
    except pa.ArrowInvalid:
        pass
    try:
        cells = _arrow_cells(text, columns, {})
    except pa.ArrowInvalid as error:
        ragged = text.ragged()
        if ragged is None:
            reason = str(error).splitlines()[0]
            raise UserError(f"{text.source}: is not a readable CSV file: {reason}") from None
        line, number = ragged
        raise UserError(
            f"{text.source}, line {line}: has {number} column(s) where {len(text.names)} are "
            "expected; complete or remove the line (an unclosed quote has the same effect)"
        ) from None
    return {position: pc.utf8_trim_whitespace(column) for position, column in cells.items()}


def _arrow_cells(text: CsvText, columns: Columns, numbers: Mapping[int, Any]) -> dict[int, Any]:
    import pyarrow as pa
    import pyarrow.compute as pc
    from pyarrow import csv as arrow_csv

    names = [str(position) for position in range(len(text.names))]
    needed = {*columns.datetime, *(i for i in columns.fields.values() if i is not None)}
    table = arrow_csv.read_csv(
        pa.BufferReader(text.content),
        read_options=arrow_csv.ReadOptions(column_names=names, skip_rows=text.skip),
        parse_options=arrow_csv.ParseOptions(delimiter=text.delimiter),
        convert_options=arrow_csv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string())
            | {str(position): kind for position, kind in numbers.items()},
            include_columns=[str(position) for position in sorted(needed)],
            strings_can_be_null=False,
            null_values=[],
        ),
    )
    cells = {position: table[str(position)] for position in sorted(needed)}
    for position in columns.datetime:
        cells[position] = pc.utf8_trim_whitespace(cells[position])
    return cells


def _joined(cells: Mapping[int, Any], positions: tuple[int, ...]) -> Any:
    import pyarrow.compute as pc

    columns = [cells[position] for position in positions]
    return columns[0] if len(columns) == 1 else pc.binary_join_element_wise(*columns, " ")


def _numbers(cells: Any) -> "NDArray[np.float64]":
    import pyarrow as pa

    if cells.type != pa.float64():
        fix = "write it like 1234.5, without other characters"
        cells = cast_cells(cells, pa.float64(), "is not a number", fix)
    numbers: NDArray[np.float64] = cells.to_numpy()
    return numbers
