"""Other futures: the same bars up to a cut, and different ones, or none, after it."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tradegym.envs.data.dataset import Dataset

_SCALE = 1.7
_NOISE = 0.1  # standard deviation of a bar's logarithmic change
_VOLUME = 0.7  # the same of its volume

#: Takes prices [T, A, 4], the closes at the cut [A] and a generator; returns new prices.
Change = Callable[
    [NDArray[np.float64], NDArray[np.float64], np.random.Generator], NDArray[np.float64]
]


def _scale(
    prices: NDArray[np.float64], last: NDArray[np.float64], rng: np.random.Generator
) -> NDArray[np.float64]:
    return prices * _SCALE


def _noise(
    prices: NDArray[np.float64], last: NDArray[np.float64], rng: np.random.Generator
) -> NDArray[np.float64]:
    return prices * np.exp(rng.normal(0.0, _NOISE, (*prices.shape[:2], 1)))


def _flip(
    prices: NDArray[np.float64], last: NDArray[np.float64], rng: np.random.Generator
) -> NDArray[np.float64]:
    flipped = (last**2)[:, None] / prices
    return flipped[:, :, [0, 2, 1, 3]]  # the reciprocal of a low is a high


#: What can be done to the prices after a cut; each keeps low <= open, close <= high.
CHANGES: dict[str, Change] = {"scale": _scale, "noise": _noise, "flip": _flip}


def perturb(dataset: Dataset, cut: int, change: str, rng: np.random.Generator) -> Dataset:
    """Return the dataset with other prices and volumes after bar ``cut``; times stay.

    Parameters
    ----------
    dataset : Dataset
    cut : int
        Last row that stays as it is; -1 changes all.
    change : str
        Key of `CHANGES`.
    rng : numpy.random.Generator
        Each asset is changed on its own.
    """
    ohlcv = dataset.ohlcv.copy()
    future = ohlcv[cut + 1 :]
    if len(future):
        last = ohlcv[max(cut, 0), :, 3].copy()
        future[:, :, :4] = CHANGES[change](future[:, :, :4], last, rng)
        future[:, :, 4] *= np.exp(rng.normal(0.3, _VOLUME, future.shape[:2]))
        _keep_floor(future, dataset)
    return _like(dataset, dataset.times, ohlcv)


def gapped(dataset: Dataset, rng: np.random.Generator) -> Dataset:
    """Return made-up bars at the same times, no price of which occurs twice.

    Each bar opens away from the last close, so that a price tells the bar and the field it
    comes from. Steps are as large as the dataset's own, at least 0.2 and at most 3 percent.
    """
    closes = dataset.ohlcv[:, :, 3]
    steps = np.diff(np.log(closes), axis=0)
    width = np.clip(steps.std(axis=0) if len(steps) else 0.0, 0.002, 0.03)
    shape = closes.shape
    opens = closes * np.exp(rng.normal(0.0, 1.0, shape) * width)
    ends = opens * np.exp(rng.normal(0.0, 1.0, shape) * width)
    highs = np.maximum(opens, ends) * np.exp(np.abs(rng.normal(0.0, 1.0, shape)) * width)
    lows = np.minimum(opens, ends) / np.exp(np.abs(rng.normal(0.0, 1.0, shape)) * width)
    volume = dataset.ohlcv[:, :, 4] * np.exp(rng.normal(0.0, _VOLUME, shape))
    ohlcv = np.stack([opens, highs, lows, ends, volume], axis=2)
    _keep_floor(ohlcv, dataset)
    return _like(dataset, dataset.times, ohlcv)


def cheaper(dataset: Dataset) -> Dataset:
    """Return bars at a ten-thousandth of the prices."""
    ohlcv = dataset.ohlcv.copy()
    ohlcv[:, :, :4] *= 1e-4
    return _like(dataset, dataset.times, ohlcv)


def elsewhere(dataset: Dataset, rng: np.random.Generator) -> Dataset:
    """Return bars and times that have nothing to do with the dataset's, but for their spacing."""
    changed = gapped(perturb(dataset, -1, "noise", rng), rng)
    shift = np.timedelta64(((37 * 24 + 5) * 60 + 7) * 60 + 11, "s")
    return _like(dataset, dataset.times - shift, changed.ohlcv.copy())


def outside(dataset: Dataset, first: int, stop: int, rng: np.random.Generator) -> Dataset:
    """Return the dataset with other prices and volumes outside of ``first`` to ``stop``."""
    ohlcv = perturb(dataset, -1, "noise", rng).ohlcv.copy()
    ohlcv[first:stop] = dataset.ohlcv[first:stop]
    return _like(dataset, dataset.times, ohlcv)


def shuffled(dataset: Dataset, rng: np.random.Generator) -> Dataset:
    """Return the bars in random order, each relative to the close before it, without drift.

    The assets keep their bars together. The mean return of each asset, ``exp`` of its steps, is
    0, so that no position gains by being held.
    """
    ohlcv = dataset.ohlcv
    before = ohlcv[:-1, :, 3:4]
    order = rng.permutation(len(before))
    shapes = np.log(ohlcv[1:, :, :4] / before)[order]
    shapes -= np.log(np.exp(shapes[:, :, 3]).mean(axis=0))[None, :, None]
    closes = np.cumsum(shapes[:, :, 3], axis=0) + np.log(ohlcv[0, :, 3])
    starts = np.concatenate([np.log(ohlcv[:1, :, 3]), closes[:-1]])
    prices = np.exp(shapes + starts[:, :, None])
    # Rounding may carry a high below a close that equals it.
    prices[:, :, 1] = prices.max(axis=2)
    prices[:, :, 2] = prices.min(axis=2)
    made = ohlcv.copy()
    made[1:, :, :4] = prices
    made[1:, :, 4] = ohlcv[1:, :, 4][order]
    _keep_floor(made, dataset)
    return _like(dataset, dataset.times, made)


def truncate(dataset: Dataset, cut: int) -> Dataset:
    """Return the bars up to row ``cut``; what is known of the calendar stays."""
    stop = cut + 1
    return _like(dataset, dataset.times[:stop], dataset.ohlcv[:stop].copy())


@dataclass(frozen=True)
class _Altered(Dataset):
    """Bars whose calendar is that of the whole dataset: a year has as many bars as there."""

    year: float = 0.0

    @property
    def bars_per_year(self) -> float:
        """Bars in a year of the dataset that was altered."""
        return self.year


def _like(dataset: Dataset, times: NDArray[np.datetime64], ohlcv: NDArray[np.float64]) -> Dataset:
    made = Dataset.from_checked(dataset.name, times.copy(), ohlcv, dataset.assets)
    return _Altered(
        made.name,
        made.assets,
        made.times,
        made.ohlcv,
        dataset.bar_seconds,
        made.sha256,
        year=dataset.bars_per_year,
    )


def _keep_floor(future: NDArray[np.float64], dataset: Dataset) -> None:
    """Raise prices that fell below the dataset's lowest: its costs may be too much for them."""
    floor, lowest = dataset.ohlcv[:, :, 2].min(axis=0), future[:, :, 2].min(axis=0)
    future[:, :, :4] *= np.maximum(1.0, floor / lowest)[None, :, None]
