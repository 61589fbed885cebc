"""Resampled blocks and the intervals that come from them."""

import math

import numpy as np
import pytest

from tradegym.experiments.luck.bootstrap import (
    affordable,
    block_bootstrap_interval,
    block_length,
    stationary_rows,
)
from tradegym.experiments.luck.headline import headline_intervals, headline_statistics
from tradegym.experiments.metrics import compute_metrics


def test_blocks_go_on_bar_by_bar_and_have_the_mean_length():
    rows = stationary_rows(50, 8.0, 400, np.random.default_rng(0))
    assert rows.shape == (400, 50)
    assert rows.min() == 0
    assert rows.max() == 49
    goes_on = (rows[:, 1:] - rows[:, :-1]) % 50 == 1
    # a new block happens to begin at the next bar once in 50
    assert goes_on.mean() == pytest.approx(1 - 1 / 8 * 49 / 50, abs=0.006)
    assert np.bincount(rows.ravel(), minlength=50).std() / 400 < 0.15


def test_blocks_of_one_are_independent_draws():
    rows = stationary_rows(50, 1.0, 400, np.random.default_rng(0))
    assert ((rows[:, 1:] - rows[:, :-1]) % 50 == 1).mean() == pytest.approx(1 / 50, abs=0.005)


def test_the_block_length_is_that_of_arch_in_any_unit():
    from arch.bootstrap import optimal_block_length

    rng = np.random.default_rng(0)
    series = np.convolve(rng.normal(size=530), np.ones(30), "valid")
    expected = optimal_block_length(series)["stationary"].iloc[0]
    assert expected > 10
    assert block_length(series) == pytest.approx(expected, rel=1e-9)
    assert block_length(series * 1e-9) == pytest.approx(expected, rel=1e-6)
    assert block_length(np.zeros(100)) == block_length(series[:5]) == 1.0


def test_the_interval_of_a_mean_is_that_of_theory():
    sample = np.random.default_rng(0).normal(0.0, 1.0, 400)
    found = block_bootstrap_interval(sample, lambda rows: rows.mean(axis=1), reps=4000)
    half = 1.96 * sample.std() / 20
    assert found.low == pytest.approx(sample.mean() - half, abs=0.01)
    assert found.high == pytest.approx(sample.mean() + half, abs=0.01)
    assert (found.level, "stationary bootstrap" in found.method) == (0.95, True)


def test_dependence_widens_the_interval():
    rng = np.random.default_rng(2)
    smooth = np.convolve(rng.normal(size=1019), np.ones(20) / math.sqrt(20), "valid")
    found = block_bootstrap_interval(smooth, lambda rows: rows.mean(axis=1))
    alone = 2 * 1.96 * smooth.std() / math.sqrt(1000)
    assert found.high - found.low > 2.5 * alone  # sqrt(20) = 4.5 with endless data


def test_the_seed_decides():
    returns = np.random.default_rng(3).normal(0.001, 0.01, 100)
    once, again = (headline_intervals(returns, 252.0, seed=4) for _ in range(2))
    assert once == again != headline_intervals(returns, 252.0, seed=5)


def test_the_statistics_are_the_metrics(make_record):
    record = make_record(300, seed=2, trade_share=0.2)
    metrics = compute_metrics(record).as_dict()
    returns = record.bars["equity"].pct_change().to_numpy()[1:]
    for name, statistic in headline_statistics(252.0).items():
        assert statistic(returns[None, :])[0] == pytest.approx(metrics[name], rel=1e-9), name


def test_every_headline_number_lies_in_its_interval():
    returns = np.random.default_rng(6).normal(0.0005, 0.01, 750)
    found = headline_intervals(returns, 252.0)
    for name, statistic in headline_statistics(252.0).items():
        assert found[name].low < statistic(returns[None, :])[0] < found[name].high, name


@pytest.mark.parametrize("returns", [[], [0.1] * 9, [0.0] * 50, [0.01] * 50, [0.1, math.nan] * 20])
def test_degenerate_returns_have_no_interval(returns):
    assert set(headline_intervals(np.array(returns), 252.0).values()) == {None}


def test_a_number_that_most_resamples_lack_has_no_interval():
    returns = np.full(40, 0.01)
    returns[7] = -0.01  # one loss: more than a third of the resamples have none
    found = headline_intervals(returns, 252.0)
    assert found["sortino"] is None
    assert found["total_return"].high == pytest.approx(1.01**40 - 1)


def test_a_wipe_out_is_a_number():
    returns = np.random.default_rng(7).normal(0, 0.01, 60)
    returns[30] = -1.0
    found = headline_intervals(returns, 252.0)
    assert (found["total_return"].low, found["max_drawdown"].low) == (-1.0, -1.0)


def test_fewer_resamples_of_very_long_series():
    assert [affordable(1000, bars) for bars in (10, 30_000, 60_000, 10**6)] == [
        1000,
        1000,
        500,
        200,
    ]
    assert affordable(50, 10**6) == 50
