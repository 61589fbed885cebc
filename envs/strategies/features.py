"""Declarative features: causal functions of the bars, scaled with statistics of the train split."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from tradegym.envs.data.dataset import Dataset


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


def scale_standard(values: NDArray[np.float64], train: range) -> NDArray[np.float64]:
    """Subtract the mean and divide by the standard deviation of the train rows."""
    fitted = values[train.start : train.stop]
    fitted = fitted[np.isfinite(fitted)]
    deviation = float(fitted.std())
    return (values - float(fitted.mean())) / (deviation if deviation > 0.0 else 1.0)


def scale_none(values: NDArray[np.float64], train: range) -> NDArray[np.float64]:
    """Leave the values as they are."""
    return values


#: What computes each feature from the closes and its options, and how far it looks back.
FEATURES: dict[str, Callable[[NDArray[np.float64], int], NDArray[np.float64]]] = {
    "log_return": log_return,
}

#: What scales a feature, given the rows of the train split.
SCALERS: dict[str, Callable[[NDArray[np.float64], range], NDArray[np.float64]]] = {
    "none": scale_none,
    "standard": scale_standard,
}


def compute_features(
    dataset: "Dataset", options: Mapping[str, Mapping[str, Any]], train: range
) -> FeatureTable:
    """Compute and scale the chosen features over the whole series.

    Parameters
    ----------
    dataset : Dataset
        The first asset is used.
    options : mapping of str to mapping
        Options of each feature by name: ``lookback`` and ``scaler``.
    train : range
        Rows that the scalers may see.
    """
    closes = dataset.ohlcv[:, 0, 3]
    columns = [
        SCALERS[chosen["scaler"]](FEATURES[name](closes, chosen["lookback"]), train)
        for name, chosen in options.items()
    ]
    lookback = max((chosen["lookback"] for chosen in options.values()), default=0)
    values = np.nan_to_num(np.stack(columns, axis=1), nan=0.0).astype(np.float32)
    values[:lookback] = 0.0
    values.flags.writeable = False
    return FeatureTable(tuple(options), values, lookback)
