"""Fits the scalers of the configured features; widths and lookbacks without any data."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tradegym.conf.errors import UserError, did_you_mean
from tradegym.envs.data.splits import ranges_of
from tradegym.envs.strategies.features.bars import Bars
from tradegym.envs.strategies.features.entries import Entry, make_entries
from tradegym.envs.strategies.features.feature_set import (
    BarsOf,
    FeatureSet,
    FittedFeature,
    raw_values,
)
from tradegym.envs.strategies.features.scalers import SCALERS

if TYPE_CHECKING:
    from tradegym.envs.data.dataset import Dataset
    from tradegym.envs.data.splits import Part

Options = Mapping[str, Mapping[str, Any] | None]


def feature_width(options: Options, n_traded: int) -> int:
    """Return the number of columns of the configured features.

    Parameters
    ----------
    options : mapping of str to mapping
        As `fit_features`.
    n_traded : int
        Number of traded assets.

    Raises
    ------
    UserError
        An entry is wrong.
    """
    return sum(entry.width(n_traded) for entry in make_entries(options))


def features_lookback(options: Options) -> int:
    """Return how many bars before a row the configured features need; 0 without features.

    Raises
    ------
    UserError
        An entry is wrong.
    """
    return max((entry.lookback for entry in make_entries(options)), default=0)


def fit_features(
    dataset: "Dataset", options: Options, train: "Part", traded: tuple[str, ...]
) -> FeatureSet:
    """Fit the scalers of the chosen features.

    A scaler sees the train rows alone, and of each range of them only those whose lookback lies
    in the range too: the bars before a range may be of another part. Every asset and column has
    its own statistics.

    Parameters
    ----------
    dataset : Dataset
    options : mapping of str to mapping or None
        By name, as in ``strategy.state.features``; what is not given has its default.
    train : range or tuple of range
        Rows that the scalers may see.
    traded : tuple of str
        Names of the traded assets.

    Raises
    ------
    UserError
        An entry is wrong, names an asset that is not there, has no defined value in the train
        part, or every range of train is too short for its lookback.
    """
    ranges = ranges_of(train)
    # Nothing later than the train part is looked at: features are causal.
    stop = max((one.stop for one in ranges), default=0)
    bars = BarsOf(dataset, stop, dataset.bars_per_year)
    fitted = [
        _fit(entry, asset, traded, dataset, bars, ranges)
        for entry in make_entries(options)
        for asset in entry.assets(traded)
    ]
    return FeatureSet(tuple(fitted), dataset.bars_per_year)


def _fit(
    entry: Entry,
    asset: str,
    traded: tuple[str, ...],
    dataset: "Dataset",
    bars: BarsOf,
    ranges: tuple[range, ...],
) -> FittedFeature:
    if asset not in dataset.assets:
        raise UserError(
            f"{entry.key}.asset: {asset!r} is not an asset of the dataset; allowed: "
            f"{', '.join(dataset.assets)}{did_you_mean(asset, dataset.assets)}"
        )
    position = dataset.assets.index(asset)
    values = raw_values(entry, bars[position])
    rows = [values[one.start + entry.lookback : one.stop] for one in ranges]
    train = np.concatenate([*rows, np.empty((0, values.shape[1]))])
    if not len(train):
        raise UserError(
            f"{entry.key}: looks {entry.lookback} bars back, but the longest range of the train "
            f"part has {max(map(len, ranges), default=0)} bars; use shorter periods or a longer "
            "split"
        )
    _check_defined(entry, asset, bars[position], train)
    scale = SCALERS[entry.options["scaler"]].fit(train, entry.options)
    return FittedFeature(entry, tuple(entry.columns(asset, traded)), asset, position, scale)


def _check_defined(entry: Entry, asset: str, bars: Bars, train: NDArray[np.float64]) -> None:
    for part, column in zip(entry.feature.parts, train.T, strict=True):
        if not np.isfinite(column).any():
            output = f" (output {part})" if part else ""
            reason = "; the bars have no volume" if not bars.volume.any() else ""
            raise UserError(
                f"{entry.key}: {entry.options['kind']}{output} of {asset} is not defined on any "
                f"bar of the train part{reason}"
            )
