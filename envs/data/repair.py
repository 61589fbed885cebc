"""Writes a repaired copy of a text file with bars, and says what was changed.

Only what needs no guess is changed: lines that hold no bar are left out, numbers and times are
written so that they can be read, rows are sorted, equal rows are kept once, a high and a low that
stand in each other's place are swapped, and a range is widened by a rounding. All else, such as a
missing price or two different bars of one time, is left as it is: `inspect` the copy for it.
The copy is UTF-8, its lines end with a line feed, and cells are quoted only where they must be.
"""

import csv
from pathlib import Path

from tradegym.conf.errors import UserError
from tradegym.conf.schema.dataset import DatasetConfig
from tradegym.envs.data.validation.change import Change
from tradegym.envs.data.validation.raw_text import read_raw
from tradegym.envs.data.validation.repairs import REPAIRS
from tradegym.envs.data.validation.table import Table

__all__ = ["Change", "repair"]


def repair(
    file: str | Path, out: str | Path, config: DatasetConfig | None = None
) -> tuple[Change, ...]:
    """Write a repaired copy of a file; the file itself is never changed.

    Parameters
    ----------
    file : str or path
        Delimited text, plain or compressed.
    out : str or path
        The new file, plain UTF-8; it must not exist.
    config : DatasetConfig, optional
        How to read the file (delimiter, columns, time zone); its ``filename`` is not looked at.

    Returns
    -------
    tuple of Change
        Each change, in the order of the lines; empty if nothing could be repaired.

    Raises
    ------
    UserError
        If the file holds no table of bars, or ``out`` exists or cannot be written.
    """
    target = Path(out).expanduser()
    if target.exists() or target.is_symlink():
        raise UserError(f"--repair={out}: exists already; name a new file")
    config = config or DatasetConfig.model_validate({"source": "csv", "filename": str(file)})
    if config.source != "csv":
        raise UserError(f"{file}: only text files can be repaired; correct what wrote this one")
    text = read_raw(file, config.delimiter, config.header)
    table = Table.of(text, config.columns.model_dump(), config.timezone)
    for step in REPAIRS:
        step(table)
    _write(table, target)
    return tuple(sorted(table.changes, key=lambda change: change.row))


def _write(table: Table, target: Path) -> None:
    try:
        # "x": a file that has appeared meanwhile is not overwritten either.
        with target.open("x", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream, delimiter=table.text.delimiter, lineterminator="\n")
            if table.text.names:
                writer.writerow(table.text.names)
            writer.writerows(cells for _, cells in table.rows)
    except OSError as error:
        reason = error.strerror or str(error)
        raise UserError(f"--repair={target}: cannot be written: {reason}") from None
