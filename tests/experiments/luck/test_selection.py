"""The choice of the best of several configurations, with numbers worked out by hand."""

import dataclasses
import math

import numpy as np
import pytest

from tradegym.experiments.luck.selection import (
    COMPARED,
    LEDGER,
    blocks_for,
    judge_selection,
    overfitting_by_luck,
)
from tradegym.experiments.luck.selection_verdict import CASES, judge_winner, named
from tradegym.experiments.trials import TrialCount

PER_YEAR = 252.0


def steady(mean, bars, swing=0.01):
    """Returns of this mean in every two bars: mean + swing, mean - swing, ..."""
    return mean + swing * np.where(np.arange(bars) % 2 == 0, 1.0, -1.0)


def judged(table, trials=TrialCount(), held=0.0, **more):  # noqa: B008  frozen
    gains = {label: values - held for label, values in table.items()}
    return judge_selection(table, gains, PER_YEAR, trials, reps=200, **more)


@pytest.mark.parametrize(
    ("strategies", "share"), [(1, 1.0), (2, 0.5), (3, 2 / 3), (4, 0.5), (5, 0.6), (100, 0.5)]
)
def test_the_median_counts_as_below_for_odd_numbers(strategies, share):
    assert overfitting_by_luck(strategies) == pytest.approx(share)


@pytest.mark.parametrize(
    ("bars", "blocks"), [(59, None), (60, 6), (79, 6), (80, 8), (159, 14), (160, 16), (9999, 16)]
)
def test_blocks_have_ten_bars_and_halves_thirty(bars, blocks):
    assert blocks_for(bars) == blocks


def test_one_that_is_better_in_every_block_is_no_overfitting():
    found = judged({"low": steady(0.0, 60), "high": steady(0.002, 60)})
    assert (found.best, found.blocks, found.overfitting.splits) == ("high", 6, 20)
    assert found.overfitting.probability == 0.0
    # 60 bars of 0.002 +- 0.01: the sample variance is 0.01^2 * 60 / 59.
    by_hand = 0.002 / (0.01 * math.sqrt(60 / 59)) * math.sqrt(PER_YEAR)
    assert found.sharpes["high"] == pytest.approx(by_hand)
    assert found.sharpes["low"] == pytest.approx(0.0, abs=1e-9)


def test_the_best_of_one_half_that_is_the_worst_of_the_other_is_overfitting():
    # Each is good in 3 of 6 blocks, the other in the other 3: who leads in a half lags in the rest.
    good = np.repeat([1, 1, 1, 0, 0, 0], 10).astype(bool)
    table = {
        "early": steady(0.0, 60) + np.where(good, 0.002, 0.0),
        "late": steady(0.0, 60) + np.where(good, 0.0, 0.002),
    }
    found = judged(table)
    assert found.overfitting.probability == 1.0


def test_the_threshold_of_the_best_of_ten():
    # 1.5746 is the expected maximum of 10 (Bailey et al. 2014); of two known ratios the variance
    # is at least 1 / n.
    one, other = steady(0.0, 100), steady(0.0002, 100)
    found = judged({"a": one, "b": other}, TrialCount(configurations=10, trainings=20))
    assert (found.n_trials, found.trials_source) == (10, LEDGER)
    assert found.deflated.threshold == pytest.approx(1.5746 * math.sqrt(1 / 100), rel=1e-4)


def test_more_compared_than_in_the_ledger():
    table = {str(k): steady(k / 1e4, 100) for k in range(5)}
    found = judged(table, TrialCount(configurations=3))
    assert (found.n_trials, found.trials_source) == (5, COMPARED)
    # sharpe ratios per bar k / 100 / sqrt(100/99): their variance 2.5e-4 * 0.99 is below 1 / 100
    assert found.deflated.variance == pytest.approx(1 / 100)
    assert found.deflated.threshold == pytest.approx(1.1926 / 10, rel=1e-4)


