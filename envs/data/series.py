"""One asset's bars from one or several files: read, checked, joined, and put on their close."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from tradegym.conf.errors import UserError
from tradegym.envs.data.columns import ADJUSTED
from tradegym.envs.data.csv_file import read_csv
from tradegym.envs.data.dataset import Dataset, median_step
from tradegym.envs.data.days import are_days
from tradegym.envs.data.file_bars import FileBars, ReadOptions
from tradegym.envs.data.local_file import stem
from tradegym.envs.data.parquet_file import read_parquet
from tradegym.envs.data.resample import SECOND, resample
from tradegym.envs.data.validate import Locator

Reader = Callable[[str, ReadOptions], FileBars]
READERS: dict[str, Reader] = {"csv": read_csv, "parquet": read_parquet}
"""How the files of ``dataset.source`` are read."""


@dataclass(frozen=True, slots=True)
class SeriesOptions:
    """What makes a series of files; the keys of the same names in ``dataset`` explain them.

    Attributes
    ----------
    read : ReadOptions
        How each file is read.
    timestamp : {"close", "open"}
        What the files' times are.
    bar_length : int or None
        Seconds from bar to bar that the files must have.
    resample : int or None
        Length of the bars in seconds; None keeps those of the files.
    """

    read: ReadOptions
    timestamp: str = "close"
    bar_length: int | None = None
    resample: int | None = None


def load_series(
    source: str, filenames: Sequence[str], options: SeriesOptions, name: str | None = None
) -> Dataset:
    """Load the bars of one asset.

    Every file is checked as it stands. Files must be given from old to new, without overlap.
    With ``timestamp=open`` each time moves by the bar length, the median distance between bars,
    to the close. Then prices are adjusted and bars are resampled, if that is wanted.

    Parameters
    ----------
    source : str
        Key of `READERS`.
    filenames : sequence of str
        At least one.
    options : SeriesOptions
        How.
    name : str, optional
        Name of the dataset and its asset; by default that of the first file.

    Returns
    -------
    Dataset
        With a note on everything that was left out or changed.

    Raises
    ------
    UserError
        In one line: file, row, column, value, what is wrong and what to do.
    """
    read = READERS[source]
    name = name or stem(filenames[0])
    series = join_files([read(filename, options.read) for filename in filenames])
    series.check(name)
    return shape_series(series, options, name)


def shape_series(series: FileBars, options: SeriesOptions, name: str) -> Dataset:
    """Make a dataset of checked bars, as ``timestamp``, ``adjusted`` and ``resample`` say.

    Raises
    ------
    UserError
        If the bars have another length than ``bar_length``, or cannot be resampled.
    """
    source = series.locator.source
    bar = median_step(series.times)
    if options.bar_length is not None and bar != options.bar_length * SECOND:
        raise UserError(
            f"{source}: the bars are {bar / SECOND:g} s apart, but dataset.bar_length is "
            f"{options.bar_length} s; correct it, or make longer bars with dataset.resample"
        )
    notes: tuple[str, ...] = ()
    if series.adj_close is not None:
        notes += (f"{source}: prices are adjusted by {series.locator.column(ADJUSTED)!r} / close",)
    times, bars = series.times, series.adjusted()[:, np.newaxis]
    if options.timestamp == "open":
        times = times + np.timedelta64(int(bar), "ns")
    if options.resample is not None:
        if options.timestamp == "close" and are_days(times, options.read.timezone):
            raise UserError(
                f"{source}: dataset.resample={options.resample} s: the bars are stamped with the "
                "midnight at which their day begins; set dataset.timestamp=open"
            )
        times, bars, dropped = resample(times, bars, options.resample, source)
        notes += dropped
    return Dataset.from_checked(name, times, np.ascontiguousarray(bars), (name,), notes)


def join_files(parts: Sequence[FileBars]) -> FileBars:
    """Put the bars of several files one after the other.

    Raises
    ------
    UserError
        If a file begins before the one before it ends, or only some have a volume.
    """
    if len(parts) == 1:
        return parts[0]
    for before, after in pairwise(parts):
        _check_order(before, after)
    adjusted = [part.adj_close for part in parts if part.adj_close is not None]
    ends = np.cumsum([len(part.times) for part in parts])
    return FileBars(
        np.concatenate([part.times for part in parts]),
        np.concatenate([part.ohlcv for part in parts]),
        np.concatenate(adjusted) if adjusted else None,
        SeriesLocator(tuple(part.locator for part in parts), tuple(ends.tolist())),
    )


@dataclass(frozen=True, slots=True)
class SeriesLocator:
    """Rows of several files that were put one after the other.

    Attributes
    ----------
    parts : tuple of Locator
        Of the files.
    ends : tuple of int
        Row after the last one of each file.
    """

    parts: tuple[Locator, ...]
    ends: tuple[int, ...]

    @property
    def source(self) -> str:
        """The first file, and how many follow."""
        return f"{self.parts[0].source} (and {len(self.parts) - 1} more)"

    def place(self, row: int) -> str:
        """Return the file, and the place in it."""
        part, own = self._find(row)
        return f"{part.source}, {part.place(own)}"

    def column(self, field: str) -> str:
        """Return what the first file calls the field."""
        return self.parts[0].column(field)

    def cell(self, row: int, field: str) -> str | None:
        """Return the text of the cell."""
        part, own = self._find(row)
        return part.cell(own, field)

    def _find(self, row: int) -> tuple[Locator, int]:
        number = int(np.searchsorted(self.ends, row, side="right"))
        return self.parts[number], row - (self.ends[number - 1] if number else 0)


def _check_order(before: FileBars, after: FileBars) -> None:
    first, second = before.locator.source, after.locator.source
    if before.has_volume != after.has_volume:
        lacks, has = (first, second) if after.has_volume else (second, first)
        raise UserError(
            f"{lacks}: has no column for 'volume', unlike {has}; name it with "
            "dataset.columns.volume, or give files with the same columns"
        )
    if after.times[0] > before.times[-1]:
        return
    if after.times[-1] < before.times[0]:
        raise UserError(
            f"{second}: is older than {first}; list the files of dataset.filename from old to new"
        )
    raise UserError(
        f"{second}: begins at {_second(after.times[0])}, before {first} ends at "
        f"{_second(before.times[-1])}; remove the bars that are in both"
    )


def _second(time: np.datetime64) -> str:
    return str(time.astype("datetime64[s]"))
