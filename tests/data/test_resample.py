import numpy as np
import pandas as pd
import pytest

from tradegym.conf.errors import UserError
from tradegym.conf.schema.dataset import DatasetConfig
from tradegym.envs.data.resample import resample
from tradegym.envs.data.sources import load_dataset
from tradegym.envs.data.validate import ArrayLocator, check_bars

HOW = {"open": "first", "high": "max", "low": "min", "close": "last", "volume": "sum"}


def minutes(number, start="2020-01-01T00:01"):
    return np.datetime64(start, "ns") + np.arange(number) * np.timedelta64(60, "s")


@pytest.mark.parametrize("rule", ["5min", "15min", "1h", "7h", "1D"])
@pytest.mark.parametrize("start", ["2020-01-01T00:01", "2020-01-01T00:18"])
def test_bars_are_those_of_pandas(make_bars, rule, start):
    rng = np.random.default_rng(3)
    kept = np.sort(rng.choice(12_000, 9_000, replace=False))
    kept = kept[(kept < 4000) | (kept > 7000)]  # a long gap: no bars in it
    times, bars = minutes(12_000, start)[kept], make_bars(12_000, assets=2)[kept]
    seconds = int(pd.Timedelta(rule).total_seconds())
    closes, made, _ = resample(times, bars, seconds, "x")
    for asset in range(2):
        frame = pd.DataFrame(bars[:, asset], times, columns=list(HOW))
        grouped = frame.resample(rule, closed="right", label="right", origin="epoch")
        expected = grouped.agg(HOW).dropna()
        expected = expected.loc[expected.index.isin(closes)]
        np.testing.assert_array_equal(expected.index.to_numpy(), closes)
        np.testing.assert_allclose(made[:, asset], expected.to_numpy(), rtol=1e-12)
    whole = frame.resample(rule, closed="right", label="right", origin="epoch").agg(HOW).dropna()
    assert len(whole) - 2 <= len(closes) <= len(whole)
    check_bars(closes, made, ("a", "b"), ArrayLocator("x"))


def test_complete_bars_are_all_kept(make_bars):
    closes, _, notes = resample(minutes(180), make_bars(180), 3600, "x")
    assert notes == ()
    assert closes.tolist() == minutes(3, "2020-01-01T01:00")[:1].tolist() + [
        np.datetime64(f"2020-01-01T0{hour}:00", "ns").item() for hour in (2, 3)
    ]


@pytest.mark.parametrize(
    ("bars", "start", "dropped"), [(181, "00:01", "last"), (300, "00:02", "first")]
)
def test_incomplete_bars_at_the_ends_are_dropped_and_noted(make_bars, bars, start, dropped):
    times = minutes(bars, f"2020-01-01T{start}")
    closes, _, notes = resample(times, make_bars(bars), 3600, "x")
    assert f"dropped the incomplete {dropped} bar" in notes[0]
    assert closes[0] == np.datetime64(
        "2020-01-01T01:00" if dropped == "last" else "2020-01-01T02:00"
    )
    assert closes[-1] <= times[-1]


def test_no_bar_knows_what_comes_after_it(make_bars):
    times, bars = minutes(1000), make_bars(1000)
    closes, made, _ = resample(times, bars, 900, "x")
    changed = bars.copy()
    changed[times > closes[20]] *= 2
    _, again, _ = resample(times, changed, 900, "x")
    np.testing.assert_array_equal(again[:21], made[:21])
    assert (again[21:, :, 1] > made[21:, :, 1]).all()


def test_weeks_end_on_monday_at_midnight(make_bars):
    times = np.datetime64("2020-01-01", "ns") + np.arange(60) * np.timedelta64(1, "D")
    closes, _, _ = resample(times, make_bars(60), 7 * 86_400, "x")
    assert set(pd.DatetimeIndex(closes).day_of_week) == {0}


@pytest.mark.parametrize(
    ("seconds", "message"),
    [
        (60, "60 s is not a multiple of the 60 s from bar to bar"),
        (30, "30 s is not a multiple"),
        (90, "90 s is not a multiple"),
        (86_400, "leaves fewer than 3 complete bars"),
    ],
)
def test_what_cannot_be_resampled_is_refused(make_bars, seconds, message):
    with pytest.raises(UserError, match=message):
        resample(minutes(2000), make_bars(2000), seconds, "x")


def test_dates_are_no_closes():
    with pytest.raises(UserError, match=r"set dataset\.timestamp=open"):
        load_dataset(DatasetConfig(source="sp500", resample="1W"))
    weeks = load_dataset(DatasetConfig(source="sp500", resample="1W", timestamp="open"))
    days = load_dataset(DatasetConfig(source="sp500"))
    # Monday 11 to Friday 15 January 1999, known on Monday 18.
    inside = (days.times >= np.datetime64("1999-01-11")) & (
        days.times <= np.datetime64("1999-01-15")
    )
    row = int(np.searchsorted(weeks.times, np.datetime64("1999-01-18")))
    assert weeks.ohlcv[row, 0, 0] == days.ohlcv[inside][0, 0, 0]
    assert weeks.ohlcv[row, 0, 3] == days.ohlcv[inside][-1, 0, 3]
    assert weeks.ohlcv[row, 0, 4] == days.ohlcv[inside][:, 0, 4].sum()
