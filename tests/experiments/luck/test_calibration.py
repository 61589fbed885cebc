"""The rules of the verdict on made-up markets whose truth is known."""

import time

import numpy as np
import pytest

from tradegym.experiments.luck import (
    probability_of_improvement,
    stratified_bootstrap_interval,
    t_interval,
)
from tradegym.experiments.luck.deflated import deflated_sharpe, variance_of_trials
from tradegym.experiments.luck.headline import headline_intervals
from tradegym.experiments.luck.paired import sharpe_difference
from tradegym.experiments.luck.pbo import pbo
from tradegym.experiments.luck.sharpe import probabilistic_sharpe
from tradegym.experiments.luck.superiority import superiority

pytestmark = pytest.mark.slow

PER_YEAR = 250


def best_of(rng, trials, bars, runs, law="normal", known=None):
    """Shares of runs in which the best of strategies without skill is called skilled."""
    found = np.zeros((runs, 3))
    for run in range(runs):
        fat = rng.standard_t(4, (trials, bars)) / 2**0.5
        table = rng.normal(size=(trials, bars)) if law == "normal" else fat
        ratios = table.mean(axis=1) / table.std(axis=1, ddof=1)
        best = int(ratios.argmax())
        variance, _ = variance_of_trials(ratios[:known], bars)
        deflated = deflated_sharpe(table[best], trials, variance)
        naive = probabilistic_sharpe(ratios[best], bars)
        found[run] = naive > 0.95, deflated.probability > 0.95, deflated.skilled
    return found.mean(axis=0)


@pytest.mark.parametrize("law", ["normal", "fat tails"])
def test_the_best_of_50_without_skill(law):
    naive, deflated, rule = best_of(np.random.default_rng(0), 50, 500, 500, law)
    assert naive == pytest.approx(0.93, abs=0.04)
    assert deflated <= 0.01
    assert rule <= 0.05


@pytest.mark.parametrize("known", [0, 2, 5, 10])
def test_few_known_trials_do_not_let_luck_through(known):
    _, deflated, rule = best_of(np.random.default_rng(1), 50, 500, 500, known=known)
    assert deflated <= 0.05
    assert rule <= 0.05


def test_a_true_sharpe_ratio_of_2_4_over_5_years_is_found():
    rng, bars, runs = np.random.default_rng(2), 5 * PER_YEAR, 300
    found = np.zeros((runs, 2))
    for run in range(runs):
        table = rng.normal(size=(50, bars))
        table[0] += 2.4 / PER_YEAR**0.5
        ratios = table.mean(axis=1) / table.std(axis=1, ddof=1)
        deflated = deflated_sharpe(table[0], 50, variance_of_trials(ratios, bars)[0])
        found[run] = deflated.probability > 0.95, deflated.skilled
    assert found[:, 0].mean() >= 0.75  # the deflated ratio alone: 84 %
    assert found[:, 1].mean() >= 0.95


@pytest.mark.parametrize("law", ["normal", "t3", "exponential"])
def test_intervals_of_ten_seeds_cover(law):
    rng, runs = np.random.default_rng(3), 3000
    values = {
        "normal": rng.normal(size=(runs, 10)),
        "t3": rng.standard_t(3, size=(runs, 10)),
        "exponential": rng.exponential(size=(runs, 10)),
    }[law]
    # Interquartile mean of the law: of the exponential 2 * int_(1/4)^(3/4) -ln(1 - u) du.
    truth = {"exponential": 2 * (0.25 * np.log(0.25) - 0.75 * np.log(0.75) + 0.5)}.get(law, 0.0)
    hits = 0
    for run, row in enumerate(values):
        found = stratified_bootstrap_interval(row, reps=1000, seed=run)
        hits += found.low <= truth <= found.high
    assert 0.93 <= hits / runs <= 0.97


@pytest.mark.parametrize("seeds", [2, 3, 5, 9])
def test_students_intervals_of_fewer_seeds_cover(seeds):
    rng, runs = np.random.default_rng(4), 2000
    ends = [t_interval(row) for row in rng.normal(size=(runs, seeds))]
    assert 0.93 <= np.mean([one.low <= 0 <= one.high for one in ends]) <= 0.97


def test_improvement_of_equals_is_a_coin():
    table = np.random.default_rng(5).normal(size=(500, 20))
    found = [probability_of_improvement(row[:10], row[10:]) for row in table]
    assert np.mean(found) == pytest.approx(0.5, abs=0.02)


def test_pbo_without_skill_is_a_half_and_quick():
    rng = np.random.default_rng(6)
    start = time.process_time()
    found = [pbo(rng.normal(size=(1000, 200))).probability for _ in range(12)]
    assert (time.process_time() - start) / 12 < 1.0
    assert np.mean(found) == pytest.approx(0.5, abs=0.1)
    edge = rng.normal(size=(1000, 200))
    edge[:, :20] += 0.15
    assert pbo(edge).probability < 0.01


def test_equal_sharpe_ratios_are_told_apart_in_5_percent():
    rng, p_values = np.random.default_rng(7), []
    for run in range(400):
        first, own = rng.normal(0.05, 1.0, (2, 500))
        second = 0.6 * first + 0.8 * own + 0.05 * (1 - 0.6 - 0.8)
        p_values.append(sharpe_difference(first, second, PER_YEAR, reps=300, seed=run).p_value)
    assert 0.02 <= np.mean(np.array(p_values) < 0.05) <= 0.08
    assert np.mean(np.array(p_values) < 0.01) <= 0.025


def test_block_bootstrap_intervals_of_the_sharpe_ratio_cover():
    rng, runs, truth = np.random.default_rng(8), 300, 1.0
    hits = 0
    for run in range(runs):
        noise = rng.standard_t(5, 500) * (3 / 5) ** 0.5
        returns = 0.01 * (noise + truth / PER_YEAR**0.5)
        ends = headline_intervals(returns, PER_YEAR, reps=400, seed=run)["sharpe"]
        hits += ends.low <= truth <= ends.high
    assert 0.90 <= hits / runs <= 0.98


def test_spa_and_stepm_rarely_name_one_without_skill():
    rng, runs = np.random.default_rng(9), 100
    found = [
        superiority(rng.normal(size=(300, 20)), np.zeros(300), seed=run, reps=300)
        for run in range(runs)
    ]
    assert np.mean([one.spa_p < 0.05 for one in found]) <= 0.11
    assert np.mean([len(one.superior) > 0 for one in found]) <= 0.11
