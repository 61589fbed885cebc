"""Differences between the prices of a bar and the bar before: BTgym's DevStrat_4_6."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tradegym.envs.strategies.features.bars import Bars
from tradegym.envs.strategies.features.base import Feature, feature
from tradegym.envs.strategies.features.rolling import ratio


@feature("difference")
class Difference(Feature):
    """Change of the open, and high, low and close less the bar's open.

    ``open[t] - open[t-1]``, ``high - open``, ``low - open``, ``close - open``. With
    ``relative`` they are divided by the bar's open (and 0 where that is 0), so that one scale
    suits every level of prices; BTgym did not divide, and passed them through tanh.
    """

    def __init__(self, *, fields: Sequence[str], relative: bool) -> None:
        self.lookback = 1 if "open" in fields else 0
        self.parts = tuple(fields)
        self._relative = relative

    def compute(self, bars: Bars) -> NDArray[np.float64]:
        """See `Feature.compute`."""
        columns = [
            np.diff(bars.open, prepend=np.nan) if one == "open" else bars.series(one) - bars.open
            for one in self.parts
        ]
        if self._relative:
            columns = [ratio(one, bars.open) for one in columns]
        return np.stack(columns, axis=1)
