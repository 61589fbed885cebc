"""One asset out of several files, its times moved to the close, its prices adjusted."""

import gzip
import io
import zipfile
from pathlib import Path

import numpy as np
import pytest

from tradegym.conf.errors import UserError
from tradegym.conf.schema.dataset import DatasetConfig
from tradegym.conf.schema.files import ColumnsConfig
from tradegym.envs.data.sources import load_dataset

HEADER = "Date,Open,High,Low,Close,Adj Close,Volume\n"


def rows(first, last, month=1):
    return "".join(f"2020-{month:02d}-{d:02d},10,12,9,11,5.5,100\n" for d in range(first, last + 1))


@pytest.fixture
def files(tmp_path):
    """Write files and return their names."""

    def write(*contents):
        names = [str(tmp_path / f"{chr(97 + i)}.csv") for i in range(len(contents))]
        for name, content in zip(names, contents, strict=True):
            Path(name).write_text(content)
        return tuple(names)

    return write


def load(names, **options):
    columns = ColumnsConfig(**options.pop("columns", {}))
    return load_dataset(DatasetConfig(source="csv", filename=names, columns=columns, **options))


def refusal(names, tmp_path, **options):
    with pytest.raises(UserError) as caught:
        load(names, **options)
    message = str(caught.value)
    assert "\n" not in message
    return message.replace(f"{tmp_path}/", "")


def test_files_are_put_one_after_the_other(files):
    names = files(HEADER + rows(1, 10), rows(11, 20), (HEADER + rows(21, 30)).replace(",", ";"))
    dataset = load(names)
    assert len(dataset) == 30
    assert dataset.name == "a"
    assert (np.diff(dataset.times) == np.timedelta64(1, "D")).all()


def test_the_order_of_files_is_not_guessed(files, tmp_path):
    older, newer = files(rows(1, 10), rows(11, 20))
    message = refusal((newer, older), tmp_path)
    assert (
        message == "a.csv: is older than b.csv; list the files of dataset.filename from old to new"
    )


def test_overlapping_files_are_refused(files, tmp_path):
    message = refusal(files(rows(1, 10), rows(10, 20)), tmp_path)
    assert message == (
        "b.csv: begins at 2020-01-10T00:00:00, before a.csv ends at 2020-01-10T00:00:00; remove "
        "the bars that are in both"
    )


def test_a_fault_in_the_second_file_is_found_there(files, tmp_path):
    bad = HEADER + rows(11, 14) + "2020-01-15,10,12,9,13,5.5,100\n" + rows(16, 20)
    message = refusal(files(HEADER + rows(1, 10), bad), tmp_path)
    assert "b.csv, line 6, column 'Close': value '13' is outside low 9.0 to high 12" in message


def test_every_file_must_have_the_columns(files, tmp_path):
    one, other = HEADER + rows(1, 10), HEADER + rows(11, 20)
    names = files(one, other.replace("Close", "X"))
    assert refusal(names, tmp_path).startswith("b.csv: no column for 'close'")
    names = files(one, other.replace("Volume", "X"))
    assert refusal(names, tmp_path).startswith("b.csv: has no column for 'volume', unlike a.csv")
    names = files(one.replace("Volume", "X"), other)
    assert refusal(names, tmp_path).startswith("a.csv: has no column for 'volume', unlike b.csv")
    names = files(one.replace("Volume", "X"), other.replace("Volume", "X"))
    assert not load(names).ohlcv[..., 4].any()


def test_times_of_the_open_move_to_the_close(files):
    names = files(rows(1, 4) + rows(7, 10))  # a gap is not a longer bar
    closes, opens = load(names), load(names, timestamp="open")
    assert (opens.times - closes.times == np.timedelta64(1, "D")).all()
    np.testing.assert_array_equal(opens.ohlcv, closes.ohlcv)


def test_the_bar_length_may_be_required(files, tmp_path):
    names = files(rows(1, 10))
    assert len(load(names, bar_length="1D")) == 10
    message = refusal(names, tmp_path, bar_length="1h")
    assert "a.csv: the bars are 86400 s apart, but dataset.bar_length is 3600 s" in message


