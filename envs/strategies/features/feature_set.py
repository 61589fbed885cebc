"""Features fitted on the train part, which can be computed on any bars."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from tradegym.conf.errors import TradegymError, UserError
from tradegym.envs.strategies.features.bars import Bars
from tradegym.envs.strategies.features.entries import Entry
from tradegym.envs.strategies.features.scalers import Scaler
from tradegym.envs.strategies.features.table import FeatureTable

if TYPE_CHECKING:
    from tradegym.envs.data.dataset import Dataset


class BarsOf:
    """The first bars of a dataset, taken apart asset by asset when a feature needs them."""

    def __init__(self, dataset: "Dataset", stop: int, bars_per_year: float) -> None:
        self._dataset, self._stop, self._bars_per_year = dataset, stop, bars_per_year
        self._taken: dict[int, Bars] = {}

    def __getitem__(self, asset: int) -> Bars:
        if asset not in self._taken:
            self._taken[asset] = Bars.of(self._dataset, asset, self._stop, self._bars_per_year)
        return self._taken[asset]


@dataclass(frozen=True, slots=True)
class FittedFeature:
    """One feature of one asset with its scaler, fitted.

    Attributes
    ----------
    entry : Entry
    names : tuple of str
        Of the P columns.
    asset : str
    position : int
        Index of the asset among those of the dataset that it was fitted on.
    scale : Scaler
    """

    entry: Entry
    names: tuple[str, ...]
    asset: str
    position: int
    scale: Scaler

    def asset_in(self, dataset: "Dataset") -> int:
        """Return the index of the asset; where no asset has its name, the position counts.

        Training on simulated paths and testing on real bars is the case: only the order of the
        assets is common to both.
        """
        if self.asset in dataset.assets:
            return dataset.assets.index(self.asset)
        if self.position >= len(dataset.assets):
            raise UserError(
                f"{self.entry.key}: was fitted on asset {self.position + 1} ({self.asset}), but "
                f"dataset {dataset.name!r} has {len(dataset.assets)}"
            )
        return self.position

    def compute(self, bars: Bars) -> NDArray[np.float32]:
        """Return the scaled values from row ``entry.lookback`` on, [T - lookback, P]."""
        clip = self.entry.options["clip"]
        with np.errstate(all="ignore"):
            scaled = self.scale(raw_values(self.entry, bars))[self.entry.lookback :]
            if clip is not None:
                scaled = np.clip(scaled, -clip, clip)
            values = scaled.astype(np.float32)
        values[~np.isfinite(values)] = 0.0
        return values


def raw_values(entry: Entry, bars: Bars) -> NDArray[np.float64]:
    """Return a feature's values times its factors, [T, P], NaN where they are not defined."""
    expected = (len(bars), len(entry.feature.parts))
    if len(bars) <= entry.feature.lookback:
        return np.full(expected, np.nan)
    with np.errstate(all="ignore"):
        values = _computed(entry, bars)
        if values.ndim == 1:
            values = values[:, None]
        if values.shape != expected:
            raise UserError(
                f"{entry.key}: {entry.options['kind']} returned an array of shape {values.shape}; "
                f"for {expected[0]} bars and {expected[1]} columns it must be {expected}"
            )
        values = values * entry.factors
    values[~np.isfinite(values)] = np.nan
    return values


def _computed(entry: Entry, bars: Bars) -> NDArray[np.float64]:
    try:
        return np.asarray(entry.feature.compute(bars), dtype=np.float64)
    except TradegymError:
        raise
    except Exception as error:
        raise UserError(
            f"{entry.key}: {entry.options['kind']} failed: {type(error).__name__}: {error} "
            "(--debug shows where)"
        ) from error


@dataclass(frozen=True, slots=True)
class FeatureSet:
    """The chosen features, fitted on the train part; they can be computed on any bars.

    Attributes
    ----------
    features : tuple of FittedFeature
    bars_per_year : float
        Of the dataset that they were fitted on, so that a year is the same on every path.
    """

    features: tuple[FittedFeature, ...]
    bars_per_year: float

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the columns."""
        return tuple(name for one in self.features for name in one.names)

    @property
    def width(self) -> int:
        """Number of columns."""
        return sum(len(one.names) for one in self.features)

    @property
    def lookback(self) -> int:
        """Bars before a row that its features need."""
        return max((one.entry.lookback for one in self.features), default=0)

    def table(self, dataset: "Dataset") -> FeatureTable:
        """Compute and scale the features over a whole series.

        Raises
        ------
        UserError
            A bar is not finite, or an asset is missing.
        """
        bars = BarsOf(dataset, len(dataset), self.bars_per_year)
        values = np.zeros((len(dataset), self.width), dtype=np.float32)
        column = 0
        for one in self.features:
            columns = slice(column, column + len(one.names))
            values[one.entry.lookback :, columns] = one.compute(bars[one.asset_in(dataset)])
            column = columns.stop
        values[: self.lookback] = 0.0
        values.flags.writeable = False
        return FeatureTable(self.names, values, self.lookback)
