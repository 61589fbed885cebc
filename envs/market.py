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
    order : tuple of int
        Columns of the dataset's assets, the traded ones first.
    day_numbers : ndarray of float64, shape [T]
        The dataset's times as backtrader counts them.
    features : FeatureTable or None
    engine : EnginePlan
    """

    dataset: Dataset
    order: tuple[int, ...]
    day_numbers: NDArray[np.float64]
    features: FeatureTable | None
    engine: EnginePlan

    @classmethod
    def of(cls, dataset: Dataset, features: FeatureTable | None, engine: EnginePlan) -> "Market":
        """Build it, computing the day numbers once."""
        order = engine.traded.order(dataset.assets)
        return cls(dataset, order, to_day_numbers(dataset.times), features, engine)

    @property
    def assets(self) -> tuple[str, ...]:
        """Names of the traded assets."""
        traded = self.order[: len(self.engine.traded.names)]
        return tuple(self.dataset.assets[column] for column in traded)

    def bars(self, rows: slice) -> NDArray[np.float64]:
        """Return the OHLCV of these rows, traded assets first, float64 of shape [T, A, 5]."""
        bars = self.dataset.ohlcv[rows]
        if self.order == tuple(range(len(self.order))):
            return bars
        return bars[:, list(self.order)]

    def session(
        self,
        start: int,
        stop: int,
        warmup: int,
        *,
        record: bool,
        trace: bool = False,
        limited: bool = True,
    ) -> Session:
        """Prepare an episode on bars ``start`` to ``stop``."""
        rows = slice(start, stop)
        return Session(
            self.engine.new_cerebro(),
            assets=tuple(self.dataset.assets[column] for column in self.order),
            n_traded=len(self.engine.traded.names),
            joint=self.engine.traded.joint,
            ohlcv=self.bars(rows),
            day_numbers=self.day_numbers[rows],
            features=None if self.features is None else self.features.values[rows],
            warmup=warmup,
            record=record,
            trace=trace,
            costs=self.engine.costs,
            limited=limited,
            bar_seconds=self.dataset.bar_seconds,
        )
