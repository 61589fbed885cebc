"""Where a bar stands in a text file."""

from collections.abc import Sequence
from dataclasses import dataclass

from tradegym.conf.errors import UserError
from tradegym.conf.schema.dataset import DatasetConfig
from tradegym.envs.data.columns import Columns
from tradegym.envs.data.validation.raw_text import RawText, read_raw


@dataclass(frozen=True, slots=True)
class Places:
    """Lines and cells of bars, for messages.

    Attributes
    ----------
    text : RawText
        The file.
    names : tuple of str
        Names of its columns.
    columns : Columns
        Positions of the fields.
    rows : sequence of int
        Row of each bar among the rows of the file.
    """

    text: RawText
    names: tuple[str, ...]
    columns: Columns
    rows: Sequence[int]

    def line(self, bar: int) -> int:
        """Return the line of a bar, counted from 1."""
        return self.text.rows[self.rows[bar]][0]

    def column(self, field: str) -> str:
        """Return what the file calls a field."""
        return " ".join(self.names[at].strip() for at in self._positions(field)) or field

    def cell(self, bar: int, field: str) -> str:
        """Return the text of a cell, shortened and quoted."""
        cells = self.text.rows[self.rows[bar]][1]
        found = (cells[at].strip() for at in self._positions(field) if at < len(cells))
        return shown(" ".join(found))

    def _positions(self, field: str) -> tuple[int, ...]:
        if field == "datetime":
            return self.columns.datetime
        position = self.columns.fields.get(field)
        return () if position is None else (position,)


def shown(text: str) -> str:
    """Return a cell for a message: quoted, without control characters, at most 40 long."""
    return repr(text if len(text) <= 40 else text[:37] + "...")


def find_places(config: DatasetConfig, bars: int) -> Places | None:
    """Return where the bars of a text file stand, or None where that is not known.

    Parameters
    ----------
    config : DatasetConfig
        The file and how it was read.
    bars : int
        Number of bars that were loaded; bars that were joined or left out have no line.
    """
    if config.source != "csv" or not isinstance(config.filename, str):
        return None
    try:
        text = read_raw(config.filename, config.delimiter, config.header)
        names, columns = text.columns(config.columns.model_dump())
    except UserError:
        return None
    if len(text.rows) != bars:
        return None
    return Places(text, names, columns, range(bars))
