"""What a report is made of, before it becomes HTML or Markdown."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable

#: Of a text: ``missing`` says that something was not recorded.
Tone = Literal["plain", "note", "missing", "good", "warning", "bad"]


@dataclass(frozen=True, slots=True)
class Text:
    """A paragraph.

    Attributes
    ----------
    text : str
        Plain text; the renderers escape it.
    tone : Tone
    """

    text: str
    tone: Tone = "plain"


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a table.

    Attributes
    ----------
    text : str
    sub : str
        Smaller, below the text: an interval or a remark.
    hint : str
        Definition, shown on demand.
    tone : Tone
    """

    text: str
    sub: str = ""
    hint: str = ""
    tone: Tone = "plain"


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of a table that belong together; ``title`` may be empty."""

    rows: tuple[tuple[Cell, ...], ...]
    title: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A table.

    Attributes
    ----------
    columns : tuple of str
        Heads; the first column names the rows.
    groups : tuple of Rows
    caption : str
    numeric : bool
        Whether the columns after the first hold numbers, which are aligned to the right.
    folded : str
        Title under which the table is folded away; empty shows it.
    emphasis : int or None
        Column to set off from the others.
    half : bool
        Half of the page is wide enough.
    """

    columns: tuple[str, ...]
    groups: tuple[Rows, ...]
    caption: str = ""
    numeric: bool = True
    folded: str = ""
    emphasis: int | None = None
    half: bool = False


@dataclass(frozen=True, slots=True)
class Key:
    """One entry of a legend: its text and the class of its line or mark."""

    text: str
    style: str


@dataclass(frozen=True, slots=True)
class Figure:
    """A picture.

    Attributes
    ----------
    title : str
    svg : str
        Markup, complete and escaped.
    caption : str
    legend : tuple of Key
    data : str
        JSON for the read-out under the pointer; empty: none.
    picture : str
        File that the Markdown report links to, relative to the run's directory; empty: none.
    half : bool
        Half of the page is wide enough.
    """

    title: str
    svg: str = field(repr=False)
    caption: str = ""
    legend: tuple[Key, ...] = ()
    data: str = field(default="", repr=False)
    picture: str = ""
    half: bool = False


@dataclass(frozen=True, slots=True)
class Fact:
    """A number with its name, set large."""

    label: str
    value: str
    sub: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """A row of facts."""

    facts: tuple[Fact, ...]


Block = Text | Table | Figure | Facts


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the report under its own title.

    Attributes
    ----------
    key : str
        Anchor.
    title : str
    blocks : tuple
        In the order of reading.
    """

    key: str
    title: str
    blocks: tuple[Block, ...]


def missing(what: str, why: str = "") -> Text:
    """Return the line that says that something was not recorded."""
    return Text(f"{what}: not recorded{f' ({why})' if why else ''}.", "missing")


def cells(*texts: object) -> tuple[Cell, ...]:
    """Return a row of plain cells."""
    return tuple(one if isinstance(one, Cell) else Cell(str(one)) for one in texts)


def plain_table(
    columns: tuple[str, ...],
    rows: "Iterable[tuple[Cell, ...]]",
    *,
    caption: str = "",
    numeric: bool = True,
    folded: str = "",
    half: bool = False,
) -> Table:
    """Return a table whose rows are one group."""
    return Table(columns, (Rows(tuple(rows)),), caption, numeric, folded, None, half)
