"""The rows of a text file while they are repaired; every change is written down."""

from collections.abc import Callable
from dataclasses import dataclass, field

from tradegym.envs.data.columns import Columns, Given
from tradegym.envs.data.validation.change import Change
from tradegym.envs.data.validation.raw_text import RawText

PRICES = ("open", "high", "low", "close")


@dataclass(slots=True)
class Table:
    """Rows that can be changed.

    Attributes
    ----------
    text : RawText
        The original.
    names : tuple of str
        Names of the columns, also where the file has no header.
    columns : Columns
        Positions of the fields.
    timezone : str
        IANA name of the zone of times without offset.
    rows : list of (int, list of str)
        Original line and cells.
    changes : list of Change
        What was done, in this order.
    """

    text: RawText
    names: tuple[str, ...]
    columns: Columns
    timezone: str
    rows: list[tuple[int, list[str]]]
    changes: list[Change] = field(default_factory=list)

    @classmethod
    def of(cls, text: RawText, columns: Given, timezone: str) -> "Table":
        """Return the rows of a file, not yet changed.

        Raises
        ------
        UserError
            If a column is missing.
        """
        names, found = text.columns(columns)
        return cls(text, names, found, timezone, [(line, list(c)) for line, c in text.rows])

    def full(self) -> list[int]:
        """Return the rows that have all cells."""
        return [row for row, (_, cells) in enumerate(self.rows) if len(cells) == len(self.names)]

    def prices(self) -> list[int]:
        """Return the columns of the four prices."""
        found = (self.columns.fields[field] for field in PRICES)
        return [position for position in found if position is not None]

    def cell(self, row: int, position: int) -> str:
        """Return a cell without surrounding blanks."""
        return self.rows[row][1][position].strip()

    def write(self, row: int, position: int, value: str, rule: str) -> None:
        """Replace a cell."""
        line, cells = self.rows[row]
        self.changes.append(
            Change(line, self.names[position].strip(), cells[position], value, rule)
        )
        cells[position] = value

    def remove(self, wanted: Callable[[int], bool], rule: str) -> None:
        """Remove the rows for which ``wanted`` is true."""
        kept = []
        for row, (line, cells) in enumerate(self.rows):
            if wanted(row):
                text = self.text.delimiter.join(cells)
                self.changes.append(Change(line, "", text, "", rule))
            else:
                kept.append((line, cells))
        self.rows = kept
