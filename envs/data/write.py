"""Writes bars into files that ``dataset=csv`` and ``dataset=parquet`` read back as they are."""

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tradegym.conf.errors import UserError
from tradegym.envs.data.validate import FIELDS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tradegym.envs.data.dataset import Dataset


def _parquet(table: Any, path: Path) -> None:
    import pyarrow.parquet as pq

    pq.write_table(table, path)


def _feather(table: Any, path: Path) -> None:
    from pyarrow import feather

    feather.write_feather(table, path)


def _csv(table: Any, path: Path) -> None:
    import pyarrow as pa
    from pyarrow import csv

    times = table.column("time").cast(pa.timestamp("ns")).to_numpy()
    texts = pa.array(time_texts(times))
    table = table.set_column(0, "time", texts)
    csv.write_csv(table, path, csv.WriteOptions(quoting_style="none"))


WRITERS: dict[str, Callable[[Any, Path], None]] = {
    ".parquet": _parquet,
    ".pq": _parquet,
    ".feather": _feather,
    ".arrow": _feather,
    ".csv": _csv,
}
"""How a file is written, by the end of its name."""


def check_target(out: Path, assets: Sequence[str], *, force: bool = False) -> dict[str, Path]:
    """Return the file of each asset, if all of them may be written.

    Parameters
    ----------
    out : Path
        The file; of several assets each gets its own, ``NAME.ASSET.SUFFIX``.
    assets : sequence of str
        Their names.
    force : bool
        Files that exist may be replaced.

    Raises
    ------
    UserError
        An unknown suffix, a missing folder, or a file that exists.
    """
    if out.suffix.lower() not in WRITERS:
        raise UserError(f"--out: '{out}' does not end with one of {', '.join(WRITERS)}")
    if not out.parent.is_dir():
        raise UserError(f"--out: '{out}': there is no directory {out.parent}")
    if len(assets) == 1:
        files = {assets[0]: out}
    else:
        files = {asset: out.with_name(f"{out.stem}.{_safe(asset)}{out.suffix}") for asset in assets}
    if len(set(files.values())) < len(files):
        raise UserError(f"--out: '{out}': the names of the assets make equal file names")
    for path in files.values():
        if path.is_dir():
            raise UserError(f"--out: '{path}' is a directory; name a file")
        if not force and (path.exists() or path.is_symlink()):
            raise UserError(f"--out: '{path}' exists already; name a new file, or add --force")
    return files


def write_dataset(dataset: "Dataset", files: Mapping[str, Path]) -> None:
    """Write the bars of each asset into a file, which appears complete or not at all.

    The columns are time (close of the bar, UTC), open, high, low, close and volume; no digit of a
    price is lost.

    Parameters
    ----------
    dataset : Dataset
    files : mapping of str to Path
        What `check_target` returns; files that exist are replaced.

    Raises
    ------
    UserError
        A file cannot be written.
    """
    import pyarrow as pa

    stamps = pa.array(dataset.times, type=pa.timestamp("ns")).cast(pa.timestamp("ns", tz="UTC"))
    for number, asset in enumerate(dataset.assets):
        bars = dataset.ohlcv[:, number]
        columns = {
            field: pa.array(np.ascontiguousarray(bars[:, position]))
            for position, field in enumerate(FIELDS)
        }
        _write(pa.table({"time": stamps} | columns), files[asset])


def time_texts(times: "NDArray[np.datetime64]") -> list[str]:
    """Return times as text that is read back as they are: dates if all of them are midnights."""
    if np.all(times == times.astype("datetime64[D]")):
        return list(np.datetime_as_string(times, unit="D").tolist())
    whole = bool(np.all(times == times.astype("datetime64[s]")))
    texts = np.datetime_as_string(times, unit="s" if whole else "ns")
    return [f"{text}Z" for text in texts.tolist()]


def _write(table: Any, path: Path) -> None:
    temporary = path.with_name(f".{path.stem}.{os.getpid()}.tmp{path.suffix}")
    try:
        WRITERS[path.suffix.lower()](table, temporary)
        temporary.replace(path)
    except OSError as error:
        raise UserError(f"--out: '{path}' cannot be written: {error.strerror or error}") from None
    finally:
        temporary.unlink(missing_ok=True)


def _safe(asset: str) -> str:
    return "".join(letter if letter.isalnum() or letter in "-_" else "_" for letter in asset)
