"""Scalers of features: fitted to train rows, applied to all."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tradegym.conf.schema.feature_options import SCALER_NAMES
from tradegym.envs.strategies.features.rolling import ratio, rolling_moments, without_rounding

#: Takes and returns values [T, P].
Scaler = Callable[[NDArray[np.float64]], NDArray[np.float64]]
#: Takes the train rows [N, P], NaN and infinity where a value is not defined, and the options
#: of the entry.
Fit = Callable[[NDArray[np.float64], Mapping[str, Any]], Scaler]


@dataclass(frozen=True, slots=True)
class ScalerKind:
    """How a scaler is made.

    Attributes
    ----------
    fit : callable
    lookback : callable
        From the options of the entry to the rows before a row that the scaler needs.
    """

    fit: Fit
    lookback: Callable[[Mapping[str, Any]], int]


#: Scalers by name.
SCALERS: dict[str, ScalerKind] = {}


def scaler(
    name: str, lookback: Callable[[Mapping[str, Any]], int] = lambda options: 0
) -> Callable[[Fit], Fit]:
    """Register a function that fits a scaler.

    Parameters
    ----------
    name : str
        Value of ``scaler``.
    lookback : callable, optional
        See `ScalerKind`.
    """

    def register(fit: Fit) -> Fit:
        SCALERS[name] = ScalerKind(fit, lookback)
        if name not in SCALER_NAMES:
            SCALER_NAMES.append(name)
        return fit

    return register


@dataclass(frozen=True, slots=True)
class Linear:
    """``(x - center) / width``, one center and width per column."""

    center: NDArray[np.float64]
    width: NDArray[np.float64]

    def __call__(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Scale values, [T, P]."""
        return (values - self.center) / self.width


@dataclass(frozen=True, slots=True)
class Rolling:
    """Distance from the mean of the last rows in their standard deviations.

    The current row is one of them. Rows that are not defined are skipped: the last ``window``
    others count. Where all of them are equal the result is 0.
    """

    window: int

    def __call__(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Scale values, [T, P]."""
        return np.stack([self._column(one) for one in values.T], axis=1)

    def _column(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        defined = np.isfinite(values)
        scaled = np.full(len(values), np.nan)
        known = np.ascontiguousarray(values[defined])
        means, deviations = rolling_moments(known, self.window)
        scaled[defined] = ratio(known - means, deviations)
        return scaled


def _identity(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return values


def _signed_log(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.copysign(np.log1p(np.abs(values)), values)


@scaler("none")
def fit_none(train: NDArray[np.float64], options: Mapping[str, Any]) -> Scaler:
    """Leave values as they are."""
    return _identity


@scaler("tanh")
def fit_tanh(train: NDArray[np.float64], options: Mapping[str, Any]) -> Scaler:
    """Squeeze values into -1 to 1."""
    return np.tanh


@scaler("log")
def fit_log(train: NDArray[np.float64], options: Mapping[str, Any]) -> Scaler:
    """Take ``sign(x) ln(1 + |x|)``, BTgym's log_transform."""
    return _signed_log


@scaler("standard")
def fit_standard(train: NDArray[np.float64], options: Mapping[str, Any]) -> Scaler:
    """Make the train rows' mean 0 and their standard deviation 1; equal values become 0."""
    known = _defined_columns(train)
    mean = np.array([one.mean() for one in known])
    deviation = np.array([one.std() for one in known])
    return Linear(mean, _width(without_rounding(deviation, mean)))


@scaler("robust")
def fit_robust(train: NDArray[np.float64], options: Mapping[str, Any]) -> Scaler:
    """Make the train rows' median 0 and their interquartile range 1.

    Quartiles are interpolated linearly. Where the range is 0 the median is subtracted and
    nothing is divided.
    """
    quartiles = np.array([np.quantile(one, (0.25, 0.5, 0.75)) for one in _defined_columns(train)])
    low, median, high = quartiles.T
    return Linear(median, _width(without_rounding(high - low, median)))


@scaler("rolling", lookback=lambda options: int(options["scaler_window"]) - 1)
def fit_rolling(train: NDArray[np.float64], options: Mapping[str, Any]) -> Scaler:
    """Z-score over the last ``scaler_window`` rows; it has nothing to fit."""
    return Rolling(options["scaler_window"])


def _defined_columns(train: NDArray[np.float64]) -> list[NDArray[np.float64]]:
    return [one[np.isfinite(one)] for one in train.T]


def _width(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.where(values > 0.0, values, 1.0)
