"""Reality Check, SPA and StepM."""

import numpy as np
import pytest

from tradegym.experiments.luck.superiority import superiority


@pytest.fixture(scope="module")
def market():
    rng = np.random.default_rng(0)
    benchmark = rng.normal(0.0003, 0.01, 600)
    rules = rng.normal(0.0003, 0.01, (600, 8))
    return rules, benchmark


def test_the_p_values_are_those_of_arch(market):
    from arch.bootstrap import SPA

    rules, benchmark = market
    found = superiority(rules, benchmark, seed=5, reps=300)
    gains = rules - benchmark[:, None]
    raw = SPA(-benchmark, -rules, found.block, 300, studentize=False, seed=5)
    raw.compute()
    assert found.reality_check_p == pytest.approx(raw.pvalues["upper"], abs=1e-12)
    scaled = SPA(np.zeros(600), -gains / gains.std(axis=0), found.block, 300, seed=5)
    scaled.compute()
    assert found.spa_p == pytest.approx(scaled.pvalues["consistent"], abs=1e-12)


def test_only_the_one_that_leaks_is_named(market):
    rules, benchmark = market
    assert superiority(rules, benchmark, reps=300).superior == ()
    assert superiority(rules, benchmark, reps=300).spa_p > 0.05
    leaking = rules.copy()
    leaking[:, 3] += 0.004
    names = [f"rule {one}" for one in range(8)]
    found = superiority(leaking, benchmark, names, reps=300)
    assert (found.superior, found.spa_p, found.reality_check_p) == (("rule 3",), 0.0, 0.0)


def test_returns_are_gains_and_not_losses(market):
    rules, benchmark = market
    worse = rules - 0.004
    assert superiority(worse, benchmark, reps=300).spa_p > 0.5


def test_a_quiet_rule_is_not_hidden_by_a_loud_one():
    rng = np.random.default_rng(1)
    quiet = rng.normal(0.0006, 0.003, (1000, 1))
    loud = rng.normal(0.0, 0.08, (1000, 6))
    found = superiority(np.hstack((quiet, loud)), np.zeros(1000), ["quiet", *"abcdef"], reps=300)
    assert found.superior == ("quiet",)
    assert found.reality_check_p > 0.1  # White's statistic has no units to go by


def test_the_benchmark_itself_is_not_compared(market):
    rules, benchmark = market
    table = np.column_stack((benchmark, rules[:, 0]))
    assert superiority(table, benchmark, ["copy", "other"]).compared == ("other",)
    assert superiority(benchmark[:, None], benchmark) is None
    assert superiority(rules[:20], benchmark[:20]) is None


def test_long_series_are_summed_up():
    rng = np.random.default_rng(2)
    found = superiority(rng.normal(size=(12_001, 2)), np.zeros(12_001), reps=100)
    assert found.bars_per_row == 3
