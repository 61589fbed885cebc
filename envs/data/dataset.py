"""The bars of one or more assets as immutable, checked arrays."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from tradegym.conf.errors import UserError
from tradegym.envs.data.stored_arrays import StoredArrays
from tradegym.envs.data.validate import FIELDS, ArrayLocator, Locator, check_bars

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import ArrayLike, NDArray

    from tradegym.envs.data.frames import ArrowTable

SECONDS_PER_YEAR = 365.25 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Dataset:
    """Aligned bars of one or more assets; nothing in it can be changed.

    Build it with `Dataset.from_arrays` or `Dataset.from_frame`, which check every value.
    Two datasets are equal when name, assets and content are.

    Attributes
    ----------
    name : str
        What the dataset is called in messages and records.
    assets : tuple of str
        Names of the A assets, unique.
    times : ndarray of datetime64[ns], shape [T]
        Close of each bar in UTC, strictly increasing, read-only.
    ohlcv : ndarray of float64, shape [T, A, 5]
        Open, high, low, close (price) and volume (units), read-only and finite.
    bar_seconds : float
        Median distance between two bars, in seconds.
    sha256 : str
        Hash of the content: times as little-endian int64 nanoseconds, then ``ohlcv`` as
        little-endian float64, then the asset names in UTF-8, each followed by a zero byte.
        Empty for a path that was drawn for one episode.
    notes : tuple of str
        What was done to the bars of the source on request, one line each: bars that a join
        filled or left out, an incomplete bar that resampling dropped, adjusted prices.
    stored : StoredArrays or None
        The files that the arrays are mapped from. Such a dataset is pickled by the name of its
        files, so processes share one copy of the bars.
    """

    name: str
    assets: tuple[str, ...]
    times: "NDArray[np.datetime64]" = field(compare=False, repr=False)
    ohlcv: "NDArray[np.float64]" = field(compare=False, repr=False)
    bar_seconds: float
    sha256: str
    notes: tuple[str, ...] = field(default=(), compare=False)
    stored: "StoredArrays | None" = field(default=None, compare=False, repr=False)

    @classmethod
    def from_arrays(
        cls,
        name: str,
        times: "ArrayLike",
        ohlcv: "ArrayLike",
        assets: Sequence[str] | None = None,
        *,
        locator: Locator | None = None,
    ) -> "Dataset":
        """Check the bars and build a dataset from copies of them.

        Parameters
        ----------
        name : str
            What the dataset is called.
        times : array_like of datetime64, shape [T]
            Close of each bar in UTC.
        ohlcv : array_like of float, shape [T, A, 5] or [T, 5]
            Open, high, low, close, volume of each asset; [T, 5] is one asset.
        assets : sequence of str, optional
            Names of the assets; for a single asset the name of the dataset is the default.
        locator : Locator, optional
            Says in a message where a row came from, e.g. the line of a file.

        Returns
        -------
        Dataset
            The checked, read-only bars.

        Raises
        ------
        UserError
            If shapes, types or values are wrong; the message names the first faulty row.
        """
        stamps = _as_times(name, times)
        bars = _as_bars(name, ohlcv)
        names = _as_assets(name, assets, bars.shape[1])
        if len(stamps) != len(bars):
            raise UserError(
                f"dataset {name!r}: {len(stamps)} times but {len(bars)} rows of bars; "
                "give one time per bar"
            )
        check_bars(stamps, bars, names, locator or ArrayLocator(name))
        return cls.from_checked(name, stamps, bars, names)

    @classmethod
    def from_checked(
        cls,
        name: str,
        times: "NDArray[np.datetime64]",
        ohlcv: "NDArray[np.float64]",
        assets: tuple[str, ...],
        notes: tuple[str, ...] = (),
    ) -> "Dataset":
        """Build a dataset from bars that obey the rules, without checking or copying them.

        Parameters
        ----------
        name : str
            What the dataset is called.
        times : ndarray of datetime64[ns], shape [T]
            Close of each bar in UTC; the caller gives the array up.
        ohlcv : ndarray of float64, shape [T, A, 5], C order
            Open, high, low, close, volume; the caller gives the array up.
        assets : tuple of str
            Names of the A assets.
        notes : tuple of str
            As the attribute.
        """
        sha256 = content_sha256(times, ohlcv, assets)
        seconds = median_step(times) / 1e9
        return cls(name, assets, _immutable(times), _immutable(ohlcv), seconds, sha256, notes)

    @classmethod
    def from_frame(
        cls,
        frame: "pd.DataFrame | ArrowTable",
        name: str,
        columns: Mapping[str, str | int | None] | None = None,
    ) -> "Dataset":
        """Build a dataset of one asset from a pandas DataFrame or an Arrow table.

        Parameters
        ----------
        frame : pandas.DataFrame, pyarrow.Table or any object with ``__arrow_c_stream__``
            Columns open, high, low, close and optionally volume (any case; 0 when absent),
            and the times as DatetimeIndex (pandas) or as column. Times without a zone are UTC.
            Other libraries' frames (polars, duckdb) offer themselves as Arrow tables.
        name : str
            What the dataset and its asset are called.
        columns : mapping of str to str or int, optional
            Names or positions of columns that are called otherwise, by field
            (``{"close": "last"}``).

        Returns
        -------
        Dataset
            The checked, read-only bars.

        Raises
        ------
        UserError
            If a column is missing or a value is wrong.
        """
        from tradegym.envs.data.frames import bars_from_frame

        bars = bars_from_frame(frame, f"dataset {name!r}", columns or {})
        return cls.from_arrays(name, bars.times, bars.ohlcv, locator=bars.locator)

    def __len__(self) -> int:
        return len(self.times)

    def __reduce__(self) -> tuple[Any, ...]:
        # Pickle would otherwise return writable arrays.
        facts = (self.name, self.assets, self.bar_seconds, self.sha256, self.notes)
        if self.stored is not None and self.stored.is_there():
            return _reopen, (self.stored, *facts)
        return _restore, (self.times.tobytes(), self.ohlcv.tobytes(), *facts)

    def __deepcopy__(self, memo: object) -> "Dataset":
        return self  # nothing in it can be changed

    @property
    def n_assets(self) -> int:
        """Number of assets, A."""
        return len(self.assets)

    @property
    def bars_per_year(self) -> float:
        """Bars in a year of 365.25 days, measured between the first and the last bar."""
        if len(self) < 2:
            return SECONDS_PER_YEAR / self.bar_seconds
        span = int(self.times[-1].view(np.int64)) - int(self.times[0].view(np.int64))
        return (len(self) - 1) / (span / 1e9 / SECONDS_PER_YEAR)

    def slice(self, start: int, stop: int) -> "Dataset":
        """Return the bars ``start`` (included) to ``stop`` (excluded) without copying them.

        Parameters
        ----------
        start, stop : int
            Bar numbers with ``0 <= start < stop <= len(self)``.

        Returns
        -------
        Dataset
            Same name, assets and ``bar_seconds``; ``sha256`` is that of the shorter content.

        Raises
        ------
        IndexError
            If the range is empty or reaches beyond the data.
        """
        if not 0 <= start < stop <= len(self):
            raise IndexError(f"bars [{start}, {stop}) of dataset {self.name!r} with {len(self)}")
        times, ohlcv = self.times[start:stop], self.ohlcv[start:stop]
        sha256 = content_sha256(times, ohlcv, self.assets)
        return Dataset(self.name, self.assets, times, ohlcv, self.bar_seconds, sha256, self.notes)


def content_sha256(
    times: "NDArray[np.datetime64]", ohlcv: "NDArray[np.float64]", assets: Sequence[str]
) -> str:
    """Return the hash of bars that `Dataset.sha256` describes."""
    digest = hashlib.sha256()
    digest.update(np.ascontiguousarray(times).view(np.int64).astype("<i8", copy=False).data)
    digest.update(np.ascontiguousarray(ohlcv).astype("<f8", copy=False).data)
    for asset in assets:
        digest.update(asset.encode() + b"\0")
    return digest.hexdigest()


def median_step(times: "NDArray[np.datetime64]") -> float:
    """Return the median distance between two bars in nanoseconds."""
    return float(np.median(np.diff(times.view(np.int64))))


def _as_times(name: str, times: "ArrayLike") -> "NDArray[np.datetime64]":
    given = np.asarray(times)
    if given.dtype.kind != "M" or given.ndim != 1:
        raise UserError(
            f"dataset {name!r}: times are {given.dtype} of shape {given.shape}; give a "
            "one-dimensional datetime64 array in UTC, or use Dataset.from_frame for pandas data"
        )
    stamps: NDArray[np.datetime64] = given.astype("datetime64[ns]")
    wrapped = stamps.astype(given.dtype) != given
    wrapped &= ~np.isnat(given)
    if wrapped.any():
        row = int(np.argmax(wrapped))
        raise UserError(
            f"dataset {name!r}, row {row}: time {given[row]} is outside the years 1678 to 2261; "
            "correct it"
        )
    return stamps


def _as_bars(name: str, ohlcv: "ArrayLike") -> "NDArray[np.float64]":
    try:
        bars = np.array(ohlcv, dtype=np.float64, order="C")
    except (TypeError, ValueError) as error:
        raise UserError(
            f"dataset {name!r}: bars are not all numbers ({error}); give floats"
        ) from None
    if bars.ndim == 2:
        bars = bars[:, np.newaxis, :]
    if bars.ndim != 3 or bars.shape[1] < 1 or bars.shape[2] != len(FIELDS):
        raise UserError(
            f"dataset {name!r}: bars have shape {np.shape(ohlcv)}; give [bars, assets, 5] or "
            f"[bars, 5] with {', '.join(FIELDS)}"
        )
    return bars


def _as_assets(name: str, assets: Sequence[str] | None, number: int) -> tuple[str, ...]:
    if assets is None and number == 1:
        return (name,)
    names = tuple(assets or ())
    if len(names) != number or len(set(names)) != number or not all(names):
        raise UserError(
            f"dataset {name!r}: assets are {list(names)} for {number} asset(s) in the bars; "
            "give one unique name for each"
        )
    return names


def _immutable(array: "NDArray[Any]") -> "NDArray[Any]":
    # An array over a read-only buffer cannot be made writable again, unlike one with its flag
    # cleared. Times have no buffer of their own kind, so the buffer is one of bytes.
    raw: Any = np.ascontiguousarray(array).reshape(-1).view(np.uint8)
    return np.frombuffer(memoryview(raw).toreadonly(), dtype=array.dtype).reshape(array.shape)


def _restore(times: bytes, ohlcv: bytes, name: str, assets: tuple[str, ...], *rest: Any) -> Dataset:
    stamps = np.frombuffer(times, dtype="datetime64[ns]")
    bars = np.frombuffer(ohlcv, dtype=np.float64).reshape(len(stamps), len(assets), len(FIELDS))
    return Dataset(name, assets, stamps, bars, *rest)


def _reopen(
    stored: StoredArrays,
    name: str,
    assets: tuple[str, ...],
    seconds: float,
    sha256: str,
    notes: tuple[str, ...],
) -> Dataset:
    times, ohlcv = stored.open()
    return Dataset(name, assets, times, ohlcv, seconds, sha256, notes, stored)
