"""Published values of the Sharpe ratio's statistics, and what is undefined."""

import math

import numpy as np
import pytest

from tradegym.experiments.luck.deflated import (
    NO_SKILL,
    deflated_probability,
    deflated_sharpe,
    expected_maximum,
    variance_of_trials,
)
from tradegym.experiments.luck.discovery import (
    observed_false_discovery,
    planned_false_discovery,
    sharpe_power,
)
from tradegym.experiments.luck.lengths import min_backtest_length, min_track_record_length
from tradegym.experiments.luck.sharpe import (
    lo_standard_error,
    moments,
    probabilistic_sharpe,
    sharpe_interval,
    sharpe_variance,
    skill_p_value,
)

# 24 monthly returns of a hedge fund: the example of the papers of 2012 and 2025.
FUND = {"n": 24, "skew": -2.448, "kurtosis": 10.164}
RATIO = 0.036 / 0.079


def test_psr_of_2012():
    # Bailey and Lopez de Prado (2012): 0.913 and, as if returns were normal, 0.982
    assert probabilistic_sharpe(0.458, **FUND) == pytest.approx(0.9134, abs=1e-4)
    assert probabilistic_sharpe(0.458, 24) == pytest.approx(0.9817, abs=1e-4)
    ported = probabilistic_sharpe(1.585 / math.sqrt(12), **FUND)
    assert ported == pytest.approx(0.91323430688, abs=1e-9)


def test_psr_of_2025_on_the_same_data():
    # Lopez de Prado, Lipton and Zoonekynd (2025): 0.987, and 0.939 against 0.1
    assert probabilistic_sharpe(RATIO, **FUND, formula="2025") == pytest.approx(0.987, abs=5e-4)
    against = probabilistic_sharpe(RATIO, **FUND, benchmark=0.1, formula="2025")
    assert against == pytest.approx(0.939, abs=5e-4)
    # by hand: 0.45570 * sqrt(24) = 2.23245
    expected = 0.5 * math.erfc(-RATIO * math.sqrt(24) / math.sqrt(2))
    assert probabilistic_sharpe(RATIO, **FUND, formula="2025") == pytest.approx(expected, abs=1e-12)


def test_standard_errors():
    assert math.sqrt(sharpe_variance(RATIO, **FUND)) == pytest.approx(0.329, abs=5e-4)
    assert math.sqrt(sharpe_variance(RATIO, 24)) == pytest.approx(0.214, abs=5e-4)
    for bars, ratio, printed in ((12, 0.5, 0.306), (60, 1.0, 0.158), (250, 1.0, 0.077)):
        assert lo_standard_error(ratio, bars) == pytest.approx(printed, abs=5e-4)


def test_the_interval_is_what_a_track_record_can_say():
    # about 1.96 / sqrt(years): +-1.39 in 2 years, 0.88 in 5, 0.62 in 10
    for years, half in ((1, 1.96), (2, 1.39), (5, 0.88), (10, 0.62)):
        found = sharpe_interval(0.0, 252 * years)
        assert found.high * math.sqrt(252) == pytest.approx(half, abs=0.006)
        assert found.low == -found.high


def test_power_and_false_discoveries_of_the_2025_paper():
    power = sharpe_power(**FUND, alternative=0.5)
    assert 1 - power == pytest.approx(0.315, abs=5e-4)
    assert planned_false_discovery(power) == pytest.approx(0.581, abs=5e-4)
    found = observed_false_discovery(RATIO, **FUND, alternative=0.5)
    assert found == pytest.approx(0.306, abs=5e-4)


def test_a_test_without_power_discovers_as_many_as_there_are():
    assert planned_false_discovery(0.05, 0.05, 0.8) == pytest.approx(0.8)
    assert sharpe_power(100, alternative=0.0) == pytest.approx(0.05)


def deflated(trials, *, skew=-3.0, kurtosis=10.0):
    """The example of 2014: 2.5 a year from 1,250 of 250 days, variance 1/2 a year."""
    ratio, variance = 2.5 / math.sqrt(250), 0.5 / 250
    return deflated_probability(ratio, 1250, skew, kurtosis, trials, variance)


def test_dsr():
    found = deflated(100)
    assert found.threshold == pytest.approx(0.1132, abs=5e-5)
    assert found.probability == pytest.approx(0.90039683444939, abs=1e-9)
    assert deflated(46).probability == pytest.approx(0.9505, abs=1e-4)
    assert deflated(88, skew=0, kurtosis=3).probability == pytest.approx(0.9505, abs=1e-4)
    assert deflated(100, skew=0, kurtosis=3).probability == pytest.approx(0.9428, abs=1e-4)


def test_dsr_of_2025_is_its_psr_against_the_same_threshold():
    ratio = 2.5 / math.sqrt(250)
    found = deflated_probability(ratio, 1250, -3.0, 10.0, 100, 0.002, "2025")
    gap = ratio - found.threshold
    below = 1 + 3 * found.threshold + 9 / 4 * found.threshold**2
    expected = 0.5 * math.erfc(-gap * math.sqrt(1250 / below) / math.sqrt(2))
    assert found.probability == pytest.approx(expected, abs=1e-12)


def test_one_trial_deflates_nothing():
    returns = np.random.default_rng(0).normal(0.001, 0.01, 500)
    found, single = moments(returns), deflated_sharpe(returns, 1)
    plain = probabilistic_sharpe(found.sharpe, 500, found.skew, found.kurtosis)
    assert (single.threshold, single.probability) == (0.0, plain)
    assert deflated_sharpe(returns, 50).probability < plain


