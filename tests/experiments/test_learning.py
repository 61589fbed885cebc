"""The packaged PPO learns where there is something to learn, and stays flat where there is not."""

import math

import pytest
from learning import NOTHING, learn

from tradegym.conf.resolve import resolve

SEEDS = range(5)
SHARES = {"learn_sine": 0.9, "learn_ou": 0.6, "learn_momentum": 0.75}
"""Of the perfect-knowledge rule's total log return: what every seed has to reach.

The mean of the seeds has to reach 0.7 everywhere.
"""


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("preset", SHARES)
def test_a_pattern_is_found(preset):
    found = [learn(preset, seed) for seed in SEEDS]
    assert min(one.rule for one in found) > 0.5  # there is something to earn
    assert min(one.share for one in found) >= SHARES[preset], found
    assert sum(one.share for one in found) / len(found) >= 0.7, found


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_without_a_pattern_the_agent_keeps_its_money():
    found = [learn(NOTHING, seed) for seed in SEEDS]
    assert all(abs(math.expm1(one.log_return)) < 0.01 for one in found), found


@pytest.mark.parametrize("preset", [*SHARES, NOTHING])
def test_controls_are_at_most_300_000_decisions_and_pay_costs(preset):
    config = resolve([f"experiment={preset}"]).config
    assert config.train.total_timesteps <= 300_000
    assert config.engine.broker_commission == 0.001
