import numpy as np
import pytest

from tradegym.conf.errors import UserError
from tradegym.envs.data.synthetic.calendar import bar_times, bars_per_year


def test_daily_bars_on_weekdays_are_the_dates_that_numpy_counts():
    for start in ("2000-01-03", "2021-07-07", "1969-12-26", "2024-02-24"):
        times = bar_times(start, 1000, 86_400, "weekdays")
        first = np.busday_offset(start, 0, roll="forward")
        np.testing.assert_array_equal(times, np.busday_offset(first, np.arange(1000)))
        assert times.dtype == "datetime64[ns]"


def test_bars_within_a_day_have_the_time_of_their_close_and_no_weekend():
    times = bar_times("2024-01-05", 48, 3600, "weekdays")  # a Friday
    assert str(times[0])[:16] == "2024-01-05T01:00"
    assert str(times[23])[:16] == "2024-01-06T00:00"
    assert str(times[24])[:16] == "2024-01-08T01:00"


def test_a_market_that_is_always_open():
    times = bar_times("2024-01-05", 100, 5400, "always")
    assert str(times[0])[:16] == "2024-01-05T01:30"
    assert set(np.diff(times)) == {np.timedelta64(5400, "s")}


@pytest.mark.parametrize("calendar", ["weekdays", "always"])
@pytest.mark.parametrize("seconds", [60, 3600, 86_400])
def test_the_years_bars_are_those_of_the_times(calendar, seconds, process):
    one = process("gbm", calendar=calendar, bar_seconds=seconds, steps_per_bar=1)
    measured = one.draw(1, 40_000).bars_per_year
    assert one.bars_per_year == bars_per_year(seconds, calendar)
    assert measured == pytest.approx(one.bars_per_year, rel=0.03)


def test_bars_per_year_can_be_said(process, log_returns):
    one = process("gbm", volatility=0.2, bars_per_year=100.0, steps_per_bar=1)
    assert log_returns(one.draw(1, 40_000)).std() == pytest.approx(0.02, rel=0.02)


def test_the_end_of_time():
    assert bar_times("2000-01-03", 60_000, 86_400, "weekdays")[-1] < np.datetime64("2262-01-01")
    with pytest.raises(UserError, match="end after the year 2261; use fewer or shorter bars"):
        bar_times("2000-01-03", 70_000, 86_400, "weekdays")
