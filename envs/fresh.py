"""Markets that are drawn anew for every episode."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tradegym.conf.errors import UserError
from tradegym.envs.data.dataset import Dataset
from tradegym.envs.data.synthetic.process import PathProcess
from tradegym.envs.engines.backtrader.plan import EnginePlan
from tradegym.envs.market import Market
from tradegym.envs.strategies.features import FeatureSet


@dataclass(frozen=True, slots=True)
class FreshMarkets:
    """Draws a new path for each training episode.

    Attributes
    ----------
    process : PathProcess
    features : FeatureSet or None
        Fitted on the reference path.
    engine : EnginePlan
    assets : tuple of str
        What the assets of the paths are called: as those of the dataset they stand in for.
    """

    process: PathProcess
    features: FeatureSet | None
    engine: EnginePlan
    assets: tuple[str, ...]

    def market(self, key: int, times: NDArray[np.datetime64]) -> Market:
        """Return the market of one episode.

        Parameters
        ----------
        key : int
            The episode's key; the same key gives the same bars.
        times : ndarray of datetime64[ns], shape [T]
            The episode's bar closes, warm-up and reserved bar included.
        """
        process = self.process
        ohlcv = process.bars(key, len(times))
        ohlcv.flags.writeable = False
        # Nothing identifies the bars of one episode but its key: a hash would only cost time.
        dataset = Dataset(process.name, self.assets, times, ohlcv, process.bar_seconds, "")
        for asset, least in self.engine.lowest_prices.items():
            lowest = float(np.min(dataset.ohlcv[:, dataset.assets.index(asset), 2]))
            if lowest <= least:
                raise UserError(
                    f"engine.spread, engine.slip_fixed: leave nothing of the price {lowest:g}, to "
                    f"which a drawn path of '{asset}' falls; allowed: costs below it"
                )
        features = None if self.features is None else self.features.table(dataset)
        return Market.of(dataset, features, self.engine)
