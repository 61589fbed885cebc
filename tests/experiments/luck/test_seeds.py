"""Statistics over seeds."""

import math

import numpy as np
import pytest
from scipy import stats

from tradegym.experiments.luck import (
    improvement_interval,
    iqm,
    probability_of_improvement,
    stratified_bootstrap_interval,
    summarise_seeds,
    t_interval,
)


@pytest.fixture(scope="module")
def scores():
    """Ten seeds on five markets of two algorithms, whose statistics rliable has printed."""
    rng = np.random.default_rng(0)
    return rng.normal(1.0, 1.0, (10, 5)), rng.normal(0.5, 1.0, (10, 5))


def test_the_interquartile_mean():
    assert iqm(range(1, 9)) == 4.5
    assert iqm([3.0]) == 3.0
    assert iqm([1.0, 2.0, 9.0]) == 4.0  # a quarter of three is no value
    values = np.random.default_rng(0).normal(size=(7, 3))
    assert iqm(values) == pytest.approx(stats.trim_mean(values, 0.25, axis=None))
    assert iqm([]) is None
    assert iqm([1.0, math.nan]) is None


def test_values_that_rliable_prints(scores):
    first, second = scores
    assert iqm(first) == pytest.approx(1.0826, abs=5e-5)
    assert iqm(second) == pytest.approx(0.4978, abs=5e-5)
    assert probability_of_improvement(first, second) == pytest.approx(0.664, abs=1e-9)
    # of random resamples, so to the precision that 2,000 of them have
    found = stratified_bootstrap_interval(first, widened=False)
    assert (found.low, found.high) == (
        pytest.approx(0.813, abs=0.02),
        pytest.approx(1.38, abs=0.02),
    )
    found = stratified_bootstrap_interval(second, widened=False)
    assert (found.low, found.high) == (
        pytest.approx(0.164, abs=0.03),
        pytest.approx(0.819, abs=0.02),
    )


def test_the_correction_widens_a_little():
    values = np.random.default_rng(1).normal(size=10)
    plain = stratified_bootstrap_interval(values, widened=False)
    found = stratified_bootstrap_interval(values)
    assert found.level == 0.95
    assert 1.02 < (found.high - found.low) / (plain.high - plain.low) < 1.15


def test_markets_are_strata():
    # Two markets of different height: drawn together the spread would be that of the heights.
    table = np.random.default_rng(2).normal(size=(12, 2)) * 0.01 + [0.0, 100.0]
    found = stratified_bootstrap_interval(table)
    assert found.high - found.low < 0.5


def test_improvement_by_hand():
    # 3 > 1, 3 > 2, 2 > 1, 2 = 2: three wins and a tie of four pairs
    assert probability_of_improvement([3.0, 2.0], [1.0, 2.0]) == 3.5 / 4
    # against one value of a rule without chance
    assert probability_of_improvement([1.0, 2.0, 3.0], [1.5]) == pytest.approx(2 / 3)
    assert probability_of_improvement([], [1.0]) is None
    assert probability_of_improvement([math.nan], [1.0]) is None
    first, second = np.random.default_rng(3).normal(size=(2, 9))
    expected = stats.mannwhitneyu(first, second).statistic / 81
    assert probability_of_improvement(first, second) == pytest.approx(expected)


def test_the_interval_of_the_improvement(scores):
    found = improvement_interval(*scores)
    assert 0.5 < found.low < 0.664 < found.high < 0.8
    assert improvement_interval([1.0], [0.0]) is None
    alone = improvement_interval([1.0, 2.0, 3.0, 4.0], [0.0])
    assert (alone.low, alone.high) == (1.0, 1.0)


def test_the_t_interval():
    values = [1.0, 2.0, 4.0]
    found = t_interval(values)
    low, high = stats.t.interval(0.95, 2, np.mean(values), stats.sem(values))
    assert (found.low, found.high) == (pytest.approx(low), pytest.approx(high))
    assert t_interval([1.0]) is None


def test_under_ten_seeds_there_is_a_warning_and_students_t():
    found = summarise_seeds([1.0, 2.0, 4.0])
    assert "Student's t" in found.interval.method
    assert found.warning == (
        "3 seeds are too few for a bootstrap interval: the interval is Student's t of the mean, "
        "and wide"
    )
    assert (found.iqm, found.min, found.max, found.n) == (pytest.approx(7 / 3), 1.0, 4.0, 3)
    table = found.as_dict()
    assert (table["low"], table["high"]) == (found.interval.low, found.interval.high)


def test_ten_seeds_have_a_bootstrap_interval():
    found = summarise_seeds(list(range(10)))
    assert found.warning is None
    assert "bootstrap" in found.interval.method
    assert found.iqm == 4.5


def test_undefined_seeds_are_said():
    found = summarise_seeds([None, 1.0, math.nan])
    assert (found.n, found.interval, found.std) == (1, None, None)
    assert found.warning.startswith("undefined for 2 of 3 seeds; 1 seed is too few")
    empty = summarise_seeds([None])
    assert (empty.iqm, empty.mean, empty.min, empty.n) == (None, None, None, 0)
    assert empty.as_dict()["low"] is None
