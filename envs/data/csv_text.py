"""A delimited text file: reading it, its delimiter, its header, and the line of each row."""

import csv
import io
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from tradegym.conf.errors import UserError
from tradegym.envs.data.columns import headerless_names
from tradegym.envs.data.csv_content import read_content
from tradegym.envs.data.local_file import printable

AUTO = "auto"
DELIMITERS = {"\t": "tab", ";": "semicolon", "|": "pipe", ",": "comma"}
SAMPLE = 20  # lines that are looked at to find the delimiter
MIN_COLUMNS = 5  # time, open, high, low, close


@dataclass(frozen=True, slots=True)
class CsvText:
    """The content of a delimited text file.

    Attributes
    ----------
    source : str
        The file, as the user wrote it.
    content : bytes
        UTF-8 text without byte order mark.
    delimiter : str
        One character.
    names : tuple of str
        Names of the columns, from the header or by position.
    skip : int
        Lines before the first row.
    first : tuple of str
        Cells of the first row.
    """

    source: str
    content: bytes
    delimiter: str
    names: tuple[str, ...]
    skip: int
    first: tuple[str, ...]

    def lines(self) -> Iterator[tuple[int, list[str]]]:
        """Yield line number (from 1) and cells of every row, header and blank lines left out."""
        for line, cells in records_of(self.content.decode(), self.delimiter):
            if line > self.skip:
                yield line, cells

    def ragged(self) -> tuple[int, int] | None:
        """Return line and number of cells of the first row that has too many or too few."""
        wrong = ((n, len(cells)) for n, cells in self.lines() if len(cells) != len(self.names))
        return next(wrong, None)

    def row(self, row: int) -> tuple[int, list[str]]:
        """Return line number and cells of row ``row`` (from 0)."""
        return next(found for i, found in enumerate(self.lines()) if i == row)


def read_text(filename: str, delimiter: str = AUTO, header: bool | str = AUTO) -> CsvText:
    """Read a file, plain, compressed with gzip or in a zip archive.

    Parameters
    ----------
    filename : str
        Path of the file; ``~`` is the home directory.
    delimiter : str
        One character, or ``auto``: the first of tab, semicolon, pipe and comma that divides
        the lines into at least 5 cells.
    header : bool or "auto"
        Whether the first line names the columns; ``auto``: if none of its cells is a number.

    Returns
    -------
    CsvText
        With at least one row.

    Raises
    ------
    UserError
        If the file is missing, empty or not delimited text.
    """
    source = printable(filename)
    content = read_content(filename)
    head = _head(content)
    if not head:
        raise UserError(f"{source}: the file is empty; give a file with a row for each bar")
    tried = DELIMITERS.get(delimiter, repr(delimiter))
    if delimiter == AUTO:
        tried = " or ".join(DELIMITERS.values())
        delimiter = max(DELIMITERS, key=lambda one: _merit(head, one))
    rows = list(records_of("\n".join(head), delimiter))[:SAMPLE]
    line, cells = rows[0]
    top = f"{source}, line {line}: {_short(head[line - 1])}"
    if max(len(row) for _, row in rows) == 1:
        raise UserError(
            f"{top} is a single column when divided at {tried}; give the delimiter with "
            "dataset.delimiter"
        )
    if header is False or (header == AUTO and any(_is_number(cell) for cell in cells)):
        return CsvText(source, content, delimiter, headerless_names(cells), 0, tuple(cells))
    usual = _usual([len(row) for _, row in rows])
    if len(cells) < usual:
        raise UserError(
            f"{top} has {len(cells)} column(s) where the lines below have {usual}; remove the "
            "lines above the header"
        )
    if len(rows) == 1:
        raise UserError(
            f"{source}: has a header but no rows (too few rows); give a file with a row for "
            "each bar"
        )
    return CsvText(source, content, delimiter, tuple(cells), line, tuple(rows[1][1]))


def _head(content: bytes) -> list[str]:
    # Enough text for the sample, cut at a line end; blank lines at the start are kept so that
    # line numbers stay those of the file.
    text = content[: 1 << 16].decode(errors="ignore")
    lines = io.StringIO(text, newline=None).read().split("\n")
    if len(content) > 1 << 16 and len(lines) > 1:
        lines.pop()
    return lines if any(line.strip() for line in lines) else []


def records_of(text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Yield first line, counted from 1, and cells of every row that is not an empty line.

    Parameters
    ----------
    text : str
        The text.
    delimiter : str
        One character.
    """
    reader = csv.reader(io.StringIO(text, newline=None), delimiter=delimiter)
    before = 0
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:  # an unclosed quote has made one cell of the rest of the file
            yield before + 1, ['"']
            return
        if cells:
            yield before + 1, cells
        before = reader.line_num


def _merit(head: list[str], delimiter: str) -> tuple[bool, int]:
    widths = [len(cells) for _, cells in records_of("\n".join(head), delimiter)][:SAMPLE]
    usual = _usual(widths)
    # With enough columns the order of DELIMITERS decides: a comma may be a decimal comma.
    return usual >= MIN_COLUMNS, 0 if usual >= MIN_COLUMNS else usual


def _usual(widths: list[int]) -> int:
    return Counter(widths).most_common(1)[0][0]


def _is_number(cell: str) -> bool:
    try:
        float(cell.strip().replace(",", "."))
    except ValueError:
        return False
    return True


def _short(line: str) -> str:
    return repr(line if len(line) <= 40 else line[:37] + "...")
