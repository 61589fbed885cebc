"""Reads a delimited text file as it is, faults included, to say or repair what is wrong."""

import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from tradegym.conf.errors import UserError
from tradegym.envs.data.columns import Columns, Given, find_columns, headerless_names
from tradegym.envs.data.csv_content import read_content
from tradegym.envs.data.csv_text import records_of
from tradegym.envs.data.local_file import find_file, printable

AUTO = "auto"
DELIMITERS = ("\t", ";", "|", ",")
MIN_COLUMNS = 5  # time, open, high, low, close
SAMPLE = 200  # rows that are looked at for delimiter and header
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_PACKED = (b"\x1f\x8b", b"PK\x03\x04")
_NUMBER = re.compile(r"\W*\d[\d.,eE+-]*\W*")


@dataclass(frozen=True, slots=True)
class RawText:
    """The rows of a text file.

    Attributes
    ----------
    source : str
        The file, as the user wrote it.
    encoding : str
        How the bytes were read.
    delimiter : str
        One character.
    header : int or None
        Line of the header.
    names : tuple of str
        Cells of the header; empty without one.
    above : tuple of (int, list of str)
        Lines above the header, or above the first full row.
    rows : tuple of (int, list of str)
        Line, counted from 1, and cells of every other row; blank lines left out.
    blank : tuple of int
        Lines with blanks but nothing else, which are no empty lines to a strict reader.
    """

    source: str
    encoding: str
    delimiter: str
    header: int | None
    names: tuple[str, ...]
    above: tuple[tuple[int, list[str]], ...]
    rows: tuple[tuple[int, list[str]], ...]
    blank: tuple[int, ...]

    @property
    def width(self) -> int:
        """Number of cells of a full row."""
        return len(self.names) or usual_width([cells for _, cells in self.rows[:SAMPLE]])

    def columns(self, given: Given) -> tuple[tuple[str, ...], Columns]:
        """Return the names of all columns and the positions of the fields.

        Parameters
        ----------
        given : mapping of str to str, int or None
            Column by field, as a name or a position counted from 0.

        Raises
        ------
        UserError
            If a column is missing.
        """
        full = (cells for _, cells in self.rows if len(cells) == self.width)
        first = next(full, self.rows[0][1])
        names = self.names or headerless_names(first)
        return names, find_columns(names, given, self.source, first)


def read_raw(filename: str | Path, delimiter: str = AUTO, header: bool | str = AUTO) -> RawText:
    """Read a text file, plain or compressed with gzip or zip, whatever it contains.

    Parameters
    ----------
    filename : str or path
        The file.
    delimiter : str
        One character, or ``auto``.
    header : bool or "auto"
        Whether the first full row names the columns; ``auto``: if none of its cells is a number.

    Returns
    -------
    RawText
        With at least one row.

    Raises
    ------
    UserError
        If there is no such regular file, or no table of text in it.
    """
    source = printable(str(filename))
    text, encoding = _text(str(filename))
    if delimiter == AUTO:
        delimiter = max(DELIMITERS, key=lambda one: _merit(text, one))
    records = list(records_of(text, delimiter))
    blank = tuple(line for line, cells in records if not any(cell.strip() for cell in cells))
    records = [(line, cells) for line, cells in records if any(cell.strip() for cell in cells)]
    if not records:
        raise UserError(f"{source}: the file is empty; give a file with a row for each bar")
    head = records[:SAMPLE]
    width = usual_width([cells for _, cells in head])
    if width == 1:
        raise UserError(
            f"{source}, line {records[0][0]}: is a single column; give the delimiter with "
            "dataset.delimiter"
        )
    top = next(i for i, (_, cells) in enumerate(head) if len(cells) == width)
    above, rows = tuple(records[:top]), records[top:]
    line, cells = rows[0]
    numbers = any(_NUMBER.fullmatch(cell.strip()) for cell in cells)
    if header is False or (header == AUTO and numbers):
        return RawText(source, encoding, delimiter, None, (), above, tuple(rows), blank)
    if len(rows) == 1:
        raise UserError(f"{source}: has a header but no rows; give a file with a row for each bar")
    return RawText(source, encoding, delimiter, line, tuple(cells), above, tuple(rows[1:]), blank)


def usual_width(rows: list[list[str]]) -> int:
    """Return the most frequent number of cells."""
    return Counter(len(cells) for cells in rows).most_common(1)[0][0] if rows else 0


def _text(filename: str) -> tuple[str, str]:
    try:
        return read_content(filename).decode(), "utf-8"
    except UserError:
        # All other refusals stand: only other encodings of text can be read here.
        content = find_file(filename).read_bytes()
        if content.startswith(_UTF_16):
            return content.decode("utf-16", errors="replace"), "utf-16"
        if b"\0" in content or content.startswith(_PACKED) or _is_utf_8(content):
            raise
        # Every byte is a character of it, and digits are the same in all such encodings.
        return content.decode("latin-1"), "latin-1"


def _is_utf_8(content: bytes) -> bool:
    try:
        content.decode()
    except UnicodeDecodeError:
        return False
    return True


def _merit(text: str, delimiter: str) -> tuple[bool, int]:
    rows = []
    for _, cells in records_of(text[: 1 << 16], delimiter):
        rows.append(cells)
        if len(rows) == SAMPLE:
            break
    usual = usual_width(rows)
    # With enough columns the order decides: a comma may be a decimal comma.
    return usual >= MIN_COLUMNS, 0 if usual >= MIN_COLUMNS else usual
