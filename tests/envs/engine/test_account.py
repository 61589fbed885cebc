"""Cash and equity: against plain backtrader on random orders, and by hand."""

import backtrader as bt
import numpy as np
import pytest
from plain_orders import bars, play

from tradegym.conf.schema.engine import EngineConfig
from tradegym.envs.engines.backtrader.broker import MarketBroker
from tradegym.envs.engines.backtrader.costs import new_broker

CASH = 10_000.0


def walk(seed, length=120):
    rng = np.random.default_rng(seed)
    closes = 100 * np.exp(np.cumsum(rng.normal(0, 0.03, length)))
    opens = closes * np.exp(rng.normal(0, 0.02, length))
    highs = np.maximum(opens, closes) * np.exp(np.abs(rng.normal(0, 0.01, length)))
    lows = np.minimum(opens, closes) * np.exp(-np.abs(rng.normal(0, 0.01, length)))
    return bars(*zip(opens, highs, lows, closes, strict=True), freq="B")


def random_orders(seed, *, limits):
    """Market and stop orders of any side, and limits and brackets if they are allowed.

    Sizes are whole numbers: plain backtrader leaves crumbs of fractional reversals to later bars.
    """
    rng = np.random.default_rng(seed)

    def script(s):
        if rng.random() < 0.1:
            for order in s.broker.get_orders_open():
                s.cancel(order)
        if rng.random() < 0.4:
            return
        asset = int(rng.integers(2))
        close = s.datas[asset].close[0]
        size = float(rng.choice([-1, 1])) * np.ceil(rng.uniform(0.05, 1.2) * CASH / close)
        away = float(rng.choice([-1, 1])) * rng.uniform(0, 0.03) * close
        options = {"asset": asset, "_checksubmit": bool(rng.random() < 0.7)}
        kind = int(rng.integers(2 + 3 * limits))
        if kind == 0:
            s.order("market", size, **options)
        elif kind == 1:
            s.order("stop", size, exectype=bt.Order.Stop, price=close + away, **options)
        elif kind == 2:
            s.order("limit", size, exectype=bt.Order.Limit, price=close + away, **options)
        elif kind == 3:
            room = {"plimit": close + away * 1.2, "exectype": bt.Order.StopLimit}
            s.order("stop_limit", size, price=close + away, **room, **options)
        else:
            sign = 1 if size > 0 else -1
            s.bracket(size, close * (1 - sign * 0.03), close * (1 + sign * 0.04), asset, False)

    return script


def plain_broker(*, leverage=1.0, interest=0.0, interest_long=False, perc=0.0, fixed=0.0):
    made = bt.brokers.BackBroker(cash=CASH, shortcash=False, int2pnl=False)
    made.setcommission(0.001, leverage=leverage, interest=interest, interest_long=interest_long)
    if perc:
        made.set_slippage_perc(perc, slip_match=True, slip_out=True)
    if fixed:
        made.set_slippage_fixed(fixed, slip_match=True, slip_out=True)
    return made


