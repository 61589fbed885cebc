"""Files as vendors write them; skipped where the folder with them is not next to the checkout."""

import os
from pathlib import Path

import numpy as np
import pytest

from tradegym.conf.resolve import resolve
from tradegym.envs.data.csv_file import load_csv
from tradegym.envs.data.sources import load_dataset

BESIDE = Path(__file__).resolve().parents[3] / "shared" / "data"
FOLDER = Path(os.environ.get("TRADEGYM_SHARED_DATA", BESIDE))


def load(name, **options):
    path = FOLDER / name
    if not path.is_file():
        pytest.skip("the folder with real files is not there")
    return load_csv(str(path), **options)


@pytest.mark.parametrize(
    ("name", "bars", "seconds"),
    [
        ("backtrader/2005-2006-day-001.txt", 512, 86_400),
        ("backtrader/2006-day-001.txt", 255, 86_400),
        ("backtrader/2006-min-005.txt", 2142, 300),
        ("backtrader/nvda-1999-2014.txt", 4012, 86_400),
    ],
)
def test_comma_separated_with_header(name, bars, seconds):
    dataset = load(name)
    assert len(dataset) == bars
    assert dataset.bar_seconds == seconds
    row = (FOLDER / name).read_text().splitlines()[1].split(",")
    columns = slice(2, 6) if seconds < 86_400 else slice(1, 5)
    assert dataset.ohlcv[0, 0, :4].tolist() == [float(cell) for cell in row[columns]]
    assert dataset.times[0].astype("datetime64[D]") == np.datetime64(row[0])


def test_date_and_time_of_day_in_two_columns():
    dataset = load("backtrader/2006-min-005.txt")
    assert dataset.times[0] == np.datetime64("2006-01-02T09:05")


@pytest.mark.parametrize(("month", "bars"), [("01", 31_500), ("02", 28_779)])
def test_minutes_without_header(month, bars):
    dataset = load(f"histdata/DAT_ASCII_EURUSD_M1_2017{month}.csv", timezone="Etc/GMT+5")
    assert len(dataset) == bars
    assert dataset.bar_seconds == 60
    if month == "01":
        assert dataset.times[0] == np.datetime64("2017-01-02T07:00")
        assert dataset.ohlcv[0, 0].tolist() == [1.05155, 1.05197, 1.05155, 1.0519, 0]


@pytest.mark.parametrize(("coin", "volume"), [("BTC", 1642.89), ("ETH", 11491.3)])
def test_epoch_milliseconds_in_another_order(coin, volume):
    dataset = load(f"crypto/{coin}_USD_hour_data.csv", columns={"volume": "volumefrom"})
    assert dataset.bar_seconds == 3600
    assert dataset.times[0] == np.datetime64("2018-10-17T08:00")
    assert dataset.ohlcv[0, 0, 4] == volume
    if coin == "BTC":
        assert dataset.ohlcv[0, 0, :4].tolist() == [6546.55, 6558.49, 6539, 6557.75]


EURUSD = [f"histdata/DAT_ASCII_EURUSD_M1_2017{month}.csv" for month in ("01", "02")]
ADJUSTED = "backtrader/nvda-1999-2014.txt"


def compose(*overrides):
    return load_dataset(resolve(overrides).config.dataset)


def paths(*names):
    if not all((FOLDER / name).is_file() for name in names):
        pytest.skip("the folder with real files is not there")
    return [str(FOLDER / name) for name in names]


def test_two_months_of_minutes_are_one_dataset():
    january, february = paths(*EURUSD)
    chosen = ("dataset=histdata", f"dataset.filename=[{january},{february}]")
    dataset, again = compose(*chosen), compose(*chosen)
    assert len(dataset) == 31_500 + 28_779
    assert dataset.bar_seconds == 60
    # The first line is 20170102 020000 in US Eastern standard time: the minute that begins.
    assert dataset.times[0] == np.datetime64("2017-01-02T07:01")
    assert dataset.times[-1] == np.datetime64("2017-03-01T04:59")
    assert dataset.ohlcv[31_500, 0].tolist() == [1.07907, 1.0791, 1.07892, 1.07893, 0]
    assert again.stored is not None
    assert again == dataset
    hours = compose(*chosen, "dataset.resample=1h")
    assert hours.bar_seconds == 3600
    assert hours.ohlcv[0, 0, 0] == 1.05155


def test_adjusted_prices_of_a_stock():
    (path,) = paths(ADJUSTED)
    plain = compose("dataset=yahoo", f"dataset.filename={path}")
    adjusted = compose("dataset=yahoo", f"dataset.filename={path}", "dataset.adjusted=true")
    assert plain.ohlcv[0, 0, 3] == 1.640625
    assert adjusted.ohlcv[0, 0, 3] == pytest.approx(1.518424, rel=1e-12)
    np.testing.assert_array_equal(adjusted.ohlcv[..., 4], plain.ohlcv[..., 4])


def test_two_coins_are_aligned():
    names = [f"crypto/{coin}_USD_hour_data.csv" for coin in ("BTC", "ETH")]
    btc, eth = paths(*names)
    assert compose("dataset=crypto_hourly", f"dataset.filename={btc}").times[0] == np.datetime64(
        "2018-10-17T09:00"
    )
    both = compose(
        "dataset=multi",
        f"dataset.assets.btc={{filename:{btc},columns:{{volume:volumefrom}}}}",
        f"dataset.assets.eth={{filename:{eth},columns:{{volume:volumefrom}}}}",
    )
    assert both.assets == ("btc", "eth")
    assert both.notes == ()
    assert both.ohlcv[0].tolist() == [
        [6546.55, 6558.49, 6539, 6557.75, 1642.89],
        [208.7, 209.72, 208.47, 209.42, 11491.3],
    ]
