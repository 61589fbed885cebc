"""Each ending, its precedence, and that there is exactly one."""

import numpy as np
import pytest
from markets import BUY, HOLD, SELL, env_on, market, play

from tradegym.envs.strategies.base import BaseStrategy
from tradegym.envs.strategies.endings import REASONS


def ending(opens, actions, **kwargs):
    env = env_on(market(opens), **kwargs)
    infos, _, terminated, truncated = play(env, actions)
    assert terminated != truncated
    assert [info["reason"] for info in infos[:-1]] == [None] * (len(infos) - 1)
    assert infos[-1]["reason"] in REASONS
    assert infos[-1]["position"] == 0.0
    assert infos[-1]["value"] == pytest.approx(infos[-1]["cash"])
    liquidations = env.episode_record().orders["kind"].tolist().count("liquidation")
    assert liquidations <= 1
    return infos[-1], terminated


def test_drawdown_call_counts_from_the_peak_and_includes_equality():
    # 5 units: the peak is 1250 at 150, and 10 % of it are gone at 125.
    opens = [100, 100, 100, 150, 140, 125, 130, 130, 130, 130]
    info, terminated = ending(opens, [BUY], fixed_stake=5.0, drawdown_call=10.0)
    assert info["reason"] == "DRAWDOWN_CALL"
    assert terminated
    assert info["bar"] == 6  # found at the close of 5, closed at the open of 6
    assert info["max_drawdown"] == pytest.approx(10.0)
    assert info["value"] == 1000 + 5 * (130 - 100)


def test_target_reached_includes_equality():
    opens = [100, 100, 100, 110, 120, 130, 130, 130, 130]
    info, terminated = ending(opens, [BUY], fixed_stake=5.0, target_call=10.0)
    assert info["reason"] == "TARGET_REACHED"
    assert terminated
    assert info["bar"] == 5
    assert info["value"] == 1000 + 5 * 30


def test_ruin_of_a_short_by_the_maintenance_margin():
    # Short 9 at 100: equity 1000 + 9 * (100 - p), margin 0.25 * 9 * p; equal at p = 168.9.
    opens = [100, 100, 100, 168, 169, 170, 170, 170, 170]
    info, terminated = ending(opens, [SELL], fixed_stake=9.0)
    assert info["reason"] == "RUIN"
    assert terminated
    assert info["bar"] == 5


def test_ruin_after_a_gap_may_end_below_zero_and_is_not_clipped():
    opens = [100, 100, 100, 150, 400, 420, 420, 420, 420]
    info, _ = ending(opens, [SELL], fixed_stake=9.0)
    assert info["reason"] == "RUIN"
    assert info["value"] == 1000 + 9 * (100 - 420)


def test_a_long_position_without_leverage_has_no_maintenance_margin():
    opens = [100, 100, 100, 30, 2, 2, 2, 2, 2, 2]
    info, _ = ending(opens, [BUY], fixed_stake=10.0, broker_commission=0.0)
    assert info["reason"] == "END_OF_DATA"


def test_leverage_applies_the_maintenance_margin_to_longs():
    opens = [100, 100, 100, 70, 60, 60, 60, 60, 60, 60]
    info, _ = ending(opens, [BUY], fixed_stake=25.0, leverage=3.0)
    # Equity 1000 - 25 * 30 = 250 at 70, the margin is 0.25 * 25 * 70 = 437.5.
    assert info["reason"] == "RUIN"
    assert info["bar"] == 4


@pytest.mark.parametrize("latency", [0, 3])
def test_end_of_data_wins_last(latency):
    info, terminated = ending(np.full(12, 100.0), [BUY], latency=latency)
    assert info["reason"] == "END_OF_DATA"
    assert not terminated


def test_ruin_wins_over_the_drawdown_call():
    opens = [100, 100, 100, 150, 400, 420, 420, 420, 420]
    info, _ = ending(opens, [SELL], fixed_stake=9.0, drawdown_call=90.0)
    assert info["reason"] == "RUIN"


def test_a_limit_on_the_last_bar_wins_over_the_end_of_data():
    opens = [100, 100, 100, 100, 100, 100, 120, 120, 120, 120]
    info, _ = ending(opens, [BUY], fixed_stake=5.0, target_call=5.0)
    assert info["reason"] == "TARGET_REACHED"
    assert info["bar"] == 7


class Impatient(BaseStrategy):
    """Wants to stop after three bars with a position."""

    params = (("patience", 3),)

    def get_done(self):
        return self.broker_stats["pos_duration"][-1] >= self.p.patience, "waited enough"


def test_the_strategy_may_end_the_episode():
    env = env_on(market(np.linspace(100, 110, 20)), strategy=Impatient)
    infos, _, terminated, _ = play(env, [HOLD, BUY])
    assert infos[-1]["reason"] == "STRATEGY"
    assert infos[-1]["message"] == "waited enough"
    assert terminated
    assert infos[-1]["bar"] == infos[0]["bar"] + 5


def test_a_limit_wins_over_the_strategy():
    env = env_on(
        market(np.linspace(100, 200, 20)), strategy=Impatient, fixed_stake=9.0, target_call=5.0
    )
    infos, *_ = play(env, [BUY])
    assert infos[-1]["reason"] == "TARGET_REACHED"


def test_an_episode_may_end_inside_skipped_bars():
    opens = np.concatenate([np.full(6, 100.0), np.linspace(120, 130, 20)])
    env = env_on(market(opens), fixed_stake=5.0, target_call=5.0, skip_frame=8)
    infos, rewards, *_ = play(env, [BUY])
    assert infos[-1]["reason"] == "TARGET_REACHED"
    assert len(rewards) == 1
    assert infos[-1]["bar"] == 7
