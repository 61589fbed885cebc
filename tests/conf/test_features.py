"""``strategy.state.features``: overrides, origins, storing and mistakes of typed entries."""

import json
import subprocess
import sys

import pytest

from tradegym.conf.errors import UserError
from tradegym.conf.resolve import resolve, resolve_stored
from tradegym.conf.schema.features import complete_features, feature_imports
from tradegym.conf.schema.keys import find_key, from_flat

F = "strategy.state.features"
LOG_RETURN = {
    "kind": "log_return", "lookback": 1, "input": "close",
    "scale": 1.0, "scaler": "standard", "clip": None, "asset": None,
}  # fmt: skip
RSI = {
    "kind": "RSI", "timeperiod": 14, "input": "close",
    "scale": 1.0, "scaler": "standard", "clip": None, "asset": None,
}  # fmt: skip


def features(*overrides, **others):
    return resolve([f"{F}.{one}" if one[0] != "~" else one for one in overrides], **others)


def entries(*overrides, **others):
    return features(*overrides, **others).config.strategy.state.features


@pytest.fixture
def own_options(tmp_path):
    """Return a config directory with a strategy ``mine``."""
    folder = tmp_path / "conf" / "strategy"
    folder.mkdir(parents=True)

    def write(text):
        lines = "".join(f"    {line}\n" for line in text.splitlines())
        (folder / "mine.yaml").write_text(f"state:\n  features:\n{lines}", encoding="utf-8")
        return tmp_path / "conf"

    return write


def test_the_default_is_complete():
    assert entries() == {"log_return": LOG_RETURN}


def test_options_are_set_one_by_one():
    assert entries("log_return.lookback=5") == {"log_return": LOG_RETURN | {"lookback": 5}}
    assert entries("RSI.timeperiod=7") == {
        "log_return": LOG_RETURN,
        "RSI": RSI | {"timeperiod": 7},
    }
    fast = entries("fast.kind=rsi", "fast.timeperiod=7", "fast.scaler=tanh", "fast.scale=0.01")
    assert fast["fast"] == RSI | {"timeperiod": 7, "scaler": "tanh", "scale": 0.01}


def test_an_entry_at_once():
    assert entries("RSI={timeperiod:7,scale:2}")["RSI"] == RSI | {"timeperiod": 7, "scale": 2.0}
    assert entries("rsi={}")["rsi"] == RSI
    whole = resolve([f"{F}={{RSI:{{timeperiod:7}},log_return:null}}"])
    assert whole.config.strategy.state.features == {
        "log_return": None,
        "RSI": RSI | {"timeperiod": 7},
    }


def test_an_empty_mapping_leaves_an_entry_as_it_is():
    resolved = features("log_return.lookback=5", "log_return={}")
    assert resolved.config.strategy.state.features["log_return"]["lookback"] == 5
    assert resolved.values[f"{F}.log_return.lookback"].origin == "command line"


def test_entries_are_removed():
    assert entries("log_return=null", "RSI={}") == {"log_return": None, "RSI": RSI}
    assert entries(f"~{F}.log_return", "RSI={}") == {"RSI": RSI}
    removed = resolve([f"~{F}.log_return.lookback"])
    assert removed.config.strategy.state.features == {"log_return": LOG_RETURN}
    nothing = resolve([f"~{F}.log_return", "strategy.state.modes=[raw]"])
    assert nothing.config.strategy.state.features == {}
    assert nothing.values[F].origin == "command line"


def test_what_was_removed_can_be_set_again():
    again = entries("log_return=null", "log_return.lookback=3")
    assert again["log_return"]["lookback"] == 3


@pytest.mark.parametrize(
    "overrides",
    [[f"~{F}.log_return"], [f"{F}.log_return=null"]],
)
def test_the_state_cannot_show_features_without_any(overrides):
    with pytest.raises(UserError, match=f"{F}: empty, but strategy.state.modes names features"):
        resolve(overrides)


