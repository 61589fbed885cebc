"""Random episodes on real bars equal plain backtrader's at every bar and fill."""

import functools
from collections import Counter

import numpy as np
import parity
import plain_cases
import pytest

from tradegym.envs.data.dataset import Dataset

BLOCKS, CASES, EPISODES = 4, 4, 5
CASH = 100_000.0


@pytest.fixture(scope="module")
def indices():
    """The last twelve years of both indices, as a dataset."""
    whole = parity.packaged("indices")
    return Dataset.from_arrays(
        "indices", whole.times[-3000:], whole.ohlcv[-3000:], assets=whole.assets
    )


@functools.cache
def play_block(block, dataset):
    seen = Counter()
    for seed in range(block * CASES, (block + 1) * CASES):
        seen += play_case(seed, dataset)
    return seen


def play_case(seed, dataset):
    rng = np.random.default_rng([seed, 1])
    traded = [str(name) for name in rng.permutation(dataset.assets)][: rng.integers(1, 3)]
    columns = [dataset.assets.index(name) for name in traded]
    typical = np.median(dataset.ohlcv[:, columns], axis=0)
    case = plain_cases.draw_case(
        rng, traded, list(typical[:, 3]), volume=list(typical[:, 4]), cash=CASH
    )
    decisions = int(rng.integers(60, 110)) // case.skip
    env = parity.make(
        dataset,
        case,
        episode_duration=decisions,
        **{"split.train": 0.9, "split.validation": 0.05},
    )
    seeds = range(seed * EPISODES, (seed + 1) * EPISODES)
    return sum((parity.check(env, case, one, decisions) for one in seeds), Counter())


@pytest.mark.parametrize("block", range(BLOCKS))
def test_random_episodes_on_real_bars(block, indices):
    seen = play_block(block, indices)
    assert seen["episodes"] == CASES * EPISODES
    assert seen["fills"] > 0


def test_much_occurs_in_them(indices):
    seen = sum((play_block(block, indices) for block in range(BLOCKS)), Counter())
    for name in ("reversal", "exit", "liquidation", "partly_filled", "rejected_margin", "stop"):
        assert seen[name] > 0, dict(seen)
