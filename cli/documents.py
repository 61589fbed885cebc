"""Documents of tables on stdout or in a file, in the form that was asked for."""

import contextlib
import io
import json
import sys
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tradegym.cli.output import print_table

if TYPE_CHECKING:
    from tradegym.experiments.comparing.tables import Document


def check_form(name: str, allowed: Collection[str]) -> str:
    """Return the name of a format.

    Raises
    ------
    UserError
        If there is no such format.
    """
    from tradegym.conf.errors import UserError, did_you_mean

    if name not in allowed:
        hint = did_you_mean(name, allowed) or f"; allowed are {', '.join(allowed)}"
        raise UserError(f"--format: no format is named '{name}'{hint}")
    return name


def put(text: str, out: Path | None) -> None:
    """Write text to a file, or on stdout."""
    if out is None:
        sys.stdout.write(text)
        return
    from tradegym.experiments.comparing.files import write_file

    write_file(out, text.encode(), "--out")


def show_json(value: Any, out: Path | None) -> None:
    """Write JSON to a file, or on stdout."""
    put(json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n", out)


def show_text(form: str, document: "Document", out: Path | None) -> None:
    """Write a document of one table as CSV, Markdown or LaTeX."""
    from tradegym.experiments.comparing.tables import TEXT_FORMS

    put(TEXT_FORMS[form](document), out)


def show_document(document: "Document", out: Path | None) -> None:
    """Write remarks and tables to a file as plain text, or print them."""
    if out is None:
        _print_document(document)
        return
    stream = io.StringIO()
    with contextlib.redirect_stdout(stream):
        _print_document(document)
    put(stream.getvalue(), out)


def _print_document(document: "Document") -> None:
    from tradegym.experiments.comparing.tables import visible

    for line in document.remarks:
        print(f"- {visible(line)}")
    for table in document.tables:
        if document.remarks or table is not document.tables[0]:
            print()
        if table.title:
            print(f"{visible(table.title)}\n")
        rows = [[visible(cell) for cell in row] for row in table.rows]
        print_table([visible(cell) for cell in table.headers], [rows], right=table.right)
        if table.note:
            print(f"\n{visible(table.note)}")
