"""Declarative features: causal functions of the bars, scaled with statistics of the train split."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tradegym.conf.errors import UserError
from tradegym.envs.data.splits import ranges_of

if TYPE_CHECKING:
    from tradegym.envs.data.dataset import Dataset
    from tradegym.envs.data.splits import Part


@dataclass(frozen=True, slots=True)
class FeatureTable:
    """All features of a dataset.

    Attributes
    ----------
    names : tuple of str
        One per column.
    values : ndarray of float32, shape [T, F]
        Row t depends on bars up to t only; the first ``lookback`` rows are 0 and must not be
        used.
    lookback : int
        Bars before a row that its features need.
    """

    names: tuple[str, ...]
    values: NDArray[np.float32]
    lookback: int


def log_return(closes: NDArray[np.float64], lookback: int) -> NDArray[np.float64]:
    """Return ``ln(close[t] / close[t - lookback])``, NaN in the first ``lookback`` rows.

    Parameters
    ----------
    closes : ndarray of float64, shape [T]
        Prices.
    lookback : int
        Bars, at least 1.

    Returns
    -------
    ndarray of float64, shape [T]
    """
    values = np.full(len(closes), np.nan)
    values[lookback:] = np.log(closes[lookback:] / closes[:-lookback])
    return values


Scaler = Callable[[NDArray[np.float64]], NDArray[np.float64]]


def fit_standard(fitted: NDArray[np.float64]) -> Scaler:
    """Return what subtracts the mean and divides by the standard deviation of ``fitted``."""
    mean, deviation = float(fitted.mean()), float(fitted.std())
    divisor = deviation if deviation > 0.0 else 1.0
    return lambda values: (values - mean) / divisor


def fit_none(fitted: NDArray[np.float64]) -> Scaler:
    """Return what leaves values as they are."""
    return lambda values: values


#: What computes each feature from the closes and its options, and how far it looks back.
FEATURES: dict[str, Callable[[NDArray[np.float64], int], NDArray[np.float64]]] = {
    "log_return": log_return,
}

#: What fits each scaler to the train values of a feature.
SCALERS: dict[str, Callable[[NDArray[np.float64]], Scaler]] = {
    "none": fit_none,
    "standard": fit_standard,
}


@dataclass(frozen=True, slots=True)
class FittedFeature:
    """One feature with its scaler, fitted.

    Attributes
    ----------
    name : str
        Key of `FEATURES`.
    lookback : int
        Bars.
    scale : callable
    """

    name: str
    lookback: int
    scale: Scaler


@dataclass(frozen=True, slots=True)
class FeatureSet:
    """The chosen features, fitted on the train part; they can be computed on any bars.

    Attributes
    ----------
    features : tuple of FittedFeature
    """

    features: tuple[FittedFeature, ...]

    @property
    def lookback(self) -> int:
        """Bars before a row that its features need."""
        return max((feature.lookback for feature in self.features), default=0)

    def table(self, dataset: "Dataset") -> FeatureTable:
        """Compute and scale the features over a whole series; the first asset is used."""
        closes = dataset.ohlcv[:, 0, 3]
        columns = [
            feature.scale(FEATURES[feature.name](closes, feature.lookback))
            for feature in self.features
        ]
        values = np.nan_to_num(np.stack(columns, axis=1), nan=0.0).astype(np.float32)
        values[: self.lookback] = 0.0
        values.flags.writeable = False
        return FeatureTable(tuple(one.name for one in self.features), values, self.lookback)


def fit_features(
    dataset: "Dataset", options: Mapping[str, Mapping[str, Any]], train: "Part"
) -> FeatureSet:
    """Fit the scalers of the chosen features.

    A scaler sees the train rows alone, and of each range of them only those whose lookback lies
    in the range too: the bars before a range may be of another part.

    Parameters
    ----------
    dataset : Dataset
        The first asset is used.
    options : mapping of str to mapping
        Options of each feature by name: ``lookback`` and ``scaler``.
    train : range or tuple of range
        Rows that the scalers may see.

    Raises
    ------
    UserError
        If every range of train is too short for a feature's lookback.
    """
    closes = dataset.ohlcv[:, 0, 3]
    features: list[FittedFeature] = []
    for name, chosen in options.items():
        lookback = chosen["lookback"]
        column = FEATURES[name](closes, lookback)
        rows = [column[one.start + lookback : one.stop] for one in ranges_of(train)]
        fitted = np.concatenate([*rows, np.empty(0)])
        if not len(fitted):
            longest = max(map(len, ranges_of(train)), default=0)
            raise UserError(
                f"strategy.state.features.{name}.lookback: {lookback} is not below the "
                f"{longest} bars of the train part; use a shorter lookback or a longer split"
            )
        features.append(FittedFeature(name, lookback, SCALERS[chosen["scaler"]](fitted)))
    return FeatureSet(tuple(features))
