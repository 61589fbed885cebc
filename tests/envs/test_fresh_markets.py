"""Synthetic training: a new path each episode, real or reference bars elsewhere."""

import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env

from tradegym.conf.errors import UserError
from tradegym.conf.resolve import resolve
from tradegym.envs.build import EnvBuilder

GBM = ["dataset=synthetic/gbm", "dataset.process.bars=900", "episode.duration=40"]
MIXED = ["dataset=mixed", "episode.duration=40"]


def episodes(env, seed, number=3):
    env.reset(seed=seed)
    paths = [env.market.dataset.ohlcv.copy()]
    for _ in range(number - 1):
        env.reset()
        paths.append(env.market.dataset.ohlcv.copy())
    return paths


@pytest.mark.parametrize("overrides", [GBM, MIXED], ids=["gbm", "mixed"])
def test_each_training_episode_is_a_new_path(overrides):
    builder = EnvBuilder(resolve(overrides))
    env = builder.env("train")
    first, again, other = (episodes(env, seed) for seed in (1, 1, 2))
    assert not np.array_equal(first[0], first[1])
    for one, same in zip(first, again, strict=True):
        np.testing.assert_array_equal(one, same)
    assert not np.array_equal(first[0], other[0])
    twin = EnvBuilder(resolve(overrides)).env("train")
    np.testing.assert_array_equal(first[2], episodes(twin, 1)[2])


@pytest.mark.parametrize("part", ["validation", "test"])
def test_validation_and_test_of_a_synthetic_dataset_are_fixed(part):
    one, other = (EnvBuilder(resolve([*GBM, f"seed={seed}"])) for seed in (1, 2))
    np.testing.assert_array_equal(one.env(part).market.dataset.ohlcv, other.dataset.ohlcv)


def test_mixed_tests_on_real_bars_and_fits_nothing_on_them():
    builder = EnvBuilder(resolve(MIXED))
    real = EnvBuilder(resolve(["dataset=sp500"])).dataset
    np.testing.assert_array_equal(builder.env("test").market.dataset.ohlcv, real.ohlcv)
    observation, _ = builder.env("train").reset(seed=0)
    spread = float(observation["features"].std())
    assert 0.4 < spread < 2.5  # scaled by the process's own deviation


def test_a_fresh_episode_plays_to_its_end():
    env = EnvBuilder(resolve(GBM)).env("train", record=True)
    env.reset(seed=3)
    over, decisions = False, 0
    while not over:
        _, _, terminated, truncated, info = env.step(decisions % 4)
        over = terminated or truncated
        decisions += 1
    assert decisions == 40
    assert info["reason"] == "END_OF_DATA"
    assert len(env.closes()) == len(env.market.dataset)
    assert len(env.episode_record().bars) == 42


def test_the_checker_passes():
    with pytest.warns(UserWarning, match="infinity"):
        check_env(EnvBuilder(resolve(GBM)).env("train"), skip_render_check=True)


def test_whole_training_part_is_the_reference_path():
    builder = EnvBuilder(resolve(GBM))
    env = builder.env("train", whole=True)
    env.reset(seed=0)
    np.testing.assert_array_equal(env.market.dataset.ohlcv, builder.dataset.ohlcv)


def test_suspicious_prices_are_refused_unless_allowed(tmp_path):
    rows = [f"2020-{1 + day // 28:02d}-{1 + day % 28:02d}" for day in range(280)]
    prices = [100.0 if day < 140 else 2000.0 for day in range(280)]
    lines = [f"{row},{p},{p + 1},{p - 1},{p},5" for row, p in zip(rows, prices, strict=True)]
    file = tmp_path / "jump.csv"
    file.write_text("\n".join(["Date,Open,High,Low,Close,Volume", *lines]) + "\n")
    overrides = ["dataset=csv", f"dataset.filename={file}", "episode.duration=20"]
    with pytest.raises(UserError, match=r"jump\.csv"):
        EnvBuilder(resolve(overrides))
    builder = EnvBuilder(resolve([*overrides, "dataset.allow=[tenfold_jump]"]))
    assert len(builder.dataset) == 280
