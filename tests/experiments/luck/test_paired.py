"""Differences between two series of returns on the same bars."""

import math

import numpy as np
import pytest

from tradegym.experiments.luck.paired import mean_difference, sharpe_difference


def pair(gap=0.0, bars=750, seed=0, share=0.8):
    """Two series with a common part; the first earns ``gap`` more per bar."""
    rng = np.random.default_rng(seed)
    common = rng.normal(0.0004, 0.01, bars)
    own = rng.normal(0.0, 0.01, (2, bars))
    return common * share + own * (1 - share) + np.array([[gap], [0.0]])


def ratio(returns):
    return returns.mean() / returns.std() * math.sqrt(252)


def test_the_value_is_the_difference_of_the_ratios():
    first, second = pair(0.0005)
    found = sharpe_difference(first, second, 252.0)
    assert found.value == pytest.approx(ratio(first) - ratio(second), rel=1e-9)
    assert found.interval.low < found.value < found.interval.high
    assert found.bars == 750
    other = sharpe_difference(second, first, 252.0)
    assert (other.value, other.p_value) == (pytest.approx(-found.value), found.p_value)


def test_the_error_is_that_of_jobson_and_korkie():
    # Memmel (2003), independent normal returns with ratios near 0: variance 2 (1 - rho) / T
    first, second = pair(bars=2000, seed=3)
    rho = np.corrcoef(first, second)[0, 1]
    found = sharpe_difference(first, second, 252.0)
    half = 1.96 * math.sqrt(2 * (1 - rho) / 2000 * 252)
    assert (found.interval.high - found.interval.low) / 2 == pytest.approx(half, rel=0.12)


def test_a_real_difference_is_seen_and_none_is_not():
    assert sharpe_difference(*pair(0.0015), 252.0).p_value < 1e-6
    assert sharpe_difference(*pair(), 252.0).p_value > 0.05


def test_the_mean_difference_is_the_paired_t_test():
    from scipy.stats import ttest_rel

    first, second = pair(0.0004, seed=5)
    found = mean_difference(first, second, 252.0, reps=4000)
    expected = ttest_rel(first, second)
    ends = expected.confidence_interval()
    assert found.value == pytest.approx(252 * (first - second).mean())
    assert found.p_value == pytest.approx(expected.pvalue, abs=0.02)
    assert found.interval.low == pytest.approx(252 * ends.low, abs=0.005)


def test_dependence_makes_blocks_and_the_test_careful():
    rng = np.random.default_rng(8)
    smooth = np.convolve(rng.normal(size=1519), np.ones(20) / 20, "valid")
    other = rng.normal(size=1500)
    found = mean_difference(smooth, other * 0.01, 1.0)
    alone = 1.96 * (smooth - other * 0.01).std() / math.sqrt(1500)
    assert found.block > 5
    assert (found.interval.high - found.interval.low) / 2 > 2 * alone


@pytest.mark.parametrize("bars", [0, 1, 29])
def test_too_few_bars_carry_no_test(bars):
    first, second = pair(bars=bars)
    assert sharpe_difference(first, second, 252.0) is None
    assert mean_difference(first, second, 252.0) is None


def test_undefined_differences():
    first, _ = pair()
    assert sharpe_difference(first, first, 252.0) is None
    assert sharpe_difference(first, np.zeros(750), 252.0) is None
    assert sharpe_difference(first, np.full(750, np.nan), 252.0) is None
    assert mean_difference(first, np.zeros(750), 252.0) is not None
