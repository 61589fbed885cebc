"""At what price, in how many parts and for what costs orders are filled, on both engines."""

import pytest
from compiled_directed import BACKENDS, BUY, CLOSE, HOLD, SELL, play

pytestmark = pytest.mark.parametrize("backend", BACKENDS)

LIMIT = {"strategy__actions": {"scheme": "limit", "offsets": [0.1], "expiry": 2}}


def test_slippage_and_half_the_spread_may_leave_the_bar(backend):
    costs = {"engine__slip_perc": 0.01, "engine__slip_fixed": 0.1, "engine__spread": 0.2}
    seen = play(backend, [10] * 5, [BUY, CLOSE], engine__fixed_stake=10, **costs)
    assert seen.cash[1:3] == pytest.approx([1000.0 - 103.0, 1000.0 - 103.0 + 97.0])


def test_a_limit_order_fills_at_the_open_when_that_is_better(backend):
    bars = [10, 10, (8.5, 9, 8, 9), 9]
    seen = play(backend, bars, [3], engine__fixed_stake=10, **LIMIT)
    assert seen.cash[1] == pytest.approx(1000.0 - 85.0)


def test_a_limit_order_fills_at_its_limit_when_the_bar_reaches_it(backend):
    bars = [10, 10, (9.5, 9.5, 8.9, 9.2), 9]
    seen = play(backend, bars, [3], engine__fixed_stake=10, engine__slip_perc=0.01, **LIMIT)
    assert seen.cash[1] == pytest.approx(1000.0 - 90.0)


def test_a_limit_that_is_just_touched_is_filled(backend):
    bars = [10, 10, (9.5, 9.5, 9.0, 9.2), 9.5]
    seen = play(backend, bars, [3], engine__fixed_stake=10, **LIMIT)
    assert seen.cash[1] == pytest.approx(1000.0 - 90.0)


def test_slippage_never_fills_a_limit_order_beyond_its_limit(backend):
    bars = [10, 10, (8.95, 9.5, 8.9, 9.2), 9]
    seen = play(backend, bars, [3], engine__fixed_stake=10, engine__slip_perc=0.01, **LIMIT)
    assert seen.cash[1] == pytest.approx(1000.0 - 90.0)  # not 8.95 * 1.01


def test_a_limit_order_expires_after_its_last_bar(backend):
    bars = [10, 10, 10, 10, (10, 10, 8, 10), 10]
    seen = play(backend, bars, [3], engine__fixed_stake=10, **LIMIT)
    assert not seen.position.any()
    longer = LIMIT["strategy__actions"] | {"expiry": 3}
    seen = play(backend, bars, [3], engine__fixed_stake=10, strategy__actions=longer)
    assert seen.position[3, 0] == pytest.approx(10.0)


def test_an_order_is_filled_in_parts_by_the_volume(backend):
    bars = [10, 10, (10, 10, 10, 10, 30), (12, 12, 12, 12, 30), 12]
    keys = {"engine__commission_kind": "fixed", "engine__broker_commission": 2.0}
    seen = play(backend, bars, [BUY], engine__fixed_stake=6, engine__volume_limit=0.1, **keys)
    assert seen.position[1:3, 0] == pytest.approx([3.0, 6.0])
    assert seen.cash[1:3] == pytest.approx([1000.0 - 32.0, 1000.0 - 32.0 - 38.0])
    assert seen.commission[1:3] == pytest.approx([2.0, 4.0])


def test_a_volume_limit_fills_whole_lots_and_the_rest_as_it_is(backend):
    bars = [10, 10, (10, 10, 10, 10, 5), (10, 10, 10, 10, 5), (10, 10, 10, 10, 5), 10]
    keys = {"engine__volume_limit": 0.5, "engine__lot": 1.0}
    seen = play(backend, bars, [BUY, HOLD], engine__fixed_stake=3, **keys)
    assert seen.position[1:3, 0] == pytest.approx([2.0, 3.0])


def test_a_bar_without_volume_fills_nothing(backend):
    bars = [10, 10, (10, 10, 10, 10, 0), 11, 11]
    seen = play(backend, bars, [BUY], engine__fixed_stake=5, engine__volume_limit=1.0)
    assert seen.cash[1:3] == pytest.approx([1000.0, 1000.0 - 55.0])


