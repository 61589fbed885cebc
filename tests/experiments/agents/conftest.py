"""A tiny environment and models to train on it, in fractions of a second."""

import gymnasium as gym
import numpy as np
import pytest
from gymnasium import spaces
from stable_baselines3.common.vec_env import DummyVecEnv, VecNormalize

from tradegym.conf.schema.agent import AgentConfig
from tradegym.experiments.agents.sb3 import build_model

_PPO = {"n_steps": 32, "batch_size": 32, "n_epochs": 2}
_DQN = {"buffer_size": 500, "learning_starts": 32, "train_freq": 4, "batch_size": 16}
_SAC = _DQN | {"train_freq": 8}

SMALL = {
    "PPO": _PPO,
    "MaskablePPO": _PPO,
    "RecurrentPPO": _PPO,
    "A2C": {"n_steps": 8},
    "TRPO": {"n_steps": 32, "batch_size": 32, "n_critic_updates": 2},
    "ARS": {"n_delta": 2},
    "DQN": _DQN,
    "QRDQN": _DQN,
    "SAC": _SAC,
    "DDPG": _SAC,
    "TD3": _SAC,
    "TQC": _SAC,
    "CrossQ": _SAC,
}
CONTINUOUS = ("SAC", "DDPG", "TD3", "TQC", "CrossQ")


class Walk(gym.Env):
    """A random walk that pays for the action of the same sign as the last move.

    Discrete choices are forbidden at random; ``forbidden`` counts those that were taken.
    """

    def __init__(self, action_space, flat=False, scale=50.0):
        box = spaces.Box(-np.inf, np.inf, (4, 2), np.float32)
        self.flat = flat
        self.scale = scale
        self.observation_space = box if flat else spaces.Dict(a=box, b=box)
        self.action_space = action_space

    def _observe(self):
        window = self.np_random.normal(3.0, self.scale, (4, 2)).astype(np.float32)
        return window if self.flat else {"a": window, "b": window[::-1] * 0.01}

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.count = 0
        self._draw_masks()
        return self._observe(), {}

    def _draw_masks(self):
        space = self.action_space
        sizes = {spaces.Discrete: lambda: [space.n], spaces.MultiDiscrete: lambda: space.nvec}
        self.masks = [
            np.arange(size) == self.np_random.integers(size)
            for size in sizes.get(type(space), list)()
        ]

    def action_masks(self):
        """Forbid one choice of each part."""
        return ~np.concatenate(self.masks)

    forbidden = 0

    def step(self, action):
        self.count += 1
        self.forbidden += sum(
            bool(part[one]) for part, one in zip(self.masks, np.ravel(action), strict=False)
        )
        self._draw_masks()
        reward = float(np.mean(action)) * self.np_random.normal()
        return self._observe(), reward, False, self.count >= 20, {}


@pytest.fixture
def make_env():
    """Return a function that makes a VecEnv of Walk."""

    def make(n_envs=1, actions=None, flat=False, normalised=False):
        space = actions or spaces.Discrete(4)
        env = DummyVecEnv([lambda: Walk(space, flat) for _ in range(n_envs)])
        return VecNormalize(env) if normalised else env

    return make


@pytest.fixture
def make_model(make_env):
    """Return a function that builds a model of small size through `build_model`."""

    def make(algorithm="PPO", *, seed=0, env=None, policy_kwargs=None, **settings):
        if env is None:
            box = spaces.Box(-1.0, 1.0, (2,), np.float32)
            env = make_env(
                actions=box if algorithm in CONTINUOUS else None,
                flat=algorithm in ("ARS", "CrossQ"),
            )
        values = SMALL.get(algorithm, {}) | settings
        kwargs = policy_kwargs if policy_kwargs is not None else {"net_arch": [16]}
        agent = AgentConfig(algorithm=algorithm, policy_kwargs=kwargs, **values)
        return build_model(agent, env, seed=seed, device="cpu")

    return make
