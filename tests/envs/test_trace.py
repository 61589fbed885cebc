"""The event trace: what is in it, in which order, and the files it is kept in."""

import json

import backtrader as bt
import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal
from scripted import bars_of, run_script

from tradegym.conf.errors import UserError
from tradegym.envs.strategies.orders import OrderIntent
from tradegym.envs.strategies.trace import Trace
from tradegym.envs.strategies.trace_table import COLUMNS, read_trace, write_trace


def told(frame, *columns):
    """The events as (bar, kind, columns...), missing values as None."""
    rows = frame[["bar", "kind", *columns]].itertuples(index=False, name=None)
    return [tuple(None if pd.isna(value) else value for value in row) for row in rows]


def without_market(events):
    return [event for event in events if event[1] != "MARKET"]


def buy_two(strategy):
    strategy.trace.signal(0, 1, "buy")
    strategy.buy(size=2, kind="entry")


def leave(strategy):
    strategy.trace.signal(1, np.int64(3), "close")
    strategy.sell(size=2, kind="exit", _checksubmit=False)


ROUND_TRIP = [100, (102, 104, 102, 104), (106, 106, 105, 105), 105]


def test_the_events_of_a_round_trip_in_the_order_in_which_they_happened():
    played = run_script(
        bars_of(ROUND_TRIP), {0: buy_two, 1: leave}, spread=1.0, broker_commission=0.01
    )
    # 2 bought at 102 + 0.5: 205 and 2.05 commission; sold at 106 - 0.5: 211 and 2.11.
    expected = [
        (0, "MARKET", None, None, 100.0, None, 0.0, 1000.0, 1000.0),
        (0, "SIGNAL", None, None, None, None, None, None, None),
        (0, "ORDER", 1, 2.0, 100.0, None, None, None, None),
        (1, "FILL", 1, 2.0, 102.5, 2.05, 2.0, 792.95, None),
        (1, "MARKET", None, None, 104.0, None, 2.0, 792.95, 1000.95),
        (1, "SIGNAL", None, None, None, None, None, None, None),
        (1, "ORDER", 2, -2.0, 104.0, None, None, None, None),
        (2, "FILL", 2, -2.0, 105.5, 2.11, 0.0, 1001.84, None),
        (2, "MARKET", None, None, 105.0, None, 0.0, 1001.84, 1001.84),
        (3, "MARKET", None, None, 105.0, None, 0.0, 1001.84, 1001.84),
        (3, "DONE", None, None, None, None, None, 1001.84, 1001.84),
    ]
    columns = ("order", "size", "price", "commission", "position", "cash", "value")
    events = told(played.frame, *columns)
    assert [event[:3] for event in events] == [event[:3] for event in expected]
    for event, wanted in zip(events, expected, strict=True):
        assert [one is None for one in event] == [one is None for one in wanted]
        numbers = [one for one in wanted[3:] if one is not None]
        assert [one for one in event[3:] if one is not None] == pytest.approx(numbers, rel=1e-12)
    assert list(played.frame["n"]) == list(range(11))
    assert list(played.frame.columns) == list(COLUMNS)


def test_words_numbers_sides_and_base_prices():
    frame = run_script(bars_of(ROUND_TRIP), {0: buy_two, 1: leave}, spread=1.0).frame
    signals = frame[frame["kind"] == "SIGNAL"]
    assert list(signals["action"]) == ["buy", "close"]
    assert list(signals["choice"]) == ["1", "3"]
    fills = frame[frame["kind"] == "FILL"]
    assert list(fills["base_price"]) == [102.0, 106.0]
    assert list(fills["side"]) == ["buy", "sell"]
    assert list(fills["type"]) == ["market", "market"]
    assert list(fills["purpose"]) == ["entry", "exit"]
    assert frame["time"].iloc[0] == pd.Timestamp("2001-01-01", tz="UTC")


def test_numbers_of_actions():
    trace = Trace(["a"])
    weights = np.array([0.1, -1.0], dtype=np.float32)
    intent = OrderIntent.invest(0.5)
    for row, action in enumerate([2, np.array([1, 0]), weights, intent, [intent]]):
        trace.signal(row, action, "word")
    times = np.arange(5).astype("datetime64[D]").astype("datetime64[ns]")
    choices = trace.to_frame(times)["choice"]
    assert list(choices[:2]) == ["2", "[1, 0]"]
    assert np.float32(json.loads(choices[2])[0]) == np.float32(0.1)
    assert choices[3:].isna().all()


