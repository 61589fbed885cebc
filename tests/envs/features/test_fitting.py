"""What is fitted to which rows, the shape of the table, and the mistakes."""

import pickle

import numpy as np
import pytest
from feature_bars import dataset, of_closes, random_bars, table

from tradegym.conf.errors import UserError
from tradegym.envs.strategies.features import feature_width, features_lookback, fit_features

BARS = random_bars(120, assets=("a", "b", "c"))


def test_only_the_rows_of_a_range_whose_lookback_lies_in_it_are_fitted():
    closes = np.array([1, 2, 4, 100, 1, 3, 6, 7, 1000], dtype=float)
    features = fit_features(
        of_closes(closes),
        {"MOM": {"timeperiod": 1, "scaler": "standard"}},
        (range(3), range(4, 7)),
        ("a",),
    )
    # differences 1, 2 in the first range and 2, 3 in the second; 100 and 1000 are not seen
    linear = features.features[0].scale
    assert linear.center == pytest.approx([2.0])
    assert linear.width == pytest.approx([np.sqrt(0.5)])


def test_bars_outside_of_train_change_no_scaler():
    train = (range(10, 40), range(60, 90))
    options = {"RSI": {}, "log_return": {"scaler": "robust"}, "difference": {}}
    other = BARS.ohlcv.copy()
    other[90:] = random_bars(120, seed=5, assets=("a", "b", "c")).ohlcv[90:]
    first = fit_features(BARS, options, train, ("a",))
    second = fit_features(dataset(other, ("a", "b", "c")), options, train, ("a",))
    np.testing.assert_array_equal(first.table(BARS).values, second.table(BARS).values)


def test_names_and_order():
    options = {
        "log_return": {},
        "removed": None,
        "bands": {"kind": "BBANDS"},
        "calendar": {"fields": ["month"]},
        "seen": {"kind": "RSI", "asset": "c"},
        "own": {"kind": "RSI", "asset": "a"},
    }
    one = fit_features(BARS, options, range(100), ("a",))
    bands = ("bands.upperband", "bands.middleband", "bands.lowerband")
    month = ("calendar.month_sin", "calendar.month_cos")
    assert one.names == ("log_return", *bands, *month, "seen@c", "own")
    two = fit_features(BARS, options, range(100), ("b", "a"))
    assert two.names == (
        "log_return@b", "log_return@a",
        *(f"{name}@b" for name in bands), *(f"{name}@a" for name in bands),
        *month, "seen@c", "own@a",
    )  # fmt: skip
    for traded, features in ((1, one), (2, two)):
        shown = features.table(BARS)
        assert features.width == len(features.names) == feature_width(options, traded)
        assert shown.names == features.names
        assert shown.values.shape == (120, features.width)
        assert shown.lookback == features.lookback == features_lookback(options) == 19


def test_each_asset_has_its_own_columns():
    options = {"x": {"kind": "log_return", "scaler": "none"}}
    both = table(BARS, traded=("c", "a"), **options).values
    alone = [table(BARS, traded=(one,), **options).values[:, 0] for one in ("c", "a")]
    np.testing.assert_array_equal(both, np.stack(alone, axis=1))
    seen = table(BARS, traded=("a",), x={**options["x"], "asset": "c"}).values[:, 0]
    np.testing.assert_array_equal(seen, both[:, 0])


def test_table_is_read_only_and_starts_with_zeros():
    shown = table(BARS, RSI={}, log_return={})
    assert shown.values.dtype == np.float32
    assert not shown.values.flags.writeable
    np.testing.assert_array_equal(shown.values[:14], 0)
    assert (shown.values[14] != 0).all()


def test_a_table_of_other_bars_keeps_the_scalers():
    options = {"log_return": {"scaler": "standard"}}
    features = fit_features(of_closes([1, 2, 2, 4]), options, range(4), ("a",))
    mean, deviation = np.log(2) * 2 / 3, np.log(2) * np.sqrt(2) / 3
    found = features.table(of_closes([1, 8])).values[:, 0]
    np.testing.assert_allclose(found, [0, (np.log(8) - mean) / deviation], rtol=1e-6)


