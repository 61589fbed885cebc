"""When episodes end and what their last step does, on both engines."""

import numpy as np
import pytest
from compiled_directed import BACKENDS, BUY, CLOSE, SELL, play
from compiled_tracks import REASONS

pytestmark = pytest.mark.parametrize("backend", BACKENDS)


def ending(track):
    """Return row and reason of the first end."""
    row = int(np.flatnonzero(track.reason)[0])
    return row, REASONS[track.reason[row]]


def test_an_ending_liquidates_at_the_next_open_within_the_same_step(backend):
    bars = [10, 10, 10, 8.9, (9.5, 9.5, 9, 9), 9, 9]
    seen = play(backend, bars, [BUY], engine__fixed_stake=100, strategy__limits__drawdown_call=10.0)
    assert ending(seen) == (2, "DRAWDOWN_CALL")
    assert (seen.cash[2], seen.value[2], seen.bar[2]) == pytest.approx((950.0, 950.0, 4))
    assert seen.drawdown[2] == pytest.approx(5.0)
    assert seen.max_drawdown[2] == pytest.approx(11.0)
    assert seen.reward[2] == pytest.approx(-0.05)
    assert seen.is_reset[3]


def test_the_end_of_the_bars_liquidates_on_the_reserved_bar(backend):
    seen = play(backend, [10, 10, 10, 11], [BUY], engine__fixed_stake=100)
    row, reason = ending(seen)
    assert reason == "END_OF_DATA"
    assert seen.cash[row] == pytest.approx(1100.0)
    assert seen.trades[row] == 1


def test_an_ending_cancels_the_orders_that_wait(backend):
    limits = {"scheme": "limit", "offsets": [0.1], "expiry": None}
    keys = {"strategy__actions": limits, "engine__fixed_stake": 50, "end": (10, 10, 8, 10)}
    seen = play(backend, [10] * 4, [3], **keys)
    row, reason = ending(seen)
    assert (row, reason) == (3, "END_OF_DATA")
    assert (seen.cash[row], seen.position[row, 0]) == (1000.0, 0.0)


def test_ruin_comes_before_the_other_reasons(backend):
    keys = {
        "engine__leverage": 5.0,
        "engine__maintenance_margin": 0.1,
        "strategy__limits__drawdown_call": 10.0,
        "strategy__limits__max_loss": 10.0,
    }
    seen = play(backend, [10, 10, 10, 7, 7, 7], [BUY], engine__fixed_stake=400, **keys)
    assert ending(seen) == (2, "RUIN")
    assert seen.value[2] == pytest.approx(-200.0)


def test_drawdown_comes_before_the_loss(backend):
    keys = {"strategy__limits__drawdown_call": 10.0, "strategy__limits__max_loss": 10.0}
    seen = play(backend, [10, 10, 10, 9, 9, 9], [BUY], engine__fixed_stake=100, **keys)
    assert ending(seen) == (2, "DRAWDOWN_CALL")


def test_a_loss_is_counted_from_the_start_and_an_exact_hit_counts(backend):
    keys = {"strategy__limits__max_loss": 10.0, "engine__fixed_stake": 100}
    seen = play(backend, [10, 10, 10, 12, 9.5, 9.0, 9, 9], [BUY], **keys)
    assert ending(seen) == (4, "MAX_LOSS")


def test_a_target_is_reached_at_the_close(backend):
    keys = {"strategy__limits__target_call": 10.0, "engine__fixed_stake": 100}
    bars = [10, 10, 10, (10, 12, 10, 10.5), 11, 11]
    seen = play(backend, bars, [BUY], **keys)
    assert ending(seen) == (3, "TARGET_REACHED")


def test_maintenance_margin_ruins_a_short(backend):
    # 280 of equity are less than a quarter of 90 * 18.
    seen = play(backend, [10, 10, 10, 18, 18, 18], [SELL], engine__fixed_stake=90)
    assert ending(seen) == (2, "RUIN")
    assert seen.cash[2] == pytest.approx(280.0)


def test_maintenance_margin_spares_a_long_without_leverage(backend):
    seen = play(backend, [10, 10, 10, 1, 1, 1], [BUY], engine__fixed_stake=100)
    assert ending(seen)[1] == "END_OF_DATA"


def test_maintenance_margin_counts_for_longs_with_leverage(backend):
    seen = play(
        backend, [10, 10, 10, 6, 6, 6], [BUY], engine__fixed_stake=200, engine__leverage=4.0
    )
    assert ending(seen) == (2, "RUIN")  # 200 of equity, 1,200 of positions
    assert seen.value[2] == pytest.approx(200.0)


def test_skipped_frames_hold_and_sum_the_reward(backend):
    bars = [10, 10, 11, 12, 13, 14, 15]
    seen = play(backend, bars, [BUY, CLOSE], engine__fixed_stake=10, strategy__skip_frame=2)
    assert list(seen.bar[:3]) == [1, 3, 5]
    assert seen.cash[1:3] == pytest.approx([890.0, 1020.0])
    assert seen.reward[1:3] == pytest.approx([0.01, 0.01])


def test_an_order_at_the_last_decision_is_filled_and_closed_again(backend):
    bars = [10, 10, 10, 10]
    keys = {"engine__commission_kind": "fixed", "engine__broker_commission": 1.0}
    seen = play(backend, bars, [BUY, CLOSE, BUY], engine__fixed_stake=10, **keys)
    row, _ = ending(seen)
    assert seen.commission[row] == pytest.approx(4.0)
    assert seen.trades[row] == 2
