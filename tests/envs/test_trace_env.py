"""Traces of the environment's own episodes: what its strategy tells, and their replay."""

import numpy as np
import pandas as pd
import pytest
from scripted import bars_of, finish, traced_env

from tradegym.envs.data.dataset import Dataset
from tradegym.envs.replay import replay

N_BARS = 90
FREE = ("engine=btgym", "strategy=btgym", "engine.broker_commission=0", "engine.fixed_stake=1")
SHORT_STATE = ("strategy.state.time_dim=2", "strategy.state.avg_period=2")
HOLD, BUY, SELL, CLOSE = range(4)


def told(record, *columns):
    """The events but MARKET as (bar, kind, columns...), missing values as None."""
    frame = record.trace[record.trace["kind"] != "MARKET"]
    rows = frame[["bar", "kind", *columns]].itertuples(index=False, name=None)
    return [tuple(None if pd.isna(value) else value for value in row) for row in rows]


def test_an_episode_whose_drawdown_ends_it():
    bars = bars_of([100, 100, (102, 102, 100, 100), (80, 80, 70, 70), (75, 75, 74, 74), 74, 74])
    env = traced_env(bars, *FREE, *SHORT_STATE, "strategy.limits.drawdown_call=2.5")
    record = finish(env, [BUY, HOLD])
    # 1 unit at 102, 70 at the close of bar 3: 968 of 1,000, a drawdown of 3.2 percent.
    assert told(record, "order", "action", "purpose", "size", "price", "value", "reason") == [
        (1, "SIGNAL", None, "buy", None, None, None, None, None),
        (1, "ORDER", 1, None, "entry", 1.0, 100.0, None, None),
        (2, "FILL", 1, None, "entry", 1.0, 102.0, None, None),
        (2, "SIGNAL", None, "hold", None, None, None, None, None),
        (3, "LIMIT", None, None, None, None, None, 968.0, "DRAWDOWN_CALL"),
        (3, "ORDER", 2, None, "liquidation", -1.0, 70.0, None, None),
        (4, "FILL", 2, None, "liquidation", -1.0, 75.0, None, None),
        (4, "DONE", None, None, None, None, None, 973.0, "DRAWDOWN_CALL"),
    ]
    market = record.trace[record.trace["kind"] == "MARKET"]
    assert list(market["bar"]) == [1, 2, 3, 4]
    assert list(market["value"]) == [1000.0, 998.0, 968.0, 973.0]
    assert list(market["value"]) == list(record.bars["equity"])
    assert list(market["time"]) == list(record.bars["time"])


def test_orders_that_the_cash_does_not_cover_or_a_rule_refuses():
    keys = ("engine.broker_commission=0", "engine.fixed_stake=20", "strategy.limits.max_orders=1")
    env = traced_env(bars_of([100] * 8), "engine=btgym", "strategy=btgym", *SHORT_STATE, *keys)
    record = finish(env, [BUY, BUY, CLOSE])
    assert told(record, "order", "side", "size", "reason")[1:5] == [
        (1, "ORDER", 1, "buy", 20.0, None),
        (2, "REJECT", 1, "buy", 20.0, "margin"),
        (2, "SIGNAL", None, None, None, None),
        (2, "REJECT", None, "buy", 20.0, "max_orders"),
    ]
    assert record.orders["ref"].iloc[0] == 1


def test_orders_have_the_numbers_of_the_table_of_orders():
    lots = ("engine.sizing=equity_fraction", "engine.equity_fraction=0.5", "engine.lot=1")
    env = traced_env(
        bars_of([100, 100, 700, 100, 100, 100, 100, 100, 100]),
        *("engine=btgym", "strategy=btgym", *SHORT_STATE, *lots),
    )
    record = finish(env, [HOLD, BUY, BUY])  # at 700, half of 1,000 buys no whole unit
    assert list(record.orders["ref"]) == [1, 2, 3]
    placed = record.trace[record.trace["kind"] == "ORDER"]
    assert list(placed["order"]) == [2, 3]
    assert list(placed["size"]) == [5.0, -5.0]
    assert list(record.orders["size"]) == [0.0, 5.0, 5.0]


