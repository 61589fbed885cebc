"""What the environments of one configuration share."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tradegym.envs.data.dataset import Dataset
from tradegym.envs.engines.backtrader.feed import to_day_numbers
from tradegym.envs.engines.backtrader.plan import EnginePlan
from tradegym.envs.engines.backtrader.session import Session
from tradegym.envs.strategies.features import FeatureTable


class Kept(dict[str, Any]):
    """What was worked out from a market's bars; it does not travel to another process."""

    def __reduce__(self) -> tuple[Any, ...]:
        return Kept, ()


@dataclass(frozen=True, slots=True)
class Market:
    """Everything that the environments of one configuration share.

    Attributes
    ----------
    dataset : Dataset
    order : tuple of int
        Columns of the dataset's assets, the traded ones first.
    features : FeatureTable or None
    engine : EnginePlan
    kept : dict of str to Any
        What engines worked out from the bars, for others that need the same.
    """

    dataset: Dataset
    order: tuple[int, ...]
    features: FeatureTable | None
    engine: EnginePlan
    kept: dict[str, Any] = field(default_factory=Kept, compare=False, repr=False)

    @classmethod
    def of(cls, dataset: Dataset, features: FeatureTable | None, engine: EnginePlan) -> "Market":
        """Build it, with the traded assets first."""
        return cls(dataset, engine.traded.order(dataset.assets), features, engine)

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
            day_numbers=to_day_numbers(self.dataset.times[rows]),
            features=None if self.features is None else self.features.values[rows],
            warmup=warmup,
            record=record,
            trace=trace,
            costs=self.engine.costs,
            limited=limited,
            bar_seconds=self.dataset.bar_seconds,
        )
