"""Bars after t change nothing that the agent has seen or got by t."""

import numpy as np
import pytest

from tradegym.conf.resolve import resolve
from tradegym.envs.build import EnvBuilder
from tradegym.envs.data.dataset import Dataset

ACTIONS = np.random.default_rng(0).integers(0, 4, 400)


def trajectory(dataset, upto):
    overrides = [
        "strategy.state.modes=[raw,internal,features]",
        "dataset.cls=hand:made",
        "split.train=0.3",
        "split.validation=0.1",
    ]
    env = EnvBuilder(resolve(overrides), {"dataset.cls": dataset}).env("test")
    observation, info = env.reset(seed=0)
    rows = [(observation, 0.0, info)]
    for action in ACTIONS:
        if info["bar"] >= upto:
            return rows
        observation, reward, terminated, truncated, info = env.step(int(action))
        rows.append((observation, reward, info))
        if terminated or truncated:
            break
    return rows


def perturbed(dataset, cut, rng):
    ohlcv = dataset.ohlcv.copy()
    ohlcv[cut + 1 :, :, :4] *= np.exp(rng.normal(0, 0.1, (len(ohlcv) - cut - 1, 1, 1)))
    return Dataset.from_arrays("other", dataset.times, ohlcv)


@pytest.mark.parametrize("cut", [280, 333, 420, 555])
def test_perturbing_later_bars_changes_nothing_before(cut):
    import plain_backtrader as plain

    times, ohlcv = plain.random_walk(600, 4)
    original = Dataset.from_arrays("walk", times, ohlcv[:, None, :])
    first = trajectory(original, cut)
    second = trajectory(perturbed(original, cut, np.random.default_rng(cut)), cut)
    assert len(first) == len(second)
    assert len(first) > 5
    for (one, reward, info), (other, reward2, info2) in zip(first, second, strict=True):
        for mode in one:
            np.testing.assert_array_equal(one[mode], other[mode])
        assert reward == reward2
        assert {**info, "reward_terms": None} == {**info2, "reward_terms": None}


def test_features_are_scaled_with_the_train_split_only():
    import plain_backtrader as plain

    times, ohlcv = plain.random_walk(600, 4)
    original = Dataset.from_arrays("walk", times, ohlcv[:, None, :])
    wild = perturbed(original, 180, np.random.default_rng(1))  # 180 = end of train
    tables = []
    for dataset in (original, wild):
        overrides = ["dataset.cls=hand:made", "split.train=0.3", "split.validation=0.1"]
        builder = EnvBuilder(resolve(overrides), {"dataset.cls": dataset})
        tables.append(builder.market.features.values[:181])
    np.testing.assert_array_equal(*tables)
