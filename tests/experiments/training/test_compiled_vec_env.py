"""SB3's view of the compiled engine is what a DummyVecEnv over the other engine is."""

import numpy as np
import pytest
from compiled_views import (
    SETUPS,
    assert_same_info,
    assert_same_observation,
    batch_of,
    builder_of,
)
from sb3_contrib import MaskablePPO
from sb3_contrib.common.maskable.utils import get_action_masks, is_masking_supported
from stable_baselines3 import A2C, DQN, PPO
from stable_baselines3.common.logger import KVWriter, Logger
from stable_baselines3.common.monitor import Monitor
from stable_baselines3.common.vec_env import DummyVecEnv, VecMonitor

from tradegym.conf.errors import UserError
from tradegym.experiments.training.compiled_vec_env import CompiledVecEnv
from tradegym.experiments.training.envs import OwnSeeds
from tradegym.experiments.training.normalised_vec_env import NormalisedVecEnv
from tradegym.experiments.training.rollout_terms import EPISODE_TERMS, RolloutTerms

pytest.importorskip("numba")

ADDED = ("episode", EPISODE_TERMS, "terminal_observation")


def compiled(name, n=3, **kwargs):
    return CompiledVecEnv(batch_of(name, n), **kwargs)


def dummy(name, n=3):
    def make(number):
        return lambda: Monitor(OwnSeeds(builder_of(name).env("train"), number))

    return DummyVecEnv([make(number) for number in range(n)])


def play(envs, seed, steps, options=None):
    envs.seed(seed)
    envs.set_options(options)
    envs.action_space.seed(seed)
    yield envs.reset(), envs.reset_infos
    for _ in range(steps):
        actions = np.stack([envs.action_space.sample() for _ in range(envs.num_envs)])
        yield envs.step(actions)


@pytest.mark.parametrize("name", SETUPS)
def test_every_step_is_that_of_a_dummy_vec_env(name):
    ours, theirs = compiled(name), dummy(name)
    assert ours.observation_space == theirs.observation_space
    assert ours.action_space == theirs.action_space
    pairs = zip(play(ours, 7, 40), play(theirs, 7, 40), strict=True)
    found, expected = next(pairs)
    assert_same_observation(found[0], expected[0])
    for one, other in zip(found[1], expected[1], strict=True):
        assert_same_info(one, other)
    ends = 0
    for found, expected in pairs:
        assert_same_observation(found[0], expected[0])
        assert found[1].dtype == expected[1].dtype == np.float32
        np.testing.assert_allclose(found[1], expected[1], rtol=1e-6, atol=1e-9)
        np.testing.assert_array_equal(found[2], expected[2])
        for i, (one, other) in enumerate(zip(found[3], expected[3], strict=True)):
            assert_same_info(one, other, but=ADDED)
            assert ("episode" in one) == ("episode" in other) == found[2][i]
            if "episode" in other:
                ends += 1
                assert_same_observation(one["terminal_observation"], other["terminal_observation"])
                assert list(one["episode"]) == list(other["episode"])
                assert one["episode"]["l"] == other["episode"]["l"]
                assert one["episode"]["r"] == pytest.approx(other["episode"]["r"], abs=1.1e-6)
                assert_same_info(ours.reset_infos[i], theirs.reset_infos[i])
    assert ends > 5


def test_ends_have_the_same_info_without_the_steps_between():
    full, ends = compiled("one"), compiled("one", full_info=False)
    over = 0
    for found, expected in zip(play(ends, 1, 40), play(full, 1, 40), strict=True):
        for key in (0, 1, 2) if len(found) == 4 else ():
            if key:
                np.testing.assert_array_equal(found[key], expected[key])
        if len(found) != 4:
            continue
        for one, other, done in zip(found[3], expected[3], found[2], strict=True):
            over += done
            assert bool(one) == done
            if done:
                assert_same_info(one, other, but=("episode", "terminal_observation"))
                assert one["episode"]["r"] == other["episode"]["r"]
    assert over > 5


@pytest.mark.parametrize("options", [{"start": 500}, [{"start": 500}, {}, {"start": 900}]])
def test_options_go_to_the_next_reset_only(options):
    ours, theirs = compiled("one"), dummy("one")
    for found, expected in zip(play(ours, 3, 2, options), play(theirs, 3, 2, options), strict=True):
        assert_same_observation(found[0], expected[0])
    assert ours.reset_infos[0]["bar"] == 500
    ours.reset()
    theirs.reset()
    for one, other in zip(ours.reset_infos, theirs.reset_infos, strict=True):
        assert_same_info(one, other)


def test_what_was_returned_stays_until_the_step_after_the_next():
    envs = compiled("flat")
    steps = play(envs, 0, 30)
    last, _ = next(steps)
    kept = []
    for observation, rewards, dones, infos in steps:
        before = last.copy()
        assert not np.shares_memory(observation, last)
        rewards[:] = 77.0  # SB3 adds to them in place
        last = observation
        kept += [infos[i]["terminal_observation"] for i in np.flatnonzero(dones)]
        assert not np.array_equal(before, observation)
    assert len({one.tobytes() for one in kept}) == len(kept) > 3