def test_command_line_merges_into_a_file_and_origins_tell(own_options):
    directory = own_options("rsi: {timeperiod: 9, scaler: robust}\nMOM: {}\ngone: {kind: EMA}")
    resolved = resolve(
        ["strategy=mine", f"{F}.rsi.timeperiod=7", f"{F}.gone=null"], config_dir=directory
    )
    chosen = resolved.config.strategy.state.features
    assert chosen["rsi"] == RSI | {"timeperiod": 7, "scaler": "robust"}
    assert chosen["MOM"]["timeperiod"] == 10
    assert chosen["gone"] is None
    origins = {
        key.removeprefix(f"{F}."): one.origin
        for key, one in resolved.values.items()
        if key.startswith(F)
    }
    assert origins["rsi.timeperiod"] == "command line"
    assert origins["rsi.scaler"].startswith("file ")
    assert origins["MOM.timeperiod"] == "schema"
    assert origins["rsi.kind"] == origins["MOM.kind"] == origins["rsi.scaler"]
    assert origins["gone"] == "command line"


def test_a_mistake_in_a_file_names_the_file(own_options):
    directory = own_options("rsi: {timperiod: 9}")
    with pytest.raises(UserError, match=r"rsi.timperiod: RSI has no such option.*\(in .*mine.yaml"):
        resolve(["strategy=mine"], config_dir=directory)
    directory = own_options("RSJ: {timeperiod: 9}")
    with pytest.raises(UserError, match=r"'RSJ' is not a kind.*\(in .*mine.yaml"):
        resolve(["strategy=mine"], config_dir=directory)


@pytest.mark.parametrize(
    "overrides",
    [
        [f"{F}.RSI.timeperiod=7", f"{F}.log_return=null"],
        [f"{F}.bank.kind=sma_gradient", f"{F}.bank.scale=[1,2,3]", f"{F}.bank.periods=[1,2,4]"],
        [f"{F}.mine.kind=m:C", f"{F}.mine.any={{a:{{b:1}}}}"],
        [f"~{F}.log_return", "strategy.state.modes=[raw]"],
        ["strategy.cls=a:B", f"{F}.RSI={{}}"],
        ["strategy.cls=a:B", f"{F}.fast.kind=RSI"],
        ["strategy.cls=a:B", f"{F}.log_return.lookback=2"],
        ["engine.cerebro=a:B", f"{F}.RSI.timeperiod=7"],
    ],
)
def test_what_was_stored_comes_back(tmp_path, overrides):
    resolved = resolve(overrides)
    (tmp_path / "config.yaml").write_text(resolved.yaml(), encoding="utf-8")
    (tmp_path / "resolved.json").write_text(json.dumps(resolved.to_json()), encoding="utf-8")
    again = resolve_stored(tmp_path)
    assert again.config == resolved.config
    assert dict(again.values) == dict(resolved.values)
    more = resolve_stored(tmp_path, [f"{F}.EMA.timeperiod=3"])
    if "engine.cerebro=a:B" not in overrides:
        assert more.config.strategy.state.features["EMA"]["timeperiod"] == 3


def test_an_entry_given_to_a_strategy_class_is_stored_with_its_defaults():
    resolved = resolve(["strategy.cls=a:B", f"{F}.RSI={{}}"])
    assert resolved.config.strategy.state.features == {"RSI": RSI}
    assert resolved.tree()["strategy"]["state"]["features"]["RSI"]["timeperiod"] == 14


def test_keys_lie_in_the_mapping():
    assert find_key(f"{F}.NAME.KEY").name == F
    assert from_flat({"features": {"RSI": {}}, f"{F}.MOM.timeperiod": 3}) == {
        F: {"RSI": {}},
        f"{F}.MOM.timeperiod": 3,
    }
    given = resolve(given={F: {"RSI": {"timeperiod": 7}}, f"{F}.bank": {"kind": "EMA"}})
    assert given.config.strategy.state.features["RSI"]["timeperiod"] == 7
    assert given.values[f"{F}.RSI.timeperiod"].origin == "make()"
    assert given.values[f"{F}.bank.kind"].value == "EMA"


