"""One thing that is wrong, suspicious or worth knowing about a dataset."""

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any


class Severity(StrEnum):
    """How much a finding matters.

    An error stops the loading, a warning is shown, a note is shown only on request.
    """

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Finding:
    """What a rule found, and where.

    Attributes
    ----------
    severity : Severity
        Error, warning or note.
    rule : str
        Name of the rule, e.g. ``gap``.
    file : str
        The file, or the name of a dataset that has none.
    row : int or None
        Line of a text file counted from 1, else number of the bar counted from 0; None when
        the finding is about the whole file.
    place : str
        The row as words, e.g. ``line 7``; empty when there is none.
    column : str
        Column of the file, or empty.
    value : str
        What stands there.
    message : str
        What is wrong with it.
    fix : str
        What to do.
    """

    severity: Severity
    rule: str
    file: str
    row: int | None
    place: str
    column: str
    value: str
    message: str
    fix: str

    def __str__(self) -> str:
        """Return everything but severity and rule in one line."""
        where = ", ".join(
            part
            for part in (self.file, self.place, f"column {self.column!r}" if self.column else "")
            if part
        )
        value = f"value {self.value} " if self.value else ""
        return f"{where}: {value}{self.message}" + (f"; {self.fix}" if self.fix else "")

    def to_json(self) -> dict[str, Any]:
        """Return the attributes by name."""
        return asdict(self)
