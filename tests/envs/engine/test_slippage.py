"""Slippage and spread on every kind of order, worked out by hand."""

import backtrader as bt
import numpy as np
import pytest
from plain_orders import bars, play

from tradegym.conf.schema.engine import EngineConfig
from tradegym.envs.engines.backtrader.costs import new_broker

LIMIT, STOP, STOP_LIMIT = bt.Order.Limit, bt.Order.Stop, bt.Order.StopLimit
TRAIL_LIMIT = bt.Order.StopTrailLimit
COSTS = {"slip_perc": 0.01, "slip_fixed": 0.25, "spread": 1.5}  # 1 % and 1.00 in all


def broker(**keys):
    config = EngineConfig(**{"start_cash": 1e5, "broker_commission": 0.0} | COSTS | keys)
    return new_broker(config, ("a", "b"))


def price_of(frame, size, **options):
    log = play(broker(), {0: lambda s: s.order("x", size, **options)}, a=frame)
    return log.fills[0][3] if log.fills else None


@pytest.mark.parametrize(("size", "price"), [(1, 202 + 1), (-1, 198 - 1)])
def test_market_orders_pay_all_three_even_beyond_the_range_of_the_bar(size, price):
    assert price_of(bars(200, (200, 200.5, 199.5, 200)), size) == pytest.approx(price)


@pytest.mark.parametrize(
    ("size", "stop", "bar", "base"),
    [
        (1, 210, (200, 212, 199, 211), 210),  # reached within the bar
        (1, 210, (220, 222, 219, 221), 220),  # the open gaps beyond it
        (-1, 190, (200, 201, 188, 189), 190),
        (-1, 190, (180, 181, 178, 179), 180),
    ],
)
def test_stop_orders_pay_from_the_price_that_triggers_them(size, stop, bar, base):
    sign = 1 if size > 0 else -1
    price = price_of(bars(200, bar), size, exectype=STOP, price=stop)
    assert price == pytest.approx(base * (1 + sign * 0.01) + sign * 1.0)


@pytest.mark.parametrize(
    ("size", "limit", "bar", "price"),
    [
        (1, 195, (200, 201, 190, 199), 195),  # reached within the bar: at the limit
        (1, 210, (200, 201, 190, 199), 203),  # the open is better: it pays the costs
        (1, 202, (200, 201, 190, 199), 202),  # but no more than the limit
        (1, 189, (200, 201, 190, 199), None),
        (-1, 205, (200, 210, 199, 201), 205),
        (-1, 190, (200, 210, 199, 201), 197),
        (-1, 198, (200, 210, 199, 201), 198),
        (-1, 211, (200, 210, 199, 201), None),
    ],
)
def test_limit_orders_pay_the_costs_but_stay_within_their_limit(size, limit, bar, price):
    got = price_of(bars(200, bar), size, exectype=LIMIT, price=limit)
    assert got == (None if price is None else pytest.approx(price))


@pytest.mark.parametrize(
    ("size", "stop", "limit", "bar", "price"),
    [
        (1, 210, 220, (200, 215, 199, 212), 210 * 1.01 + 1),
        (1, 210, 211, (200, 215, 199, 212), 211),
        (1, 210, 211, (210.5, 215, 199, 212), 211),
        (1, 210, 211, (212, 215, 211.5, 212), None),  # triggered, but all of it is too dear
        (-1, 190, 180, (200, 201, 185, 188), 190 * 0.99 - 1),
        (-1, 190, 189, (200, 201, 185, 188), 189),
        (-1, 190, 189, (189.5, 201, 185, 188), 189),
    ],
)
def test_stop_limit_orders_stay_within_their_limit(size, stop, limit, bar, price):
    got = price_of(bars(200, bar), size, exectype=STOP_LIMIT, price=stop, plimit=limit)
    assert got == (None if price is None else pytest.approx(price))


def test_each_asset_has_its_own():
    made = broker(assets={"b": {"slip_perc": 0.0, "spread": 4.0}})
    script = {0: lambda s: (s.order("a", 1), s.order("b", -1, asset=1))}
    log = play(made, script, a=bars(200, 200), b=bars(300, 300))
    assert [fill[3] for fill in log.fills] == pytest.approx([203.0, 300 - 0.25 - 2.0])


def random_bars(rng, length):
    closes = 200 * np.exp(np.cumsum(rng.normal(0, 0.02, length)))
    opens = closes * np.exp(rng.normal(0, 0.02, length))
    highs = np.maximum(opens, closes) * np.exp(np.abs(rng.normal(0, 0.01, length)))
    lows = np.minimum(opens, closes) * np.exp(-np.abs(rng.normal(0, 0.01, length)))
    return bars(*zip(opens, highs, lows, closes, strict=True))


def test_no_limit_of_any_kind_is_ever_passed():
    rng = np.random.default_rng(4)
    frame = random_bars(rng, 400)
    limits = {}

    def script(s):
        for order in s.broker.get_orders_open():
            limits[s.names[order.ref]] = order.created.pricelimit or order.created.price
        kind = [LIMIT, STOP_LIMIT, TRAIL_LIMIT][int(rng.integers(3))]
        size = int(rng.choice([-1, 1]))
        close = s.data.close[0]
        away, room = close * rng.uniform(0, 0.02), close * rng.uniform(0, 0.01)
        options = {
            LIMIT: {"price": close + rng.choice([-1, 1]) * away},
            STOP_LIMIT: {"price": close + size * away, "plimit": close + size * (away + room)},
            TRAIL_LIMIT: {"price": close, "plimit": close + size * room, "trailamount": away},
        }[kind]
        order = s.order(f"{len(s)}", size, exectype=kind, **options, _checksubmit=False)
        limits[f"{len(s)}"] = order.created.pricelimit if kind != LIMIT else order.created.price

    log = play(broker(start_cash=1e9), script, a=frame)
    assert len(log.fills) > 150
    for _, name, units, price, _ in log.fills:
        assert (price - limits[name]) * units <= 1e-9