def test_complete_options_stay_as_they_are():
    written = {"RSI": {}, "x": {"kind": "mACd"}, "calendar": {}, "z": {"kind": "zscore",
               "scaler": "rolling", "scaler_window": 9}, "gone": None}  # fmt: skip
    complete = complete_features(written)
    assert complete_features(complete) == complete
    assert complete["x"]["kind"] == "MACD"
    assert "scaler_window" not in complete["RSI"]
    assert "asset" not in complete["calendar"]
    assert list(complete) == ["RSI", "x", "calendar", "z"]


def test_kinds_of_moving_averages_by_name():
    for written in ("EMA", "ema", 1):
        assert complete_features({"MA": {"matype": written}})["MA"]["matype"] == 1


def test_import_paths():
    chosen = entries("mine.kind=pkg.mod:Mine", "mine.window=3", "log_return=null")
    assert chosen["mine"] | {"kind": "pkg.mod:Mine", "window": 3} == chosen["mine"]
    assert feature_imports(chosen) == {f"{F}.mine.kind": "pkg.mod:Mine"}


KINDS = (
    "calendar, difference, log_return, relative_volume, sma_gradient, volatility, volume_change, "
    "zscore, a TA-Lib function such as RSI, or an import path module:Name"
)


@pytest.mark.parametrize(
    ("override", "line"),
    [
        (
            "RSJ.timeperiod=7",
            (
                f".RSJ: 'RSJ' is not a kind of feature; allowed: {KINDS}; did you mean 'RSI'? (a "
                f"name that is no kind needs {F}.RSJ.kind=KIND)"
            ),
        ),
        (
            "fast.kind=relative_volum",
            (
                f".fast.kind: 'relative_volum' is not a kind of feature; allowed: {KINDS}; did you "
                "mean 'relative_volume'?"
            ),
        ),
        (
            "RSI.timperiod=7",
            (
                ".RSI.timperiod: RSI has no such option; allowed: timeperiod, input, scale, "
                "scaler, scaler_window, clip, asset; did you mean 'timeperiod'?"
            ),
        ),
        ("RSI.timeperiod=1", ".RSI.timeperiod: 1 is out of range; allowed: >= 2 and <= 100000"),
        (
            "RSI.timeperiod=7.5",
            ".RSI.timeperiod: 7.5 is not an integer; allowed: an integer >= 2 and <= 100000",
        ),
        (
            "BBANDS.nbdevup=wide",
            ".BBANDS.nbdevup: 'wide' is not a number; allowed: a number",
        ),
        ("MAMA.fastlimit=2", ".MAMA.fastlimit: 2 is out of range; allowed: >= 0.01 and <= 0.99"),
        (
            "CDLMATHOLD.penetration=-1",
            ".CDLMATHOLD.penetration: -1 is out of range; allowed: >= 0",
        ),
        (
            "BBANDS.matype=EMX",
            (
                ".BBANDS.matype: 'EMX' is not a kind of moving average; allowed: an integer >= 0 "
                "and <= 13, or a name such as SMA or EMA"
            ),
        ),
        (
            "BBANDS.output=upper",
            (
                ".BBANDS.output: 'upper' is not one of the choices; allowed: upperband, "
                "middleband, lowerband, or null; did you mean 'upperband'?"
            ),
        ),
        (
            "RSI.input=cloze",
            (
                ".RSI.input: 'cloze' is not one of the choices; allowed: open, high, low, close, "
                "volume; did you mean 'close'?"
            ),
        ),
        (
            "ATR.input=close",
            (
                ".ATR.input: ATR has no such option; allowed: timeperiod, scale, scaler, "
                "scaler_window, clip, asset"
            ),
        ),
        (
            "CORREL.input=[close]",
            (
                ".CORREL.input: [close] is not a pair; allowed: a list of two different of open, "
                "high, low, close, volume"
            ),
        ),
        (
            "MAVP={}",
            (
                ".MAVP.kind: MAVP needs a series of periods, which bars do not have; use another "
                "TA-Lib function, such as MA"
            ),
        ),
        (
            "log_return.lookback=0",
            ".log_return.lookback: 0 is out of range; allowed: >= 1",
        ),
        (
            "log_return.scaler=standrd",
            (
                ".log_return.scaler: 'standrd' is not one of the choices; allowed: none, standard, "
                "robust, tanh, log, rolling; did you mean 'standard'?"
            ),
        ),
        (
            "log_return.scaler=rolling",
            ".log_return.scaler_window: missing; scaler=rolling needs an integer >= 2 (bars)",
        ),
        (
            "log_return.scaler_window=5",
            (
                f".log_return.scaler_window: not used with {F}.log_return.scaler=standard; it "
                f"needs {F}.log_return.scaler=rolling"
            ),
        ),
        (
            "log_return.scale=0",
            (
                ".log_return.scale: 0 is out of range; allowed: a number other than 0, or a list "
                "of them, one per column"
            ),
        ),
        (
            "log_return.scale=[1,x]",
            (
                ".log_return.scale: [1, x] is neither a number nor a list of numbers; allowed: a "
                "number other than 0, or a list of them, one per column"
            ),
        ),
        ("log_return.clip=0", ".log_return.clip: 0 is out of range; allowed: > 0"),
        ("log_return.asset=[a]", ".log_return.asset: [a] is not text; allowed: text, or null"),
        (
            "volatility.per=month",
            ".volatility.per: 'month' is not one of the choices; allowed: bar, year",
        ),
        (
            "calendar.fields=[hour,day]",
            (
                ".calendar.fields: 'day' is not one of the choices; allowed: a list of hour, "
                "weekday, month; did you mean 'weekday'?"
            ),
        ),
        (
            "calendar.asset=a",
            (
                ".calendar.asset: calendar has no such option; allowed: fields, scale, scaler, "
                "scaler_window, clip"
            ),
        ),
        (
            "sma_gradient.periods=[16]",
            (
                ".sma_gradient.periods: [16] has one average; allowed: two or more with over=bank, "
                "or over=time"
            ),
        ),
        (
            "sma_gradient.periods=[0,2]",
            (
                ".sma_gradient.periods: [0, 2] is out of range; allowed: a list of different "
                "integers >= 1"
            ),
        ),
        (
            "RSI=7",
            (
                ".RSI: 7 is not a mapping of options, such as {kind: RSI, timeperiod: 7}; null "
                "removes the feature"
            ),
        ),
    ],
)
def test_mistakes_are_one_line(override, line):
    with pytest.raises(UserError) as error:
        entries(override)
    assert str(error.value) == F + line


def test_other_mistakes_are_one_line():
    with pytest.raises(UserError) as error:
        resolve([f"{F}=null"])
    assert str(error.value) == f"{F}: null is not a mapping; allowed: a mapping"
    with pytest.raises(UserError) as error:
        resolve(["strategy.state.feature.RSI.timeperiod=7"])
    assert "did you mean 'strategy.state.features'?" in str(error.value)
    with pytest.raises(UserError) as error:
        resolve(given={F: {"a.b": {"kind": "RSI"}}})
    assert str(error.value) == f"{F}.a.b: 'a.b' is not a name; allowed: letters, digits, _ and -"


def test_talib_is_imported_only_for_its_functions():
    code = """
import sys
from tradegym.conf.resolve import resolve
resolve(["strategy.state.features.zscore={}"])
assert "talib" not in sys.modules
resolve(["strategy.state.features.RSI={}"])
assert "talib" in sys.modules
"""
    run = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
