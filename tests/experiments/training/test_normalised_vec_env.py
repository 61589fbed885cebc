"""Normalisation has the numbers of SB3's VecNormalize, to the last bit."""

import os
import subprocess
import sys

import numpy as np
import pytest
from gymnasium import spaces
from stable_baselines3.common.vec_env import VecEnv, VecNormalize

from tradegym.experiments.agents.normaliser import Normaliser
from tradegym.experiments.training.normalised_vec_env import NormalisedVecEnv

pytest.importorskip("numba")

BOX = spaces.Box(-np.inf, np.inf, (12,), np.float32)
PARTS = spaces.Dict(
    {
        "raw": spaces.Box(0, np.inf, (5, 4), np.float32),
        "internal": spaces.Box(-np.inf, np.inf, (3, 7), np.float32),
        "one": spaces.Box(-np.inf, np.inf, (1,), np.float32),
    }
)


class Recorded(VecEnv):
    """Random batches, the same for the same seed; parts are windows of one array, as ours."""

    def __init__(self, space, n, seed, dtype=np.float32, spread=1.0):
        self.rng, self.dtype, self.spread = np.random.default_rng(seed), dtype, spread
        self.parts = space.spaces if isinstance(space, spaces.Dict) else {"": space}
        super().__init__(n, space, spaces.Discrete(2))

    def draw(self):
        width = sum(int(np.prod(part.shape)) for part in self.parts.values())
        flat = self.rng.normal(1200.0, self.spread, (self.num_envs, width)).astype(self.dtype)
        return self.views(flat)

    def views(self, flat):
        found, at = {}, 0
        for name, part in self.parts.items():
            size = int(np.prod(part.shape))
            found[name] = flat[..., at : at + size].reshape(*flat.shape[:-1], *part.shape)
            at += size
        return found if isinstance(self.observation_space, spaces.Dict) else found[""]

    def reset(self):
        return self.draw()

    def step_async(self, actions):
        pass

    def step_wait(self):
        obs, last = self.draw(), self.draw()
        rewards = self.rng.normal(0.0, 3.0, self.num_envs).astype(self.dtype)
        dones = self.rng.random(self.num_envs) < 0.2
        infos = [{} for _ in dones]
        for i in np.flatnonzero(dones):
            infos[i]["terminal_observation"] = (
                {key: values[i].copy() for key, values in last.items()}
                if isinstance(last, dict)
                else last[i].copy()
            )
        return obs, rewards, dones, infos

    def close(self):
        pass

    def get_attr(self, attr_name, indices=None):
        return [None] * self.num_envs

    def set_attr(self, attr_name, value, indices=None):
        pass

    def env_method(self, method_name, *args, indices=None, **kwargs):
        return []

    def env_is_wrapped(self, wrapper_class, indices=None):
        return [False] * self.num_envs


def assert_same(found, expected):
    if isinstance(expected, dict):
        assert list(found) == list(expected)
        for key in expected:
            assert_same(found[key], expected[key])
        return
    assert found.dtype == expected.dtype
    np.testing.assert_array_equal(found, expected)


def assert_same_statistics(ours, theirs):
    pairs = [(ours.ret_rms, theirs.ret_rms)]
    if theirs.norm_obs and isinstance(theirs.obs_rms, dict):
        assert list(ours.obs_rms) == list(theirs.obs_rms)
        pairs += [(ours.obs_rms[key], theirs.obs_rms[key]) for key in theirs.obs_rms]
    elif theirs.norm_obs:
        pairs.append((ours.obs_rms, theirs.obs_rms))
    for one, other in pairs:
        np.testing.assert_array_equal(one.mean, other.mean)
        np.testing.assert_array_equal(one.var, other.var)
        assert one.count == other.count
        assert np.shape(one.mean) == np.shape(other.mean)
    np.testing.assert_array_equal(ours.returns, theirs.returns)


def play(space, n, steps=12, make=None, **settings):
    ours = NormalisedVecEnv(Recorded(space, n, 3, **(make or {})), **settings)
    theirs = VecNormalize(Recorded(space, n, 3, **(make or {})), **settings)
    assert_same(ours.reset(), theirs.reset())
    for step in range(steps):
        if step == steps - 3:
            ours.training = theirs.training = False
        found, expected = ours.step(np.zeros(n)), theirs.step(np.zeros(n))
        assert_same(found[0], expected[0])
        assert_same(found[1], expected[1])
        assert_same(found[2], expected[2])
        for one, other in zip(found[3], expected[3], strict=True):
            assert one.keys() == other.keys()
            if "terminal_observation" in other:
                assert_same(one["terminal_observation"], other["terminal_observation"])
        assert_same(ours.get_original_obs(), theirs.get_original_obs())
        assert_same(ours.get_original_reward(), theirs.get_original_reward())
        assert_same_statistics(ours, theirs)
    return ours, theirs


