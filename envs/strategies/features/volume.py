"""Features of the volume; where there is none, they are 0."""

import numpy as np
from numpy.typing import NDArray

from tradegym.envs.strategies.features.bars import Bars
from tradegym.envs.strategies.features.base import Feature, feature
from tradegym.envs.strategies.features.returns import log_change
from tradegym.envs.strategies.features.rolling import ratio, rolling_mean


@feature("relative_volume")
class RelativeVolume(Feature):
    """Volume over its mean in the last ``window`` bars; 0 where none of them has any."""

    def __init__(self, *, window: int) -> None:
        self.lookback = window - 1

    def compute(self, bars: Bars) -> NDArray[np.float64]:
        """See `Feature.compute`."""
        return ratio(bars.volume, rolling_mean(bars.volume, self.lookback + 1))


@feature("volume_change")
class VolumeChange(Feature):
    """``ln(volume[t] / volume[t - lookback])``; 0 where one of them is 0."""

    def __init__(self, *, lookback: int) -> None:
        self.lookback = lookback

    def compute(self, bars: Bars) -> NDArray[np.float64]:
        """See `Feature.compute`."""
        changes = log_change(bars.volume, self.lookback)
        changes[~np.isfinite(changes)] = 0.0
        return changes
