"""What becomes of an order, one test for each behaviour of backtrader, on both engines."""

import pytest
from compiled_directed import BACKENDS, BUY, CLOSE, HOLD, SELL, play

pytestmark = pytest.mark.parametrize("backend", BACKENDS)


def test_a_market_order_fills_at_the_next_open(backend):
    seen = play(backend, [10, 10, (11, 12, 11, 12)], [BUY], engine__fixed_stake=10)
    assert seen.cash[:2] == pytest.approx([1000.0, 890.0])
    assert seen.value[:2] == pytest.approx([1000.0, 1010.0])
    assert seen.position[:2, 0] == pytest.approx([0.0, 10.0])


def test_an_order_beyond_the_cash_is_refused_before_the_next_bar(backend):
    seen = play(backend, [10, 10, 5, 5], [BUY], engine__fixed_stake=101)
    assert seen.rejected[1] == 1
    assert seen.cash[1] == 1000.0


def test_a_gap_after_the_check_refuses_the_fill(backend):
    seen = play(backend, [10, 10, 11, 11], [BUY], engine__fixed_stake=95)
    assert seen.rejected[1] == 1
    assert seen.cash[1] == 1000.0


def test_the_last_cent_is_enough(backend):
    seen = play(backend, [10, 10, 10, 10], [BUY], engine__fixed_stake=100)
    assert seen.rejected[1] == 0
    assert seen.cash[1] == 0.0


def test_a_refused_order_carries_its_negative_cash_to_the_next(backend):
    bars = {"a": [10] * 4, "b": [10] * 4}
    costs = {"b": {"fixed_stake": 10}}
    seen = play(backend, bars, [[BUY, BUY]], engine__fixed_stake=120, engine__assets=costs)
    assert seen.rejected[1] == 2  # 100 for b alone would have passed
    assert not seen.position[1].any()


def test_orders_of_one_bar_share_the_cash_that_is_checked(backend):
    bars = {"a": [10] * 4, "b": [10] * 4}
    seen = play(backend, bars, [[BUY, BUY]], engine__fixed_stake=60)
    assert seen.rejected[1] == 1
    assert seen.position[1] == pytest.approx([60.0, 0.0])


def test_an_opening_beside_a_closing_order_uses_the_cash_that_it_frees(backend):
    bars = {"a": [10] * 5, "b": [10] * 5}
    costs = {"b": {"fixed_stake": 50}}
    actions = [[BUY, HOLD], [CLOSE, BUY]]
    seen = play(backend, bars, actions, engine__fixed_stake=99, engine__assets=costs)
    assert seen.cash[1:3] == pytest.approx([10.0, 500.0])
    assert seen.position[2] == pytest.approx([0.0, 50.0])
    assert seen.rejected[2] == 0


def test_what_closes_goes_before_what_opens_whatever_the_order_of_the_assets(backend):
    bars = {"a": [10] * 5, "b": [10] * 5}
    costs = {"b": {"fixed_stake": 99}}
    actions = [[HOLD, BUY], [BUY, CLOSE]]
    seen = play(backend, bars, actions, engine__fixed_stake=50, engine__assets=costs)
    assert seen.position[2] == pytest.approx([50.0, 0.0])
    assert seen.rejected[2] == 0


TURNING = {
    "strategy__actions": {"scheme": "target", "levels": [0.0, 1.0, -1.0], "reserve": 0.05},
    "engine__broker_commission": 0.0,
}


def test_a_reversal_without_margin_fills_only_its_closing_part(backend):
    fee = {"engine__commission_kind": "fixed", "engine__broker_commission": 30.0}
    seen = play(backend, [10] * 5, [1, 2], **TURNING | fee)
    assert seen.position[1:3, 0] == pytest.approx([95.0, 0.0])
    assert seen.cash[1:3] == pytest.approx(
        [20.0, 940.0]
    )  # 921.50 and 30 for the short are too much
    assert seen.commission[2] == pytest.approx(60.0)
    assert (seen.rejected[2], seen.trades[2]) == (1, 1)


def test_commission_minimum_is_paid_twice_on_a_reversal(backend):
    seen = play(backend, [10] * 5, [1, 2], **TURNING, engine__commission_minimum=5.0)
    assert seen.position[2, 0] == pytest.approx(-94.525)
    assert seen.commission[1:3] == pytest.approx([5.0, 15.0])
    assert seen.cash[2] == pytest.approx(39.75)
    assert seen.trades[2] == 1


