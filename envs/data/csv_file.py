"""Bars from a user's own CSV file."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tradegym.conf.errors import UserError
from tradegym.envs.data.columns import Columns, find_columns
from tradegym.envs.data.csv_text import AUTO, CsvText, read_text
from tradegym.envs.data.dataset import Dataset
from tradegym.envs.data.timestamps import CellError, cast_cells, parse_times
from tradegym.envs.data.validate import FIELDS

if TYPE_CHECKING:
    from numpy.typing import NDArray


def load_csv(
    filename: str,
    *,
    delimiter: str = AUTO,
    timezone: str = "UTC",
    columns: Mapping[str, str | None] | None = None,
) -> Dataset:
    """Load the bars of one asset from delimited text, plain or compressed with gzip.

    With a header, columns are found by their names in any case; without one, the order is
    datetime (or date, time of day), open, high, low, close, volume. Values are never changed:
    the first fault ends the loading. The times are taken as written, as the bars' close.

    Parameters
    ----------
    filename : str
        Path of the file.
    delimiter : str
        One character, or ``auto``.
    timezone : str
        IANA name of the zone of times that carry no offset.
    columns : mapping of str to str or None, optional
        Names of columns by field (datetime, open, high, low, close, volume) where they differ.
        Volume may be absent: it is 0 then.

    Returns
    -------
    Dataset
        Named after the file.

    Raises
    ------
    UserError
        In one line: file, line, column, value, what is wrong and what to do.
    """
    text = read_text(filename, delimiter)
    found = find_columns(text.names, columns or {}, text.source, text.first)
    locator = CsvLocator(text, found)
    cells = _read_cells(text, found)
    try:
        times = parse_times(_joined(cells, found.datetime), timezone)
    except CellError as error:
        raise locator.error(error, "datetime") from None
    ohlcv = np.zeros((len(times), 1, len(FIELDS)))
    for number, field in enumerate(FIELDS):
        position = found.fields[field]
        if position is not None:
            try:
                ohlcv[:, 0, number] = _numbers(cells[position])
            except CellError as error:
                raise locator.error(error, field) from None
    name = Path(filename).name.removesuffix(".gz").rsplit(".", 1)[0] or "csv"
    return Dataset.from_arrays(name, times, ohlcv, locator=locator)


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
    """Return the needed columns as text, by position, without blanks around the cells."""
    import pyarrow as pa
    import pyarrow.compute as pc
    from pyarrow import csv as arrow_csv

    names = [str(position) for position in range(len(text.names))]
    needed = {*columns.datetime, *(i for i in columns.fields.values() if i is not None)}
    wanted = [str(position) for position in sorted(needed)]
    try:
        table = arrow_csv.read_csv(
            pa.BufferReader(text.content),
            read_options=arrow_csv.ReadOptions(column_names=names, skip_rows=text.skip),
            parse_options=arrow_csv.ParseOptions(delimiter=text.delimiter),
            convert_options=arrow_csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()),
                include_columns=wanted,
                strings_can_be_null=False,
            ),
        )
    except pa.ArrowInvalid as error:
        ragged = text.ragged()
        if ragged is None:
            reason = str(error).splitlines()[0]
            raise UserError(f"{text.source}: is not a readable CSV file: {reason}") from None
        line, number = ragged
        raise UserError(
            f"{text.source}, line {line}: has {number} column(s) where {len(names)} are expected; "
            "complete or remove the line (an unclosed quote has the same effect)"
        ) from None
    return {int(name): pc.utf8_trim_whitespace(table[name]) for name in wanted}


def _joined(cells: Mapping[int, Any], positions: tuple[int, ...]) -> Any:
    import pyarrow.compute as pc

    columns = [cells[position] for position in positions]
    return columns[0] if len(columns) == 1 else pc.binary_join_element_wise(*columns, " ")


def _numbers(cells: Any) -> "NDArray[np.float64]":
    import pyarrow as pa

    numbers: NDArray[np.float64] = cast_cells(
        cells, pa.float64(), "is not a number", "write it like 1234.5, without other characters"
    ).to_numpy()
    return numbers
