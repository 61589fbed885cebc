import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradegym.conf.errors import UserError
from tradegym.envs.data.timestamps import CellError, parse_times

SECONDS = st.integers(0, 4_000_000_000)  # 1970 to 2096


def parse(*cells, timezone="UTC"):
    return parse_times(pa.chunked_array([list(cells)], pa.string()), timezone)


def refused(*cells, timezone="UTC"):
    with pytest.raises(CellError) as caught:
        parse(*cells, timezone=timezone)
    return caught.value.row, caught.value.problem


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2017-01-02", "2017-01-02"),
        ("2017-01-02 03", "2017-01-02T03"),
        ("2017-01-02 03:04", "2017-01-02T03:04"),
        ("2017-01-02T03:04:05", "2017-01-02T03:04:05"),
        ("2017-01-02 03:04:05.678901234", "2017-01-02T03:04:05.678901234"),
        ("2017-01-02T03:04:05Z", "2017-01-02T03:04:05"),
        ("2017-01-02 03:04:05+00:00", "2017-01-02T03:04:05"),
        ("2017-01-02 03:04:05-0500", "2017-01-02T08:04:05"),
        ("2017-01-02 03:04:05+02", "2017-01-02T01:04:05"),
        ("2017/01/02", "2017-01-02"),
        ("2017.01.02 03:04", "2017-01-02T03:04"),
        ("2017/01/02 03:04:05+01:00", "2017-01-02T02:04:05"),
        ("20170102", "2017-01-02"),
        ("20170102 030405", "2017-01-02T03:04:05"),
        ("20170102T030405", "2017-01-02T03:04:05"),
        ("20170102030405", "2017-01-02T03:04:05"),
        ("20170102 03:04:05", "2017-01-02T03:04:05"),
        ("20170102 0304", "2017-01-02T03:04"),
        ("20170102 03:04", "2017-01-02T03:04"),
        ("1483326245", "2017-01-02T03:04:05"),
        ("1483326245.0", "2017-01-02T03:04:05"),
        ("1483326245678", "2017-01-02T03:04:05.678"),
        ("1483326245678901", "2017-01-02T03:04:05.678901"),
        ("1483326245678901234", "2017-01-02T03:04:05.678901234"),
        ("-315619200", "1960-01-01"),
    ],
)
def test_formats(text, expected):
    times = parse(text, text)
    assert times.dtype == np.dtype("datetime64[ns]")
    assert (times == np.datetime64(expected, "ns")).all()


@given(seconds=st.lists(SECONDS, min_size=1, max_size=20), style=st.sampled_from(["T", " "]))
def test_iso_round_trip(seconds, style):
    times = np.array(seconds, "datetime64[s]")
    cells = [str(time).replace("T", style) for time in times]
    np.testing.assert_array_equal(parse(*cells), times)


@given(seconds=st.lists(st.integers(10**9, 4 * 10**9), min_size=1, max_size=20))
@pytest.mark.parametrize(("unit", "digits"), [("s", 0), ("ms", 3), ("us", 6), ("ns", 9)])
def test_epoch_round_trip(seconds, unit, digits):
    cells = [str(second * 10**digits + digits) for second in seconds]
    expected = [np.datetime64(int(cell), unit) for cell in cells]
    np.testing.assert_array_equal(parse(*cells), np.array(expected, "datetime64[ns]"))


@pytest.mark.parametrize(
    "text",
    ["", "abc", "12", "2017", "2017-1-2", "12:30", "2017-01-02 3:04", "99999999999", "2017-01-02Z"],
)
def test_what_is_no_time(text):
    assert refused(text) == (0, "is not a time")


@pytest.mark.parametrize("text", ["31/01/2017", "01/02/2017 10:00", "1.2.2017", "01-02-2017"])
def test_day_or_month_first_is_not_guessed(text):
    assert refused(text) == (0, "is ambiguous, day or month first")


@pytest.mark.parametrize(
    "text",
    ["2017-02-29", "2017-13-01", "2017-00-10", "2017-01-32", "1500-01-01", "2400-01-01"],
)
def test_dates_that_do_not_exist(text):
    assert refused("2017-01-01", "2017-01-02", text, "2017-01-04") == (
        2,
        "is not a date of the calendar",
    )


@pytest.mark.parametrize("text", ["2017-01-02 24:00", "2017-01-02 10:60", "2017-01-02 10:00:61"])
def test_times_of_day_that_do_not_exist(text):
    assert refused("2017-01-01 10:00", text) == (1, "is not a date of the calendar")


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("2017-01-01", "20170102"),
        ("2017-01-01", ""),
        ("2017-01-01 10:00", "2017-01-02 10:00Z"),
        ("2017-01-01 10:00Z", "2017-01-02 10:00"),
        ("1483326245", "1483326246000"),
        ("20170101", "2017-01-02"),
    ],
)
def test_all_times_must_be_written_alike(first, second):
    row, problem = refused(first, first, second)
    assert row == 2
    assert problem == f"is not written like the first time {first!r}"


@given(number=st.integers(2, 300), data=st.data())
def test_the_first_bad_cell_is_found(number, data):
    bad = data.draw(st.lists(st.integers(0, number - 1), min_size=1, max_size=5))
    cells = ["2017-02-28"] * number
    for row in bad:
        cells[row] = "2017-02-30"
    assert refused(*cells) == (min(bad), "is not a date of the calendar")


def test_naive_times_are_taken_from_the_zone():
    winter, summer = parse("2017-01-02 09:30", "2017-07-03 09:30", timezone="America/New_York")
    assert winter == np.datetime64("2017-01-02T14:30")
    assert summer == np.datetime64("2017-07-03T13:30")


def test_offsets_and_epochs_do_not_depend_on_the_zone():
    for text in ("2017-01-02 03:04+01:00", "1483326245"):
        np.testing.assert_array_equal(parse(text), parse(text, timezone="Asia/Tokyo"))


def test_offsets_may_differ_between_rows():
    times = parse("2017-03-25 12:00+01:00", "2017-03-26 12:00+02:00")
    assert np.diff(times) == np.timedelta64(23, "h")


@pytest.mark.parametrize("text", ["2017-03-26 02:30", "2017-10-29 02:30"])
def test_clock_changes_are_not_guessed(text):
    row, problem = refused("2017-01-01 00:00", text, timezone="Europe/Berlin")
    assert row == 1
    assert "occurs twice or not at all in dataset.timezone=Europe/Berlin" in problem


@pytest.mark.parametrize("zone", ["Europe/Berln", "", "../etc", "/etc/passwd", "Nowhere", "a\0b"])
def test_unknown_zones_are_refused(zone):
    with pytest.raises(UserError, match="is not a time zone") as caught:
        parse("2017-01-01", timezone=zone)
    if zone == "Europe/Berln":
        assert "did you mean 'Europe/Berlin'?" in str(caught.value)
