"""What is suspicious in bars that keep all rules, and what is not."""

import importlib.util
import os
from pathlib import Path

import numpy as np
import pytest
from bar_files import HEADER, good_lines, good_rows, put, scaled, text_of

from tradegym.conf.errors import UserError
from tradegym.conf.schema.dataset import DatasetConfig
from tradegym.envs.data.dataset import Dataset
from tradegym.envs.data.packaged import load_packaged
from tradegym.envs.data.validation.finding import Severity
from tradegym.envs.data.validation.inspection import check_suspicions, inspect
from tradegym.envs.data.validation.loading import load_checked

DAY = np.timedelta64(86_400, "s")
HOUR = np.timedelta64(3600, "s")
SHARED = Path(
    os.environ.get("TRADEGYM_SHARED_DATA", Path(__file__).resolve().parents[3] / "shared" / "data")
)


def walk(bars=400, assets=1, seed=1, size=0.01):
    """Plausible bars, float64 [bars, assets, 5]."""
    rng = np.random.default_rng(seed)
    close = 100 * np.exp(np.cumsum(rng.normal(0, size, (bars, assets)), axis=0))
    opened = np.vstack([np.full((1, assets), 100.0), close[:-1]])
    high = np.maximum(opened, close) * (1 + rng.uniform(0, size, close.shape))
    low = np.minimum(opened, close) * (1 - rng.uniform(0, size, close.shape))
    volume = rng.integers(1, 10_000, close.shape).astype(float)
    return np.stack([opened, high, low, close, volume], axis=2)


def clock(bars=400, step=DAY, start="2010-01-01"):
    return np.datetime64(start, "ns") + np.arange(bars) * step


def dataset_of(times, bars, assets=None):
    names = assets or tuple("abcdef"[: bars.shape[1]])
    return Dataset.from_arrays("demo", times, bars, names)


def found(times, bars, **options):
    """Severity, rule and row of all findings but notes."""
    findings = inspect(dataset_of(times, bars), **options)
    return [(f.severity.value, f.rule, f.row) for f in findings if f.severity != Severity.NOTE]


@pytest.mark.parametrize("step", [DAY, HOUR, np.timedelta64(60, "s"), 7 * DAY])
@pytest.mark.parametrize("seed", range(5))
def test_plausible_bars_are_not_suspected(step, seed):
    assert found(clock(step=step), walk(seed=seed)) == []


def test_a_working_week_is_not_suspected():
    times = clock(1000)
    weekday = (times.astype("datetime64[D]").view(np.int64) + 3) % 7 < 5
    kept = times[weekday & (np.arange(1000) % 45 != 0)]  # and some holidays
    assert found(kept, walk(len(kept))) == []


def test_trading_hours_with_a_short_last_bar_are_not_suspected():
    day = np.array([10.5, 11.5, 12.5, 13.5, 14.5, 15.5, 16.0]) * 3600
    seconds = (np.arange(60)[:, np.newaxis] * 86_400 + day).ravel().astype("timedelta64[s]")
    times = np.datetime64("2015-01-05", "ns") + seconds
    assert found(times, walk(len(times))) == []


def test_months_and_years_are_not_suspected():
    months = (np.datetime64("1990-01") + np.arange(300)).astype("datetime64[ns]")
    assert found(months, walk(300)) == []
    years = (np.datetime64("1900") + np.arange(100)).astype("datetime64[ns]")
    assert found(years, walk(100)) == []


def test_days_of_23_and_25_hours_are_not_suspected():
    times = clock(400).copy()
    times[80:300] -= HOUR  # midnight in a zone with summer time
    assert found(times, walk()) == []


def test_minutes_of_a_thin_market_are_not_suspected():
    rng = np.random.default_rng(0)
    step = np.concatenate((rng.geometric(0.9, 1500), rng.geometric(0.3, 1500)))
    times = np.datetime64("2015-01-01", "ns") + np.cumsum(step) * np.timedelta64(60, "s")
    assert found(times, walk(3000, size=0.001)) == []


