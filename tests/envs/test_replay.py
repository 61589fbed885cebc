"""Playing a trace again in plain backtrader: the same accounts, and a changed trace is noticed."""

import backtrader as bt
import numpy as np
import pytest
from scripted import bars_of, run_script

from tradegym.conf.errors import UserError
from tradegym.envs.data.dataset import Dataset

N_BARS = 60


@pytest.fixture(scope="module")
def bars():
    rng = np.random.default_rng(5)
    closes = 100.0 * np.exp(np.cumsum(rng.normal(0.0, 0.02, (N_BARS, 2)), axis=0))
    opens = np.vstack([closes[:1], closes[:-1]]) * (1.0 + rng.normal(0.0, 0.003, (N_BARS, 2)))
    high = np.maximum(opens, closes) * (1.0 + rng.uniform(0.0, 0.01, (N_BARS, 2)))
    low = np.minimum(opens, closes) * (1.0 - rng.uniform(0.0, 0.01, (N_BARS, 2)))
    volume = rng.uniform(5.0, 20.0, (N_BARS, 2))
    times = np.datetime64("2001-01-01", "ns") + np.arange(N_BARS) * np.timedelta64(1, "D")
    return Dataset.from_arrays("two", times, np.stack([opens, high, low, closes, volume], 2), "ab")


COSTS = {
    "broker_commission": 0.002,
    "commission_minimum": 0.5,
    "spread": 0.2,
    "slip_perc": 0.001,
    "slip_fixed": 0.05,
    "borrow_interest": 0.1,
    "leverage": 2.0,
}


def anything(rng):
    """A strategy's step: random orders of every type, cancellations and brackets."""

    def act(one):
        data = one.datas[rng.integers(2)]
        size, price = rng.uniform(0.2, 4.0), data.close[0]
        place = one.buy if rng.random() < 0.5 else one.sell
        sign = 1.0 if place == one.buy else -1.0
        choice = rng.integers(9)
        kept = one.kept.setdefault("orders", [])
        if choice == 0:
            kept.append(place(data=data, size=size, _checksubmit=bool(rng.integers(2))))
        elif choice == 1:
            bracket = one.buy_bracket if sign > 0 else one.sell_bracket
            stop, limit = price * (1.0 - 0.02 * sign), price * (1.0 + 0.03 * sign)
            kept.extend(
                bracket(
                    data=data, size=size, exectype=bt.Order.Market, stopprice=stop, limitprice=limit
                )
            )
        elif choice == 2:
            price *= 1.0 - 0.01 * sign
            kept.append(place(data=data, size=size, exectype=bt.Order.Limit, price=price))
        elif choice == 3:
            price *= 1.0 + 0.01 * sign
            kept.append(place(data=data, size=size, exectype=bt.Order.Stop, price=price))
        elif choice == 4:
            valid = bt.num2date(data.datetime[0] + 2.0)
            price *= 1.0 - 0.02 * sign
            order = place(data=data, size=size, exectype=bt.Order.Limit, price=price, valid=valid)
            kept.append(order)
            kept.append(place(data=data, size=size, exectype=bt.Order.Close, oco=order))
        elif choice == 5:
            kept.append(place(data=data, size=size, exectype=bt.Order.StopTrail, trailpercent=0.02))
        elif choice == 6:
            stop, limit = price * (1.0 + 0.01 * sign), price * (1.0 + 0.015 * sign)
            kind = bt.Order.StopLimit
            kept.append(place(data=data, size=size, exectype=kind, price=stop, plimit=limit))
        elif kept:
            one.cancel(kept[rng.integers(len(kept))])

    return act


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("engine", [{}, COSTS, {**COSTS, "volume_limit": 0.1}])
def test_orders_of_all_kinds_give_the_same_accounts(bars, seed, engine):
    act = anything(np.random.default_rng(seed))
    script = dict.fromkeys(range(N_BARS - 1), act)
    played = run_script(bars, script, **engine)
    again = played.replay()
    assert again.mismatch is None
    assert again.difference <= 1e-9
    assert again.equal
    assert again.orders == (played.frame["kind"] == "ORDER").sum()
    assert len(again.fills) == (played.frame["kind"] == "FILL").sum() > 5
    assert len(again.bars) == N_BARS


@pytest.fixture(scope="module")
def played(bars):
    return run_script(bars, dict.fromkeys(range(40), anything(np.random.default_rng(1))), **COSTS)


