"""Slopes of a bank of moving averages: BTgym's DevStrat_4_9, 4_11 and 4_11_1."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tradegym.envs.strategies.features.bars import Bars
from tradegym.envs.strategies.features.base import Feature, feature
from tradegym.envs.strategies.features.rolling import ratio, rolling_mean


@feature("sma_gradient")
class SmaGradient(Feature):
    """Gradient of simple moving averages, in the order of ``periods``.

    ``over="bank"`` is ``numpy.gradient`` over the averages of one row: half the difference of
    the two neighbours, at both ends the difference to the only one. It looks at one bar's
    averages, so it is causal. ``over="time"`` is the average less its value one bar before:
    what ``numpy.gradient`` gives at the end of a window, while inside it would use the bar
    after. ``both`` are the columns of the first, then those of the second.

    With ``relative`` each column is divided by its average (and 0 where that is 0); BTgym did
    not divide, and passed the slopes through tanh or, in 4_9, a logarithm.
    """

    def __init__(
        self,
        *,
        periods: Sequence[int],
        over: str,
        relative: bool,
        input: str,  # noqa: A002  the option's name
    ) -> None:
        self._periods, self._relative, self._input = tuple(periods), relative, input
        self._axes = ("bank", "time") if over == "both" else (over,)
        self.lookback = max(periods) - 1 + ("time" in self._axes)
        self.parts = tuple(f"{axis}_{period}" for axis in self._axes for period in periods)

    def compute(self, bars: Bars) -> NDArray[np.float64]:
        """See `Feature.compute`."""
        values = bars.series(self._input)
        bank = np.stack([rolling_mean(values, period) for period in self._periods], axis=1)
        slopes = [_GRADIENTS[axis](bank) for axis in self._axes]
        if self._relative:
            slopes = [ratio(one, bank) for one in slopes]
        return np.concatenate(slopes, axis=1)


def _over_bank(bank: NDArray[np.float64]) -> NDArray[np.float64]:
    slopes: NDArray[np.float64] = np.gradient(bank, axis=1)
    return slopes


def _over_time(bank: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.diff(bank, axis=0, prepend=np.nan)


_GRADIENTS = {"bank": _over_bank, "time": _over_time}