def test_a_limit_order_that_expires_and_one_that_ends_with_the_episode():
    keys = (
        "strategy.actions.scheme=limit",
        "strategy.actions.offsets=[0.1]",
        "strategy.actions.expiry=2",
    )
    env = traced_env(bars_of([100] * 10), *FREE, *SHORT_STATE, *keys)
    buy = next(i for i, name in enumerate(env.action_names) if name.startswith("buy"))
    hold = env.action_names.index("hold")
    record = finish(env, [buy, hold, hold, hold, buy, hold, hold])
    orders = record.trace[record.trace["kind"] == "ORDER"]
    assert list(orders["type"]) == ["limit", "limit"]
    assert list(orders["limit"]) == [90.0, 90.0]
    cancelled = [event for event in told(record, "order", "reason") if event[1] == "CANCEL"]
    assert cancelled == [(3, "CANCEL", 1, "expired"), (6, "CANCEL", 2, "ending")]


def test_a_replaced_order_and_events_of_each_asset():
    keys = ("strategy.actions.assets=all", "strategy.actions.scheme=limit", "engine.short=true")
    bars = bars_of([100] * 8)
    pair = Dataset.from_arrays(
        "pair", bars.times, np.concatenate([bars.ohlcv, 2 * bars.ohlcv], axis=1), ("a", "b")
    )
    env = traced_env(pair, *FREE, *SHORT_STATE, *keys)
    names = list(env.action_names)
    low, hold = names.index([one for one in names if one.startswith("buy")][-1]), 0
    record = finish(env, [np.array([low, hold]), np.array([low, low])])
    events = told(record, "asset", "reason")
    first = next(event for event in events if event[1] == "CANCEL")
    assert first == (2, "CANCEL", "a", "replaced")
    market = record.trace[record.trace["kind"] == "MARKET"]
    assert list(market["asset"][:4]) == ["a", "b", "a", "b"]
    assert list(market["price"][:2]) == [100.0, 200.0]


def test_nothing_is_traced_unless_asked_for():
    env = traced_env(bars_of([100] * 6), *FREE, *SHORT_STATE)
    env._trace = False
    assert finish(env).trace is None


# Replay -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def bars():
    rng = np.random.default_rng(11)
    moves = rng.normal(0.0, 0.03, (N_BARS, 3))
    closes = 50.0 * np.exp(np.cumsum(moves, axis=0))
    opens = np.vstack([closes[:1], closes[:-1]]) * (1.0 + rng.normal(0.0, 0.005, (N_BARS, 3)))
    high = np.maximum(opens, closes) * (1.0 + rng.uniform(0.0, 0.02, (N_BARS, 3)))
    low = np.minimum(opens, closes) * (1.0 - rng.uniform(0.0, 0.02, (N_BARS, 3)))
    volume = rng.uniform(5.0, 30.0, (N_BARS, 3))
    times = np.datetime64("2001-01-01", "ns") + np.arange(N_BARS) * np.timedelta64(1, "D")
    ohlcv = np.stack([opens, high, low, closes, volume], axis=2)
    return Dataset.from_arrays("three", times, ohlcv, "abc")


SCHEMES = ["discrete", "target", "sizes", "bsh", "weights", "bracket", "limit"]
COSTS = (
    "engine.spread=0.1",
    "engine.slip_perc=0.001",
    "engine.commission_minimum=0.2",
    "engine.borrow_interest=0.2",
    "engine.leverage=2",
    "engine.equity_fraction=0.6",
    "engine.latency=1",
    "engine.volume_limit=0.2",
    "engine.assets={b: {spread: 0.3, volume_limit: null}}",
    "strategy.limits.drawdown_call=40",
)


@pytest.mark.parametrize("costs", [(), COSTS], ids=["plain", "costs"])
@pytest.mark.parametrize("assets", ["null", "[c,a]"], ids=["one", "two"])
@pytest.mark.parametrize("scheme", SCHEMES)
def test_random_episodes_of_every_action_scheme_replay_exactly(bars, scheme, assets, costs):
    keys = ("engine=standard", "strategy=standard", "strategy.state.modes=[raw]")
    action = (f"strategy.actions.scheme={scheme}", f"strategy.actions.assets={assets}")
    env = traced_env(bars, *keys, *action, *costs)
    orders = 0
    for seed in range(2):
        record = finish(env, seed=seed)
        again = replay(record.trace, bars, env.market.engine.new_cerebro().broker)
        assert again.mismatch is None
        assert again.difference <= 1e-9
        np.testing.assert_allclose(again.bars["value"], record.bars["equity"], rtol=1e-9)
        assert again.orders == (record.trace["kind"] == "ORDER").sum()
        assert len(again.bars) == len(record.bars)
        orders += len(again.fills)
    assert orders > 5
