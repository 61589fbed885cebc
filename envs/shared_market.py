"""The bars and features of a market in files that several processes map into their memory."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tradegym.envs.data.dataset import Dataset
from tradegym.envs.data.stored_arrays import BARS_FILE, TIMES_FILE
from tradegym.envs.market import Market
from tradegym.envs.strategies.features import FeatureTable

if TYPE_CHECKING:
    from tradegym.envs.engines.backtrader.plan import EnginePlan

FEATURES_FILE = "features.npy"


@dataclass(frozen=True, slots=True)
class SharedMarket:
    """A market without its engine, whose arrays lie in files; it can be sent to a process.

    Every process that opens it has the same pages of memory, so there is one copy in all. The
    files may be removed as soon as all have opened it.

    Attributes
    ----------
    files : mapping of str to Path
        File of each array, by the names of this module.
    name, assets, bar_seconds, sha256, notes
        Of the dataset.
    feature_names : tuple of str
    lookback : int or None
        Bars before a row that its features need; None without features.
    """

    files: Mapping[str, Path]
    name: str
    assets: tuple[str, ...]
    bar_seconds: float
    sha256: str
    notes: tuple[str, ...]
    feature_names: tuple[str, ...] = ()
    lookback: int | None = None

    @classmethod
    def write(cls, market: Market, folder: Path) -> "SharedMarket":
        """Write the arrays of a market; bars that are mapped from a cache stay where they are.

        Parameters
        ----------
        market : Market
        folder : Path
            Exists, and is the caller's to remove.
        """
        dataset, features, files = market.dataset, market.features, {}
        arrays: dict[str, NDArray[Any]] = {}
        if features is not None:
            arrays[FEATURES_FILE] = features.values
        if dataset.stored is not None and dataset.stored.is_there():
            files = {name: dataset.stored.folder / name for name in (TIMES_FILE, BARS_FILE)}
        else:
            arrays |= {TIMES_FILE: dataset.times, BARS_FILE: dataset.ohlcv}
        for name, array in arrays.items():
            files[name] = folder / name
            np.save(files[name], array, allow_pickle=False)
        return cls(
            files,
            dataset.name,
            dataset.assets,
            dataset.bar_seconds,
            dataset.sha256,
            dataset.notes,
            () if features is None else features.names,
            None if features is None else features.lookback,
        )

    def open(self, engine: "EnginePlan") -> Market:
        """Return the market, its arrays mapped read-only.

        Parameters
        ----------
        engine : EnginePlan
            Of the same configuration, made in this process.
        """
        dataset = Dataset(
            self.name,
            self.assets,
            self._map(TIMES_FILE),
            self._map(BARS_FILE),
            self.bar_seconds,
            self.sha256,
            self.notes,
        )
        table = None
        if self.lookback is not None:
            table = FeatureTable(self.feature_names, self._map(FEATURES_FILE), self.lookback)
        return Market.of(dataset, table, engine)

    def _map(self, name: str) -> NDArray[Any]:
        return np.asarray(np.load(self.files[name], mmap_mode="r", allow_pickle=False))