def test_prices_are_adjusted_on_request(files):
    names = files(HEADER + rows(1, 10))
    assert load(names).ohlcv[0, 0].tolist() == [10, 12, 9, 11, 100]
    dataset = load(names, adjusted=True)
    assert dataset.ohlcv[0, 0].tolist() == [5, 6, 4.5, 5.5, 100]
    assert "prices are adjusted by 'Adj Close' / close" in dataset.notes[0]


@pytest.mark.parametrize("value", ["0", "-1", "nan", "inf", "x", ""])
def test_a_wrong_adjusted_close_is_named(files, tmp_path, value):
    names = files(HEADER + rows(1, 3) + f"2020-01-04,10,12,9,11,{value},100\n" + rows(5, 9))
    assert len(load(names)) == 9
    message = refusal(names, tmp_path, adjusted=True)
    assert message.startswith(f"a.csv, line 5, column 'Adj Close': value '{value}' is ")


def test_without_an_adjusted_close_nothing_is_adjusted_in_silence(files, tmp_path):
    names = files((HEADER + rows(1, 9)).replace("Adj Close", "x"))
    assert "no column for 'adj_close'" in refusal(names, tmp_path, adjusted=True)


def test_columns_by_position(files, tmp_path):
    text = "".join(f"9;{d:02d}:00;2020-01-01;12;10;11\n" for d in range(1, 9))
    at = {"date": 2, "time": 1, "open": 4, "high": 3, "low": 0, "close": 5}
    dataset = load(files(text), columns=at)
    assert dataset.ohlcv[0, 0].tolist() == [10, 12, 9, 11, 0]
    assert dataset.times[0] == np.datetime64("2020-01-01T01:00")
    message = refusal(files(text), tmp_path, columns=at | {"close": 6})
    assert "dataset.columns.close=6 is not a position; the 6 columns are at 0 to 5" in message


def test_a_given_column_is_not_searched_for_another_field(files, tmp_path):
    names = files(rows(1, 9).replace(",5.5", ""))
    message = refusal(names, tmp_path, columns={"close": 1})
    assert "no column for 'open'" in message
    # Given twice, it is what the user wants: a file with one price.
    dataset = load(names, columns={"open": 4, "high": 4, "low": 4, "close": 4})
    assert dataset.ohlcv[0, 0, :4].tolist() == [11, 11, 11, 11]


def test_a_header_of_numbers_is_said(files):
    text = "0,1,2,3,4,5\n" + rows(1, 9).replace(",5.5", "")
    columns = {"datetime": 0, "open": 1, "high": 2, "low": 3, "close": 4}
    assert len(load(files(text), header=True, columns=columns)) == 9


def test_no_header_is_said(files, tmp_path):
    names = files(HEADER + rows(1, 9))
    assert "line 1, column 'datetime': value 'Date' is not a time" in refusal(
        names, tmp_path, header=False
    )


def archive(members):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in members.items():
            file.writestr(name, content)
    return buffer.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        archive({"bars.csv": rows(1, 9)}),
        archive({"bars.dat": rows(1, 9)}),
        archive({"x/DATA.CSV": rows(1, 9), "report.txt": "gaps: none"}),
        gzip.compress(rows(1, 9).encode()),
    ],
)
def test_compressed_files(tmp_path, content):
    path = tmp_path / "bars.zip"
    path.write_bytes(content)
    names = {"open": 1, "high": 2, "low": 3, "close": 4, "volume": 6}
    dataset = load(str(path), columns=names)
    assert (len(dataset), dataset.name) == (9, "bars")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            archive({"a.csv": "1", "b.csv": "2"}),
            "the archive has 2 files (a.csv, b.csv); unpack it",
        ),
        (archive({"folder/": ""}), "the archive has 0 files (none)"),
        (archive({"[Content_Types].xml": "x", "a.csv": "1"}), "is an Excel workbook"),
        (archive({"bars.csv": rows(1, 9)})[:-30], "cannot be read: File is not a zip file"),
    ],
)
def test_wrong_archives(tmp_path, content, message):
    path = tmp_path / "bars.zip"
    path.write_bytes(content)
    assert message in refusal(str(path), tmp_path)