def test_volatile_assets_are_not_suspected():
    for seed in range(5):
        rules = {rule for _, rule, _ in found(clock(2000), walk(2000, seed=seed, size=0.15))}
        assert rules == set()


@pytest.mark.parametrize(
    ("days", "severity"), [(15, None), (16, "warning"), (300, "warning"), (367, "error")]
)
def test_gaps(days, severity):
    times = clock().copy()
    times[100:] += (days - 1) * DAY
    expected = [] if severity is None else [(severity, "gap", 100)]
    assert found(times, walk()) == expected


def test_the_future_begins_tomorrow():
    times = clock(10)
    now = times[-1] - np.timedelta64(86_400, "s")
    assert found(times, walk(10), now=now) == []
    assert found(times, walk(10), now=now - np.timedelta64(1, "s")) == [("error", "future", 9)]


@pytest.mark.parametrize(("first", "second"), [(HOUR, 24 * HOUR), (24 * HOUR, HOUR)])
@pytest.mark.parametrize("row", [100, 160, 203, 300])
def test_bars_of_two_lengths(first, second, row):
    steps = np.where(np.arange(1, 400) < row, first, second)
    times = np.concatenate(([np.timedelta64(0, "s")], np.cumsum(steps)))
    severity, rule, where = found(np.datetime64("2010-01-01", "ns") + times, walk())[0]
    assert (severity, rule, where) == ("error", "bar_length", row)


def test_a_stray_bar_and_an_unfinished_one():
    times = clock().copy()
    times[50] = times[49] + np.timedelta64(1, "s")
    findings = inspect(dataset_of(times, walk()))
    assert [(f.rule, f.row) for f in findings if f.severity == "warning"] == [("stray_bar", 50)]
    times = clock().copy()
    times[-1] = times[-2] + 9 * HOUR
    (warning,) = (f for f in inspect(dataset_of(times, walk())) if f.severity == "warning")
    assert (warning.rule, warning.row) == ("stray_bar", 399)
    assert "unfinished last row" in warning.fix


@pytest.mark.parametrize(
    ("missing", "zone"),
    [
        ("2021-03-14T02:00", "America/New_York"),
        ("2021-03-28T02:00", "Europe/Berlin"),
        ("2021-10-03T02:00", "Australia/Sydney"),
        ("2021-05-02T02:00", None),  # any other Sunday
        ("2021-03-14T12:00", None),  # another hour
    ],
)
def test_local_times_lack_an_hour_in_spring(missing, zone):
    times = clock(400, HOUR, np.datetime64(missing) - 200 * HOUR)
    bars = np.delete(walk(), 200, axis=0)
    warnings = [f for f in inspect(dataset_of(np.delete(times, 200), bars)) if f.fix]
    assert [(f.severity.value, f.rule, f.row) for f in warnings] == (
        [] if zone is None else [("warning", "clock_change", 200)]
    )
    assert all(f"dataset.timezone={zone}" in f.fix for f in warnings)


@pytest.mark.parametrize("factor", [10, 0.1, 100, 1000])
def test_a_tenfold_price(factor):
    bars = walk()
    bars[200, 0, :4] *= factor
    findings = [f for f in inspect(dataset_of(clock(), bars)) if f.severity == "error"]
    assert [(f.rule, f.row, f.column) for f in findings] == [("tenfold_jump", 200, "close")]
    assert "decimal separator" in findings[0].fix


@pytest.mark.parametrize(("column", "factor"), [(1, 10), (2, 0.1)])
def test_a_tenfold_extreme(column, factor):
    bars = walk()
    bars[200, 0, column] *= factor
    name = ("open", "high", "low")[column]
    findings = [f for f in inspect(dataset_of(clock(), bars)) if f.severity == "error"]
    assert [(f.rule, f.row, f.column) for f in findings] == [("tenfold_range", 200, name)]


