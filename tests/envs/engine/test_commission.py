"""Commission and interest, worked out by hand."""

import pytest
from plain_orders import bars, play

from tradegym.conf.schema.engine import EngineConfig
from tradegym.envs.engines.backtrader.costs import new_broker

FLAT = bars(*[100.0] * 6)


def broker(**keys):
    config = EngineConfig(**{"start_cash": 1000.0, "broker_commission": 0.0} | keys)
    return new_broker(config, ("a", "b"))


@pytest.mark.parametrize(
    ("keys", "commission"),
    [
        ({"broker_commission": 0.01}, 3.0),  # 3 units at 100
        ({"broker_commission": 0.5, "commission_kind": "per_unit"}, 1.5),
        ({"broker_commission": 7.0, "commission_kind": "fixed"}, 7.0),
        ({"broker_commission": 0.01, "commission_minimum": 4.0}, 4.0),
        ({"broker_commission": 0.01, "commission_minimum": 2.0}, 3.0),
        ({"commission_minimum": 2.0}, 2.0),
    ],
)
@pytest.mark.parametrize("units", [3, -3])
def test_each_kind(keys, commission, units):
    log = play(broker(**keys), {0: lambda s: s.order("in", units)}, a=FLAT)
    assert log.fills == [(1, "in", units, 100.0, pytest.approx(commission))]
    assert log.cash[1] == pytest.approx(1000 - 300 - commission)
    assert log.value[1] == pytest.approx(1000 - commission)


def test_a_reversal_pays_the_minimum_for_both_of_its_parts():
    script = {0: lambda s: s.order("in", 2), 1: lambda s: s.order("turn", -5)}
    log = play(broker(broker_commission=0.01, commission_minimum=2.5), script, a=FLAT)
    # Opening 2 costs 2 (at least 2.5), closing them again 2.5, opening 3 the other way 3.
    assert [fill[4] for fill in log.fills] == pytest.approx([2.5, 5.5])
    assert log.cash[2] == pytest.approx(1000 - 2.5 - 5.5 - 300)


def test_a_fixed_commission_is_paid_by_each_part_of_a_fill():
    keys = {"broker_commission": 4.0, "commission_kind": "fixed", "volume_limit": 0.002}
    log = play(broker(**keys), {0: lambda s: s.order("in", 5)}, a=FLAT)
    assert [fill[2:] for fill in log.fills] == [(2, 100, 4), (2, 100, 4), (1, 100, 4)]


def test_each_asset_has_its_own_commission():
    config = {
        "broker_commission": 0.01,
        "assets": {"b": {"commission_kind": "fixed", "broker_commission": 7.0}},
    }
    script = {0: lambda s: (s.order("a", 1), s.order("b", 1, asset=1))}
    log = play(broker(**config), script, a=FLAT, b=FLAT)
    assert [fill[4] for fill in log.fills] == pytest.approx([1.0, 7.0])


def test_the_general_commission_can_be_replaced_by_a_strategy():
    made = broker(broker_commission=0.01)
    made.setcommission(commission=0.02)
    log = play(made, {0: lambda s: s.order("in", 1)}, a=FLAT)
    assert log.fills[0][4] == pytest.approx(2.0)


def test_a_short_pays_interest_for_the_days_of_a_weekend():
    # Friday, then Monday, Tuesday, Wednesday; sold on Friday's open at 100, bought back on
    # Wednesday's: 3 + 1 + 1 days on the entry value of 200, whatever the price does.
    frame = bars(100, 100, 150, 150, 150, start="2001-01-04", freq="B")
    script = {0: lambda s: s.order("in", -2), 3: lambda s: s.order("out", 2)}
    log = play(broker(borrow_interest=0.365), script, a=frame)
    day = 200 * 0.365 / 365
    assert [row[0] for row in log.interest] == pytest.approx([0, 0, 3 * day, 4 * day, 5 * day])
    assert log.cash == pytest.approx(
        [1000, 800, 800 - 3 * day, 800 - 4 * day, 1000 - 2 * 50 - 5 * day]
    )
    assert log.value[2] == pytest.approx(1000 - 100 - 3 * day)
    assert [fill[4] for fill in log.fills] == [0.0, 0.0]  # interest is no commission


@pytest.mark.parametrize(("keys", "days"), [({}, 0), ({"interest_long": True}, 4)])
def test_a_long_pays_interest_only_if_told_to(keys, days):
    script = {0: lambda s: s.order("in", 2)}
    log = play(broker(borrow_interest=0.365, **keys), script, a=FLAT)
    assert log.interest[5] == pytest.approx((days * 0.2,))


def test_interest_is_counted_by_asset():
    config = {"borrow_interest": 0.365, "assets": {"b": {"borrow_interest": 0.73}}}
    script = {0: lambda s: (s.order("a", -1), s.order("b", -1, asset=1))}
    log = play(broker(**config), script, a=FLAT, b=FLAT)
    assert log.interest[3] == pytest.approx((0.2, 0.4))


def test_interest_may_take_cash_below_zero_but_nothing_opens_then():
    script = {0: lambda s: s.order("in", -10), 3: lambda s: s.order("more", -0.001)}
    log = play(broker(borrow_interest=3.65), script, a=FLAT)
    assert log.cash == pytest.approx([1000, 0, -10, -20, -30, -40])
    assert log.status_of("more") == ["Submitted", "Margin"]
