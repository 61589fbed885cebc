"""Combinatorially symmetric cross-validation."""

import itertools
import math

import numpy as np
import pytest

from tradegym.experiments.luck.pbo import pbo


def by_the_definition(returns, blocks):
    """PBO without any block sums: every split is put together and measured."""
    parts = np.split(returns, blocks)
    logits = []
    for chosen in itertools.combinations(range(blocks), blocks // 2):
        inside = np.concatenate([parts[one] for one in chosen])
        outside = np.concatenate([parts[one] for one in range(blocks) if one not in chosen])
        trained = inside.mean(axis=0) / inside.std(axis=0, ddof=1)
        tested = outside.mean(axis=0) / outside.std(axis=0, ddof=1)
        rank = 1 + sum(tested < tested[trained.argmax()])
        share = rank / (returns.shape[1] + 1)
        logits.append(math.log(share / (1 - share)))
    return np.mean(np.array(logits) <= 0), len(logits)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_block_sums_change_nothing(seed):
    returns = np.random.default_rng(seed).normal(0.01, 1.0, (60, 7))
    expected, splits = by_the_definition(returns, 6)
    found = pbo(returns, 6)
    assert found.probability == pytest.approx(expected, abs=1e-12)
    assert (found.splits, found.strategies, found.bars) == (splits, 7, 60) == (20, 7, 60)


def test_the_numbers_of_splits():
    returns = np.random.default_rng(0).normal(size=(64, 3))
    assert [pbo(returns, blocks).splits for blocks in (2, 4, 8, 16)] == [2, 6, 70, 12870]


def test_an_edge_is_found_and_a_demeaned_null_is_overfitted():
    rng = np.random.default_rng(0)
    null = rng.normal(size=(1000, 200))
    edge = null.copy()
    edge[:, :20] += 0.15
    assert pbo(edge).probability < 0.01
    # the case of the paper: what was good in one half was bad in the other
    demeaned = pbo(null - null.mean(axis=0))
    assert demeaned.probability == 1.0
    assert demeaned.probability_of_loss == 1.0
    assert demeaned.slope < 0


def test_the_oldest_bars_that_fill_no_block_are_left_out():
    returns = np.random.default_rng(0).normal(size=(67, 5))
    assert pbo(returns, 4) == pbo(returns[3:], 4)


def test_strategies_that_are_equal_are_no_better_than_the_middle():
    column = np.random.default_rng(0).normal(0.3, 1.0, (64, 1))
    assert pbo(np.repeat(column, 4, axis=1), 4).probability == 1.0  # rank (4 + 1) / 2, logit 0


def test_a_strategy_that_never_trades_counts_as_zero():
    returns = np.random.default_rng(0).normal(-1.0, 0.1, (64, 2))
    found = pbo(np.column_stack((returns, np.zeros(64))), 4)
    assert (found.probability, found.probability_of_loss) == (0.0, 0.0)


def test_undefined_and_refused():
    returns = np.random.default_rng(0).normal(size=(64, 3))
    assert pbo(returns[:, :1]) is None
    assert pbo(returns[:31], 16) is None
    assert pbo(np.where(returns > 2, np.nan, returns)) is None
    for blocks in (3, 0, 22):
        with pytest.raises(ValueError, match=f"n_blocks={blocks}: an even number from 2 to 20"):
            pbo(returns, blocks)