def test_a_liquidation_ignores_the_volume(backend):
    bars = [10, 10, 10, (10, 10, 10, 10, 0)]
    seen = play(backend, bars, [BUY], engine__fixed_stake=5, engine__volume_limit=1.0)
    end = list(seen.reason > 0).index(True)
    assert seen.position[end - 1, 0] == pytest.approx(5.0)
    assert seen.position[end, 0] == 0.0
    assert seen.cash[end] == pytest.approx(1000.0)


def test_commission_is_a_fraction_of_the_value_of_each_side(backend):
    keys = {"engine__fixed_stake": 10, "engine__broker_commission": 0.01}
    seen = play(backend, [10, 10, 10, 20, 20], [BUY, CLOSE], **keys)
    assert seen.commission[1:3] == pytest.approx([1.0, 3.0])
    assert seen.cash[2] == pytest.approx(1000.0 + 100.0 - 3.0)


def test_commission_per_unit_does_not_depend_on_the_price(backend):
    keys = {"engine__commission_kind": "per_unit", "engine__broker_commission": 0.5}
    seen = play(backend, [10, 10, 10, 20, 20], [BUY, CLOSE], engine__fixed_stake=10, **keys)
    assert seen.commission[1:3] == pytest.approx([5.0, 10.0])


def test_a_short_locks_its_cost_and_loses_what_the_price_gains(backend):
    bars = [10, 10, 10, 12, 25, 25]
    keys = {"engine__maintenance_margin": 0.0}
    seen = play(backend, bars, [SELL], engine__fixed_stake=10, **keys)
    assert seen.cash[1:4] == pytest.approx([900.0, 900.0, 900.0])
    # Beyond twice the entry too, where plain backtrader would add the loss instead.
    assert seen.value[1:4] == pytest.approx([1000.0, 980.0, 850.0])


def test_leverage_locks_a_part_of_the_value(backend):
    keys = {"engine__leverage": 4.0, "engine__maintenance_margin": 0.0}
    seen = play(backend, [10, 10, 10, 11, 11], [BUY], engine__fixed_stake=100, **keys)
    assert seen.cash[1] == pytest.approx(750.0)
    assert seen.value[1:3] == pytest.approx([1000.0, 1100.0])


def test_an_addition_averages_the_entry_price(backend):
    bars = [10, 10, 10, 16, 16, 16]
    seen = play(backend, bars, [BUY, BUY, CLOSE], engine__fixed_stake=10)
    assert seen.cash[2:4] == pytest.approx([740.0, 1060.0])
    assert list(seen.trades[1:4]) == [0, 0, 1]


def test_a_short_pays_interest_for_calendar_days(backend):
    keys = {"engine__borrow_interest": 0.365, "engine__fixed_stake": 10}
    bars, days = [10] * 6, [0, 1, 2, 5, 6, 7]
    seen = play(backend, bars, [SELL], days, **keys)
    assert seen.interest[1:4] == pytest.approx([0.0, 0.3, 0.4])
    assert seen.cash[1:4] == pytest.approx([900.0, 899.7, 899.6])
    assert play(backend, bars, [BUY], days, **keys).interest[3] == 0.0


def test_a_long_pays_interest_only_where_it_is_told_to(backend):
    keys = {"engine__borrow_interest": 0.365, "engine__interest_long": True}
    seen = play(backend, [10] * 6, [BUY], [0, 1, 2, 5, 6, 7], engine__fixed_stake=10, **keys)
    assert seen.interest[1:4] == pytest.approx([0.0, 0.3, 0.4])


def test_interest_is_taken_before_the_fills_of_its_bar(backend):
    keys = {"engine__borrow_interest": 0.365, "engine__fixed_stake": 10}
    seen = play(backend, [10] * 6, [SELL, CLOSE], [0, 1, 2, 5, 6, 7], **keys)
    assert seen.interest[2:4] == pytest.approx([0.3, 0.3])
    assert seen.cash[2] == pytest.approx(999.7)
