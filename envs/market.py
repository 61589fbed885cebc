"""What the environments of one configuration share."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tradegym.envs.data.dataset import Dataset
from tradegym.envs.engines.backtrader.feed import to_day_numbers
from tradegym.envs.engines.backtrader.plan import EnginePlan
from tradegym.envs.engines.backtrader.session import Session
from tradegym.envs.strategies.features import FeatureTable


@dataclass(frozen=True, slots=True)
class Market:
    """Everything that the environments of one configuration share.

    Attributes
    ----------
    dataset : Dataset
    day_numbers : ndarray of float64, shape [T]
        The dataset's times as backtrader counts them.
    features : FeatureTable or None
    engine : EnginePlan
    """

    dataset: Dataset
    day_numbers: NDArray[np.float64]
    features: FeatureTable | None
    engine: EnginePlan

    @classmethod
    def of(cls, dataset: Dataset, features: FeatureTable | None, engine: EnginePlan) -> "Market":
        """Build it, computing the day numbers once."""
        return cls(dataset, to_day_numbers(dataset.times), features, engine)

    def session(self, start: int, stop: int, warmup: int, record: bool) -> Session:
        """Prepare an episode on bars ``start`` to ``stop``."""
        return Session(
            self.engine.new_cerebro(),
            ohlcv=self.dataset.ohlcv[start:stop, 0],
            day_numbers=self.day_numbers[start:stop],
            features=None if self.features is None else self.features.values[start:stop],
            warmup=warmup,
            record=record,
            costs=self.engine.costs,
            asset=self.dataset.assets[0],
            bar_seconds=self.dataset.bar_seconds,
        )
