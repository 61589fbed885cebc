"""Evaluations from their episodes to the content of luck.json."""

import dataclasses
import json
import math
import time

import numpy as np
import pandas as pd
import pytest

from tradegym.experiments.evaluation import Comparison, Evaluation
from tradegym.experiments.luck import assess
from tradegym.experiments.luck.series import common, series_of
from tradegym.experiments.metrics import compute_metrics
from tradegym.experiments.trials import TrialCount

TRIALS = TrialCount(trainings=17, configurations=9, test_uses=4)


def played(*records):
    return Evaluation(records, compute_metrics(records[0]))


@pytest.fixture
def of_returns(record_of):
    """A record with these returns from 10,000 on, which held a position."""

    def make(returns, **changes):
        record = record_of(10_000 * np.cumprod(np.concatenate(([1.0], 1 + np.asarray(returns)))))
        bars = record.bars.assign(exposure=1.0)
        return dataclasses.replace(record, bars=bars, **changes)

    return make


def market(bars=1260, seed=0, annual=0.5):
    """Returns per day whose annual Sharpe ratio is exactly this."""
    noise = np.random.default_rng(seed).normal(size=bars)
    noise = (noise - noise.mean()) / noise.std(ddof=1)
    return 0.01 * (noise + annual / math.sqrt(252))


def judged(agent, reference=None, trials=TRIALS, split="test", **others):
    baselines = {} if reference is None else {"buy_and_hold": played(reference)}
    baselines |= {name: played(record) for name, record in others.items()}
    return assess(Comparison(split, played(agent), baselines), trials, seed=1, reps=200)


def test_an_agent_with_much_skill_is_clearly_better(of_returns):
    found = judged(of_returns(market(annual=3.5, seed=1)), of_returns(market()))
    assert found["case"] == "clearly_better"
    assert found["agent"]["sharpe"] == pytest.approx(3.5)
    assert found["agent"]["sharpe_per_bar"] == pytest.approx(3.5 / math.sqrt(252))
    assert found["baselines"]["buy_and_hold"]["sharpe"] == pytest.approx(0.5)
    assert (found["agent"]["n"], found["agent"]["years"]) == (1260, 5.0)
    half = 1.96 / math.sqrt(5)  # times the root of 1 + SR^2 / 2 per bar
    assert found["agent"]["high"] - 3.5 == pytest.approx(half, rel=0.03)
    assert found["difference"]["sharpe"]["value"] == pytest.approx(3.0, abs=0.01)
    assert found["deflated"]["skilled"]
    assert found["superiority"]["superior"] == ("agent",)
    assert "this test split has been used 4 times" in found["verdict"]


def test_the_number_of_trials_comes_from_the_ledger(of_returns):
    agent, hold = of_returns(market(annual=1.6, seed=2)), of_returns(market(annual=-0.4))
    few = judged(agent, hold, TrialCount(1, 1, 1))
    many = judged(agent, hold, TrialCount(900, 900, 1))
    assert (few["case"], many["case"]) == ("clearly_better", "within_luck")
    assert few["deflated"]["probability_2012"] == pytest.approx(few["agent"]["psr_2012"])
    assert few["deflated"]["min_backtest_years"] == 0.0
    # E[max of 900] = 3.22: with 1 / 1260 per bar, 1.44 a year
    assert many["deflated"]["threshold"] == pytest.approx(3.22 * math.sqrt(252 / 1260), abs=0.01)
    assert many["deflated"]["probability_2012"] < 0.9
    wide = judged(agent, hold, TrialCount(9, 9, 1, (0.0, 0.2)))
    assert wide["deflated"]["variance"] == pytest.approx(0.02)


def test_every_seed_as_a_trial_is_said_apart(of_returns):
    found = judged(of_returns(market(annual=1.5)), None, TrialCount(90, 9, 0))["deflated"]
    assert (found["n_trials"], found["if_every_training_counts"]["n_trials"]) == (9, 90)
    assert found["if_every_training_counts"]["probability_2012"] < found["probability_2012"]


@pytest.mark.parametrize(
    ("seed", "annual", "bars", "case"),
    [
        (1, 0.6, 2520, "indistinguishable"),
        (1, -2.5, 1260, "worse"),
        (1, 1.0, 200, "too_short"),
        (1, 1.0, 20, "too_short"),
    ],
)
def test_cases_of_one_agent_against_buy_and_hold(of_returns, seed, annual, bars, case):
    hold = market(bars, 0)
    agent = (
        market(bars, seed, annual) * 0.4 + 0.6 * hold if case[0] == "i" else market(bars, 1, annual)
    )
    assert judged(of_returns(agent), of_returns(hold))["case"] == case


def test_ruin_has_no_ratios(of_returns):
    returns = market(300)
    returns[200] = -1.0
    found = judged(of_returns(returns[:201]), of_returns(market(300)))
    assert found["case"] == "ruined"
    assert "after 201 bars" in found["verdict"]
    assert "-100.0%" in found["verdict"]
    assert found["agent"]["sharpe"] is None
    assert set(found["intervals"]["agent"].values()) == {None}
    assert found["deflated"]["probability_2012"] is None
    assert found["deflated"]["variance_source"] is None


def test_equity_below_zero_is_ruin_whatever_the_reason(record_of):
    record = record_of([100.0, 50.0, -20.0, 30.0])
    series = series_of([record])
    assert series.ruined
    np.testing.assert_allclose(series.returns, [-0.5, -1.0])


def test_an_agent_that_never_traded(record_of, of_returns):
    found = judged(record_of([10_000.0] * 100), of_returns(market(99)))
    assert found["case"] == "never_traded"
    assert found["agent"]["sharpe"] is None
    assert found["difference"]["sharpe"] is None


