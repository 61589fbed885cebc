"""Tables: rich ones on a terminal, aligned text in a pipe, JSON on request."""

import json
import sys
from collections.abc import Collection, Sequence
from typing import Any

Row = Sequence[str]


def print_table(
    headers: Sequence[str],
    sections: Sequence[Sequence[Row]],
    *,
    as_json: bool = False,
    right: Collection[str] = (),
) -> None:
    """Print a table on stdout.

    Parameters
    ----------
    headers : sequence of str
        One per column.
    sections : sequence of sequences of rows
        Rows of cells, in groups that are set apart.
    as_json : bool
        Print a list of objects, one per row, with the headers as names.
    right : collection of str
        Headers of the columns that are aligned to the right.
    """
    sections = [section for section in sections if section]
    if as_json:
        rows = [dict(zip(headers, row, strict=True)) for section in sections for row in section]
        print_json(rows)
    elif sys.stdout.isatty():
        _print_rich(headers, sections, right)
    else:
        _print_plain(headers, sections, right)


def print_json(value: Any) -> None:
    """Print a value as JSON on stdout."""
    print(json.dumps(value, indent=2, ensure_ascii=False, default=str))


def show_value(value: Any) -> str:
    """Return a value of the configuration as YAML would write it, on one line."""
    if isinstance(value, list | tuple):
        return f"[{', '.join(show_value(item) for item in value)}]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {show_value(item)}" for key, item in value.items()) + "}"
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return f"{value:.12g}" if isinstance(value, float) else str(value)


def _print_rich(
    headers: Sequence[str], sections: Sequence[Sequence[Row]], right: Collection[str]
) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for header in headers:
        table.add_column(header, justify="right" if header in right else "left", overflow="fold")
    for section in sections:
        for row in section:
            table.add_row(*(Text(cell) for cell in row))
        table.add_section()
    Console().print(table)


def _print_plain(
    headers: Sequence[str], sections: Sequence[Sequence[Row]], right: Collection[str]
) -> None:
    rows = [headers, *(row for section in sections for row in section)]
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]

    def line(row: Row) -> str:
        cells = zip(headers, row, widths, strict=True)
        padded = (c.rjust(w) if header in right else c.ljust(w) for header, c, w in cells)
        return "  ".join(padded).rstrip()

    print(line(headers))
    for section in sections:
        print()
        for row in section:
            print(line(row))