def test_terms_add_up_to_the_return():
    envs = compiled("one", full_info=False)
    ends = 0
    for step in play(envs, 0, 60):
        for info in step[3] if len(step) == 4 else ():
            if info:
                ends += 1
                total = sum(info[EPISODE_TERMS].values())
                assert total == pytest.approx(info["episode"]["r"], abs=1e-6)
    assert ends > 5


def test_single_environments_answer_as_wrapped_ones_do():
    ours, theirs = compiled("one"), dummy("one")
    for envs in (ours, theirs):
        envs.seed(2)
        envs.reset()
    assert ours.env_is_wrapped(Monitor) == theirs.env_is_wrapped(Monitor) == [True] * 3
    assert ours.env_is_wrapped(VecMonitor) == [False] * 3
    for name in ("action_names", "assets", "part_name", "rows", "episode_key", "render_mode"):
        assert ours.get_attr(name) == theirs.get_attr(name), name
    masks = ours.env_method("action_masks")
    for found, expected in zip(masks, theirs.env_method("action_masks"), strict=True):
        np.testing.assert_array_equal(found, expected)
    assert ours.get_attr("market", indices=[1]) == theirs.get_attr("market", indices=[1])
    ours.set_attr("colour", "blue", indices=1)
    assert ours.get_attr("colour", indices=1) == ["blue"]
    assert not ours.has_attr("colour")
    assert ours.has_attr("action_masks")
    with pytest.raises(UserError, match=r"engine\.backend: .*get_stat"):
        ours.env_method("get_stat")


def test_masks_of_weights_are_refused():
    with pytest.raises(UserError, match=r"strategy\.actions"):
        compiled("joint").env_method("action_masks")


def test_maskable_ppo_chooses_only_what_is_possible():
    envs = compiled("one", full_info=False)
    assert is_masking_supported(envs)
    assert get_action_masks(envs).shape == (3, envs.action_space.n)
    model = MaskablePPO("MultiInputPolicy", envs, n_steps=16, batch_size=48, n_epochs=1, seed=0)
    model.learn(96)
    assert model.num_timesteps == 96


class Kept(KVWriter):
    def __init__(self):
        self.dumps = []

    def write(self, key_values, key_excluded, step=0):
        self.dumps.append({key: value for key, value in key_values.items() if "time" not in key})

    def close(self):
        pass


def learn(envs, algorithm, steps, **settings):
    settings = {"policy_kwargs": {"net_arch": [8]}, "device": "cpu", "seed": 4} | settings
    model = algorithm("MultiInputPolicy", envs, **settings)
    kept = Kept()
    model.set_logger(Logger(folder=None, output_formats=[kept]))
    model.learn(steps, callback=RolloutTerms(), log_interval=1)
    return model, kept.dumps


def assert_same_logs(found, expected):
    assert len(found) == len(expected)
    for one, other in zip(found, expected, strict=True):
        assert one.keys() == other.keys()
        for key, value in other.items():
            assert one[key] == pytest.approx(value, rel=1e-4, abs=1e-5), key


def test_an_agent_learns_and_logs_the_same_on_both_engines():
    settings = {"n_steps": 16, "gamma": 0.9}
    _, found = learn(compiled("one", full_info=False), A2C, 192, **settings)
    _, full = learn(compiled("one"), A2C, 192, **settings)
    _, expected = learn(dummy("one"), A2C, 192, **settings)
    assert any(key.startswith("rollout/reward_") for key in expected[-1])
    assert any(key.startswith("rollout/ended_") for key in expected[-1])
    assert_same_logs(found, expected)
    assert_same_logs(full, expected)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("algorithm", "settings"),
    [
        (PPO, {"n_steps": 64, "batch_size": 128, "n_epochs": 2}),
        (A2C, {"n_steps": 16}),
        (DQN, {"learning_starts": 200, "buffer_size": 2000}),
    ],
)
def test_sb3_learns_two_thousand_steps_as_from_a_dummy_vec_env(algorithm, settings):
    def normalised(envs):
        return NormalisedVecEnv(envs, gamma=0.99)

    ours, found = learn(
        normalised(compiled("one", 4, full_info=False)), algorithm, 2000, **settings
    )
    theirs, expected = learn(normalised(dummy("one", 4)), algorithm, 2000, **settings)
    assert ours.num_timesteps == theirs.num_timesteps >= 2000
    assert len(found) == len(expected)
    ours_obs, theirs_obs = ours.get_vec_normalize_env().obs_rms, theirs.env.obs_rms
    for key in ours_obs:
        np.testing.assert_allclose(ours_obs[key].mean, theirs_obs[key].mean, rtol=1e-3, atol=1e-3)


def test_infos_are_the_callers_own():
    envs = compiled("one", full_info=False)
    envs.reset()
    kept = []
    for _ in range(20):
        infos = envs.step(np.zeros(3, np.int64))[3]
        kept += infos
        for info in infos:
            info["mine"] = True
    assert len({id(info) for info in kept}) == 60


def test_attributes_of_the_other_engine_are_not_there():
    envs = compiled("one")
    assert envs.has_attr("episode_key")
    for name in ("scene", "get_stat", "colour"):
        assert not envs.has_attr(name)
    with pytest.raises(UserError, match="'scene'; choose"):
        envs.get_attr("scene")