@pytest.mark.parametrize("factor", [2, 3, 4, 7, 0.5, 0.25])
def test_a_split(factor):
    bars = walk()
    bars[200:, 0, :4] *= factor
    findings = [f for f in inspect(dataset_of(clock(), bars)) if f.severity == "warning"]
    assert [(f.rule, f.row) for f in findings] == [("jump", 200)]
    assert f"{round(max(factor, 1 / factor))} to 1" in findings[0].fix


def test_a_spike():
    bars = walk()
    bars[200, 0, :4] *= 1.5
    assert found(clock(), bars) == [("warning", "spike", 200)]
    bars = walk()
    bars[200, 0, 1] *= 1.6
    assert found(clock(), bars) == [("warning", "spike", 200)]


@pytest.mark.parametrize(("step", "least"), [(DAY, 20), (HOUR, 200)])
def test_prices_that_stand_still(step, least):
    bars = walk(600)
    bars[100 : 100 + least, 0, :4] = bars[99, 0, :4]
    assert found(clock(600, step), bars) == [("warning", "still_prices", 99)]
    bars = walk(600)
    bars[100 : 100 + least - 1, 0, :4] = bars[99, 0, :4]
    assert found(clock(600, step), bars) == []


def test_a_price_that_never_moves():
    bars = np.ones((400, 1, 5))
    findings = inspect(dataset_of(clock(), bars))
    assert [f.rule for f in findings if f.severity == "error"] == ["still_prices"]


def test_rows_that_were_pasted_twice():
    bars = walk()
    bars[300:330] = bars[100:130]
    bars[300:330, :, :4] *= 1.0
    findings = [f for f in inspect(dataset_of(clock(), bars)) if f.rule == "repeated_block"]
    assert [(f.severity.value, f.row) for f in findings] == [("warning", 300)]
    assert "2010-04-11" in findings[0].message
    bars = walk()
    bars[300:307] = bars[100:107]
    assert [f for f in inspect(dataset_of(clock(), bars)) if f.rule == "repeated_block"] == []


def test_coarse_prices_may_repeat():
    rng = np.random.default_rng(0)
    close = 100 + rng.integers(0, 2, 5000) * 0.01
    bars = np.stack([close, close + 0.01, close - 0.01, close, np.zeros(5000)], axis=1)
    findings = inspect(dataset_of(clock(5000, HOUR), bars[:, np.newaxis]))
    assert [f for f in findings if f.severity != Severity.NOTE] == []


def test_missing_volume_is_a_note():
    bars = walk()
    bars[[10, 20], 0, 4] = 0
    (note,) = inspect(dataset_of(clock(), bars))
    assert (note.severity, note.rule, note.row) == (Severity.NOTE, "no_volume", 10)
    assert "2 rows" in note.message
    bars[:, 0, 4] = 0
    (note,) = inspect(dataset_of(clock(), bars))
    assert (note.rule, note.row) == ("no_volume", None)


def test_the_asset_is_named_when_there_are_several():
    bars = walk(assets=3)
    bars[200, 1, :4] *= 10
    with pytest.raises(UserError, match="demo, row 200, column 'b close': value"):
        check_suspicions(dataset_of(clock(), bars))


def test_a_rule_can_be_allowed():
    bars = walk()
    bars[200:, 0, :4] *= 12
    dataset = dataset_of(clock(), bars)
    with pytest.raises(UserError, match="row 200"):
        check_suspicions(dataset)
    assert check_suspicions(dataset, allow=["tenfold_jump"]) == ()


def test_warnings_are_returned_with_the_line_of_the_file(tmp_path):
    rows = good_rows(bars=200)
    rows[100:] = scaled(rows[100:], 0.5)
    path = put(tmp_path, text_of([HEADER, *rows]))["filename"]
    config = DatasetConfig(source="csv", filename=path, cache=False)
    dataset, warnings = load_checked(config)
    assert len(dataset) == 200
    close = rows[100].split(",")[4]
    assert [str(one).split(" is one")[0] for one in warnings] == [
        f"{path}, line 102, column 'Close': value '{close}'"
    ]


