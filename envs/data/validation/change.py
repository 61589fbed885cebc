"""One thing that a repair did."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Change:
    """What was changed, and where.

    Attributes
    ----------
    row : int
        Line of the original file, counted from 1.
    column : str
        Column, or empty for the whole row.
    before, after : str
        Text before and after; ``after`` is empty where the row was removed.
    rule : str
        Name of the repair.
    """

    row: int
    column: str
    before: str
    after: str
    rule: str

    def __str__(self) -> str:
        """Return the change in one line."""
        column = f", column {self.column!r}" if self.column else ""
        after = f"-> {self.after!r}" if self.after else "removed"
        return f"line {self.row}{column}: {self.before!r} {after} ({self.rule})"

    def to_json(self) -> dict[str, Any]:
        """Return row, column, from, to and rule."""
        return {
            "row": self.row,
            "column": self.column,
            "from": self.before,
            "to": self.after,
            "rule": self.rule,
        }
