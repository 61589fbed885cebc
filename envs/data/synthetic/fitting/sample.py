"""The prices of one asset, as the estimators need them."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tradegym.conf.errors import UserError, did_you_mean

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tradegym.envs.data.dataset import Dataset

FEWEST = 100


@dataclass(frozen=True, slots=True)
class Sample:
    """Prices of one asset.

    Attributes
    ----------
    asset : str
    bars : ndarray of float64, shape [T, 5]
        Open, high, low, close, volume.
    log_close : ndarray of float64, shape [T]
    returns : ndarray of float64, shape [T - 1]
        Logarithmic, of the close.
    per_year : float
        Bars a year.
    """

    asset: str
    bars: "NDArray[np.float64]"
    log_close: "NDArray[np.float64]"
    returns: "NDArray[np.float64]"
    per_year: float

    @property
    def years(self) -> float:
        """Length of a bar in years."""
        return 1 / self.per_year


def take_sample(dataset: "Dataset", asset: str | None) -> Sample:
    """Return the prices of an asset.

    Raises
    ------
    UserError
        The asset does not exist, or must be named; there are fewer than 100 bars; or the close
        never changes.
    """
    if asset is None and len(dataset.assets) > 1:
        raise UserError(
            f"{dataset.name}: has several assets; name one of {', '.join(dataset.assets)}"
        )
    name = asset or dataset.assets[0]
    if name not in dataset.assets:
        hint = did_you_mean(name, dataset.assets)
        raise UserError(
            f"{dataset.name}: no asset {name!r}; allowed: {', '.join(dataset.assets)}{hint}"
        )
    if len(dataset) < FEWEST:
        raise UserError(f"{dataset.name}: {len(dataset)} bars; a fit needs at least {FEWEST}")
    bars = dataset.ohlcv[:, dataset.assets.index(name)]
    log_close = np.log(bars[:, 3])
    returns = np.diff(log_close)
    if returns.std() == 0:
        raise UserError(f"{dataset.name}: the close of {name} does not move; nothing can be fitted")
    return Sample(name, bars, log_close, returns, dataset.bars_per_year)