@pytest.mark.parametrize(
    ("trials", "printed"),
    [(5, 1.1926), (10, 1.5746), (45, 2.2356), (100, 2.5306028932), (1000, 3.2551)],
)
def test_expected_maximum(trials, printed):
    assert expected_maximum(trials) == pytest.approx(printed, abs=5e-5)


def test_min_backtest_length():
    # "no more than 45 trials on 5 years"
    assert min_backtest_length(45) == pytest.approx(4.998, abs=5e-4)
    assert min_backtest_length(45, 2.0) == pytest.approx(4.998 / 4, abs=5e-4)
    assert (min_backtest_length(1), min_backtest_length(0)) == (0.0, None)


@pytest.mark.parametrize(
    ("per_year", "ratio", "benchmark", "skew", "kurtosis", "years"),
    [
        (250, 2.0, 1.0, 0.0, 3.0, 2.7312),
        (52, 2.0, 1.0, 0.0, 3.0, 2.8288),
        (12, 2.0, 1.0, 0.0, 3.0, 3.2398),
        (12, 2.0, 1.0, -0.72, 5.78, 4.991),
        (12, 3.0, 2.5, -0.72, 5.78, 27.3529),
    ],
)
def test_min_track_record_length_of_2012(per_year, ratio, benchmark, skew, kurtosis, years):
    root = math.sqrt(per_year)
    found = min_track_record_length(ratio / root, benchmark / root, skew, kurtosis)
    assert found / per_year == pytest.approx(years, abs=3e-4)


def test_min_track_record_length_of_2025():
    shape = FUND["skew"], FUND["kurtosis"]
    found = min_track_record_length(RATIO, 0.0, *shape, formula="2025")
    assert found == pytest.approx(13.029, abs=5e-4)
    # so many returns bring the PSR to 95 %
    reached = probabilistic_sharpe(RATIO, found, *shape, formula="2025")
    assert reached == pytest.approx(0.95, abs=1e-9)
    assert min_track_record_length(0.1, 0.1) is None


def test_moments_by_hand():
    # -1, 0, 0, 5: mean 1, deviations -2, -1, -1, 4; m2 = 5.5, m3 = 13.5, m4 = 68.5
    found = moments(np.array([-1.0, 0.0, 0.0, 5.0]))
    assert found.sharpe == pytest.approx(1 / math.sqrt(22 / 3))
    assert found.skew == pytest.approx(13.5 / 5.5**1.5)
    assert found.kurtosis == pytest.approx(68.5 / 5.5**2)


@pytest.mark.parametrize(
    "returns", [[], [0.1], [0.0] * 9, [0.01] * 9, [0.1, math.nan, 0.2], [0.1, math.inf]]
)
def test_degenerate_returns_are_undefined(returns):
    assert moments(np.array(returns)) is None
    assert deflated_sharpe(np.array(returns), 5) is None


def test_undefined_standard_errors():
    # A coin that pays 1 with p has kurtosis = skew^2 + 1; at 2 / skew the variance vanishes.
    assert sharpe_variance(1.0, 10, 2.0, 5.0) is None
    assert probabilistic_sharpe(1.0, 10, 2.0, 5.0) is None
    assert sharpe_interval(1.0, 1) is None
    assert sharpe_variance(0.1, 0) is None
    assert sharpe_variance(0.1, 10, autocorrelation=1.0) is None
    assert deflated_probability(0.1, 100, 0.0, 3.0, 0, 0.01) is None
    assert skill_p_value(0.1, 1) is None


def test_the_p_value_is_the_t_test():
    from scipy.stats import ttest_1samp

    returns = np.random.default_rng(3).normal(0.05, 1.0, 40)
    found = skill_p_value(moments(returns).sharpe, 40)
    assert found == pytest.approx(ttest_1samp(returns, 0.0).pvalue, abs=1e-12)


def test_variance_of_trials():
    few, many = [0.01, 0.01], list(np.linspace(-0.01, 0.01, 11))
    assert variance_of_trials([], 400) == (1 / 400, NO_SKILL)
    assert variance_of_trials([0.3], 400)[0] == 1 / 400
    assert variance_of_trials(few, 400)[0] == 1 / 400  # agreeing by chance deflates nothing
    assert variance_of_trials([0.0, 1.0], 400)[0] == pytest.approx(0.5)
    assert np.var(many, ddof=1) < 1 / 400
    assert variance_of_trials(many, 400)[0] == pytest.approx(np.var(many, ddof=1))


def test_autocorrelation_widens_the_error():
    # AR(1) of normal shocks: simulated spread of the Sharpe ratio of 400 bars
    rng, bars, rho = np.random.default_rng(1), 400, 0.4
    shocks = rng.normal(0.0, math.sqrt(1 - rho**2), (4000, bars))
    paths = np.empty_like(shocks)
    paths[:, 0] = rng.normal(size=4000)
    for bar in range(1, bars):
        paths[:, bar] = rho * paths[:, bar - 1] + shocks[:, bar]
    paths += 0.5
    found = np.std(paths.mean(axis=1) / paths.std(axis=1, ddof=1))
    expected = math.sqrt(sharpe_variance(0.5, bars, autocorrelation=rho))
    assert found == pytest.approx(expected, rel=0.04)
    assert expected > 1.4 * lo_standard_error(0.5, bars)
