"""Features of price changes: log return, rolling z-score, volatility."""

import numpy as np
from numpy.typing import NDArray

from tradegym.envs.strategies.features.bars import Bars
from tradegym.envs.strategies.features.base import Feature, feature
from tradegym.envs.strategies.features.rolling import ratio, rolling_moments


def log_change(values: NDArray[np.float64], lookback: int) -> NDArray[np.float64]:
    """Return ``ln(values[t] / values[t - lookback])``, NaN in the first ``lookback`` rows."""
    changes = np.full(len(values), np.nan)
    with np.errstate(divide="ignore", invalid="ignore"):
        changes[lookback:] = np.log(values[lookback:] / values[:-lookback])
    return changes


@feature("log_return")
class LogReturn(Feature):
    """``ln(x[t] / x[t - lookback])``; not defined where one of them is 0 (a volume)."""

    def __init__(self, *, lookback: int, input: str) -> None:  # noqa: A002  the option's name
        self.lookback = lookback
        self._input = input

    def compute(self, bars: Bars) -> NDArray[np.float64]:
        """See `Feature.compute`."""
        return log_change(bars.series(self._input), self.lookback)


@feature("zscore")
class ZScore(Feature):
    """``(x - mean) / deviation`` over a window; 0 where all its values are equal."""

    def __init__(self, *, window: int, input: str) -> None:  # noqa: A002  the option's name
        self.lookback = window - 1
        self._input = input

    def compute(self, bars: Bars) -> NDArray[np.float64]:
        """See `Feature.compute`."""
        values = bars.series(self._input)
        means, deviations = rolling_moments(values, self.lookback + 1)
        return ratio(values - means, deviations)


@feature("volatility")
class Volatility(Feature):
    """Standard deviation of the last ``window`` log returns of the close.

    ``per="year"`` multiplies by the square root of the bars in a year, which is the volatility
    of a year if returns are independent.
    """

    def __init__(self, *, window: int, per: str) -> None:
        self.lookback = window
        self._per_year = per == "year"

    def compute(self, bars: Bars) -> NDArray[np.float64]:
        """See `Feature.compute`."""
        deviations = np.full(len(bars), np.nan)
        deviations[1:] = rolling_moments(log_change(bars.close, 1)[1:], self.lookback)[1]
        return deviations * np.sqrt(bars.bars_per_year) if self._per_year else deviations
