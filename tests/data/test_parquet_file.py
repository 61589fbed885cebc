import datetime as dt
from decimal import Decimal

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from pyarrow import feather
from pyarrow import parquet as pq

from tradegym.conf.errors import UserError
from tradegym.conf.schema.dataset import DatasetConfig
from tradegym.conf.schema.files import ColumnsConfig
from tradegym.envs.data.dataset import Dataset
from tradegym.envs.data.sources import load_dataset

DAYS = [dt.datetime(2020, 1, day, 5) for day in range(1, 9)]


def table(**columns):
    number = len(DAYS)
    base = {
        "time": pa.array(DAYS, pa.timestamp("us")),
        "open": [10.0] * number,
        "high": [12.0] * number,
        "low": [9.0] * number,
        "close": [11.0] * number,
        "volume": [100.0] * number,
    }
    return pa.table(base | columns)


@pytest.fixture
def load(tmp_path):
    """Write a table and load it."""

    def write_and_load(content, name="bars.parquet", columns=None, **options):
        path = tmp_path / name
        if isinstance(content, bytes):
            path.write_bytes(content)
        elif name.endswith((".feather", ".arrow")):
            feather.write_feather(content, path)
        else:
            pq.write_table(content, path)
        columns = ColumnsConfig(**(columns or {}))
        return load_dataset(
            DatasetConfig(source="parquet", filename=str(path), columns=columns, **options)
        )

    return write_and_load


@pytest.mark.parametrize("name", ["a.parquet", "a.pq", "a.feather", "a.arrow", "A.PARQUET"])
def test_formats(load, name):
    dataset = load(table(), name)
    assert dataset.name == name.split(".")[0]
    assert dataset.times[0] == np.datetime64("2020-01-01T05:00")
    assert dataset.ohlcv[0, 0].tolist() == [10, 12, 9, 11, 100]


@pytest.mark.parametrize(
    "times",
    [
        pa.array(DAYS, pa.timestamp("s")),
        pa.array(DAYS, pa.timestamp("ns")),
        pa.array(DAYS, pa.timestamp("ms", "America/New_York")),  # the values are UTC
        pa.array([day.isoformat() for day in DAYS]),
        pa.array([int(day.replace(tzinfo=dt.UTC).timestamp()) for day in DAYS]),
        pa.array([int(day.replace(tzinfo=dt.UTC).timestamp() * 1000) for day in DAYS]),
    ],
)
def test_kinds_of_times(load, times):
    assert load(table(time=times)).times[-1] == np.datetime64("2020-01-08T05:00")


def test_a_zone_is_applied_to_times_without_one(load):
    assert load(table(), timezone="Etc/GMT+5").times[0] == np.datetime64("2020-01-01T10:00")
    dates = pa.array([day.date() for day in DAYS])
    assert load(table(time=dates)).times[0] == np.datetime64("2020-01-01")


def test_dates_and_times_of_day_in_two_columns(load):
    content = table(
        time=pa.array([dt.time(9, 30)] * 8, pa.time64("us")),
        date=pa.array([day.date() for day in DAYS]),
    )
    assert load(content).times[0] == np.datetime64("2020-01-01T09:30")


@pytest.mark.parametrize("kind", [pa.float32(), pa.int16(), pa.decimal128(10, 2)])
def test_kinds_of_numbers(load, kind):
    number = Decimal if pa.types.is_decimal(kind) else float if pa.types.is_floating(kind) else int
    assert load(table(high=pa.array([number(12)] * 8, kind))).ohlcv[0, 0, 1] == 12


def test_the_index_that_pandas_wrote(tmp_path):
    frame = table().to_pandas().set_index("time")
    frame.index.name = None
    frame.to_parquet(tmp_path / "a.parquet")
    dataset = load_dataset(DatasetConfig(source="parquet", filename=str(tmp_path / "a.parquet")))
    assert dataset == Dataset.from_frame(frame, "a")


def test_columns_and_shapes_as_for_text(load):
    content = table(last=[10.0] * 8, adjusted_close=[5.5] * 8)
    dataset = load(content, columns={"open": "last", "high": 2}, adjusted=True, timestamp="open")
    assert dataset.ohlcv[0, 0].tolist() == [5, 6, 4.5, 5.5, 100]
    assert dataset.times[0] == np.datetime64("2020-01-02T05:00")


WRONG = {
    "text": (table(close=["11"] * 8), "column 'close' is of type string, not numeric"),
    "null": (table(low=[9.0, None] * 4), "row 1, column 'low': value nan is not a finite number"),
    "null time": (table(time=[DAYS[0], None, *DAYS[2:]]), "row 1, column 'time': value NaT"),
    "bad time": (table(time=["2020-01-01"] * 4 + ["x"] * 4), "row 4, column 'time': value 'x' is"),
    "boolean times": (table(time=[True] * 8), "row 0, column 'time': value 'True' is not a time"),
    "list of times": (table(time=[[1]] * 8), "column 'time' of type list"),
    "unsorted": (table(time=[*DAYS[1:], DAYS[0]]), "row 7, column 'time'"),
    "no rows": (table().slice(0, 0), "has 0 bar(s)"),
    "no close": (table().drop_columns("close"), "no column for 'close'"),
    "year 9999": (table(time=pa.array([dt.datetime(9999, 1, 1)] * 8, "timestamp[us]")), "'time'"),
    "no parquet": (b"PAR1 and nothing else", "is not a readable parquet file"),
    "empty": (b"", "is not a readable parquet file"),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_files_are_refused(load, tmp_path, case):
    content, message = WRONG[case]
    with pytest.raises(UserError) as caught:
        load(content)
    line = str(caught.value)
    assert "\n" not in line
    assert line.startswith(str(tmp_path / "bars.parquet"))
    assert message in line


def test_wrong_endings_and_missing_files(load, tmp_path):
    with pytest.raises(UserError, match=r"does not end with one of \.parquet"):
        load(b"x", "bars.csv")
    with pytest.raises(UserError, match=r"is not a readable feather file"):
        load(b"ARROW1xxxxxxxxxxxxxxx", "bars.feather")
    with pytest.raises(UserError, match=r"does not exist; did you mean 'bars\.csv'"):
        load_dataset(DatasetConfig(source="parquet", filename=str(tmp_path / "bar.csv")))


def test_frames_of_arrow():
    dataset = Dataset.from_frame(table(), "demo")
    assert dataset == Dataset.from_frame(table().to_pandas(), "demo")
    batch = Dataset.from_frame(table().to_batches()[0], "demo")
    assert batch == dataset

    class Foreign:
        """A frame of a library that is not installed."""

        def __arrow_c_stream__(self, requested_schema=None):
            return table().__arrow_c_stream__(requested_schema)

    assert Dataset.from_frame(Foreign(), "demo") == dataset


def test_frames_of_pandas_may_name_positions():
    frame = pd.DataFrame(table().to_pandas())
    columns = {"open": 2, "high": 2, "low": 2, "close": 2}
    assert (Dataset.from_frame(frame, "demo", columns).ohlcv[:, 0, :4] == 12).all()