@pytest.mark.parametrize("n", [1, 2, 7, 64, 130])
@pytest.mark.parametrize("space", [BOX, PARTS], ids=["box", "dict"])
def test_every_number_is_that_of_vecnormalize(space, n):
    play(space, n)


@pytest.mark.parametrize(
    "settings",
    [
        {"norm_obs_keys": ["internal"]},
        {"norm_obs": False},
        {"norm_reward": False},
        {"clip_obs": 0.5, "clip_reward": 0.1, "gamma": 0.5, "epsilon": 0.1},
        {"training": False},
    ],
    ids=lambda settings: next(iter(settings)),
)
def test_and_with_every_setting(settings):
    play(PARTS, 9, **settings)


def test_values_far_from_each_other_and_constant_ones():
    play(BOX, 16, make={"spread": 1e6}, clip_obs=1.0)
    play(BOX, 16, make={"spread": 0.0})


def test_other_precisions_are_left_to_sb3():
    play(PARTS, 4, make={"dtype": np.float64})


def test_batches_of_any_length_are_scaled_as_sb3_scales_them():
    ours, theirs = play(PARTS, 5)
    batch = ours.venv.draw()
    many = {key: np.concatenate([values] * 3) for key, values in batch.items()}
    assert_same(ours.normalize_obs(many), theirs.normalize_obs(many))
    assert many["raw"].mean() > 1000  # what is given stays as it is
    rewards = np.array([1.5, -200.0, 0.0], np.float32)
    assert_same(ours.normalize_reward(rewards), theirs.normalize_reward(rewards))
    assert_same(ours.unnormalize_obs(batch), theirs.unnormalize_obs(batch))


def test_one_observation_is_there_until_the_next_but_one():
    ours = NormalisedVecEnv(Recorded(BOX, 3, 0))
    first = ours.reset()
    kept = first.copy()
    ours.step(np.zeros(3))
    np.testing.assert_array_equal(first, kept)


def test_saved_statistics_go_on_where_they_were(tmp_path):
    ours, theirs = play(PARTS, 5)
    ours.save(str(tmp_path / "statistics"))
    again = NormalisedVecEnv.load(str(tmp_path / "statistics"), Recorded(PARTS, 5, 8))
    again.training = theirs.training = True
    theirs.venv = Recorded(PARTS, 5, 8)
    theirs.returns = np.zeros(5)
    assert_same(again.reset(), theirs.reset())
    assert_same(again.step(np.zeros(5))[1], theirs.step(np.zeros(5))[1])
    assert_same_statistics(again, theirs)


def test_the_frozen_normaliser_scales_as_it_does():
    ours, _ = play(PARTS, 5)
    frozen = Normaliser.from_vecnormalize(ours)
    batch = ours.venv.draw()
    assert_same(frozen.normalise_obs(batch), ours.normalize_obs(batch))


def test_statistics_that_someone_holds_do_not_change():
    ours = NormalisedVecEnv(Recorded(BOX, 3, 0))
    ours.reset()
    held, before = ours.obs_rms.mean, ours.obs_rms.mean.copy()
    ours.step(np.zeros(3))
    np.testing.assert_array_equal(held, before)
    assert (ours.obs_rms.mean != held).all()


@pytest.mark.parametrize("n", [129, 1000, 4099])
def test_sums_of_many_environments_are_rounded_as_numpy_rounds_them(n):
    play(spaces.Box(-np.inf, np.inf, (2,), np.float32), n, steps=4)
    play(spaces.Box(-np.inf, np.inf, (1,), np.float32), n, steps=4)


_TWICE = """
import numpy as np
from tradegym.envs.engines.compiled.kernel import normalise as kernel
one = np.ones((200, 2), np.float32)
row, moments, std = np.empty(200, np.float32), np.empty((2, 2), np.float32), np.empty(2)
mean, var = np.zeros(2), np.ones(2)
kernel.learn_and_scale(one, mean, var, 0.0, True, 0.0, 9.0, row, moments, std, np.empty_like(one))
assert mean.tolist() == [1.0, 1.0]
assert kernel.update_returns(one[:, 0].copy(), np.zeros(200), 0.9, 0.0, 1.0, 0.0, np.empty(200))[0]
"""


@pytest.mark.slow
def test_the_next_process_loads_what_the_first_has_compiled(tmp_path):
    for _ in range(2):
        environment = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path)}
        subprocess.run([sys.executable, "-c", _TWICE], check=True, env=environment)
    assert any(tmp_path.rglob("*.nbc"))