def test_the_risk_free_rate_is_taken_off():
    rate = 1.0001**PER_YEAR - 1
    found = judged({"a": steady(0.0001, 60), "b": steady(0.0, 60)}, risk_free=rate)
    assert found.sharpes["a"] == pytest.approx(0.0, abs=1e-9)


REASONS = {
    "one": ({"a": steady(0.001, 100)}, "pbo", "needs 2 configurations or more, there is 1"),
    "short": ({"a": steady(0, 59), "b": steady(1e-3, 59)}, "pbo", "needs 60 bars .* are 59"),
    "same": ({"a": steady(0, 60), "b": steady(0, 60)}, "pbo", "have the same returns"),
    "few": ({"a": steady(0.001, 29)}, "superiority", "needs 30 bars .* are 29"),
    "equal": ({"a": np.zeros(60)}, "superiority", "no configuration differs from it"),
    "idle": ({"a": np.zeros(60)}, "deflated", "no configuration has a Sharpe ratio"),
}


@pytest.mark.parametrize("name", REASONS)
def test_what_cannot_be_computed_says_why(name):
    table, which, text = REASONS[name]
    found = judged(table)
    with pytest.raises(AssertionError, match=text):
        raise AssertionError(found.reasons[which])
    field = {"pbo": "overfitting"}.get(which, which)
    assert getattr(found, field) is None
    assert found.reasons[which] in judge_winner(found, "x", "test").text or which != "superiority"


class TestVerdict:
    @pytest.fixture
    def market(self):
        rng = np.random.default_rng(3)
        return {str(k): rng.normal(0, 0.01, 500) for k in range(4)}

    def test_without_skill(self, market):
        verdict = judge_winner(judged(market), "buy and hold", "test")
        assert verdict.case == "within_luck"
        assert "none is shown to be better than buy and hold (SPA p = 0." in verdict.text
        assert "of 4 configurations on 500 test bars" in verdict.text
        assert "which without skill would be about 50 %" in verdict.text

    def test_with_skill(self, market):
        found = judged({**market, "good": market["0"] + 0.003}, TrialCount(configurations=5))
        verdict = judge_winner(found, "buy and hold", "validation")
        assert verdict.case == "beyond_luck"
        assert "StepM finds good better than buy and hold at 5 %" in verdict.text
        assert "(deflated 1.00 for the 5 configurations in the ledger)" in verdict.text

    def test_with_skill_but_many_trials(self, market):
        good = market["0"] - market["0"].mean() + 0.0017  # ratio 0.17 a bar, t = 3.8
        found = judged({"good": good, **market}, TrialCount(configurations=5000))
        assert found.superiority.superior == ("good",)
        verdict = judge_winner(found, "cash", "test")
        assert verdict.case == "partly"
        assert "for the 5,000 configurations in the ledger" in verdict.text

    def test_without_a_test(self, market):
        found = judge_selection(market, {}, PER_YEAR, TrialCount())
        verdict = judge_winner(found, "b", "test")
        assert verdict.case == "untested"
        assert "against b, no configuration can be held against it" in verdict.text

    def test_a_loss_is_not_called_luck(self, market):
        lost = {name: values - 0.002 for name, values in market.items()}
        text = judge_winner(judged(lost), "cash", "test").text
        assert "which is not above 0 (deflated 0.00" in text

    def test_every_case_is_tried(self):
        assert CASES == ("untested", "beyond_luck", "partly", "within_luck")


def test_names_in_a_sentence():
    assert named(["a"]) == "a"
    assert named(["a", "b", "c"]) == "a, b and c"
    assert named(["a", "b", "c", "d", "e"]) == "a, b, c and 2 more"


def test_values_are_frozen():
    found = judged({"a": steady(0.001, 60), "b": steady(0.0, 60)})
    with pytest.raises(dataclasses.FrozenInstanceError):
        found.best = "b"
