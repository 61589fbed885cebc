"""Files as vendors write them; skipped where the folder with them is not next to the checkout."""

from pathlib import Path

import numpy as np
import pytest

from tradegym.envs.data.csv_file import load_csv

FOLDER = Path(__file__).resolve().parents[3] / "shared" / "data"


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
