"""BTgym's parsing_params; its documented default reads HistData's files."""

import numpy as np
import pytest

from tradegym.conf.errors import UserError
from tradegym.conf.resolve import resolve
from tradegym.envs.data.parsing_params import from_parsing_params
from tradegym.envs.data.sources import load_dataset

DEFAULT = {
    "sep": ";",
    "header": 0,
    "index_col": 0,
    "parse_dates": True,
    "names": ["open", "high", "low", "close", "volume"],
    "timeframe": 1,
    "datetime": 0,
    "open": 1,
    "high": 2,
    "low": 3,
    "close": 4,
    "volume": -1,
    "openinterest": -1,
}


def columns(**params):
    keys = from_parsing_params(params)
    return {key.removeprefix("dataset.columns."): value for key, value in keys.items()}


def load(path, params):
    given = {"dataset.filename": str(path)} | from_parsing_params(params)
    return load_dataset(resolve(["dataset=csv"], given=given).config.dataset)


def test_the_default_reads_every_line_of_histdata(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("".join(f"20170102 02{m:02d}00;10;12;9;11;0\n" for m in range(30)))
    dataset = load(path, DEFAULT)
    assert len(dataset) == 30  # BTgym took the first bar for a header
    assert dataset.ohlcv[0, 0].tolist() == [10, 12, 9, 11, 0]
    assert dataset.times[0] == np.datetime64("2017-01-02T02:00")


def test_the_default_is_translated_in_full():
    at = {"datetime": 0, "open": 1, "high": 2, "low": 3, "close": 4}
    assert from_parsing_params(DEFAULT) == {
        "dataset.delimiter": ";",
        "dataset.header": "auto",
        "dataset.bar_length": "1min",
    } | {f"dataset.columns.{field}": position for field, position in at.items()}


def test_only_what_is_given_is_translated():
    assert from_parsing_params({}) == {}
    assert from_parsing_params({"sep": ","}) == {"dataset.delimiter": ","}
    assert from_parsing_params({"header": None}) == {"dataset.header": False}
    assert from_parsing_params({"header": 0}) == {"dataset.header": True}
    assert from_parsing_params({"timeframe": 1440}) == {"dataset.bar_length": "1440min"}


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        # Fewer names than columns: the index comes first, as in pandas.
        ({"index_col": 0, "names": ["close", "open"]}, {"datetime": 0, "close": 1, "open": 2}),
        # The index has a name of its own.
        ({"index_col": 0, "names": ["when", "close"]}, {"datetime": 0, "close": 1}),
        ({"index_col": 1, "names": ["open", "when", "low"]}, {"datetime": 1, "open": 0, "low": 2}),
        ({"names": ["open", "x", "Close"]}, {"open": 0, "close": 2}),
        # Positions are those of a frame whose first column is the index.
        ({"index_col": 0, "open": 3, "close": 1}, {"datetime": 0, "open": 3, "close": 1}),
        ({"index_col": 2, "open": 1, "high": 2, "low": 3}, {
            "datetime": 2, "open": 0, "high": 1, "low": 3,
        }),
        ({"names": ["open"], "index_col": 0, "open": 4}, {"datetime": 0, "open": 4}),
        ({"parse_dates": [[0, 1]], "close": 3}, {"date": 0, "time": 1, "close": 3}),
        ({"parse_dates": {"when": ["d", "t"]}, "index_col": 0}, {"date": "d", "time": "t"}),
        ({"parse_dates": [0], "index_col": [0]}, {"datetime": 0}),
    ],
)  # fmt: skip
def test_columns(params, expected):
    assert columns(**params) == expected


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"seperator": ";"}, "'seperator' is not known; allowed: sep"),
        ({"headr": 0}, "did you mean 'header'"),
        ({"header": 3}, "header=3 cannot be read; allowed: 0 or None"),
        ({"index_col": "date"}, "index_col='date' is not the position of one column"),
        ({"names": "open"}, "names='open' is not a list of names"),
        ({"timeframe": 0}, "timeframe=0 is not a whole number; allowed: 1 or more"),
        ({"open": 1.5}, "open=1.5 is not a whole number; allowed: -1 or more"),
    ],
)
def test_what_cannot_be_translated_is_refused(params, message):
    with pytest.raises(UserError) as caught:
        from_parsing_params(params)
    assert str(caught.value).startswith("parsing_params: ")
    assert message in str(caught.value)


def test_a_wrong_timeframe_is_refused(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("".join(f"20170102 02{m:02d}00;10;12;9;11;0\n" for m in range(0, 60, 5)))
    with pytest.raises(UserError, match=r"300 s apart, but dataset\.bar_length is 60 s"):
        load(path, DEFAULT)
    assert len(load(path, DEFAULT | {"timeframe": 5})) == 12
