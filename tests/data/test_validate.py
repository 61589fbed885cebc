import numpy as np
import pytest

from tradegym.conf.errors import UserError
from tradegym.envs.data.dataset import Dataset
from tradegym.envs.data.validate import ArrayLocator, check_bars

DAY = np.timedelta64(1, "D")
OPEN, HIGH, LOW, CLOSE, VOLUME = range(5)


def days(number):
    return np.datetime64("2000-01-01", "ns") + np.arange(number) * DAY


def message_of(times, bars, assets=("a",)):
    with pytest.raises(UserError) as caught:
        check_bars(times, bars, assets, ArrayLocator("demo"))
    return str(caught.value)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("column", range(5))
def test_every_number_must_be_finite(make_bars, column, value):
    bars = make_bars(30)
    bars[17, 0, column] = value
    name = ("open", "high", "low", "close", "volume")[column]
    message = message_of(days(30), bars)
    assert message.startswith(f"dataset 'demo', row 17, column '{name}': value {value} is not a")


@pytest.mark.parametrize("value", [0.0, -0.0, -5.0])
@pytest.mark.parametrize("column", [OPEN, HIGH, LOW, CLOSE])
def test_prices_must_be_above_zero(make_bars, column, value):
    bars = make_bars(30)
    bars[4, 0, column] = value
    message = message_of(days(30), bars)
    assert f"row 4, column '{('open', 'high', 'low', 'close')[column]}'" in message
    assert "not above zero" in message


def test_volume_may_be_zero_but_not_below(make_bars):
    bars = make_bars(30)
    bars[:, 0, VOLUME] = 0
    check_bars(days(30), bars, ("a",), ArrayLocator("demo"))
    bars[29, 0, VOLUME] = -1
    assert "row 29, column 'volume': value -1.0 is below zero" in message_of(days(30), bars)


def test_high_must_not_be_below_low(make_bars):
    bars = make_bars(30)
    bars[9, 0] = [5.0, 4.0, 6.0, 5.0, 1.0]
    assert "row 9, column 'high': value 4.0 is below low 6.0" in message_of(days(30), bars)


@pytest.mark.parametrize("value", [8.9, 12.1])
@pytest.mark.parametrize(("column", "name"), [(OPEN, "open"), (CLOSE, "close")])
def test_open_and_close_must_be_within_the_range(make_bars, column, name, value):
    bars = make_bars(30)
    bars[9, 0] = [10.0, 12.0, 9.0, 11.0, 1.0]
    bars[9, 0, column] = value
    message = message_of(days(30), bars)
    assert f"column '{name}': value {value} is outside low 9.0 to high 12.0" in message


@pytest.mark.parametrize("column", [OPEN, CLOSE])
def test_rounding_is_tolerated(make_bars, column):
    bars = make_bars(30)
    bars[9, 0] = [10.0, 12.0, 9.0, 11.0, 1.0]
    for value in (12.0 * (1 + 5e-10), 9.0 * (1 - 5e-10)):
        bars[9, 0, column] = value
        check_bars(days(30), bars, ("a",), ArrayLocator("demo"))
    for value in (12.0 * (1 + 5e-9), 9.0 * (1 - 5e-9)):
        bars[9, 0, column] = value
        assert "row 9" in message_of(days(30), bars)


def test_the_first_fault_is_reported_and_equal_ones_are_counted(make_bars):
    bars = make_bars(100)
    bars[[40, 70, 71], 0, CLOSE] = np.nan
    bars[30, 0, VOLUME] = -3
    assert "row 30, column 'volume'" in message_of(days(100), bars)
    bars[30, 0, VOLUME] = 3
    message = message_of(days(100), bars)
    assert "row 40, column 'close'" in message
    assert "(3 rows have this fault)" in message


def test_a_fault_in_most_rows_points_at_the_columns(make_bars):
    swapped = make_bars(100)[:, :, [OPEN, LOW, HIGH, CLOSE, VOLUME]]
    assert "check that every column is what its name says" in message_of(days(100), swapped)


def test_the_asset_is_named_when_there_are_several(make_bars):
    bars = make_bars(30, assets=3)
    bars[12, 1, LOW] = 0
    assert "row 12, column 'y low'" in message_of(days(30), bars, ("x", "y", "z"))


def test_times_must_exist(make_bars):
    times = days(30)
    times[3] = np.datetime64("NaT")
    assert "row 3, column 'datetime': value NaT is not a time" in message_of(times, make_bars(30))


def test_times_must_not_repeat(make_bars):
    times = days(30)
    times[8] = times[7]
    assert "row 8, column 'datetime'" in message_of(times, make_bars(30))
    assert "repeats the time of row 7" in message_of(times, make_bars(30))


def test_times_must_increase(make_bars):
    times = days(30)
    times[[8, 9]] = times[[9, 8]]
    message = message_of(times, make_bars(30))
    assert "row 9, column 'datetime'" in message
    assert "is earlier than row 8; sort the rows" in message
    assert "run from new to old" in message_of(days(30)[::-1].copy(), make_bars(30))


@pytest.mark.parametrize("number", [0, 1, 2])
def test_too_few_bars_are_refused(make_bars, number):
    message = message_of(days(number), make_bars(30)[:number])
    assert f"has {number} bar(s), at least 3 are needed" in message


def test_a_million_good_bars_pass(make_bars):
    number = 1_000_000
    bars = np.tile(make_bars(1000), (number // 1000, 1, 1))
    times = np.datetime64("2000-01-01", "ns") + np.arange(number) * np.timedelta64(60, "s")
    check_bars(times, bars, ("a",), ArrayLocator("demo"))


def test_a_dataset_is_checked_when_it_is_built(make_bars):
    bars = make_bars(30)
    bars[5, 0, OPEN] = np.nan
    with pytest.raises(UserError, match="dataset 'demo', row 5, column 'open'"):
        Dataset.from_arrays("demo", days(30), bars)
