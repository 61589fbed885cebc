"""Scalers by hand arithmetic, and what becomes of values that are not defined."""

import math

import numpy as np
import pytest
from feature_bars import dataset, of_closes, table, values

from tradegym.envs.strategies.features import fit_features
from tradegym.envs.strategies.features.scalers import SCALERS

CLOSES = [2, 4, 9, 1, 3]
CLOSE = {"kind": "SUM", "timeperiod": 2}  # 6, 13, 10, 4 in the rows from 1 on


def column(**options):
    return values(of_closes(CLOSES), **CLOSE, **options)[:, 0]


def test_none():
    np.testing.assert_array_equal(column(scaler="none"), [0, 6, 13, 10, 4])


def test_standard():
    # mean 8.25, squares 5.0625 + 22.5625 + 3.0625 + 18.0625 = 48.75, variance 12.1875
    expected = (np.array([6, 13, 10, 4]) - 8.25) / math.sqrt(12.1875)
    np.testing.assert_allclose(column(scaler="standard")[1:], expected, rtol=1e-6)


def test_robust():
    # sorted 4, 6, 10, 13: median 8, quartiles 5.5 and 10.75
    expected = (np.array([6, 13, 10, 4]) - 8) / 5.25
    np.testing.assert_allclose(column(scaler="robust")[1:], expected, rtol=1e-6)


def test_tanh_and_log_after_the_scale():
    scaled = 0.1 * np.array([6, 13, 10, 4])
    np.testing.assert_allclose(column(scaler="tanh", scale=0.1)[1:], np.tanh(scaled), rtol=1e-6)
    negative = column(scaler="log", scale=-0.1)[1:]
    np.testing.assert_allclose(negative, -np.log(1 + scaled), rtol=1e-6)


def test_rolling():
    found = table(of_closes(CLOSES), x={**CLOSE, "scaler": "rolling", "scaler_window": 3})
    # (6, 13, 10): mean 29/3, variance (121 + 100 + 1) / 27; (13, 10, 4): 9, 42 / 3
    first = (10 - 29 / 3) / math.sqrt((121 + 100 + 1) / 27)
    second = (4 - 9) / math.sqrt(14)
    np.testing.assert_allclose(found.values[:, 0], [0, 0, 0, first, second], rtol=1e-6)
    assert found.lookback == 1 + 2


def test_clip_comes_last():
    expected = np.clip((np.array([6, 13, 10, 4]) - 8) / 5.25, -0.5, 0.5)
    found = column(scaler="robust", clip=0.5)[1:]
    np.testing.assert_allclose(found, expected, rtol=1e-6)


@pytest.mark.parametrize("scaler", ["standard", "robust", "rolling"])
def test_equal_values_become_0(scaler):
    window = {"scaler_window": 5} if scaler == "rolling" else {}
    found = values(of_closes([0.1] * 40), kind="MOM", timeperiod=1, scaler=scaler, **window)
    np.testing.assert_array_equal(found, 0)
    found = values(of_closes([0.1] * 40), kind="SMA", timeperiod=3, scaler=scaler, **window)
    np.testing.assert_allclose(found, np.zeros((40, 1)), atol=1e-15)


def test_what_is_not_defined_is_0_and_does_not_count():
    # high / low of volume-like columns: 6 / 2, 1 / 0, 4 / 4, 0 / 0, 8 / 4
    highs, lows = [6, 1, 4, 0, 8], [2, 0, 4, 0, 4]
    bars = dataset(np.stack([highs, highs, lows, lows, np.zeros(5)], axis=1))
    np.testing.assert_array_equal(values(bars, kind="DIV")[:, 0], [3, 0, 1, 0, 2])
    # mean of 3, 1, 2
    standard = values(bars, kind="DIV", scaler="standard")[:, 0]
    np.testing.assert_allclose(standard, np.array([1, 0, -1, 0, 0]) / math.sqrt(2 / 3), atol=1e-6)
    # the last two that are defined are 3, 1 and 1, 2
    rolling = values(bars, kind="DIV", scaler="rolling", scaler_window=2)[:, 0]
    np.testing.assert_allclose(rolling, [0, 0, -1, 0, 1], rtol=1e-6)


def test_too_large_for_float32_is_not_defined():
    found = values(of_closes([1, 100, 1]), kind="EXP")[:, 0]
    np.testing.assert_allclose(found, [math.e, 0, math.e], rtol=1e-6)


def test_every_column_and_asset_has_its_own_statistics():
    first = np.array([[1, 1, 1, 1, 0], [1, 1, 1, 3, 0]], dtype=float)
    bars = dataset(np.stack([first, 10 * first], axis=1), ("a", "b"))
    features = fit_features(bars, {"SMA": {"timeperiod": 2}}, range(2), ("a", "b"))
    np.testing.assert_array_equal(features.table(bars).values[1], [0, 0])
    centers = [one.scale.center[0] for one in features.features]
    assert centers == [2, 20]


def test_every_scaler_says_how_far_it_looks_back():
    lookbacks = {name: one.lookback({"scaler_window": 7}) for name, one in SCALERS.items()}
    assert lookbacks["rolling"] == 6
    assert {value for name, value in lookbacks.items() if name != "rolling"} == {0}
