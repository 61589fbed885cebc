"""The sentence for each case of an evaluation."""

import dataclasses

import pytest

from tradegym.experiments.luck.deflated import Deflated
from tradegym.experiments.luck.interval import Interval
from tradegym.experiments.luck.paired import Difference
from tradegym.experiments.luck.verdict import Facts, judge

SKILL = Deflated(0.97, 0.05, 9, 0.001, 0.004, "2012")
LUCK = Deflated(0.60, 0.05, 9, 0.001, 0.4, "2012")


def gap(value, p_value, half=0.8):
    return Difference(value, Interval(value - half, value + half, 0.95, "test"), p_value, 1260, 1)


#: An agent that beats buy and hold by far; every case changes what it is about.
GOOD = Facts(
    bars=1260,
    years=5.0,
    total_return=0.9,
    sharpe=2.0,
    low=1.1,
    high=2.9,
    reference="buy-and-hold",
    reference_sharpe=0.5,
    reference_return=0.3,
    difference=gap(1.5, 0.0004),
    deflated=SKILL,
    n_trials=9,
)


def verdict(**changes):
    return judge(dataclasses.replace(GOOD, **changes))


def test_clearly_better():
    found = verdict()
    assert found.case == "clearly_better"
    assert found.text == (
        "The agent did better than buy-and-hold by more than luck explains: Sharpe ratio 2.00 "
        "against 0.50, total return +90.0% against +30.0% in 1,260 bars (5.0 years) (difference "
        "1.50, 95 % interval 0.70 to 2.30, p < 0.001, p = 0.004 corrected for 9 configurations "
        "tried), and its Sharpe ratio is above 0 by more than luck explains (deflated 0.97, p = "
        "0.004 corrected for the 9 configurations tried)."
    )


def test_better_but_within_the_luck_of_the_trials():
    found = verdict(difference=gap(1.5, 0.02))  # 9 * 0.02 = 0.18
    assert found.case == "within_luck"
    assert found.text.endswith(
        "but within the luck of 9 configurations tried: corrected for them, p = 0.180."
    )
    assert verdict(difference=gap(1.5, 0.02), n_trials=1).case == "clearly_better"


def test_ahead_of_a_falling_market_is_not_yet_skill():
    found = verdict(deflated=LUCK)
    assert found.case == "within_luck"
    assert "but within luck: that its Sharpe ratio is above 0 is not shown" in found.text


def test_indistinguishable():
    found = verdict(difference=gap(0.2, 0.6), deflated=LUCK)
    assert found.case == "indistinguishable"
    assert found.text.startswith("The agent cannot be told from buy-and-hold: Sharpe ratio 2.00")
    assert "p = 0.600); that its Sharpe ratio is above 0 is not shown" in found.text


def test_skill_of_its_own_is_said_where_buy_and_hold_had_it_too():
    assert "above 0 by more than luck explains" in verdict(difference=gap(0.2, 0.6)).text
    assert (
        "its Sharpe ratio is not above 0"
        in verdict(difference=gap(0.2, 0.6), deflated=LUCK, sharpe=-0.1).text
    )


def test_the_same_as_buy_and_hold():
    found = verdict(same=True, difference=None)
    assert found.case == "indistinguishable"
    assert found.text == "The agent did the same as buy-and-hold in 1,260 bars (5.0 years)."


def test_worse():
    found = verdict(difference=gap(-1.5, 0.03))  # not a finding that anyone searched for
    assert found.case == "worse"
    assert found.text.startswith("The agent did worse than buy-and-hold: ")


def test_too_short_to_tell():
    found = verdict(difference=gap(1.5, 0.2, half=2.3), bars=200, years=0.8)
    assert found.case == "too_short"
    assert "a difference under 2.3 would not show" in found.text
    found = verdict(bars=12, years=0.05, difference=None)
    assert found.case == "too_short"
    assert found.text == (
        "Too short to tell: 12 bars (0.1 years) with a total return of +90.0% carry no test."
    )


def test_ruined():
    found = verdict(ruined=True, total_return=-1.0, sharpe=None)
    assert found.case == "ruined"
    assert found.text.startswith("The agent was ruined after 1,260 bars (5.0 years), with a total")
    assert "-100.0%" in found.text


def test_never_traded():
    found = verdict(traded=False, sharpe=None, difference=None)
    assert found.case == "never_traded"
    assert found.text == (
        "The agent never traded in 1,260 bars (5.0 years): there is nothing to judge, while "
        "buy-and-hold returned +30.0%."
    )


def test_without_buy_and_hold():
    found = verdict(reference=None, difference=None)
    assert found.case == "no_reference"
    assert "the Sharpe ratio is 2.00 (95 % interval 1.10 to 2.90) in 1,260 bars" in found.text
    assert verdict(difference=None).case == "no_reference"
    assert "cannot be tested" in verdict(reference=None, deflated=None).text


def test_one_trial_is_said_as_one():
    one = dataclasses.replace(SKILL, n_trials=1)
    text = verdict(n_trials=1, deflated=one).text
    assert "corrected for 1 configuration tried" in text
    assert "corrected for the one configuration tried" in text


@pytest.mark.parametrize(("uses", "said"), [(0, False), (1, False), (2, True)])
def test_uses_of_the_test_split_are_said(uses, said):
    text = verdict(test_uses=uses).text
    assert text.endswith(f"; this test split has been used {uses} times.") == said


@pytest.mark.parametrize(
    ("probability", "p_value", "skilled"),
    [(0.96, 0.9, True), (0.9, 0.04, True), (0.9, 0.06, False), (0.01, 0.001, False)],
)
def test_either_test_of_skill_is_enough_but_a_loss_never_is(probability, p_value, skilled):
    assert Deflated(probability, 0.0, 9, 0.001, p_value, "2012").skilled == skilled