def test_bars_with_other_names_are_told_by_position():
    features = fit_features(BARS, {"MOM": {"scaler": "none"}}, range(120), ("b",))
    renamed = dataset(BARS.ohlcv, ("x", "y", "z"))
    reordered = dataset(BARS.ohlcv[:, ::-1], ("c", "b", "a"))
    expected = features.table(BARS).values
    np.testing.assert_array_equal(features.table(renamed).values, expected)
    np.testing.assert_array_equal(features.table(reordered).values, expected)
    with pytest.raises(UserError, match=r"fitted on asset 2 \(b\), but dataset 'made' has 1"):
        features.table(dataset(BARS.ohlcv[:, :1], ("x",)))


def test_fewer_bars_than_the_lookback_are_zeros():
    features = fit_features(BARS, {"RSI": {}, "sma_gradient": {"periods": [2, 4]}, "calendar": {}},
                            range(120), ("a",))  # fmt: skip
    found = features.table(dataset(BARS.ohlcv[:3], BARS.assets)).values
    np.testing.assert_array_equal(found, np.zeros((3, 9)))


def test_a_year_is_the_same_on_every_path():
    options = {"volatility": {"per": "year", "scaler": "none", "window": 5}}
    features = fit_features(BARS, options, range(120), ("a",))
    slower = dataset(BARS.ohlcv, BARS.assets, minutes=24 * 60)
    np.testing.assert_array_equal(features.table(slower).values, features.table(BARS).values)


def test_features_can_be_sent_to_another_process():
    options = {"RSI": {}, "zscore": {"scaler": "robust"}, "calendar": {}, "MOM": {"scaler": "log"}}
    features = fit_features(BARS, options, range(120), ("a",))
    again = pickle.loads(pickle.dumps(features))
    np.testing.assert_array_equal(again.table(BARS).values, features.table(BARS).values)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_bars_that_are_not_finite_are_refused(bad):
    bars = BARS.ohlcv.copy()
    bars[7, 1, 2] = bad
    wrong = dataset(bars, BARS.assets)
    message = f"dataset 'made': low of b is {bad} in row 7; features need finite bars"
    with pytest.raises(UserError) as error:
        fit_features(wrong, {"RSI": {}}, range(120), ("b",))
    assert str(error.value) == message
    features = fit_features(BARS, {"RSI": {}}, range(120), ("b",))
    with pytest.raises(UserError) as error:
        features.table(wrong)
    assert str(error.value) == message


@pytest.mark.parametrize(
    ("options", "line"),
    [
        (
            {"seen": {"kind": "RSI", "asset": "d"}},
            (
                "strategy.state.features.seen.asset: 'd' is not an asset of the dataset; allowed: "
                "a, b, c"
            ),
        ),
        (
            {"RSI": {"timeperiod": 50}},
            (
                "strategy.state.features.RSI: looks 50 bars back, but the longest range of the "
                "train part has 50 bars; use shorter periods or a longer split"
            ),
        ),
        (
            {"RSI": {"scaler": "rolling", "scaler_window": 40}},
            (
                "strategy.state.features.RSI: looks 53 bars back, but the longest range of the "
                "train part has 50 bars; use shorter periods or a longer split"
            ),
        ),
        (
            {"x": {"kind": "LN", "input": "volume"}},
            (
                "strategy.state.features.x: LN of a is not defined on any bar of the train part; "
                "the bars have no volume"
            ),
        ),
        (
            {"x": {"kind": "MACD", "scale": [1, 2]}},
            (
                "strategy.state.features.x.scale: [1.0, 2.0] has 2 factors for 3 columns (macd, "
                "macdsignal, macdhist); allowed: one number, or one per column"
            ),
        ),
    ],
)
def test_mistakes_are_one_line(options, line):
    silent = BARS.ohlcv.copy()
    silent[:, :, 4] = 0
    with pytest.raises(UserError) as error:
        fit_features(dataset(silent, BARS.assets), options, range(50), ("a",))
    assert str(error.value) == line


def test_no_train_rows():
    with pytest.raises(UserError, match="longest range of the train part has 0 bars"):
        fit_features(BARS, {"log_return": {}}, (), ("a",))
