"""Random episodes on unkind synthetic bars equal plain backtrader's at every bar and fill."""

import functools
from collections import Counter

import numpy as np
import parity
import plain_cases
import pytest
from plain_markets import STARTS, random_bars

from tradegym.envs.data.dataset import Dataset

BLOCKS, CASES, EPISODES = 21, 4, 5
BARS = 260
TRADED = (1, 2, 1, 5, 2)  # assets, in turn


@functools.cache
def play_block(block):
    """Play the episodes of a block; returns what occurred in them."""
    seen = Counter()
    for seed in range(block * CASES, (block + 1) * CASES):
        seen += play_case(seed)
    return seen


def play_case(seed):
    rng = np.random.default_rng(seed)
    round_, which = divmod(seed, len(plain_cases.SCHEMES))
    n_traded = TRADED[round_ % len(TRADED)]
    known = list(STARTS)[: max(n_traded, int(rng.integers(1, 4)))]
    traded = [str(name) for name in rng.permutation(known)[:n_traded]]  # others are only observed
    times, ohlcv = random_bars(rng, known, BARS)
    case = plain_cases.draw_case(
        rng, traded, [STARTS[name] for name in traded], scheme=plain_cases.SCHEMES[which]
    )
    decisions = int(rng.integers(60, 86)) // case.skip
    env = parity.make(
        Dataset.from_arrays("walk", times, ohlcv, assets=known),
        case,
        episode_duration=decisions,
        **{"split.train": 0.98, "split.validation": 0.01},
    )
    seeds = range(seed * EPISODES, (seed + 1) * EPISODES)
    return sum((parity.check(env, case, one, decisions) for one in seeds), Counter())


@pytest.mark.parametrize("block", range(BLOCKS))
def test_random_episodes(block):
    seen = play_block(block)
    assert seen["episodes"] == CASES * EPISODES
    assert seen["fills"] > 0


def test_everything_occurs_in_them():
    seen = sum((play_block(block) for block in range(BLOCKS)), Counter())
    assert seen["episodes"] == BLOCKS * CASES * EPISODES
    rare = {name: seen[name] for name in parity.FEATURES if seen[name] < parity.FEATURES[name]}
    assert not rare, f"too seldom: {rare}; all: {dict(seen)}"
    for scheme in plain_cases.SCHEMES:
        for n_assets in (1, 2, 5):
            assert seen[f"scheme {scheme}, {n_assets} assets"] > 0, (scheme, n_assets)
