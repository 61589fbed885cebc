"""Whatever comes after a bar changes nothing up to it, for every kind and scaler."""

import numpy as np
import pytest
import talib
from feature_bars import dataset, random_bars

from tradegym.envs.strategies.features import FEATURES, SCALERS, fit_features

ROWS, TRAIN = 300, range(200)
BARS = random_bars(ROWS, assets=("a", "b"))

OWN = {
    "log_return": {"lookback": 3},
    "zscore": {"window": 12},
    "volatility": {"window": 12, "per": "year"},
    "relative_volume": {"window": 12},
    "volume_change": {"lookback": 2},
    "calendar": {},
    "difference": {"fields": ["open", "high", "low", "close"]},
    "sma_gradient": {"periods": [1, 4, 16], "over": "both"},
}


def changed_after(row, seed=2):
    bars = BARS.ohlcv.copy()
    bars[row + 1 :] = random_bars(ROWS, seed=seed, assets=("a", "b"), level=0.7).ohlcv[row + 1 :]
    return dataset(bars, ("a", "b"))


def assert_causal(options):
    features = fit_features(BARS, options, TRAIN, ("a", "b"))
    before = features.table(BARS).values
    assert np.isfinite(before).all()
    for row in (features.lookback, 150, 201, 259, ROWS - 2):
        changed = changed_after(row)
        after = features.table(changed).values
        np.testing.assert_array_equal(after[: row + 1], before[: row + 1])
        if row >= TRAIN.stop:
            # What is fitted does not look beyond the train part either.
            refitted = fit_features(changed, options, TRAIN, ("a", "b")).table(BARS).values
            np.testing.assert_array_equal(refitted, before)


def test_every_kind_is_tried():
    assert set(OWN) == {kind for kind in FEATURES if not kind.startswith("test_")}


@pytest.mark.parametrize("kind", OWN)
def test_own_kinds(kind):
    assert_causal({kind: OWN[kind]})


def test_talibs_functions():
    assert_causal({name: {} for name in talib.get_functions() if name != "MAVP"})


@pytest.mark.parametrize("scaler", ["none", "standard", "robust", "tanh", "log", "rolling"])
def test_scalers(scaler):
    window = {"scaler_window": 20} if scaler == "rolling" else {}
    assert_causal({"RSI": {"scaler": scaler, **window}, "difference": {"scaler": scaler, **window}})


def test_every_scaler_is_tried():
    assert {"none", "standard", "robust", "tanh", "log", "rolling"} == {
        name for name in SCALERS if not name.startswith("test_")
    }


def test_a_change_shows_after_it():
    """The test above could see a look-ahead: the values do depend on the bars."""
    options = {"RSI": {}, "log_return": {}}
    features = fit_features(BARS, options, TRAIN, ("a", "b"))
    row = 150
    after = features.table(changed_after(row)).values[row + 1]
    assert (after != features.table(BARS).values[row + 1]).all()
