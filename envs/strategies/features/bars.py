"""The bars of one asset as features read them."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from tradegym.conf.errors import UserError

if TYPE_CHECKING:
    from tradegym.envs.data.dataset import Dataset

_SERIES = ("open", "high", "low", "close", "volume")


@dataclass(frozen=True, slots=True)
class Bars:
    """One asset's bars; every array is contiguous, finite and shared, so don't write to it.

    Attributes
    ----------
    open, high, low, close : ndarray of float64, shape [T]
        Prices.
    volume : ndarray of float64, shape [T]
        Units.
    times : ndarray of datetime64[ns], shape [T]
        Close of each bar, UTC.
    bars_per_year : float
    """

    open: NDArray[np.float64]
    high: NDArray[np.float64]
    low: NDArray[np.float64]
    close: NDArray[np.float64]
    volume: NDArray[np.float64]
    times: NDArray[np.datetime64]
    bars_per_year: float

    @classmethod
    def of(cls, dataset: "Dataset", asset: int, stop: int, bars_per_year: float) -> "Bars":
        """Take the first ``stop`` bars of one of the dataset's assets.

        Raises
        ------
        UserError
            A value is NaN or infinite. It would spread: TA-Lib carries a NaN on to every later
            row.
        """
        columns = np.ascontiguousarray(dataset.ohlcv[:stop, asset].T)
        if not np.isfinite(columns).all():
            series, row = np.argwhere(~np.isfinite(columns))[0]
            raise UserError(
                f"dataset {dataset.name!r}: {_SERIES[series]} of {dataset.assets[asset]} is "
                f"{columns[series, row]} in row {row}; features need finite bars"
            )
        opens, highs, lows, closes, volumes = columns
        return cls(opens, highs, lows, closes, volumes, dataset.times[:stop], bars_per_year)

    def __len__(self) -> int:
        return len(self.close)

    def series(self, name: str) -> NDArray[np.float64]:
        """Return open, high, low, close or volume by name, [T]."""
        values: NDArray[np.float64] = getattr(self, name)
        return values
