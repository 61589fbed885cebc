"""Tables as data, and the forms that they are written in: text, CSV, Markdown, LaTeX."""

import csv
import io
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

Row = Sequence[str]


@dataclass(frozen=True, slots=True)
class Table:
    """A table with a title.

    Attributes
    ----------
    title : str
        Empty for none.
    headers : sequence of str
        One per column.
    rows : sequence of rows
        Cells as text.
    right : collection of str
        Headers of the columns that are aligned to the right.
    note : str
        A line below; empty for none.
    """

    title: str
    headers: Sequence[str]
    rows: Sequence[Row]
    right: Collection[str] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class Document:
    """Lines and tables in the order in which they are read.

    Attributes
    ----------
    remarks : sequence of str
        What a reader has to know before the tables.
    tables : sequence of Table
    """

    remarks: Sequence[str]
    tables: Sequence[Table]


def visible(text: str) -> str:
    """Return text without control characters, which could act on a terminal, on one line."""
    line = " ".join(text.split())
    return "".join(one if one.isprintable() else "\N{REPLACEMENT CHARACTER}" for one in line)


def to_markdown(document: Document) -> str:
    """Return a document as GitHub's Markdown, with no cell able to break its table."""
    parts = [f"> {_markdown(line)}" for line in document.remarks]
    for table in document.tables:
        rule = [("---:" if header in table.right else "---") for header in table.headers]
        rows = [table.headers, rule, *table.rows]
        cells = [
            [cell if at == 1 else _markdown(cell) for cell in row] for at, row in enumerate(rows)
        ]
        text = "\n".join(f"| {' | '.join(row)} |" for row in cells)
        title = f"### {_markdown(table.title)}\n\n" if table.title else ""
        note = f"\n\n{_markdown(table.note)}" if table.note else ""
        parts.append(f"{title}{text}{note}")
    return "\n\n".join(parts) + "\n"


_MARKDOWN = str.maketrans({one: f"\\{one}" for one in "\\`*_{}[]<>#|~!$&"})


def _markdown(text: str) -> str:
    return visible(text).translate(_MARKDOWN)


def to_latex(document: Document) -> str:
    """Return a document as LaTeX tables with the rules of the package booktabs."""
    parts = ["% needs \\usepackage{booktabs}"]
    parts += [f"% {visible(line)}" for line in document.remarks]
    for table in document.tables:
        columns = "".join("r" if header in table.right else "l" for header in table.headers)
        lines = ["\\begin{table}", "\\centering"]
        lines += [f"\\caption{{{_latex(table.title)}}}"] if table.title else []
        lines += [f"\\begin{{tabular}}{{{columns}}}", "\\toprule"]
        lines += [_latex_row(table.headers), "\\midrule"]
        lines += [_latex_row(row) for row in table.rows]
        lines += ["\\bottomrule", "\\end{tabular}"]
        lines += ["", f"\\smallskip {_latex(table.note)}"] if table.note else []
        parts.append("\n".join([*lines, "\\end{table}"]))
    return "\n\n".join(parts) + "\n"


_LATEX = str.maketrans(
    {
        **{one: f"\\{one}" for one in "&%$#_{}"},
        "~": "\\textasciitilde{}",
        "^": "\\textasciicircum{}",
        "\\": "\\textbackslash{}",
        "<": "\\textless{}",
        ">": "\\textgreater{}",
        "|": "\\textbar{}",
        '"': "\\textquotedbl{}",
    }
)


def _latex(text: str) -> str:
    return visible(text).translate(_LATEX)


def _latex_row(row: Row) -> str:
    # A bracket after "\\" would be read as its argument: braces keep it a cell.
    cells = [f"{{{cell}}}" if cell.startswith("[") else cell for cell in map(_latex, row)]
    return f"{' & '.join(cells)} \\\\"


def to_csv(headers: Row, rows: Sequence[Sequence[object]]) -> str:
    """Return a table as CSV; text that a spreadsheet would compute begins with an apostrophe."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow([_csv(cell) for cell in headers])
    writer.writerows([[_csv(cell) for cell in row] for row in rows])
    return stream.getvalue()


def _csv(cell: object) -> object:
    if isinstance(cell, str):
        text = visible(cell)
        return f"'{text}" if text.startswith(("=", "+", "-", "@")) else text
    return "" if cell is None else cell


def _document_to_csv(document: Document) -> str:
    """Return the only table of a document as CSV."""
    (table,) = document.tables
    return to_csv(table.headers, table.rows)


#: Forms of a document with one table, by name.
TEXT_FORMS: dict[str, Callable[[Document], str]] = {
    "csv": _document_to_csv,
    "markdown": to_markdown,
    "latex": to_latex,
}
