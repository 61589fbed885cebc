"""How brackets are filled, one test for each behaviour of backtrader, on both engines."""

import pytest
from compiled_directed import BACKENDS, play

pytestmark = pytest.mark.parametrize("backend", BACKENDS)

#: Hold, close, then a long and a short bracket.
BRACKET = {
    "strategy__actions": {
        "scheme": "bracket",
        "stop_loss": [0.1],
        "take_profit": [0.1],
        "shorts": True,
    }
}
LONG, SHORT = 2, 3


def test_stop_wins_when_both_are_hit(backend):
    bars = [10, 10, 10, (10, 12, 8, 10), 10]
    seen = play(backend, bars, [LONG], engine__fixed_stake=10, **BRACKET)
    assert seen.position[1:3, 0] == pytest.approx([10.0, 0.0])
    assert seen.cash[2] == pytest.approx(990.0)


def test_children_wait_for_the_bar_after_the_entry(backend):
    bars = [10, 10, (10, 12, 8, 10), (10, 11.5, 10, 10), 10]
    seen = play(backend, bars, [LONG], engine__fixed_stake=10, **BRACKET)
    assert seen.position[1:3, 0] == pytest.approx([10.0, 0.0])
    assert seen.cash[2] == pytest.approx(1010.0)


def test_a_stop_behind_a_gap_fills_at_the_open(backend):
    bars = [10, 10, 10, (7, 8, 7, 8), 8]
    seen = play(backend, bars, [LONG], engine__fixed_stake=10, **BRACKET)
    assert seen.cash[2] == pytest.approx(970.0)


def test_a_take_profit_behind_a_gap_fills_at_the_open(backend):
    bars = [10, 10, 10, (13, 13, 12, 12), 12]
    seen = play(backend, bars, [LONG], engine__fixed_stake=10, **BRACKET)
    assert seen.cash[2] == pytest.approx(1030.0)


def test_slippage_worsens_a_stop_but_not_a_take_profit(backend):
    stopped = [10, 10, 10, (10, 10, 8, 10), 10]
    taken = [10, 10, 10, (10, 12, 10, 10), 10]
    keys = {"engine__slip_fixed": 0.1, "engine__fixed_stake": 10, **BRACKET}
    assert play(backend, stopped, [LONG], **keys).cash[2] == pytest.approx(1000.0 - 101.0 + 89.0)
    assert play(backend, taken, [LONG], **keys).cash[2] == pytest.approx(1000.0 - 101.0 + 110.0)


def test_a_short_bracket_is_the_mirror_image(backend):
    bars = [10, 10, 10, (10, 10, 8.5, 10), 10]
    seen = play(backend, bars, [SHORT], engine__fixed_stake=10, **BRACKET)
    assert seen.cash[1:3] == pytest.approx([900.0, 1010.0])
    bars = [10, 10, 10, (10, 12, 8.5, 10), 10]
    seen = play(backend, bars, [SHORT], engine__fixed_stake=10, **BRACKET)
    assert seen.cash[1:3] == pytest.approx([900.0, 990.0])


def test_one_child_cancels_the_other(backend):
    bars = [10, 10, 10, (10, 12, 10, 10), (10, 10, 5, 10), 10]
    seen = play(backend, bars, [LONG], engine__fixed_stake=10, **BRACKET)
    assert seen.cash[3] == pytest.approx(1010.0)
    assert seen.position[3, 0] == 0.0


def test_a_refused_entry_takes_its_children_along(backend):
    bars = [10, 10, 10, (10, 12, 5, 10), 10]
    seen = play(backend, bars, [LONG], engine__fixed_stake=101, **BRACKET)
    assert (seen.rejected[2], seen.position[2, 0]) == (1, 0.0)
    assert seen.cash[2] == 1000.0


def test_a_partly_filled_entry_has_children_for_what_it_has_opened(backend):
    # 4 of 10 are bought; the stop then sells those 4, and the rest of the entry is cancelled.
    bars = [10, 10, (10, 10, 10, 10, 4), (10, 10, 8, 10, 0), (10, 10, 8, 10, 100), 10, 10]
    keys = {"engine__volume_limit": 1.0, "engine__fixed_stake": 10}
    seen = play(backend, bars, [LONG], **keys, **BRACKET)
    assert seen.position[1:3, 0] == pytest.approx([4.0, 4.0])
    assert seen.position[3, 0] == pytest.approx(0.0)


def test_a_triggered_stop_is_a_market_order_from_then_on(backend):
    bars = [10, 10, 10, (10, 10, 8, 10, 4), (10, 10, 10, 10, 100), 10]
    keys = {"engine__volume_limit": 1.0, "engine__fixed_stake": 10}
    seen = play(backend, bars, [LONG], **keys, **BRACKET)
    assert seen.position[1:4, 0] == pytest.approx([10.0, 6.0, 0.0])
    assert seen.cash[2:4] == pytest.approx([900.0 + 36.0, 900.0 + 36.0 + 60.0])


def test_a_partial_stop_leaves_the_take_profit_for_the_rest(backend):
    bars = [10, 10, 10, (10, 10, 8, 10, 4), (10, 12, 10, 10, 0), (12, 12, 12, 12, 100), 12]
    keys = {"engine__volume_limit": 1.0, "engine__fixed_stake": 10}
    seen = play(backend, bars, [LONG], **keys, **BRACKET)
    assert seen.position[2:5, 0] == pytest.approx([6.0, 6.0, 0.0])
    assert seen.cash[4] == pytest.approx(936.0 + 72.0)


def test_a_new_bracket_replaces_the_children_of_the_old_one(backend):
    bars = [10, 10, 10, 10, (10, 10, 8, 10), 10, 10]
    seen = play(backend, bars, [LONG, 0, 1], engine__fixed_stake=10, **BRACKET)
    assert seen.position[1:4, 0] == pytest.approx([10.0, 10.0, 0.0])
    assert seen.cash[3] == pytest.approx(1000.0)  # closed at the open, the stop is gone
    assert seen.trades[3] == 1


def test_an_entry_that_the_next_open_makes_too_dear_takes_its_children_along(backend):
    bars = [10, 10, 11, (10, 12, 5, 10), 10]
    seen = play(backend, bars, [LONG], engine__fixed_stake=95, **BRACKET)
    assert (seen.rejected[2], seen.position[2, 0]) == (1, 0.0)
    assert seen.cash[2] == 1000.0


def test_an_entry_whose_rest_is_refused_keeps_its_stop(backend):
    # 4 of 90 are sold short; the others are too dear at 20, where the stop buys back the 4.
    bars = [10, 10, (10, 10, 10, 10, 4), (20, 20, 20, 20, 1000), 20]
    keys = {"engine__volume_limit": 1.0, "engine__fixed_stake": 90}
    seen = play(backend, bars, [SHORT], **keys, **BRACKET)
    assert seen.position[1:3, 0] == pytest.approx([-4.0, 0.0])
    assert seen.rejected[2] == 1
    assert seen.cash[2] == pytest.approx(1000.0 - 40.0)


def test_a_bracket_that_reverses_closes_only_what_it_opened(backend):
    bars = [10, 10, 10, 10, (10, 11, 10, 10), 10]
    seen = play(backend, bars, [LONG, SHORT], engine__fixed_stake=10, **BRACKET)
    assert seen.position[1:4, 0] == pytest.approx([10.0, -10.0, 0.0])
    assert seen.cash[3] == pytest.approx(990.0)
