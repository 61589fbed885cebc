"""The terms of the reward and the endings, as training logs them."""

import gymnasium as gym
import numpy as np
import pytest
from gymnasium import spaces
from stable_baselines3 import A2C, DQN
from stable_baselines3.common.logger import KVWriter, Logger
from stable_baselines3.common.monitor import Monitor
from stable_baselines3.common.vec_env import DummyVecEnv

from tradegym.experiments.training.rollout_terms import RolloutTerms


class Paid(gym.Env):
    """Episodes of ``length`` steps that pay 1 for the time and -0.25 for the step's number."""

    observation_space = spaces.Box(-1, 1, (2,), np.float32)
    action_space = spaces.Discrete(2)

    def __init__(self, length, reason):
        self.length, self.reason = length, reason

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.count = 0
        return np.zeros(2, np.float32), {"reward_terms": {"time": 0.0, "number": 0.0}}

    def step(self, action):
        self.count += 1
        terms = {"time": 1.0, "number": -0.25 * self.count}
        over = self.count == self.length
        info = {"reward_terms": terms, "reason": self.reason if over else None}
        return np.zeros(2, np.float32), sum(terms.values()), over, False, info


class Kept(KVWriter):
    def __init__(self):
        self.dumps = []

    def write(self, key_values, key_excluded, step=0):
        self.dumps.append({"step": step, **key_values})

    def close(self):
        pass


def learn(algorithm, steps, **settings):
    lengths = {4: "END_OF_DATA", 8: "DRAWDOWN_CALL"}
    env = DummyVecEnv([lambda n=n, r=r: Monitor(Paid(n, r)) for n, r in lengths.items()])
    model = algorithm("MlpPolicy", env, policy_kwargs={"net_arch": [4]}, device="cpu", **settings)
    kept = Kept()
    model.set_logger(Logger(folder=None, output_formats=[kept]))
    model.learn(steps, callback=RolloutTerms(), log_interval=1)
    return kept.dumps


def test_each_term_is_the_mean_sum_of_an_episode_and_the_endings_are_counted():
    # 16 steps of 2 environments: 4 episodes of 4 steps, 2 of 8
    last = learn(A2C, 32, n_steps=16)[-1]
    assert last["rollout/reward_time"] == pytest.approx((4 * 4 + 2 * 8) / 6)
    # 0.25 * (1 + ... + 4) = 2.5, 0.25 * (1 + ... + 8) = 9
    assert last["rollout/reward_number"] == pytest.approx(-(4 * 2.5 + 2 * 9.0) / 6)
    parts = last["rollout/reward_time"] + last["rollout/reward_number"]
    assert parts == pytest.approx(last["rollout/ep_rew_mean"])
    assert (last["rollout/ended_end_of_data"], last["rollout/ended_drawdown_call"]) == (4, 2)


def test_the_mean_is_over_the_window_and_the_counts_over_everything():
    last = learn(A2C, 64, n_steps=16, stats_window_size=1)[-1]
    # the longer episode ends last, in the same step as a short one
    assert last["rollout/reward_time"] == 8.0
    assert (last["rollout/ended_end_of_data"], last["rollout/ended_drawdown_call"]) == (8, 4)


def test_a_rollout_without_an_end_repeats_the_means():
    dumps = learn(A2C, 18, n_steps=1)
    assert all("rollout/reward_time" not in dump for dump in dumps[:3])
    means = [dump["rollout/reward_time"] for dump in dumps[3:]]
    assert means == [4.0] * 4 + [(4 + 4 + 8) / 3] * 2


def test_an_algorithm_with_a_replay_buffer_logs_them_too():
    dumps = learn(DQN, 32, learning_starts=100, buffer_size=100)
    # SB3 writes one dump per episode, the first of two that end in one step has the numbers
    found = [dump for dump in dumps if "rollout/reward_time" in dump]
    assert [dump["rollout/ended_end_of_data"] for dump in found] == [1, 2, 3, 4]
    assert [dump["rollout/reward_time"] for dump in found[:2]] == [4.0, (4 + 4 + 8) / 3]
