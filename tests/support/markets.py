"""Small markets whose numbers can be checked by hand."""

import numpy as np

import tradegym
from tradegym.envs.data.dataset import Dataset

HOLD, BUY, SELL, CLOSE = range(4)


def market(opens, closes=None, name="hand"):
    """A dataset of daily bars; highs and lows just contain open and close."""
    opens = np.asarray(opens, dtype=np.float64)
    closes = opens if closes is None else np.asarray(closes, dtype=np.float64)
    times = np.datetime64("2001-01-01", "ns") + np.arange(len(opens)) * np.timedelta64(1, "D")
    columns = [
        opens,
        np.maximum(opens, closes),
        np.minimum(opens, closes),
        closes,
        np.full(len(opens), 1000.0),
    ]
    return Dataset.from_arrays(name, times, np.stack(columns, axis=1)[:, None, :])


def env_on(dataset, **kwargs):
    """An environment that plays the whole dataset but its last two bars, without limits."""
    bars = len(dataset)
    settings = {
        "part": "train",
        "record": True,
        "start_cash": 1000.0,
        "broker_commission": 0.0,
        "fixed_stake": 1.0,
        "drawdown_call": 100.0,
        "target_call": 1e9,
        "time_dim": 2,
        "avg_period": 2,
        "split.train": (bars - 2) / bars,
        "split.validation": 1 / bars,
        "whole": "episode_duration" not in kwargs,
    }
    settings |= kwargs
    return tradegym.make(dataset=dataset, **settings)


def play(env, actions, seed=0):
    """Play actions, then hold; returns the infos from reset's on, rewards and the end flags."""
    _, info = env.reset(seed=seed)
    infos, rewards = [info], []
    for action in [*actions, *[HOLD] * 10_000]:
        _, reward, terminated, truncated, info = env.step(action)
        infos.append(info)
        rewards.append(reward)
        if terminated or truncated:
            return infos, rewards, terminated, truncated
    raise AssertionError("the episode does not end")
