import random

import gymnasium as gym
import numpy as np
import pytest
import torch
from gymnasium import spaces

from tradegym.experiments.agents.normaliser import Normaliser
from tradegym.experiments.agents.sb3_policy import SB3Policy

BOX = spaces.Box(-1.0, 1.0, (2,), np.float32)
MULTI = spaces.MultiDiscrete([3, 4])


def draw(space, rng):
    if isinstance(space, spaces.Dict):
        return {key: draw(part, rng) for key, part in space.items()}
    return rng.normal(0.0, 60.0, space.shape).astype(np.float32)


def rng_state():
    state = np.random.get_state()  # noqa: NPY002
    return random.getstate(), state[1].tobytes(), state[2], torch.get_rng_state().numpy().tobytes()


@pytest.mark.parametrize("flat", [True, False])
@pytest.mark.parametrize(
    ("algorithm", "actions"),
    [
        ("PPO", None),
        ("A2C", None),
        ("DQN", None),
        ("QRDQN", None),
        ("TRPO", None),
        ("PPO", BOX),
        ("PPO", MULTI),
        ("SAC", BOX),
        ("TD3", BOX),
        ("TQC", BOX),
    ],
)
def test_it_acts_as_sb3_does_on_scaled_observations(algorithm, actions, flat, make_model, make_env):
    env = make_env(2, actions=actions, flat=flat, normalised=True)
    model = make_model(algorithm, env=env)
    model.learn(64)
    policy = SB3Policy(model, Normaliser.from_vecnormalize(env))
    plain = env.venv.envs[0]
    policy.reset(plain)
    rng = np.random.default_rng(0)
    chosen = []
    for _ in range(40):
        obs = draw(plain.observation_space, rng)
        expected, _ = model.predict(env.normalize_obs(obs), deterministic=True)
        action = policy.act(obs, plain)
        assert plain.action_space.contains(action)
        assert np.array_equal(action, expected)
        chosen.append(np.asarray(action).tobytes())
    if actions is None:
        assert type(policy.act(obs, plain)) is int
    else:
        assert len(set(chosen)) > 1


def test_without_scaling_the_observation_is_taken_as_it_is(make_model, make_env):
    model = make_model(env=make_env(flat=True))
    obs = draw(model.observation_space, np.random.default_rng(1))
    obs.flags.writeable = False
    before = obs.copy()
    action = SB3Policy(model).act(obs, None)
    assert action == model.predict(obs, deterministic=True)[0]
    assert np.array_equal(obs, before)


@pytest.mark.parametrize("algorithm", ["PPO", "DQN"])
def test_a_deterministic_policy_draws_no_random_numbers(algorithm, make_model):
    model = make_model(algorithm)
    obs = draw(model.observation_space, np.random.default_rng(2))
    before = rng_state()
    space = model.action_space.np_random.bit_generator.state
    actions = {SB3Policy(model).act(obs, None) for _ in range(20)}
    assert len(actions) == 1
    assert rng_state() == before
    assert model.action_space.np_random.bit_generator.state == space


def test_a_stochastic_policy_draws(make_model):
    model = make_model()
    obs = draw(model.observation_space, np.random.default_rng(2))
    policy = SB3Policy(model, deterministic=False)
    assert len({policy.act(obs, None) for _ in range(100)}) > 1


def test_an_evaluation_in_the_middle_does_not_change_the_training(make_model):
    def weights(evaluate):
        model = make_model(seed=5)
        model.learn(64)
        if evaluate:
            obs = draw(model.observation_space, np.random.default_rng(2))
            for _ in range(5):
                SB3Policy(model).act(obs, None)
        model.learn(64, reset_num_timesteps=False)
        return [value.clone() for value in model.policy.state_dict().values()]

    assert all(map(torch.equal, weights(True), weights(False)))


@pytest.mark.parametrize("actions", [spaces.Discrete(4), MULTI])
@pytest.mark.parametrize("deterministic", [True, False])
def test_with_masks_nothing_forbidden_is_chosen(actions, deterministic, make_model, make_env):
    env = make_env(2, actions=actions, normalised=True)
    model = make_model("MaskablePPO", env=env)
    model.learn(128)
    assert env.get_attr("forbidden") == [0, 0]
    policy = SB3Policy(model, Normaliser.from_vecnormalize(env), deterministic)
    plain = gym.wrappers.TimeLimit(env.venv.envs[0], 100)
    obs, _ = plain.reset(seed=1)
    policy.reset(plain)
    chosen = set()
    for _ in range(60):
        state = torch.get_rng_state()
        expected, _ = model.predict(
            env.normalize_obs(obs),
            deterministic=deterministic,
            action_masks=plain.unwrapped.action_masks(),
        )
        torch.set_rng_state(state)
        action = policy.act(obs, plain)
        assert np.array_equal(action, expected)
        assert plain.action_space.contains(action)
        chosen.add(np.asarray(action).tobytes())
        obs, *_ = plain.step(action)
    assert plain.unwrapped.forbidden == 0
    assert len(chosen) > 1


def test_without_masks_the_same_walk_is_forbidden_something(make_model, make_env):
    env = make_env()
    make_model("PPO", env=env).learn(64)
    assert env.get_attr("forbidden")[0] > 0


@pytest.mark.parametrize("actions", [spaces.Discrete(4), BOX])
def test_a_recurrent_model_remembers_its_episode_and_no_other(actions, make_model, make_env):
    env = make_env(1, actions=actions, flat=True)
    kwargs = {"net_arch": [8], "lstm_hidden_size": 8}
    model = make_model("RecurrentPPO", env=env, policy_kwargs=kwargs)
    model.learn(64)
    plain, policy = env.envs[0], SB3Policy(model)
    rng = np.random.default_rng(3)
    episode = [draw(plain.observation_space, rng) for _ in range(30)]

    def play():
        policy.reset(plain)
        return [policy.act(obs, plain) for obs in episode]

    state, start, expected = None, np.array([True]), []
    for obs in episode:
        action, state = model.predict(obs, state, start, deterministic=True)
        start = np.array([False])
        expected.append(action)
    assert np.array_equal(play(), expected)
    assert np.array_equal(play(), expected)
    memory = [np.asarray(part) for part in policy._player._memory]
    assert np.array_equal(memory, state)
    assert any(part.any() for part in memory)
