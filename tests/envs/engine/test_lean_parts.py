"""The lean orders, positions and bars do what backtrader's own do."""

from datetime import datetime, timedelta

import backtrader as bt
import numpy as np
import pytest
from backtrader.position import Position

from tradegym.envs.engines.backtrader.cerebro import LeanCerebro
from tradegym.envs.engines.backtrader.equity import EquityBroker
from tradegym.envs.engines.backtrader.feed import ArrayFeed, to_day_numbers
from tradegym.envs.engines.backtrader.orders import LeanOrder
from tradegym.envs.engines.backtrader.positions import LeanPosition, moved

ORDERS = [
    {},
    {"price": 99.0},
    {"exectype": bt.Order.Limit, "price": 99.5},
    {"exectype": bt.Order.Stop, "price": 101.0},
    {"exectype": bt.Order.StopLimit, "price": 100.5, "plimit": 101.0},
    {"exectype": bt.Order.StopLimit, "plimit": 101.0},
    {"exectype": bt.Order.Market, "tradeid": 3, "note": "mine", "kind": "own"},
]
OTHERS = [
    {"exectype": bt.Order.Limit, "price": 99.0, "valid": timedelta(minutes=30)},
    {"exectype": bt.Order.StopTrail, "trailamount": 0.5},
    {"exectype": bt.Order.StopTrailLimit, "trailpercent": 0.01, "price": 99.0, "plimit": 98.5},
    {"exectype": bt.Order.Close},
    {"valid": datetime(2001, 1, 1, 3)},
]


def feed():
    rng = np.random.default_rng(3)
    closes = 100 + np.cumsum(rng.normal(0, 0.3, 200))
    opens = np.r_[100.0, closes[:-1]] + rng.normal(0, 0.05, 200)
    top, bottom = np.maximum(opens, closes) + 0.2, np.minimum(opens, closes) - 0.2
    bars = np.stack([opens, top, bottom, closes, np.full(200, 50.0)], axis=1)
    times = np.datetime64("2001-01-01", "ns") + np.arange(200) * np.timedelta64(15, "m")
    days = to_day_numbers(times)
    return ArrayFeed(ohlcv=bars, day_numbers=days, timeframe=bt.TimeFrame.Minutes, compression=15)


class Everything(bt.Strategy):
    """Places orders of every kind, and writes down all that it is told."""

    def __init__(self):
        self.told, self.rng, self.first = [], np.random.default_rng(0), None

    def next(self):
        if self.first is None:
            self.first = next(bt.Order.refbasis)
        kind = self.rng.integers(6)
        place = self.buy if self.rng.random() < 0.5 else self.sell
        base, close = {}, self.data.close[0]
        if kind < 3:
            options = [*ORDERS, *OTHERS][self.rng.integers(12)]
            base = {name: value for name, value in options.items() if name != "price"}
            if "price" in options:
                base["price"] = close + options["price"] - 100.0
            if "plimit" in options:
                base["plimit"] = close + options["plimit"] - 100.0
            place(size=float(self.rng.integers(1, 4)), **base)
        elif kind == 3:
            self.buy_bracket(size=1, limitprice=close + 0.5, stopprice=close - 0.5)
        elif kind == 4:
            first = self.buy(exectype=bt.Order.Limit, price=close - 0.2)
            self.sell(exectype=bt.Order.Stop, price=close - 0.4, oco=first)
        else:
            self.close()
        self.told.append(("bar", len(self), self.datetime[0], self.position.size))
        if self.position.size:
            self.told.append(self.position.datetime)

    def notify_order(self, order):
        fills = [vars(bit) for bit in order.executed.iterpending()]
        self.told.append((order.ref - self.first, order.getstatusname(), order.isbuy(), fills))
        self.told.append((order.created.price, order.executed.price, dict(order.info)))
        self.told.append((order.valid, order.dteos, order.alive(), order.executed.remsize))

    def notify_trade(self, trade):
        self.told.append((trade.status, trade.pnlcomm, trade.barlen, trade.tradeid))

    def notify_cashvalue(self, cash, value):
        self.told.append((cash, value))


def run(cerebro, broker):
    broker.setcash(500.0)
    broker.setcommission(0.001, interest=0.2)
    cerebro.broker = broker
    cerebro.adddata(feed())
    cerebro.addstrategy(Everything)
    (strategy,) = cerebro.run(stdstats=False)
    return strategy.told


@pytest.mark.parametrize("int2pnl", [True, False])
def test_a_strategy_is_told_the_same_as_by_backtrader(int2pnl):
    # With shortcash, as in plain backtrader, both value a short position alike.
    told = run(LeanCerebro(), EquityBroker(int2pnl=int2pnl))
    plain = run(bt.Cerebro(), PlainValue(int2pnl=int2pnl))
    assert len(told) > 1000
    assert told == plain


class PlainValue(bt.brokers.BackBroker):
    """backtrader's broker with our value at the close."""

    _get_value = EquityBroker._get_value


class Asker(bt.Strategy):
    """Asks for one order on the last bar but one."""

    params = (("options", None),)

    def next(self):
        if len(self) == 150:
            self.asked = self.sell(size=2.0, **self.p.options)


def ask(cerebro, broker, options):
    cerebro.broker = broker
    cerebro.adddata(feed())
    cerebro.addstrategy(Asker, options=options)
    (strategy,) = cerebro.run(stdstats=False)
    return strategy.asked


def facts(order):
    """What can be read of an order, as backtrader keeps it."""
    found = {name: getattr(order, name) for name, _ in order.params._getitems()}
    found |= {name: getattr(order.p, name) for name, _ in order.params._getitems()}
    for name in ("created", "executed"):
        data = dict(vars(getattr(order, name)))
        data["exbits"] = [vars(bit) for bit in data["exbits"]]
        found |= {f"{name}.{key}": value for key, value in data.items()}
    for name in ("status", "triggered", "plimit", "dteos", "ordtype", "info", "_limitoffset"):
        found[name] = getattr(order, name)
    del found["owner"], found["data"]
    return found


@pytest.mark.parametrize("options", ORDERS)
def test_a_lean_order_has_all_that_one_of_backtrader_has(options):
    lean = ask(bt.Cerebro(), EquityBroker(), options)
    plain = ask(bt.Cerebro(), bt.brokers.BackBroker(), options)
    assert isinstance(lean, LeanOrder)
    assert isinstance(lean, bt.SellOrder)
    assert facts(lean) == facts(plain)
    assert vars(plain).keys() - {"dteos"} <= vars(lean).keys()


@pytest.mark.parametrize("options", OTHERS)
def test_other_orders_are_backtraders_own(options):
    assert type(ask(bt.Cerebro(), EquityBroker(), options)) is bt.SellOrder


def test_positions_move_as_backtraders():
    rng = np.random.default_rng(0)
    for _ in range(2000):
        held, size = rng.integers(-3, 4, 2) * rng.choice([1.0, 0.1])
        paid, price = rng.uniform(90, 110, 2)
        position = Position(held, paid)
        assert moved(held, position.price, size, price) == position.update(size, price)


def test_the_date_of_a_position_is_that_of_its_bar():
    data, position = feed(), LeanPosition()
    assert position.datetime is None
    data._tz = None  # as a Cerebro does
    position.set_date(data, data.p.day_numbers[5])
    assert position.datetime == datetime(2001, 1, 1, 1, 15)
    position.update(1.0, 5.0, datetime(2002, 1, 1))
    assert position.datetime == datetime(2002, 1, 1)
