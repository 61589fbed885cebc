import gymnasium as gym
import numpy as np
import pytest
from markets import market

import tradegym
from tradegym.conf.errors import UserError
from tradegym.envs.engines.compiled.batch import Autoreset, Batch, BatchSource
from tradegym.envs.strategies.endings import REASONS

PLAIN = {"dataset": "sp500", "engine": "standard", "episode_duration": 12}
SYNTHETIC = {"dataset": "synthetic/gbm", "engine": "standard", "episode_duration": 12}


def env_of(**kwargs):
    return tradegym.make(**(PLAIN | kwargs))


def source_of(env, **kwargs):
    home, sampler = env._home, env._sampler
    return BatchSource(home, env.ranges, env.part_name, sampler._options, env.fresh, **kwargs)


def batch_of(n=3, env=None, **kwargs):
    settings = {name: kwargs.pop(name) for name in ("threads", "autoreset") if name in kwargs}
    return Batch(source_of(env or env_of(**kwargs)), n, **settings)


def play(batch, seeds, actions):
    """Return observations, rewards, reasons and cash of every step, [steps, N, ...]."""
    seen = [(batch.reset(seeds).copy(), 0.0, 0, batch.state.envs["cash"].copy())]
    for action in actions:
        obs, rewards, ended = batch.step(action)
        seen.append((obs.copy(), rewards.copy(), ended.copy(), batch.state.envs["cash"].copy()))
    batch.close()
    return [np.array([row[k] for row in seen[1:]]) for k in range(4)]


def same(env, row, record, batch, observation, info, bars):
    shown = batch.views(row)
    if not isinstance(observation, dict):
        observation, shown = {"flat": observation}, {"flat": shown}
    for mode, values in observation.items():
        np.testing.assert_allclose(shown[mode], values, rtol=1e-6, atol=1e-9)
    for name in ("cash", "value", "commission", "drawdown", "max_drawdown"):
        assert record[name] == pytest.approx(info[name], rel=1e-9, abs=1e-9)
    for name in ("trades", "rejected", "impossible"):
        assert record[name] == info[name]
    assert bars.start + record["row"] == info["bar"]


@pytest.mark.parametrize(
    "kwargs",
    [
        {"strategy": "btgym"},
        {"strategy": "standard", "episode.order": "sequential"},
        {"strategy": "position", "episode.b_alpha": 2.0, "strategy.state.flat": True},
        {"strategy": "portfolio", "dataset": "indices"},
        SYNTHETIC | {"strategy": "standard"},
        {"strategy": "btgym", "engine": "margin", "skip_frame": 3, "engine.latency": 2},
    ],
    ids=["btgym", "sequential", "beta", "portfolio", "synthetic", "margin"],
)
def test_episodes_are_those_of_the_backtrader_engine(kwargs):
    env = env_of(**kwargs)
    batch = batch_of(env=env)
    shown = batch.reset([9, 4, 9])
    observation, info = env.reset(seed=4)
    same(env, shown[1], batch.state.envs[1], batch, observation, info, batch.bars_of(1))
    env.action_space.seed(2)
    ends = 0
    while ends < 3:
        action = env.action_space.sample()
        shown, rewards, ended = batch.step(np.stack([action] * 3))
        observation, reward, terminated, truncated, info = env.step(action)
        assert rewards[1] == pytest.approx(reward, rel=1e-9, abs=1e-12)
        assert info["reason"] == ((None, *REASONS)[ended[1]])
        if terminated or truncated:
            ends += 1
            final = batch.final.envs[1]
            bars = batch.final_bars_of(1)
            same(env, batch.terminal[1], final, batch, observation, info, bars)
            assert batch.final_market_of(1).dataset.sha256 == env.market.dataset.sha256
            assert final["number"] == info["metadata"]["sample_num"]
            observation, info = env.reset()
            assert batch.state.envs[1]["key"] == env.episode_key
        same(env, shown[1], batch.state.envs[1], batch, observation, info, batch.bars_of(1))
        np.testing.assert_array_equal(shown[0], shown[2])
    batch.close()


@pytest.mark.parametrize("kwargs", [{}, SYNTHETIC], ids=["real", "synthetic"])
def test_nothing_depends_on_number_place_or_threads(kwargs):
    rng = np.random.default_rng(3)
    actions = rng.integers(4, size=(60, 7))
    seeds = [int(one) for one in rng.integers(1000, size=7)]
    whole = play(batch_of(7, strategy="btgym", **kwargs), seeds, actions)
    assert (whole[2] > 0).sum() > 7
    for threads in (2, 3):
        again = play(batch_of(7, strategy="btgym", threads=threads, **kwargs), seeds, actions)
        for one, other in zip(whole, again, strict=True):
            np.testing.assert_array_equal(one, other)
    chosen = [6, 2, 0]
    some = play(
        batch_of(3, strategy="btgym", **kwargs), [seeds[i] for i in chosen], actions[:, chosen]
    )
    for one, other in zip(whole, some, strict=True):
        np.testing.assert_array_equal(one[:, chosen], other)


