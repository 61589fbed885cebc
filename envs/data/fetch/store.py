"""The finished download: a Parquet file that says where its bars come from."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from tradegym.conf.errors import RunFailed

if TYPE_CHECKING:
    from numpy.typing import NDArray

PREFIX = "tradegym."


def write_bars(
    path: Path,
    times: "NDArray[np.datetime64]",
    values: "NDArray[np.float64]",
    columns: tuple[str, ...],
    provenance: Mapping[str, str],
) -> None:
    """Write bars into a Parquet file that appears complete or not at all.

    Parameters
    ----------
    path : Path
        Replaced if it exists.
    times : ndarray of datetime64[ns], shape [n]
        Close of each bar in UTC; the column ``time``.
    values : ndarray of float64, shape [n, len(columns)]
        The other columns.
    columns : tuple of str
        Their names.
    provenance : mapping of str to str
        Becomes metadata of the schema, each key after ``tradegym.``.

    Raises
    ------
    RunFailed
        If the file cannot be written.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    stamps = pa.array(times.astype("datetime64[ns]"), type=pa.timestamp("ns"))
    arrays = [stamps.cast(pa.timestamp("ns", tz="UTC"))]
    arrays += [pa.array(np.ascontiguousarray(values[:, i])) for i in range(len(columns))]
    table = pa.table(arrays, names=["time", *columns]).replace_schema_metadata(
        {f"{PREFIX}{key}": value for key, value in provenance.items()}
    )
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("wb") as file:
            pq.write_table(table, file)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as error:
        raise RunFailed(f"{path}: cannot be written: {error.strerror or error}") from None
    finally:
        temporary.unlink(missing_ok=True)


def read_provenance(path: Path) -> dict[str, str]:
    """Return what a downloaded file says about itself, without ``tradegym.``; perhaps nothing.

    Parameters
    ----------
    path : Path
        A Parquet file.
    """
    import pyarrow.parquet as pq

    metadata: Mapping[bytes, bytes] = pq.read_schema(path).metadata or {}
    texts = {key.decode(): value.decode() for key, value in metadata.items()}
    return {key.removeprefix(PREFIX): text for key, text in texts.items() if key.startswith(PREFIX)}
