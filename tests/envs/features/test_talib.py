"""TA-Lib's functions as features: the same numbers as TA-Lib's own, for all of them."""

import numpy as np
import pytest
import talib
from feature_bars import of_closes, random_bars, table, values
from talib import abstract

from tradegym.envs.strategies.features import fit_features

# MAVP reads a series of periods, which bars do not have.
FUNCTIONS = [name for name in talib.get_functions() if name != "MAVP"]
ROWS = 260
BARS = random_bars(ROWS)
SERIES = dict(
    zip(("open", "high", "low", "close", "volume"), BARS.ohlcv[:, 0].T.copy(), strict=True)
)


def expected(name, **parameters):
    """Return TA-Lib's own result by its abstract interface, [T, P], zeros before the lookback."""
    function = abstract.Function(name)
    result = function(SERIES, **parameters)
    columns = np.stack(result if isinstance(result, list) else [result], axis=1)
    columns = columns.astype(np.float64)
    if name in ("MAXINDEX", "MININDEX", "MINMAXINDEX"):
        columns = np.arange(ROWS)[:, None] - columns  # bars since, not rows
    columns[: abstract.Function(name, **parameters).lookback] = 0
    return columns.astype(np.float32)


def test_there_are_200_functions():
    assert len(FUNCTIONS) >= 200


@pytest.mark.parametrize("name", FUNCTIONS)
def test_values_and_lookback_are_talibs(name):
    found = table(BARS, x={"kind": name, "scaler": "none"})
    np.testing.assert_array_equal(found.values, expected(name))
    assert found.lookback == abstract.Function(name).lookback
    outputs = abstract.Function(name).output_names
    names = tuple(f"x.{one}" for one in outputs) if len(outputs) > 1 else ("x",)
    assert found.names == names


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("RSI", {"timeperiod": 7}),
        ("MACD", {"fastperiod": 3, "slowperiod": 8, "signalperiod": 4}),
        ("BBANDS", {"timeperiod": 9, "nbdevup": 1.5, "matype": 1}),
        ("CDLMORNINGSTAR", {"penetration": 0.1}),
        ("MFI", {"timeperiod": 5}),
    ],
)
def test_parameters_are_talibs(name, parameters):
    np.testing.assert_array_equal(
        values(BARS, kind=name, **parameters), expected(name, **parameters)
    )


def test_a_kind_is_the_name_of_the_entry_in_any_case():
    for name in ("rsi", "RSI", "Rsi"):
        found = table(BARS, **{name: {"scaler": "none", "timeperiod": 7}})
        np.testing.assert_array_equal(found.values, expected("RSI", timeperiod=7))
        assert found.names == (name,)


def test_the_input_chooses_the_series():
    bars = of_closes([1, 1, 1, 1], volumes=[1, 2, 6, 4])
    np.testing.assert_array_equal(
        values(bars, kind="SMA", timeperiod=2, input="volume")[:, 0], [0, 1.5, 4, 5]
    )


def test_two_series_by_default_high_and_low_or_any_two():
    bars = of_closes([3, 5, 2], volumes=[1, 1, 4])
    np.testing.assert_array_equal(values(bars, kind="SUB")[:, 0], [0, 2, 3])
    chosen = values(bars, kind="SUB", input=["close", "volume"])
    np.testing.assert_array_equal(chosen[:, 0], [2, 4, -2])


def test_the_output_chooses_the_column():
    found = table(BARS, bands={"kind": "BBANDS", "output": "lowerband", "scaler": "none"})
    np.testing.assert_array_equal(found.values[:, 0], expected("BBANDS")[:, 2])
    assert found.names == ("bands",)


def test_bars_since_the_highest_close():
    found = values(of_closes([5, 1, 2, 3, 9]), kind="MAXINDEX", timeperiod=3)
    np.testing.assert_array_equal(found[:, 0], [0, 0, 2, 0, 0])


def test_the_unstable_period_belongs_to_the_lookback():
    talib.set_unstable_period("RSI", 20)
    try:
        features = fit_features(BARS, {"RSI": {}}, range(ROWS), ("a",))
        assert features.lookback == 14 + 20
    finally:
        talib.set_unstable_period("RSI", 0)
    np.testing.assert_array_equal(features.table(BARS).values[:34], 0)
