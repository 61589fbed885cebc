"""The sum of the terms."""

import math

import pytest
from reward_bars import START, random_bars, reward, total

from tradegym.conf.errors import UserError
from tradegym.conf.schema.reward import RewardConfig
from tradegym.envs.strategies.rewards import (
    REWARD_TERMS,
    BarView,
    RewardSetup,
    RewardTerm,
    reward_term,
)

SETUP = {"closes": (100.0, 100.0)}
#: What is paid by the decision and not by the bar, and why, stands in each one's docstring.
PER_DECISION = {"btgym", "btgym_original", "sharpe", "sortino"}


def test_every_term_of_the_schema_is_there():
    assert set(REWARD_TERMS) == set(RewardConfig.model_fields)


def test_a_term_is_scaled_then_clipped_then_weighted():
    one = reward({"equity_change": {"weight": 2.0, "scale": 10.0, "clip": 0.3}})
    one.on_bar(BarView(value=1010.0))
    assert one.collect() == pytest.approx(2 * 10 * 0.01)
    one.on_bar(BarView(value=1110.0))
    assert one.collect() == 0.6
    one.on_bar(BarView(value=900.0))
    assert one.collect() == -0.6


@pytest.mark.parametrize("name", ["btgym", "btgym_original"])
def test_btgyms_terms_are_clipped_at_their_scale(name):
    one = reward({name: {"weight": 3.0, "scale": 0.5}})
    one.on_bar(BarView(unrealized_pnl=0.02, pos_duration=1))
    assert one.collect() == pytest.approx(3 * 0.5 * 10 * 0.99 * 0.02)
    one.on_bar(BarView(unrealized_pnl=0.5, pos_duration=2))
    assert one.collect() == 1.5
    one.on_bar(BarView(unrealized_pnl=-0.5, pos_duration=3))
    assert one.collect() == -1.5


def test_terms_are_named_and_sum_to_the_reward():
    one = reward({"log_return": {"weight": 2.0}, "equity_change": {"weight": -1.0}})
    assert one.names == ("log_return", "equity_change")
    one.on_bar(BarView(value=1010.0))
    paid = one.collect()
    assert one.last == pytest.approx({"log_return": 2 * math.log(1.01), "equity_change": -0.01})
    assert paid == sum(one.last.values())


@pytest.mark.parametrize("skip", [1, 3])
def test_all_terms_together_sum_exactly(skip):
    one = reward({name: {"weight": 0.7} for name in REWARD_TERMS}, skip=skip, **SETUP)
    for number, bar in enumerate(random_bars(60), start=1):
        one.on_bar(bar)
        if number % skip == 0:
            paid = one.collect()
            assert set(one.last) == set(REWARD_TERMS)
            assert paid == sum(one.last.values())
            assert math.isfinite(paid)


@pytest.mark.parametrize("name", sorted(set(RewardConfig.model_fields) - PER_DECISION))
@pytest.mark.parametrize("skip", [2, 3, 7, 500])
def test_what_is_paid_by_the_bar_is_conserved_by_every_skip_frame(name, skip):
    bars = random_bars(100, seed=skip)
    once = total(reward({name: {}}, skip=1, **SETUP), bars, 1)
    assert total(reward({name: {}}, skip=skip, **SETUP), bars, skip) == pytest.approx(
        once, rel=1e-9, abs=1e-12
    )
    assert once != 0.0
    assert REWARD_TERMS[name].additive


@pytest.mark.parametrize("name", sorted(PER_DECISION))
def test_what_is_paid_by_the_decision_is_not(name):
    bars = random_bars(90)
    once = total(reward({name: {}}, skip=1, **SETUP), bars, 1)
    assert total(reward({name: {}}, skip=3, **SETUP), bars, 3) != pytest.approx(once)
    assert not REWARD_TERMS[name].additive


def test_weight_zero_and_none_leave_a_term_out():
    one = reward({"log_return": {"weight": 0.0}, "sharpe": None})
    assert one.names == ()
    assert one.collect() == 0.0
    assert one.last == {}


def test_options_left_out_have_the_schemas_defaults():
    short = reward({"btgym": {}})
    spelled_out = reward({"btgym": {"weight": 1.0, "scale": 1.0, "gamma": 0.99}})
    for one in (short, spelled_out):
        one.on_bar(BarView(unrealized_pnl=0.01, pos_duration=1))
        assert one.collect() == pytest.approx(10 * 0.99 * 0.01)


@pytest.mark.parametrize(
    ("terms", "message"),
    [
        ({"log_retrun": {}}, "reward_terms: 'log_retrun' is not a reward term; allowed: btgym, "),
        ({"log_retrun": {}}, r"did you mean 'log_return'\?"),
        (
            {"sharpe": {"windw": 3}},
            (
                r"strategy.reward.sharpe.windw: no such key; did you mean "
                r"'strategy.reward.sharpe.window'\?"
            ),
        ),
        ({"sharpe": {"window": 0}}, "strategy.reward.sharpe.window: 0 is out of range"),
        ({"log_return": {"clip": -1.0}}, "log_return.clip: -1.0 is out of range; allowed: > 0"),
    ],
)
def test_mistakes_are_one_line(terms, message):
    with pytest.raises(UserError, match=message):
        reward(terms)


def test_a_term_of_ones_own(monkeypatch):
    for name in list(REWARD_TERMS):  # registered in a copy, for this test alone
        monkeypatch.setitem(REWARD_TERMS, name, REWARD_TERMS[name])

    @reward_term("patience")
    class Patience(RewardTerm):
        def __init__(self, options, setup):
            self.pay = options["pay"] * setup.start_cash
            self.bars = 0

        def on_bar(self, bar):
            self.bars += bar.pos_duration == 0

        def collect(self):
            bars, self.bars = self.bars, 0
            return bars * self.pay

    try:
        one = reward({"patience": {"pay": 0.001, "weight": 3.0, "clip": 1.5}})
        one.on_bar(BarView())
        assert one.collect() == 3 * START * 0.001
        one.on_bar(BarView())
        one.on_bar(BarView())
        assert one.collect() == 3 * 1.5
    finally:
        del REWARD_TERMS["patience"]


def test_the_setup_needs_no_prices_for_terms_that_do_not_look_at_them():
    assert RewardSetup(START, 1).closes == ()