def test_a_new_order_replaces_the_one_that_waits(backend):
    limits = {"scheme": "limit", "offsets": [0.1, 0.5], "expiry": None}
    # Choices: hold, cancel ..., so the names say which is which.
    bars = [10, 10, 10, (10, 10, 4, 10), 10]
    first = play(backend, bars, [3, HOLD], strategy__actions=limits, engine__fixed_stake=10)
    second = play(backend, bars, [3, 4], strategy__actions=limits, engine__fixed_stake=10)
    assert first.cash[2] == pytest.approx(1000.0 - 90.0)
    assert second.cash[2] == pytest.approx(1000.0 - 50.0)
    assert second.position[2, 0] == pytest.approx(10.0)


def test_latency_adds_bars_before_the_fill(backend):
    seen = play(backend, [10, 10, 11, 12, 13], [BUY], engine__fixed_stake=10, engine__latency=2)
    assert seen.cash[:4] == pytest.approx([1000.0, 1000.0, 1000.0, 870.0])


def test_what_was_bought_in_parts_is_gone_to_the_last_bit(backend):
    actions = [BUY, BUY, BUY, SELL, SELL, SELL]
    seen = play(backend, [10] * 9, actions, engine__fixed_stake=0.7)
    assert seen.position[6, 0] == 0.0
    assert seen.trades[6] == 1


def test_selling_short_means_nothing_where_it_is_not_allowed(backend):
    seen = play(backend, [10] * 5, [SELL], engine__fixed_stake=10, engine__short=False)
    assert (seen.impossible[1], seen.rejected[1], seen.position[1, 0]) == (1, 0, 0.0)


def test_an_order_that_turns_short_while_it_waits_only_closes(backend):
    # Decided while long; after the latency nothing is held, so nothing is sold.
    keys = {"engine__latency": 1, "engine__short": False, "engine__fixed_stake": 10}
    seen = play(backend, [10] * 8, [BUY, HOLD, SELL, SELL], **keys)
    assert list(seen.position[2:6, 0]) == [10.0, 10.0, 0.0, 0.0]
    assert seen.impossible[5] == 1


def test_without_shorts_a_reversal_only_closes(backend):
    bars = [10, 10, 10, 5, 5, 5]
    keys = {"engine__sizing": "equity_fraction", "engine__equity_fraction": 0.9}
    seen = play(backend, bars, [BUY, HOLD, SELL], engine__short=False, **keys)
    assert seen.position[1:4, 0] == pytest.approx(
        [90.0, 90.0, 0.0]
    )  # 99 units are 0.9 of the equity
    assert seen.rejected[3] == 0


def test_opening_orders_beyond_their_number_are_refused(backend):
    limits = {"strategy__limits__max_orders": 1, "strategy__limits__max_orders_window": 3}
    actions = [BUY, BUY, BUY, BUY]
    seen = play(backend, [10] * 7, actions, engine__fixed_stake=10, **limits)
    assert list(seen.rejected[1:5]) == [0, 1, 2, 2]
    assert seen.position[4, 0] == pytest.approx(20.0)


def test_a_size_of_nothing_is_refused(backend):
    keys = {"engine__sizing": "equity_fraction", "engine__equity_fraction": 0.2}
    seen = play(backend, [10] * 4, [BUY], engine__lot=50.0, **keys)
    assert (seen.rejected[1], seen.impossible[1]) == (1, 0)


def test_a_close_without_a_position_is_impossible(backend):
    seen = play(backend, [10] * 4, [CLOSE], engine__fixed_stake=10)
    assert (seen.rejected[1], seen.impossible[1]) == (0, 1)


ALL = {"a": [10] * 12, "b": [10] * 12}
SWAPS = [[BUY, BUY], [CLOSE, CLOSE]] * 5


@pytest.mark.parametrize(("most", "position"), [(5, [[10, 10], [10, 10], [10, 0]]), (6, None)])
def test_openings_are_limited_as_far_as_the_window_can_hold_them(backend, most, position):
    limits = {"max_orders": most, "max_orders_window": 5}
    seen = play(backend, ALL, SWAPS, engine__fixed_stake=10, strategy__limits=limits)
    want = position or [[10, 10]] * 3
    assert seen.position[1:6:2].tolist() == want


@pytest.mark.parametrize("most", [10, 10**9])
def test_a_limit_that_nothing_reaches_limits_nothing(backend, most):
    limits = {"max_orders": most, "max_orders_window": 5}
    seen = play(backend, ALL, SWAPS, engine__fixed_stake=10, strategy__limits=limits)
    assert seen.rejected[-1] == 0
    assert (seen.position[1:10:2] == 10).all()


@pytest.mark.parametrize("latency", [11, 12, 10**9])
def test_orders_that_wait_for_longer_than_the_episode_are_never_placed(backend, latency):
    seen = play(backend, ALL, SWAPS, engine__fixed_stake=10, engine__latency=latency)
    assert not seen.position.any()
    assert (seen.value == 1000.0).all()