CASES = [
    ({}, {}),
    ({"leverage": 3.0}, {"leverage": 3.0}),
    ({"borrow_interest": 0.2}, {"interest": 0.2}),
    (
        {"borrow_interest": 0.2, "interest_long": True, "leverage": 2.0},
        {"interest": 0.2, "interest_long": True, "leverage": 2.0},
    ),
]
SLIPPED = [
    ({"slip_perc": 0.004}, {"perc": 0.004}),
    ({"slip_fixed": 0.5}, {"fixed": 0.5}),
    ({"spread": 1.0}, {"fixed": 0.5}),
]


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(
    ("keys", "plain", "limits"),
    [*((*one, True) for one in CASES), *((*one, False) for one in SLIPPED)],
)
def test_equal_to_plain_backtrader_on_random_orders(keys, plain, limits, seed):
    config = EngineConfig(start_cash=CASH, broker_commission=0.001, **keys)
    frames = {"a": walk(seed), "b": walk(seed + 100)}
    ours = play(new_broker(config, ("a", "b")), random_orders(seed, limits=limits), **frames)
    other = play(plain_broker(**plain), random_orders(seed, limits=limits), **frames)
    assert len(ours.fills) > 15
    np.testing.assert_allclose(ours.cash, other.cash, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(ours.positions, other.positions, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(ours.value, other.value, rtol=1e-9, atol=1e-9)  # no short doubles
    assert [fill[:2] for fill in ours.fills] == [fill[:2] for fill in other.fills]
    prices = [[fill[2:] for fill in log.fills] for log in (ours, other)]
    np.testing.assert_allclose(*prices, rtol=1e-9, atol=1e-9)


def test_what_rounding_leaves_of_an_order_does_not_wait():
    script = {0: lambda s: s.order("in", 0.3), 1: lambda s: s.order("turn", -0.9)}
    frame = bars(100, 100, 100, 100)
    plain = play(bt.brokers.BackBroker(cash=CASH, shortcash=False), script, a=frame)
    assert plain.status_of("turn")[-2:] == ["Partial", "Completed"]  # a crumb, one bar later
    fee = EngineConfig(start_cash=CASH, broker_commission=5.0, commission_kind="fixed")
    log = play(new_broker(fee, ("a",)), script, a=frame)
    assert log.status_of("turn")[-1] == "Completed"
    assert log.cash[-1] == pytest.approx(CASH - 60 - 5 * 3)  # which would cost 5 once more


@pytest.mark.parametrize("seed", range(3))
def test_opening_never_takes_cash_below_zero(seed):
    config = EngineConfig(
        start_cash=CASH,
        broker_commission=0.01,
        commission_minimum=30.0,
        slip_perc=0.002,
        spread=0.5,
        volume_limit=0.02,
        leverage=2.0,
        assets={"b": {"leverage": 1.0, "commission_kind": "fixed", "broker_commission": 50.0}},
    )
    low = []

    class Watched(MarketBroker):
        def _execute(self, order, ago=None, price=None, **kwargs):
            position = self.positions[order.data].size
            before = self.cash
            after = super()._execute(order, ago, price, **kwargs)
            opened = abs(self.positions[order.data].size) > abs(position)
            if ago is not None and opened and self.cash < before:
                low.append(self.cash)
            return after

    made = new_broker(config, ("a", "b"))
    made.__class__ = Watched
    frames = {"a": walk(seed), "b": walk(seed + 50)}
    play(made, random_orders(seed, limits=True), **frames)
    assert len(low) > 20
    assert min(low) >= 0.0


def test_equity_is_cash_and_what_the_positions_are_worth():
    # 1,000: 2 of a at 100 with leverage 4 lock 50, 3 short of b at 200 lock 600.
    script = {0: lambda s: (s.order("a", 2), s.order("b", -3, asset=1))}
    config = EngineConfig(
        start_cash=1000.0, broker_commission=0.0, leverage=4.0, assets={"b": {"leverage": 1.0}}
    )
    a, b = bars(100, 100, 130, 60), bars(200, 200, 250, 500)
    log = play(new_broker(config, ("a", "b")), script, a=a, b=b)
    assert log.cash == [1000, 350, 350, 350]
    # At 500 the short has lost more than its entry value: 1000 - 2 * 40 - 3 * 300.
    assert log.value == pytest.approx([1000, 1000, 1000 + 60 - 150, 20])


def test_two_assets_share_the_cash():
    script = {
        0: lambda s: s.order("a", 6),
        1: lambda s: s.order("b", 5, asset=1),
        2: lambda s: s.order("b", 4, asset=1),
    }
    config = EngineConfig(start_cash=1000.0, broker_commission=0.0)
    log = play(new_broker(config, ("a", "b")), script, a=bars(*[100] * 5), b=bars(*[100] * 5))
    assert [row for row in log.news if row[1] == "b"][1] == (2, "b", "Margin")
    assert log.cash == [1000, 400, 400, 0, 0]
    assert log.positions[-1] == (6, 4)


@pytest.mark.parametrize(("size", "filled"), [(-20, True), (-20.1, False)])
def test_a_short_of_more_than_the_leverage_allows_is_refused(size, filled):
    config = EngineConfig(start_cash=1000.0, broker_commission=0.0, leverage=2.0)
    log = play(new_broker(config, ("a",)), {0: lambda s: s.order("x", size)}, a=bars(*[100] * 3))
    assert bool(log.fills) is filled
    assert log.status_of("x")[-1] == ("Completed" if filled else "Margin")


def test_a_closing_loss_may_take_cash_below_zero():
    script = {0: lambda s: s.order("in", -10), 2: lambda s: s.order("out", 10, _checksubmit=False)}
    config = EngineConfig(start_cash=1000.0, broker_commission=0.0)
    log = play(new_broker(config, ("a",)), script, a=bars(100, 100, 250, 250))
    assert log.cash[-1] == log.value[-1] == pytest.approx(-500)