def test_all_faults_of_a_file_are_listed(tmp_path):
    lines = good_lines()
    lines[4] = "2020-01-04,1,2"
    lines[9] = HEADER
    for line in range(20, 30):
        lines[line] = lines[line].rsplit(",", 1)[0] + ","
    lines[40] = lines[40].replace(",", ",-", 1)
    lines[50:] = scaled(lines[50:], 10)
    findings = inspect(put(tmp_path, text_of(lines))["filename"])
    assert [(f.rule, f.row) for f in findings if f.severity != Severity.NOTE] == [
        ("columns", 5),
        ("second_header", 10),
        *(("number", line) for line in range(21, 26)),
        ("above_zero", 41),
        ("tenfold_jump", 51),
    ]
    assert "(5 more rows have this fault)" in findings[6].message
    assert findings[0].to_json()["place"] == "line 5"


def test_parquet_is_told_by_its_suffix(tmp_path):
    import pandas as pd

    bars = walk()
    bars[200, 0, :4] *= 10
    frame = pd.DataFrame(bars[:, 0], columns=["open", "high", "low", "close", "volume"])
    frame.insert(0, "datetime", clock())
    frame.to_parquet(tmp_path / "bars.parquet")
    findings = inspect(tmp_path / "bars.parquet")
    assert ("tenfold_jump", 200) in [(f.rule, f.row) for f in findings]


def test_a_million_good_bars_raise_no_alarm():
    number = 1_000_000
    times = clock(number, np.timedelta64(60, "s"), "2000-01-01")
    assert inspect(dataset_of(times, walk(number, size=0.0001))) == ()


@pytest.mark.parametrize("name", ["sp500", "nasdaq"])
def test_no_false_alarm_on_packaged_indices(name):
    if importlib.util.find_spec("arch") is None:
        pytest.skip("arch is not installed")
    findings = inspect(load_packaged(name))
    assert {f.severity for f in findings} <= {Severity.NOTE}


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("backtrader/2005-2006-day-001.txt", {}),
        ("backtrader/2006-day-001.txt", {}),
        ("backtrader/2006-min-005.txt", {}),
        ("backtrader/nvda-1999-2014.txt", {}),
        ("crypto/BTC_USD_hour_data.csv", {"columns": {"volume": "volumefrom"}}),
        ("crypto/ETH_USD_hour_data.csv", {"columns": {"volume": "volumefrom"}}),
        ("histdata/DAT_ASCII_EURUSD_M1_201701.csv", {"timezone": "Etc/GMT+5"}),
        ("histdata/DAT_ASCII_EURUSD_M1_201702.csv", {"timezone": "Etc/GMT+5"}),
        ("histdata/DAT_ASCII_EURUSD_M1_201702.csv", {"resample": "1h"}),
    ],
)
def test_no_false_alarm_on_real_files(name, options):
    path = SHARED / name
    if not path.is_file():
        pytest.skip("the folder with real files is not there")
    config = DatasetConfig.model_validate(
        {"source": "csv", "filename": str(path), "cache": False, **options}
    )
    findings = inspect(path, config)
    assert {f.severity for f in findings} <= {Severity.NOTE}, [str(f) for f in findings]


def test_no_false_alarm_on_two_months_as_one_series():
    names = [f"DAT_ASCII_EURUSD_M1_2017{month}.csv" for month in ("01", "02")]
    paths = [str(SHARED / "histdata" / name) for name in names]
    if not all(Path(path).is_file() for path in paths):
        pytest.skip("the folder with real files is not there")
    config = DatasetConfig.model_validate({"source": "csv", "filename": paths, "cache": False})
    dataset, warnings = load_checked(config)
    assert len(dataset) == 60_279
    assert warnings == ()
