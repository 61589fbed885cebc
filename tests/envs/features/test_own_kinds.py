"""Every kind of tradegym's own, by hand arithmetic."""

import math

import numpy as np
import pytest
from feature_bars import dataset, of_closes, values


def column(bars, **options):
    found = values(bars, **options)
    assert found.shape[1] == 1
    return found[:, 0]


def test_log_return_looks_lookback_bars_back():
    found = column(of_closes([1, 2, 4, 2]), kind="log_return", lookback=2)
    np.testing.assert_allclose(found, [0, 0, math.log(4), 0], rtol=1e-6)


def test_log_return_of_another_series():
    bars = of_closes([1, 1, 1, 1], volumes=[1, 0, 3, 6])
    found = column(bars, kind="log_return", input="volume")
    # a volume of 0 has no logarithm
    np.testing.assert_allclose(found, [0, 0, 0, math.log(2)], rtol=1e-6)
    found = column(of_closes([1, 3, 3]), kind="log_return", input="open")
    np.testing.assert_allclose(found, [0, 0, math.log(3)], rtol=1e-6)


def test_zscore_over_the_window():
    # (1, 2, 6): mean 3, squares 4 + 1 + 9 = 14, deviation sqrt(14 / 3)
    found = column(of_closes([1, 2, 6, 6, 6]), kind="zscore", window=3)
    deviation = math.sqrt(14 / 3)
    # (2, 6, 6): mean 14/3, deviation sqrt(32 / 9)
    second = (6 - 14 / 3) / math.sqrt(32 / 9)
    np.testing.assert_allclose(found, [0, 0, 3 / deviation, second, 0], rtol=1e-6)


def test_zscore_of_equal_values_is_0_whatever_their_rounding():
    found = column(of_closes([0.1] * 40), kind="zscore", window=30)
    np.testing.assert_array_equal(found, 0)


def test_volatility_is_the_deviation_of_the_last_log_returns():
    # log returns ln 2, 0, ln 2: of the first two the mean is ln 2 / 2, the deviation the same
    bars = of_closes([1, 2, 2, 4])
    found = column(bars, kind="volatility", window=2)
    np.testing.assert_allclose(found, [0, 0, math.log(2) / 2, math.log(2) / 2], rtol=1e-6)
    # hourly bars: 24 * 365.25 = 8766 in a year
    yearly = column(bars, kind="volatility", window=2, per="year")
    np.testing.assert_allclose(yearly[2], math.log(2) / 2 * math.sqrt(8766), rtol=1e-6)


def test_relative_volume():
    bars = of_closes([1] * 5, volumes=[0, 0, 3, 1, 5])
    found = column(bars, kind="relative_volume", window=2)
    np.testing.assert_allclose(found, [0, 0, 2, 0.5, 5 / 3], rtol=1e-6)


def test_volume_change():
    bars = of_closes([1] * 5, volumes=[2, 4, 0, 3, 3])
    found = column(bars, kind="volume_change", lookback=1)
    np.testing.assert_allclose(found, [0, math.log(2), 0, 0, 0], rtol=1e-6)


@pytest.mark.parametrize("kind", ["relative_volume", "volume_change"])
@pytest.mark.parametrize("scaler", ["none", "standard", "robust"])
def test_without_any_volume_it_is_0(kind, scaler):
    found = values(of_closes(np.arange(1, 60)), kind=kind, scaler=scaler)
    np.testing.assert_array_equal(found, 0)


def test_calendar_in_utc():
    # From Monday 2024-01-01 00:00 in steps of 6 hours 30 minutes.
    found = values(dataset(np.ones((3, 5)), minutes=390), kind="calendar")
    hour = 2 * math.pi * 6.5 / 24
    np.testing.assert_allclose(
        found[:2],
        [[0, 1, 0, 1, 0, 1], [math.sin(hour), math.cos(hour), 0, 1, 0, 1]],
        atol=1e-6,
    )


def test_calendar_of_other_days_and_months():
    bars = dataset(np.ones((70, 5)), minutes=24 * 60)
    days = values(bars, kind="calendar", fields=["weekday"])
    sunday = 2 * math.pi * 6 / 7
    np.testing.assert_allclose(days[6], [math.sin(sunday), math.cos(sunday)], atol=1e-6)
    np.testing.assert_allclose(days[7], [0, 1], atol=1e-6)
    months = values(bars, kind="calendar", fields=["month"])  # row 31 is February 1st
    np.testing.assert_allclose(months[30], [0, 1], atol=1e-6)
    february = 2 * math.pi / 12
    np.testing.assert_allclose(months[31], [math.sin(february), math.cos(february)], atol=1e-6)


BARS = dataset([[10, 12, 9, 11, 1], [20, 26, 18, 21, 1], [16, 17, 12, 14, 1]])


def test_difference():
    fields = ["open", "high", "low", "close"]
    found = values(BARS, kind="difference", fields=fields, relative=False)
    np.testing.assert_array_equal(found, [[0, 0, 0, 0], [10, 6, -2, 1], [-4, 1, -4, -2]])
    relative = values(BARS, kind="difference")
    np.testing.assert_allclose(
        relative, [[0, 0, 0], [10 / 20, 6 / 20, -2 / 20], [-4 / 16, 1 / 16, -4 / 16]], rtol=1e-6
    )


def test_difference_as_in_btgym():
    found = values(BARS, kind="difference", relative=False, scale=0.1, scaler="tanh")
    np.testing.assert_allclose(found[1], np.tanh([1.0, 0.6, -0.2]), rtol=1e-6)


def test_difference_without_the_open_needs_no_bar_before():
    found = values(BARS, kind="difference", fields=["high"], relative=False)
    np.testing.assert_array_equal(found[:, 0], [2, 6, 1])


CLOSES = [2, 4, 8, 0, 4]  # SMA 1: the same; SMA 2: 3, 6, 4, 2; SMA 4: 3.5, 4


def test_sma_gradient_over_the_bank():
    found = values(of_closes(CLOSES), kind="sma_gradient", periods=[1, 2, 4], relative=False)
    # the ends have one neighbour, the middle half the difference of two
    last = [2 - 4, (4 - 4) / 2, 4 - 2]
    before = [4 - 0, (3.5 - 0) / 2, 3.5 - 4]
    np.testing.assert_allclose(found, [[0] * 3] * 3 + [before, last], rtol=1e-6)


def test_sma_gradient_over_time_looks_one_bar_back():
    options = {"kind": "sma_gradient", "periods": [1, 2], "relative": False}
    found = values(of_closes(CLOSES), over="time", **options)
    np.testing.assert_allclose(found, [[0, 0], [0, 0], [4, 3], [-8, -2], [4, -2]], rtol=1e-6)
    both = values(of_closes(CLOSES), over="both", **options)
    np.testing.assert_allclose(both[4], [2 - 4, 2 - 4, 4, -2], rtol=1e-6)


def test_sma_gradient_divided_by_its_average():
    found = values(of_closes(CLOSES), kind="sma_gradient", periods=[1, 2])
    # row 3 has an average of 0, and nothing to divide by
    np.testing.assert_allclose(found[3:], [[0, 4 / 4], [-2 / 4, -2 / 2]], rtol=1e-6)


def test_sma_gradient_with_a_scale_per_column():
    scale = [10, 100]
    found = values(
        of_closes(CLOSES), kind="sma_gradient", periods=[1, 2], relative=False, scale=scale
    )
    np.testing.assert_allclose(found[4], [-20, -200], rtol=1e-6)