def test_an_order_that_the_cash_does_not_cover_is_rejected_on_the_next_bar():
    played = run_script(bars_of([100, 100, 100]), {0: lambda one: one.buy(size=20)})
    assert without_market(told(played.frame, "order", "size", "reason")) == [
        (0, "ORDER", 1, 20.0, None),
        (1, "REJECT", 1, 20.0, "margin"),
        (2, "DONE", None, None, "END_OF_DATA"),
    ]


def test_only_the_closing_part_of_a_reversal_that_the_cash_does_not_cover_is_filled():
    played = run_script(
        bars_of([100, 100, 100]),
        {0: lambda one: one.buy(size=2), 1: lambda one: one.sell(size=50, _checksubmit=False)},
    )
    assert without_market(told(played.frame, "order", "size", "reason"))[2:5] == [
        (1, "ORDER", 2, -50.0, None),
        (2, "FILL", 2, -2.0, None),
        (2, "REJECT", 2, -48.0, "margin_partial"),
    ]


def test_what_the_strategy_does_not_place_and_why_it_ends():
    def refuse(one):
        one.trace.reject(0, 0, -3.0, "short", "sell")
        one.trace.limit(0, "DRAWDOWN_CALL", 870.0, 13.0, 10.0)

    frame = run_script(bars_of([100, 100, 100]), {0: refuse}).frame
    columns = ("asset", "side", "size", "value", "reason", "measured", "threshold")
    assert without_market(told(frame, *columns))[:2] == [
        (0, "REJECT", "hand", "sell", -3.0, None, "short", None, None),
        (0, "LIMIT", None, None, None, 870.0, "DRAWDOWN_CALL", 13.0, 10.0),
    ]


def test_a_bracket_whose_stop_is_hit():
    bars = bars_of([100, (100, 101, 99, 100), (97, 98, 94, 96), 96])
    bracket = {
        0: lambda one: one.buy_bracket(
            size=1, exectype=bt.Order.Market, stopprice=95.0, limitprice=110.0
        )
    }
    events = told(run_script(bars, bracket).frame, "order", "parent", "type", "price", "reason")
    assert without_market(events) == [
        (0, "ORDER", 1, None, "market", 100.0, None),
        (0, "ORDER", 2, 1, "stop", 95.0, None),
        (0, "ORDER", 3, 1, "limit", 110.0, None),
        (1, "FILL", 1, None, "market", 100.0, None),
        (2, "FILL", 2, None, "stop", 95.0, None),
        (2, "CANCEL", 3, None, "limit", None, "bracket"),
        (3, "DONE", None, None, None, None, "END_OF_DATA"),
    ]
    kinds = [event[1] for event in events if event[0] == 2]
    assert kinds == ["FILL", "CANCEL", "MARKET"]  # the bar's close comes last


def test_a_stop_that_opens_beyond_its_price_is_filled_at_the_open():
    bars = bars_of([100, 100, (90, 92, 89, 91), 91])
    stop = {
        0: lambda one: one.buy(size=1),
        1: lambda one: one.sell(size=1, exectype=bt.Order.Stop, price=95.0),
    }
    frame = run_script(bars, stop, slip_fixed=0.5).frame
    fill = frame[(frame["kind"] == "FILL") & (frame["type"] == "stop")].iloc[0]
    assert (fill["base_price"], fill["price"]) == (90.0, 89.5)


def test_limit_orders_that_expire_by_the_strategy_and_by_their_own_time():
    def place(one):
        one.kept["limit"] = one.buy(size=1, exectype=bt.Order.Limit, price=90.0)
        one.buy(
            size=1,
            exectype=bt.Order.Limit,
            price=80.0,
            valid=bt.num2date(one.data.datetime[0] + 1.0),
        )

    def expire(one):
        one.trace.cancel_reason = "expired"
        one.broker.cancel(one.kept["limit"])

    played = run_script(bars_of([100, 100, 100, 100]), {0: place, 2: expire})
    frame = played.frame
    cancels = frame[frame["kind"] == "CANCEL"]
    assert told(cancels, "order", "limit", "reason") == [
        (2, "CANCEL", 2, None, "valid"),
        (2, "CANCEL", 1, None, "expired"),
    ]
    assert list(frame.loc[frame["kind"] == "ORDER", "limit"]) == [90.0, 80.0]
    bar = frame[frame["bar"] == 2]
    assert list(bar["kind"]) == ["CANCEL", "MARKET", "CANCEL"]