@pytest.mark.parametrize("kwargs", [{}, SYNTHETIC], ids=["real", "synthetic"])
def test_modes_of_autoreset_play_the_same_episodes(kwargs):
    batches = {mode: batch_of(1, autoreset=mode, **kwargs) for mode in Autoreset}
    for batch in batches.values():
        batch.reset([5])
    hold = np.zeros(1, np.int64)
    for _ in range(100):  # more than the queue holds
        while True:
            steps = {mode: batch.step(hold) for mode, batch in batches.items()}
            ended = {int(step[2][0]) for step in steps.values()}
            assert len(ended) == 1
            if ended != {0}:
                break
        last = batches[Autoreset.SAME_STEP].terminal[0]
        np.testing.assert_array_equal(last, steps[Autoreset.NONE][0][0])
        np.testing.assert_array_equal(last, steps[Autoreset.NEXT_STEP][0][0])
        np.testing.assert_array_equal(last, batches[Autoreset.NEXT_STEP].terminal[0])
        first = steps[Autoreset.SAME_STEP][0][0]
        np.testing.assert_array_equal(first, batches[Autoreset.NONE].reset_one(0))
        again, rewards, ended = batches[Autoreset.NEXT_STEP].step(hold)
        assert (rewards[0], ended[0]) == (0.0, 0)
        np.testing.assert_array_equal(first, again[0])
        keys = {int(batch.state.envs[0]["key"]) for batch in batches.values()}
        assert len(keys) == 1


def test_an_episode_that_is_over_waits_where_nothing_follows():
    batch = batch_of(1, autoreset=Autoreset.NONE)
    batch.reset([5])
    while not batch.step(np.zeros(1, np.int64))[2][0]:
        pass
    before = batch.state.envs.copy()
    observation, rewards, ended = batch.step(np.ones(1, np.int64))
    np.testing.assert_array_equal(observation[0], batch.terminal[0])
    assert (rewards[0], ended[0]) == (0.0, 0)
    assert (batch.state.envs == before).all()


def test_observations_take_turns_between_two_buffers():
    batch = batch_of(2)
    first = batch.reset([1, 2])
    kept = first.copy()
    second, _, _ = batch.step(np.array([0, 1]))
    assert not np.shares_memory(first, second)
    np.testing.assert_array_equal(first, kept)
    third, _, _ = batch.step(np.array([0, 1]))
    assert np.shares_memory(first, third)
    modes = batch.views(third)
    assert {name: part.shape[1:] for name, part in modes.items()} == {
        name: space.shape for name, space in batch.observation_space.spaces.items()
    }
    assert all(np.shares_memory(part, third) for part in modes.values())


@pytest.mark.parametrize("actions", [[0, 4], [-1, 0], [0.0, 1.0], [0], [[0, 1]]], ids=str)
def test_wrong_actions_are_refused_and_nothing_happens(actions):
    batch = batch_of(2)
    batch.reset([1, 2])
    before = batch.state.envs.copy()
    with pytest.raises(ValueError, match=r"it must be in Discrete\(4\)"):
        batch.step(np.array(actions))
    assert (batch.state.envs == before).all()


def test_weights_out_of_range_or_not_numbers_are_refused():
    batch = batch_of(2, strategy="portfolio", dataset="indices")
    batch.reset([1, 2])
    for wrong in (np.nan, 1.5):
        actions = np.zeros((2, 3), np.float32)
        actions[1, 2] = wrong
        with pytest.raises(ValueError, match="it must be in Box"):
            batch.step(actions)
    with pytest.raises(UserError, match="weights have no masks"):
        batch.masks()


def test_steps_need_a_reset_of_all():
    batch = batch_of(2)
    with pytest.raises(Exception, match="reset"):
        batch.step(np.zeros(2, np.int64))
    batch.reset_one(0, 3, None)
    with pytest.raises(Exception, match="reset"):
        batch.step(np.zeros(2, np.int64))
    batch.reset_one(1, 3, None)
    batch.step(np.zeros(2, np.int64))
    with pytest.raises(ValueError, match="1 seeds for 2"):
        batch.reset([1])