def test_tables_of_a_replay(played):
    again, trace = played.replay(), played.frame
    market = trace[(trace["kind"] == "MARKET") & (trace["asset"] == "b")]
    np.testing.assert_allclose(again.bars["value"], market["value"], rtol=1e-12)
    np.testing.assert_allclose(again.bars["position_b"], market["position"], atol=1e-12)
    assert list(again.bars["time"]) == list(market["time"])
    fills = trace[trace["kind"] == "FILL"]
    assert list(again.fills["bar"]) == list(fills["bar"])
    assert list(again.fills["order"]) == list(fills["order"])


def first(trace, kind):
    return trace.index[trace["kind"] == kind][0]


def larger_order(trace):
    filled = trace.loc[trace["kind"] == "FILL", "order"].iloc[0]
    trace.loc[(trace["kind"] == "ORDER") & (trace["order"] == filled), "size"] *= 1.000001
    return trace


def without_an_order(trace):
    filled = trace.loc[trace["kind"] == "FILL", "order"].iloc[0]
    return trace[~((trace["kind"] == "ORDER") & (trace["order"] == filled))]


def richer(trace):
    trace.loc[trace["kind"] == "MARKET", "value"] += 1e-3
    return trace


def without_a_fill(trace):
    return trace.drop(index=first(trace, "FILL"))


def cheaper_fill(trace):
    trace.loc[first(trace, "FILL"), "price"] *= 0.999
    return trace


def later_order(trace):
    filled = trace.loc[trace["kind"] == "FILL", "order"].iloc[0]
    trace.loc[(trace["kind"] == "ORDER") & (trace["order"] == filled), "bar"] += 1
    return trace


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (larger_order, "differs at bar"),
        (without_an_order, "differs at bar"),
        (richer, "equity differs at bar 0"),
        (without_a_fill, "fills, the replay"),
        (cheaper_fill, "the price of a fill differs at bar"),
        (later_order, "differs at bar"),
    ],
)
def test_a_changed_trace_is_noticed(played, change, says):
    again = played.replay(change(played.frame.copy()))
    assert not again.equal
    assert says in again.mismatch
    assert "\n" not in again.mismatch


def test_other_costs_are_noticed(played):
    played = run_script(played.dataset, {0: lambda one: one.buy(size=1)}, spread=0.2)
    other = played.engine.model_copy(update={"spread": 0.4})
    played.engine = other
    again = played.replay()
    assert again.difference == pytest.approx(0.1)
    assert again.mismatch.startswith("equity differs at bar 1 (2001-01-02")


def test_closing_a_position_at_the_end_ignores_the_volume():
    rows = [(100, 100, 100, 100, 50.0)] * 6

    def end(one):
        one.trace.limit(3, "MAX_LOSS", 1000.0)
        one.broker.p.filler = None
        one.sell(size=6, kind="liquidation", _checksubmit=False)

    script = {0: lambda one: one.buy(size=6), 3: end}
    played = run_script(bars_of(rows), script, volume_limit=0.05)
    fills = played.frame[played.frame["kind"] == "FILL"]
    assert list(fills["size"]) == [2.5, 2.5, 1.0, -6.0]
    assert played.replay().equal


def test_other_bars_are_refused(played):
    other = run_script(bars_of([100] * 5), {})
    with pytest.raises(UserError, match=r"the trace is of 'a', and the dataset 'hand' has hand"):
        other.replay(played.frame)
    half = Dataset.from_arrays("two", played.dataset.times[:9], played.dataset.ohlcv[:9], "ab")
    trace, engine = played.frame, played.engine
    shorter = type(played)(half, engine, trace, None)
    with pytest.raises(UserError, match="has bars 0 to 59, and the dataset 'two' has 9"):
        shorter.replay()
    moved = Dataset.from_arrays("two", played.dataset.times, played.dataset.ohlcv * 2.0, "ab")
    with pytest.raises(UserError, match=r"made on other data than 'two': at bar 0 .* a closed at"):
        type(played)(moved, engine, trace, None).replay()


def test_a_trace_without_bars_is_refused(played):
    with pytest.raises(UserError, match="has no MARKET events"):
        played.replay(played.frame[played.frame["kind"] != "MARKET"])


def test_an_order_that_cannot_be_placed_is_refused(played):
    trace = played.frame.copy()
    trace.loc[first(trace, "ORDER"), "type"] = "wish"
    with pytest.raises(UserError, match=r"the order at event \d+ cannot be placed .*'wish'"):
        played.replay(trace)
    trace = played.frame.copy()
    trace.loc[first(trace, "ORDER"), "detail"] = "{"
    with pytest.raises(UserError, match="cannot be placed"):
        played.replay(trace)
    trace = played.frame.copy()
    trace.loc[first(trace, "ORDER"), "size"] = 0.0
    with pytest.raises(UserError, match=r"its size is 0\.0"):
        played.replay(trace)