def test_reasons_of_cancellations_do_not_outlive_their_bar():
    def place(one):
        one.trace.cancel_reason = "replaced"
        one.kept["limit"] = one.buy(size=1, exectype=bt.Order.Limit, price=90.0)

    script = {0: place, 1: lambda one: one.cancel(one.kept["limit"])}
    frame = run_script(bars_of([100, 100, 100]), script).frame
    assert list(frame.loc[frame["kind"] == "CANCEL", "reason"]) == ["strategy"]


def test_orders_may_take_their_numbers_from_the_table_of_orders():
    trace = Trace(["a"])
    trace._events = [(0, "ORDER", {"order": 71}), (1, "FILL", {"order": 71})]
    times = np.arange(2).astype("datetime64[D]").astype("datetime64[ns]")
    frame = trace.to_frame(times, first_bar=30, refs={71: 4})
    assert list(frame["order"]) == [4, 4]
    assert list(frame["bar"]) == [30, 31]


# Files --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def trace():
    def odd(one):
        one.trace.signal(1, np.array([0.1, 1 / 3]), 'weights "ä", 10 %')
        one.sell(size=2 / 3, kind="exit", _checksubmit=False)

    rows = [100, (100.1, 104, 99, 103.7), 101.3, 99]
    return run_script(bars_of(rows), {0: buy_two, 1: odd}, slip_perc=0.001).frame


@pytest.mark.parametrize("name", ["trace.parquet", "trace.jsonl", "."])
def test_files_give_back_exactly_what_was_written(tmp_path, trace, name):
    write_trace(trace, tmp_path)
    assert_frame_equal(read_trace(tmp_path / name), trace, check_exact=True)


@pytest.mark.parametrize("name", ["trace.parquet", "trace.jsonl"])
def test_files_of_several_episodes(tmp_path, trace, name):
    both = pd.concat([trace.assign(episode=1), trace.assign(episode=2)], ignore_index=True)
    write_trace(both, tmp_path)
    found = read_trace(tmp_path / name)
    assert list(found.columns) == ["episode", *COLUMNS]
    assert list(found["episode"]) == [1] * len(trace) + [2] * len(trace)


def test_lines_are_plain_json(tmp_path, trace):
    _, path = write_trace(trace, tmp_path)
    lines = [
        json.loads(line, parse_constant=lambda name: pytest.fail(name))
        for line in path.read_text(encoding="utf-8").splitlines()
    ]
    assert len(lines) == len(trace)
    signal = next(line for line in lines if line["kind"] == "SIGNAL" and line["bar"] == 1)
    assert signal["choice"] == [0.1, 1 / 3]
    assert signal["action"] == 'weights "ä", 10 %'
    assert signal["price"] is None
    assert signal["time"] == "2001-01-02T00:00:00+00:00"
    order = next(line for line in lines if line["kind"] == "ORDER")
    assert order["order"] == 1
    assert order["detail"] == {"checked": True, "transmit": True}


def test_files_that_are_no_trace(tmp_path):
    (tmp_path / "bad.jsonl").write_text("{\n")
    (tmp_path / "list.jsonl").write_text("[1]\n")
    (tmp_path / "bad.parquet").write_text("x")
    (tmp_path / "text.csv").write_text("x")
    pd.DataFrame({"n": [1]}).to_parquet(tmp_path / "other.parquet")
    says = {
        "bad.jsonl": "is no readable trace",
        "list.jsonl": "a line is not a JSON object",
        "bad.parquet": "is no readable trace",
        "text.csv": "a trace is a .parquet or a .jsonl file",
        "other.parquet": "it has no column 'bar'",
        "missing.parquet": "no such file",
    }
    for name, words in says.items():
        with pytest.raises(UserError, match=words) as caught:
            read_trace(tmp_path / name)
        assert "\n" not in str(caught.value)
        assert str(caught.value).startswith(str(tmp_path / name))
