"""What gymnasium and SB3 expect of an environment."""

import pickle
import threading
import warnings

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env as gymnasium_check_env
from markets import BUY, env_on, market
from stable_baselines3.common.env_checker import check_env as sb3_check_env

import tradegym
from tradegym.conf.errors import RunFailed, UserError
from tradegym.conf.resolve import resolve
from tradegym.envs.build import EnvBuilder

INFO_KEYS = {
    "time",
    "step",
    "cash",
    "value",
    "position",
    "price",
    "commission",
    "trades",
    "rejected",
    "drawdown",
    "max_drawdown",
    "reward_terms",
    "reason",
}

ENVS = {
    "make": lambda: tradegym.make(start_cash=10_000, fixed_stake=1, drawdown_call=50),
    "command line": lambda: EnvBuilder(resolve([])).env("train"),
    "all modes": lambda: EnvBuilder(
        resolve(["strategy.state.modes=[raw,internal,features]", "strategy.skip_frame=3"])
    ).env("train"),
    "whole test split": lambda: EnvBuilder(resolve(["strategy=btgym"])).env("test"),
}


@pytest.mark.parametrize("name", ENVS)
def test_both_checkers_pass(name):
    env = ENVS[name]()
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*infinity.*")
        warnings.filterwarnings("ignore", message=".*unconventional shape.*")
        warnings.filterwarnings("ignore", message=".*Not able to test alternative render.*")
        warnings.filterwarnings("ignore", message=".*different from the unwrapped version.*")
        gymnasium_check_env(env, skip_render_check=True)
        sb3_check_env(env)


def test_registered_with_gymnasium():
    env = gym.make("tradegym/Trading-v0", start_cash=5000.0, fixed_stake=1)
    _, info = env.reset(seed=1)
    assert info["cash"] == 5000.0
    assert env.spec.id == "tradegym/Trading-v0"
    env.close()


@pytest.mark.parametrize("part", ["train", "validation", "test"])
def test_info_is_complete_from_reset_to_the_end(part):
    env = tradegym.make(part=part, start_cash=10_000, fixed_stake=1)
    _, info = env.reset(seed=0)
    over = False
    while not over:
        assert info.keys() >= INFO_KEYS
        _, reward, terminated, truncated, info = env.step(BUY)
        assert reward == pytest.approx(sum(info["reward_terms"].values()))
        over = terminated or truncated
    assert info.keys() >= INFO_KEYS
    assert info["reason"] is not None


def test_a_rendered_frame_is_a_picture():
    env = tradegym.make(render_mode="rgb_array")
    assert env.render() is None
    env.reset(seed=0)
    frame = env.render()
    assert frame.dtype == np.uint8
    assert frame.ndim == 3
    with pytest.raises(UserError, match="render_mode: 'ascii'"):
        tradegym.make(render_mode="ascii")


def test_stepping_from_another_thread_is_one_clear_error():
    env = env_on(market(np.full(20, 100.0)))
    env.reset(seed=0)
    caught = []

    def step():
        try:
            env.step(0)
        except RunFailed as error:
            caught.append(str(error))

    thread = threading.Thread(target=step)
    thread.start()
    thread.join()
    assert "another thread" in caught[0]
    env.step(0)


def test_pickling_is_one_clear_error():
    env = env_on(market(np.full(20, 100.0)))
    with pytest.raises(RunFailed, match="cannot be pickled"):
        pickle.dumps(env)


def test_a_part_that_is_too_short_says_how_long_it_must_be():
    with pytest.raises(UserError, match=r"split.train: has 28 bars, but an episode needs 43 "):
        env_on(market(np.full(30, 100.0)), time_dim=41)


def test_episodes_stay_inside_their_part():
    env = EnvBuilder(resolve(["split.train=0.1"])).env("train")
    first, last = env.part.start, env.part.stop - 1
    for seed in range(20):
        _, info = env.reset(seed=seed)
        assert info["bar"] - env._warmup >= first
        over = False
        while not over:
            _, _, terminated, truncated, info = env.step(0)
            over = terminated or truncated
        assert info["bar"] <= last
