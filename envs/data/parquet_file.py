"""Bars from a Parquet or Feather file."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from tradegym.conf.errors import UserError
from tradegym.envs.data.file_bars import FileBars, ReadOptions
from tradegym.envs.data.frames import bars_from_table
from tradegym.envs.data.local_file import find_file, printable


def _parquet(path: Path) -> Any:
    import pyarrow.parquet as pq

    return pq.ParquetFile(path).read()


def _feather(path: Path) -> Any:
    from pyarrow import feather

    return feather.read_table(path, memory_map=True)


SUFFIXES: dict[str, Callable[[Path], Any]] = {
    ".parquet": _parquet,
    ".pq": _parquet,
    ".feather": _feather,
    ".arrow": _feather,
}
"""How a file is read, by the end of its name."""


def read_parquet(filename: str, options: ReadOptions) -> FileBars:
    """Read the bars of one asset from a Parquet or Feather file.

    Columns are found as those of a CSV file with a header. Rows are counted from 0.

    Parameters
    ----------
    filename : str
        Path of the file; its ending tells the format.
    options : ReadOptions
        How to read it; ``delimiter`` and ``header`` have no meaning here.

    Returns
    -------
    FileBars
        Unchecked.

    Raises
    ------
    UserError
        In one line: file, row, column, value, what is wrong and what to do.
    """
    import pyarrow as pa

    source, path = printable(filename), find_file(filename)
    read = SUFFIXES.get(path.suffix.lower())
    if read is None:
        raise UserError(
            f"dataset.filename={source} does not end with one of {', '.join(SUFFIXES)}; rename "
            "it, or read a text file with dataset=csv"
        )
    try:
        table = read(path)
    except (pa.ArrowException, OSError, ValueError) as error:
        reason = (str(error).splitlines() or [""])[0]
        raise UserError(
            f"{source}: is not a readable {path.suffix[1:]} file ({reason}); write it again"
        ) from None
    return bars_from_table(
        table, source, options.columns, options.timezone, adjusted=options.adjusted
    )