@pytest.mark.parametrize("mode", Autoreset)
def test_after_a_reset_that_failed_there_is_nothing_to_step(mode):
    batch, hold = batch_of(2, autoreset=mode), np.zeros(2, np.int64)
    batch.reset([1, 2])
    with pytest.raises(UserError, match="begin"):
        batch.reset_one(1, None, {"begin": 3})  # no option at all: nothing has changed
    batch.step(hold)
    with pytest.raises(UserError, match="start"):
        batch.reset_one(1, None, {"start": 10**6})
    for _ in range(2):
        with pytest.raises(gym.error.ResetNeeded):
            batch.step(hold)
    batch.reset_one(1)
    batch.step(hold)
    with pytest.raises(UserError, match="start"):
        batch.reset(options={"start": 10**6})
    batch.reset_one(0)
    with pytest.raises(gym.error.ResetNeeded):
        batch.step(hold)
    batch.reset()
    assert batch.step(hold)[2].tolist() == [0, 0]


def test_a_step_that_fails_between_two_episodes_asks_for_a_reset_of_all(monkeypatch):
    batch, hold = batch_of(2, **SYNTHETIC), np.zeros(2, np.int64)
    batch.reset([1, 2])

    def interrupted(i, which):
        raise KeyboardInterrupt

    def step_on():
        for _ in range(100):
            batch.step(hold)

    with monkeypatch.context() as patch:
        patch.setattr(batch._episodes, "start_waiting", interrupted)
        with pytest.raises(KeyboardInterrupt):
            step_on()
    with pytest.raises(gym.error.ResetNeeded, match="interrupted"):
        batch.step(hold)
    batch.reset_one(0)
    with pytest.raises(gym.error.ResetNeeded):
        batch.step(hold)
    batch.reset()
    batch.step(hold)


def test_weights_are_rounded_to_what_the_space_has():
    found = []
    for kind in (np.float32, np.float64):
        batch = batch_of(2, strategy="portfolio", dataset="indices")
        actions = np.array([[0.1, 0.2, 0.7], [1 / 3, 0.3, 0.1]]).astype(np.float32)
        batch.reset([1, 2])
        rows = [batch.step(actions.astype(kind) * kind(1.0 + 1e-9 * (kind is np.float64)))]
        rows += [(batch.state.envs["cash"].copy(), batch.buffers.actions.copy())]
        found.append(rows[1])
    for one, other in zip(*found, strict=True):
        np.testing.assert_array_equal(one, other)
    with pytest.raises(ValueError, match="it must be in Box"):
        batch.step(np.full((2, 3), "a"))


@pytest.mark.parametrize("order", ["random", "sequential"])
def test_options_of_a_reset_are_those_of_the_environment(order):
    kwargs = {"episode.order": order}
    env, batch = env_of(**kwargs), batch_of(1, **kwargs)
    wishes = [
        (6, None), (None, {"start": 500}), (None, None), (None, {"get_new": False}),
        (None, {"start": "2005-03-01"}), (None, None), (6, {"get_new": False}), (None, None),
    ]  # fmt: skip
    for seed, options in wishes:
        _, info = env.reset(seed=seed, options=options)
        batch.reset([seed], options)
        assert batch.state.envs[0]["key"] == env.episode_key
        assert batch.state.envs[0]["number"] == info["metadata"]["trial_num"]
        bars = batch.bars_of(0)
        assert range(bars.start, bars.stop) == env.rows
        assert bars.part == env.part
    for wrong in ({"start": 10**6}, {"sample_type": 1}, {"stat": 5}):
        with pytest.raises(UserError) as refused:
            batch.reset(options=wrong)
        with pytest.raises(UserError) as told:
            env.reset(options=wrong)
        assert str(refused.value) == str(told.value)
    env.reset()
    batch.reset()
    assert batch.state.envs[0]["key"] == env.episode_key


def test_masks_are_those_of_the_environment():
    env, batch = env_of(strategy="btgym"), batch_of(2, strategy="btgym")
    env.reset(seed=3)
    batch.reset([8, 3])
    for action in (1, 1, 3, 2, 0, 1):
        np.testing.assert_array_equal(batch.masks()[1], env.action_masks())
        env.step(action)
        batch.step(np.array([0, action]))


def test_unseeded_environments_differ():
    batch = batch_of(4)
    batch.reset()
    assert len(set(batch.state.envs["key"].tolist())) == 4
    with pytest.raises(ValueError, match="0 threads"):
        batch.set_threads(0)


def test_whole_parts_of_a_small_market():
    kwargs = {"time_dim": 2, "avg_period": 2, "split.train": 0.8, "split.validation": 0.1}
    bars = market(100.0 + np.arange(30.0))
    kwargs |= {"fixed_stake": 1.0, "start_cash": 1000.0, "target_call": 1e9}
    env = tradegym.make(dataset=bars, whole=True, **kwargs)
    batch = batch_of(1, env=env)
    batch.reset([0])
    steps = 0
    while True:
        _, _, ended = batch.step(np.array([1]))
        steps += 1
        if ended[0]:
            break
    # 24 rows: one of warm-up, decisions at 1 to 21; the last of them covers the reserved bar.
    assert (REASONS[ended[0] - 1], steps) == ("END_OF_DATA", 21)
