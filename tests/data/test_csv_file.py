import gzip

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradegym.envs.data.csv_file import load_csv

EXPECTED = [10.0, 12.0, 9.0, 11.0, 100.0]
DAYS = [f"2020-01-{day:02d}" for day in range(1, 9)]


def lines(pattern, header=None):
    return "\n".join([*([header] if header else []), *(pattern.format(day) for day in DAYS)])


def assert_expected(dataset, volume=100.0, first="2020-01-01"):
    assert len(dataset) == 8
    assert (dataset.ohlcv[:, 0] == [*EXPECTED[:4], volume]).all()
    assert dataset.times[0] == np.datetime64(first)
    assert dataset.bar_seconds == 86_400


@pytest.mark.parametrize("given_delimiter", [True, False])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("header", ["Date,Open,High,Low,Close,Volume", None])
def test_delimiters_with_and_without_header(write_csv, delimiter, header, given_delimiter):
    text = lines("{},10,12,9,11,100", header).replace(",", delimiter)
    path = write_csv(text)
    options = {"delimiter": delimiter} if given_delimiter else {}
    dataset = load_csv(path, **options)
    assert_expected(dataset)
    assert (dataset.name, dataset.assets) == ("bars", ("bars",))


@pytest.mark.parametrize(
    ("header", "pattern"),
    [
        ("DATETIME,OPEN,HIGH,LOW,CLOSE,VOLUME", "{},10,12,9,11,100"),
        ("close,volume,low,high,open,timestamp", "11,100,9,12,10,{}"),
        ('"Date","Open","High","Low","Close","Vol"', '"{}","10","12","9","11","100"'),
        ("<DATE>,<OPEN>,<HIGH>,<LOW>,<CLOSE>,<TICKVOL>", "{},10,12,9,11,100"),
        (" Date , Open , High , Low , Close , Volume ", " {} , 10 , 12 , 9 , 11 , 100 "),
        ("Date,Open,High,Low,Close,Adj Close,Volume", "{},10,12,9,11,5,100"),
        (",Open,High,Low,Close,Volume", "{},10,12,9,11,100"),
        ("Date,Note,Open,High,Low,Close,Volume", '{},"a, b",10,12,9,11,100'),
        ("Date,Time,Open,High,Low,Close,Volume", "{},00:00:00,10,12,9,11,100"),
        (None, "{},00:00,10,12,9,11,100"),
        (None, "{},10,12,9,11,100,extra"),
        (None, "{},1e1,+12.,09.000,11,.1e3"),
    ],
)
def test_layouts(write_csv, header, pattern):
    assert_expected(load_csv(write_csv(lines(pattern, header))))


@pytest.mark.parametrize("header", ["Date,Open,High,Low,Close", None])
def test_volume_may_be_absent(write_csv, header):
    assert_expected(load_csv(write_csv(lines("{},10,12,9,11", header))), volume=0)


def test_columns_may_be_named(write_csv):
    path = write_csv(lines("{},8,x,12,9,11,10,100", "day,close,Close,h,l,last,o,v"))
    names = {"datetime": "DAY", "open": "o", "high": "H", "low": "l", "close": "last"}
    assert_expected(load_csv(path, columns=names | {"volume": None}), volume=0)
    assert_expected(load_csv(path, columns=names | {"volume": "v"}))


def test_a_named_column_is_matched_by_case_first(write_csv):
    path = write_csv(lines("{},10,12,9,8,11,100", "Date,Open,High,Low,Close,close,Volume"))
    assert_expected(load_csv(path, columns={"close": "close"}))


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("tail", ["", "\n", "\n\n\n"])
def test_line_endings_blank_lines_and_byte_order_mark(write_csv, ending, tail):
    text = "\n\n" + lines("{},10,12,9,11,100\n", "Date,Open,High,Low,Close,Volume\n") + tail
    assert_expected(load_csv(write_csv("\ufeff" + text.replace("\n", ending))))


def test_gzip(write_csv):
    text = lines("{},10,12,9,11,100", "Date,Open,High,Low,Close,Volume")
    dataset = load_csv(write_csv(gzip.compress(text.encode()), name="eurusd.csv.gz"))
    assert_expected(dataset)
    assert dataset.name == "eurusd"


def test_times_in_a_zone(write_csv):
    path = write_csv(lines("{},10,12,9,11,100"))
    dataset = load_csv(path, timezone="Etc/GMT+5")
    assert_expected(dataset, first="2020-01-01T05:00")


def test_the_home_directory(write_csv, monkeypatch, tmp_path):
    write_csv(lines("{},10,12,9,11,100"))
    monkeypatch.setenv("HOME", str(tmp_path))
    assert_expected(load_csv("~/bars.csv"))


@given(
    prices=st.lists(st.floats(1e-6, 1e12), min_size=3, max_size=30),
    volume=st.floats(0, 1e15),
)
def test_every_number_is_read_to_the_last_bit(tmp_path_factory, prices, volume):
    path = tmp_path_factory.mktemp("csv") / "bars.csv"
    rows = [f"{2000 + i}-01-01;{p!r};{p!r};{p!r};{p!r};{volume!r}" for i, p in enumerate(prices)]
    path.write_text("\n".join(rows))
    dataset = load_csv(str(path))
    for column in range(4):
        assert dataset.ohlcv[:, 0, column].tolist() == prices
    assert (dataset.ohlcv[:, 0, 4] == volume).all()


def test_the_file_is_not_changed(write_csv, tmp_path):
    path = write_csv()
    before = (tmp_path / "bars.csv").read_bytes()
    load_csv(path)
    assert (tmp_path / "bars.csv").read_bytes() == before
    assert [entry.name for entry in tmp_path.iterdir()] == ["bars.csv"]


def minutes(number):
    start = np.datetime64("2015-01-01T00:00:00")
    stamps = (start + np.arange(number) * np.timedelta64(60, "s")).astype(str)
    rows = [f"{t},100.{i % 97},103.5,99.25,101.{i % 83},{i}" for i, t in enumerate(stamps)]
    return "datetime,open,high,low,close,volume\n" + "\n".join(rows)


def test_five_thousand_rows_are_read(write_csv):
    path = write_csv(minutes(5000))
    assert len(load_csv(path)) == 5000


@pytest.mark.slow
def test_a_million_rows_are_read(write_csv):
    path = write_csv(minutes(1_000_000))
    dataset = load_csv(path)
    assert dataset.ohlcv[999_999, 0].tolist() == [
        float(f"100.{999_999 % 97}"),
        103.5,
        99.25,
        float(f"101.{999_999 % 83}"),
        999_999,
    ]
