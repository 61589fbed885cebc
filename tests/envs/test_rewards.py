"""Reward terms by hand arithmetic."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradegym.envs.strategies.broker_stats import BrokerStats
from tradegym.envs.strategies.rewards import BtgymReward, LogReturnReward, Reward

START = 1000.0
CALLS = 10.0  # percent, both: profits are in units of 200


class Account:
    """Feeds equity values to a term, bar by bar."""

    def __init__(self, term):
        self.term = term
        self.stats = BrokerStats(START, CALLS, CALLS, 32)
        self.bar(START, 0.0)

    def bar(self, value, position, *, realized=0.0, closed=False, pay=True):
        self.stats.update(
            cash=value,
            value=value,
            position=position,
            leverage=1.0,
            drawdown=0.0,
            realized=realized,
            closed=closed,
        )
        self.term.on_bar(self.stats, value=value, position=position, closed=closed)
        return self.term.collect() if pay else None


def test_profit_of_five_hundredths_is_paid_once():
    # Up to +0.05 in units of 200, that is 10 of money, then closed there.
    term = BtgymReward(scale=1.0, gamma=1.0)
    account = Account(term)
    term.collect()
    rewards = [account.bar(START + gain, 1.0) for gain in (2.0, 6.0, 10.0)]
    rewards.append(account.bar(START + 10.0, 0.0, realized=10.0, closed=True))
    assert rewards[:3] == pytest.approx([0.1, 0.2, 0.2])
    assert sum(rewards) == pytest.approx(10 * 0.05)


def test_a_trade_that_closes_at_zero_pays_nothing():
    term = BtgymReward(scale=1.0, gamma=1.0)
    account = Account(term)
    term.collect()
    rewards = [account.bar(START + gain, 1.0) for gain in (4.0, 10.0, 3.0)]
    rewards.append(account.bar(START, 0.0, realized=0.0, closed=True))
    assert sum(rewards) == pytest.approx(0.0, abs=1e-12)


def test_the_reward_is_clipped_at_its_scale():
    term = BtgymReward(scale=0.5, gamma=0.99)
    account = Account(term)
    term.collect()
    assert account.bar(START + 150.0, 1.0) == 0.5
    assert account.bar(START - 150.0, 1.0) == -0.5


@given(
    gains=st.lists(st.floats(-5.0, 5.0), min_size=1, max_size=40),
    gamma=st.sampled_from([1.0, 0.99, 0.9]),
    skip=st.integers(1, 5),
)
def test_shaping_telescopes(gains, gamma, skip):
    """The discounted sum of the shaping over a round trip is zero."""
    term = BtgymReward(scale=1.0, gamma=gamma, skip_frame=skip)
    account = Account(term)
    term.collect()
    total, discount = 0.0, 1.0
    bars = [(START + gain, 1.0) for gain in gains] + [(START + gains[-1], 0.0)]
    for number, (value, position) in enumerate(bars, start=1):
        last = number == len(bars)
        pay = last or number % skip == 0
        account.bar(value, position, realized=gains[-1] if last else 0.0, closed=last, pay=pay)
        if pay:
            total += discount * term.shaping
            discount *= gamma
    assert abs(total) < 1e-12


@pytest.mark.parametrize("skip", [1, 2, 3, 7])
def test_realised_profit_survives_skipped_frames(skip):
    """Ten trades of 2 each are paid in full however many bars a decision covers."""
    term = BtgymReward(scale=100.0, gamma=1.0, skip_frame=skip)
    account = Account(term)
    term.collect()
    total = 0.0
    for trade in range(10):
        value = START + 2.0 * (trade + 1)
        account.bar(value, 1.0, pay=False)
        done = account.bar(value, 0.0, realized=2.0, closed=True, pay=(trade + 1) % skip == 0)
        total += done or 0.0
    total += term.collect()
    assert total / 100.0 == pytest.approx(10 * 10 * 2.0 / 200.0)


def test_log_return_sums_to_the_whole():
    term = LogReturnReward(START, scale=2.0)
    account = Account(term)
    values = [1010.0, 990.0, 1200.0, 400.0]
    rewards = [account.bar(value, 1.0) for value in values]
    assert rewards[0] == pytest.approx(2 * math.log(1.01))
    assert sum(rewards) == pytest.approx(2 * math.log(0.4))


def test_log_return_of_ruin_is_finite():
    term = LogReturnReward(START)
    account = Account(term)
    assert account.bar(-50.0, -1.0) == pytest.approx(math.log(1e-6))


def test_terms_are_weighted_and_named():
    reward = Reward(
        {
            "btgym": {"weight": 0.5, "scale": 1.0, "gamma": 1.0},
            "log_return": {"weight": 2.0, "scale": 1.0},
        },
        START,
        1,
    )
    stats = BrokerStats(START, CALLS, CALLS, 4)
    common = {"cash": START, "leverage": 1.0, "drawdown": 0.0, "realized": 0.0, "closed": False}
    stats.update(value=START, position=0.0, **common)
    reward.on_bar(stats, value=START, position=0.0, closed=False)
    reward.collect()
    stats.update(value=1010.0, position=1.0, **common)
    reward.on_bar(stats, value=1010.0, position=1.0, closed=False)
    total = reward.collect()
    expected = {"btgym": 0.5 * 10 * 0.05, "log_return": 2.0 * math.log(1.01)}
    assert reward.last == pytest.approx(expected)
    assert total == pytest.approx(sum(expected.values()))


def test_weight_zero_leaves_a_term_out():
    reward = Reward({"log_return": {"weight": 0.0, "scale": 1.0}}, START, 1)
    assert reward.names == ()
    assert reward.collect() == 0.0
    assert np.isfinite(reward.collect())
