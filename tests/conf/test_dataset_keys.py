"""Keys of dataset: files, columns, and the assets of several files."""

import pytest

from tradegym.conf.errors import UserError
from tradegym.conf.resolve import resolve

MULTI = "dataset=multi"
TWO = "dataset.assets={a:{filename:a.csv},b:%s}"


@pytest.mark.parametrize(
    ("overrides", "line"),
    [
        (("dataset.header=maybe",), "dataset.header: 'maybe' is not true, false or auto; allowed:"),
        (("dataset.columns.date=0",), "dataset.columns.time: missing; dataset.columns.date needs"),
        (("dataset.columns.time=0",), "dataset.columns.date: missing; dataset.columns.time needs"),
        (
            ("dataset.columns={datetime:0,date:1,time:2}",),
            "dataset.columns.datetime: not used with dataset.columns.date and .time",
        ),
        (("dataset.columns.open=-1",), "dataset.columns.open: -1 is not a name or a position from"),
        (("dataset.columns.open=true",), "dataset.columns.open: true is not a name or a position"),
        (("dataset.filename=[b,b]",), "dataset.filename: 'b' is listed twice; name each file once"),
        (("dataset.filename=[]",), "dataset.filename: missing; dataset.source=csv needs the path"),
        (("dataset.resample=5m",), "dataset.resample: '5m' is not a duration; allowed:"),
        (("dataset.bar_length=0h",), "dataset.bar_length: '0h' is out of range; allowed:"),
        (("dataset.timestamp=middle",), "dataset.timestamp: 'middle' is not one of the choices"),
        (("dataset.join=asof",), "dataset.join: not used with dataset.source=csv"),
    ],
)
def test_mistakes_in_a_files_keys(overrides, line):
    with pytest.raises(UserError) as caught:
        resolve(["dataset=csv", "dataset.filename=a.csv", *overrides])
    assert str(caught.value).startswith(line)


@pytest.mark.parametrize(
    ("entry", "line"),
    [
        ("{}", "dataset.assets.b.filename: missing; dataset.assets.b.source=csv needs the path"),
        ("b.csv", "dataset.assets.b: 'b.csv' is not a mapping of keys such as source"),
        ("{file:b}", "dataset.assets.b.file: no such key; allowed: source, filename,"),
        ("{filenam:b}", "dataset.assets.b.filenam: no such key; "),
        ("{source:yahoo}", "dataset.assets.b.source: 'yahoo' is not allowed; allowed: sp500,"),
        ("{filename:b,header:3}", "dataset.assets.b.header: 3 is not allowed; allowed: true, "),
        (
            "{filename:b,adjusted:3}",
            "dataset.assets.b.adjusted: 3 is not allowed; allowed: true or",
        ),
        ("{filename:b,columns:3}", "dataset.assets.b.columns: 3 is not a mapping; allowed keys: "),
        ("{filename:b,columns:{opn:3}}", "dataset.assets.b.columns.opn: no such key; allowed: "),
        ("{filename:b,delimiter:ab}", "dataset.assets.b.delimiter: 'ab' is not one character"),
        ("{source:sp500,filename:b}", "dataset.assets.b.filename: not used with dataset.assets.b."),
        (
            "{filename:b,columns:{date:1}}",
            "dataset.assets.b.columns.time: missing; dataset.assets.b.columns.date needs it",
        ),
    ],
)
def test_mistakes_in_an_asset_name_it(entry, line):
    with pytest.raises(UserError) as caught:
        resolve([MULTI, TWO % entry])
    assert str(caught.value).startswith(line)


def test_one_asset_is_not_several():
    with pytest.raises(UserError, match=r"dataset\.assets: has 1 asset\(s\)"):
        resolve([MULTI, "dataset.assets.a.filename=a.csv"])


def test_the_test_part_of_mixed_data_is_checked():
    with pytest.raises(UserError, match=r"dataset\.test\.sourc: no such key"):
        resolve(["dataset.source=mixed", "dataset.test.sourc=csv"])


def test_assets_may_be_set_key_by_key():
    overrides = [
        MULTI,
        "dataset.assets.a.filename=[a.csv,b.csv]",
        "dataset.assets.b={source:sp500}",
        "dataset.assets.b.timestamp=open",
    ]
    resolved = resolve(overrides)
    assert resolved.config.dataset.assets == {
        "a": {"filename": ["a.csv", "b.csv"]},
        "b": {"source": "sp500", "timestamp": "open"},
    }
    assert resolved.values["dataset.assets.b"].origin == "command line"
    assert resolved.tree()["dataset"]["assets"] == resolved.config.dataset.assets


def test_a_nested_parameter_of_the_own_strategy_may_be_set():
    resolved = resolve(["strategy.cls=a:B", "strategy.params.a.b=1"])
    assert resolved.config.strategy.params == {"a": {"b": 1}}
    assert resolved.values["strategy.params.a"].given


def test_an_own_dataset_needs_no_file():
    assert resolve(["dataset.cls=a:B"]).config.dataset.cls == "a:B"
    assert resolve(["dataset.cls=a:B", MULTI]).config.dataset.assets == {}