def test_buy_and_hold_itself(of_returns):
    hold = of_returns(market())
    assert judged(hold)["case"] == "no_reference"
    assert judged(hold)["difference"] is judged(hold)["superiority"] is None
    assert judged(hold, hold)["case"] == "indistinguishable"
    assert "did the same as" in judged(hold, hold)["verdict"]


def test_who_knows_the_future_is_no_rival(of_returns):
    agent, hold = of_returns(market(300, 1)), of_returns(market(300))
    found = judged(agent, hold, perfect_foresight=of_returns(market(300, 2, 20.0)), sma=agent)
    assert found["superiority"]["compared"] == ("agent", "sma")
    assert "perfect_foresight" in found["baselines"]


def test_money_lost_before_the_first_bar_counts(record_of):
    record = record_of([90.0, 99.0], start=100.0)
    series = series_of([record])
    np.testing.assert_allclose(series.returns, [-0.1, 0.1])
    assert len(series.times) == 2
    assert series.total_return == pytest.approx(-0.01)


def test_overlapping_episodes_are_not_more_data(of_returns):
    first = of_returns([0.1, 0.2, 0.3])
    later = of_returns([0.4, 0.5])
    bars = later.bars.assign(time=list(first.bars["time"][1:4]))
    second = dataclasses.replace(later, bars=bars)
    series = series_of([first, second])
    # bars 1, 2, 3: the second episode has returns on bars 2 and 3
    np.testing.assert_allclose(series.returns, [0.1, (0.2 + 0.4) / 2, (0.3 + 0.5) / 2])


def test_only_bars_that_both_have_are_compared(of_returns):
    first, second = of_returns([0.1, 0.2, 0.3]), of_returns([0.4, 0.5])
    mine, theirs = common(series_of([first]), series_of([second]))
    np.testing.assert_allclose(mine, [0.1, 0.2])
    np.testing.assert_allclose(theirs, [0.4, 0.5])


def test_equity_that_is_not_finite_gives_no_numbers(record_of, of_returns):
    record = record_of([100.0, math.nan, 101.0])
    bars = record.bars.assign(exposure=1.0)
    found = judged(dataclasses.replace(record, bars=bars), of_returns(market(99)))
    assert found["agent"]["n"] == 0
    json.dumps(found, allow_nan=False)


def test_the_content_is_plain_finite_and_repeatable(make_record):
    agent, hold, other = (make_record(200, seed=seed, trade_share=0.1) for seed in range(3))
    flat = make_record(200, seed=3, trade_share=0)
    found = judged(agent, hold, random=other, flat=flat)
    assert json.loads(json.dumps(found, allow_nan=False))["ledger"]["configurations"] == 9
    assert found == judged(agent, hold, random=other, flat=flat)
    assert set(found) == {
        *("verdict", "case", "agent", "baselines", "intervals", "difference", "deflated"),
        *("superiority", "ledger"),
    }
    metrics = compute_metrics(agent)
    for name, ends in found["intervals"]["agent"].items():
        assert ends["low"] < getattr(metrics, name) < ends["high"], name
    assert found["agent"]["sharpe"] == pytest.approx(metrics.sharpe)
    assert "test split" not in judged(agent, hold, split="validation")["verdict"]


def test_a_thousand_bars_take_under_two_seconds(of_returns):
    agent, hold, *others = (of_returns(market(1000, seed)) for seed in range(5))
    rules = {f"rule {one}": played(record) for one, record in enumerate(others)}
    comparison = Comparison("test", played(agent), {"buy_and_hold": played(hold)} | rules)
    assess(comparison, TRIALS, reps=10)  # imports arch
    start = time.process_time()
    assess(comparison, TRIALS)
    assert time.process_time() - start < 2.0


def test_without_a_scale_of_time_there_are_no_numbers(of_returns):
    found = judged(of_returns(market(99), bars_per_year=math.nan), of_returns(market(99)))
    assert (found["case"], found["agent"]["n"]) == ("too_short", 0)
    json.dumps(found, allow_nan=False)


def test_ratios_are_above_the_risk_free_rate(make_record):
    agent, hold = make_record(300, seed=1, trade_share=0.1), make_record(300, seed=2)
    comparison = Comparison("test", played(agent), {"buy_and_hold": played(hold)})
    rate = 1.05 ** (1 / 252) - 1
    found = assess(comparison, TRIALS, reps=100, risk_free=0.05)
    plain = assess(comparison, TRIALS, reps=100)
    returns = agent.bars["equity"].pct_change().to_numpy()[1:]
    expected = (returns.mean() - rate) / returns.std(ddof=1) * math.sqrt(252)
    assert found["agent"]["sharpe"] == pytest.approx(expected)
    below = plain["agent"]["sharpe"] - expected
    assert below == pytest.approx(rate / returns.std(ddof=1) * math.sqrt(252))
    ends, shifted = (one["intervals"]["agent"] for one in (plain, found))
    assert shifted["sharpe"]["low"] == pytest.approx(ends["sharpe"]["low"] - below, abs=0.1)
    assert shifted["total_return"] == ends["total_return"]
    mean = [one["difference"]["mean_return"] for one in (plain, found)]
    assert mean[0] == mean[1]


def test_times_are_compared_in_any_unit(of_returns):
    record = of_returns([0.1, 0.2])
    bars = record.bars.assign(time=record.bars["time"].astype("datetime64[s, UTC]"))
    coarse = series_of([dataclasses.replace(record, bars=bars)])
    assert isinstance(bars["time"].dtype, pd.DatetimeTZDtype)
    np.testing.assert_array_equal(coarse.times, series_of([record]).times)
