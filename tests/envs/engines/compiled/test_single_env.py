"""One compiled environment is what a TradingEnv is."""

import copy
import pickle
import warnings

import gymnasium as gym
import numpy as np
import pytest
from compiled_views import SETUPS, assert_same_info, assert_same_observation, builder_of
from gymnasium.utils.env_checker import check_env
from stable_baselines3.common.env_checker import check_env as check_env_for_sb3

from tradegym.conf.errors import RunFailed, UserError
from tradegym.envs.engines.compiled.env import CompiledTradingEnv
from tradegym.envs.strategies.orders import OrderIntent

pytest.importorskip("numba")


def compiled(name, **kwargs):
    return CompiledTradingEnv(builder_of(name).batch_source("train"), **kwargs)


def backtrader(name):
    return builder_of(name).env("train")


@pytest.mark.parametrize("name", SETUPS)
def test_every_step_is_that_of_the_backtrader_engine(name):
    ours, theirs = compiled(name), backtrader(name)
    lean = compiled(name, full_info=False)
    assert ours.observation_space == theirs.observation_space
    assert ours.action_space == theirs.action_space
    ours.action_space.seed(1)
    seed, ends = 8, 0
    for _ in range(4):
        found, expected = ours.reset(seed=seed), theirs.reset(seed=seed)
        assert lean.reset(seed=seed)[1] == {}
        assert_same_observation(found[0], expected[0])
        assert_same_info(found[1], expected[1])
        over, seed = False, None
        while not over:
            action = ours.action_space.sample()
            found, expected = ours.step(action), theirs.step(action)
            shown = lean.step(action)
            assert_same_observation(found[0], expected[0])
            assert_same_observation(shown[0], expected[0])
            assert found[1] == pytest.approx(expected[1], rel=1e-9, abs=1e-12)
            assert found[2:4] == expected[2:4] == shown[2:4]
            assert_same_info(found[4], expected[4])
            assert_same_info(ours.last_info, theirs.last_info)
            over = found[2] or found[3]
            assert_same_info(shown[4], expected[4] if over else {})
            assert (ours.part, ours.rows) == (theirs.part, theirs.rows)
            np.testing.assert_array_equal(ours.closes(), theirs.closes())
            assert ours.episode_key == theirs.episode_key
        ends += 1
    assert ends == 4
    for attribute in ("state_modes", "action_names", "assets", "part_name"):
        assert getattr(ours, attribute) == getattr(theirs, attribute)


@pytest.mark.parametrize("name", ["one", "several"])
def test_masks_are_the_same(name):
    ours, theirs = compiled(name), backtrader(name)
    for env in (ours, theirs):
        env.reset(seed=0)
        env.action_space.seed(0)
    for _ in range(11):
        np.testing.assert_array_equal(ours.action_masks(), theirs.action_masks())
        action = ours.action_space.sample()
        ours.step(action)
        theirs.step(action)


@pytest.mark.parametrize("name", SETUPS)
def test_both_checkers_pass(name):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # infinite bounds
        check_env(compiled(name), skip_render_check=True)
        check_env_for_sb3(compiled(name))


def test_after_a_reset_that_failed_there_is_nothing_to_step():
    for env in (compiled("one"), backtrader("one")):
        env.reset(seed=1)
        with pytest.raises(UserError, match=r"start=9999999 leaves no room"):
            env.reset(options={"start": 9_999_999})
        with pytest.raises(gym.error.ResetNeeded):
            env.step(0)
        env.reset()
        env.step(0)


@pytest.mark.parametrize("options", [{"start": 700}, {"get_new": False}, {"timestamp": 1.3e9}])
def test_options_of_reset(options):
    ours, theirs = compiled("one"), backtrader("one")
    for env in (ours, theirs):
        env.reset(seed=2)
    found, expected = ours.reset(options=options), theirs.reset(options=options)
    assert_same_info(found[1], expected[1])
    assert_same_info(ours.reset()[1], theirs.reset()[1])
    for env in (ours, theirs):
        with pytest.raises(UserError, match="start"):
            env.reset(seed=5, options={"begin": 3})
    # The episode that was running goes on.
    assert_same_info(ours.step(1)[-1], theirs.step(1)[-1])
    assert_same_info(ours.reset()[1], theirs.reset()[1])


def test_observations_and_infos_are_the_callers_own():
    env = compiled("flat")
    seen = [env.reset(seed=0)]
    seen += [env.step(1)[::4] for _ in range(5)]
    assert len({observation.tobytes() for observation, _ in seen}) == 6
    assert len({id(info) for _, info in seen}) == 6
    assert [info["step"] for _, info in seen] == list(range(6))


@pytest.mark.parametrize(
    ("name", "action"),
    [
        ("one", 3),
        ("one", -1),
        ("one", 1.0),
        ("one", "buy"),
        ("one", None),
        ("several", [0, 9, 0]),
        ("several", [0.0, 1.0, 0.0]),
        ("several", [0]),
        ("joint", [0.0]),
        ("one", np.uint64(1)),
        ("several", np.array([0, 1, 0], np.uint64)),
        ("joint", np.array([0.1, 0.2, 0.3, 0.4])),
        ("joint", np.array([0, 1, 0, 0])),
        ("joint", [0.0, np.nan, 0.0, 0.0]),
    ],
)
def test_wrong_actions_are_refused_and_change_nothing(name, action):
    env = compiled(name)
    if name == "one":
        action = env.action_space.n if action == 3 else action
    env.reset(seed=0)
    before = env.last_info
    with pytest.raises(ValueError, match="it must be in"):
        env.step(action)
    assert_same_info(env.last_info, before)
    env.step(env.action_space.sample())


@pytest.mark.parametrize("kind", [np.float16, np.float32, np.float64, np.int8, np.int64, list])
def test_weights_of_any_type_are_taken_or_refused_as_by_the_other_engine(kind):
    ours, theirs = compiled("joint"), backtrader("joint")
    given = [0.1, 0.2, 0.3] if kind is list else np.array([0.1, 0.2, 0.3]).astype(kind)
    answers = []
    for env in (ours, theirs):
        env.reset(seed=1)
        try:
            answers.append(env.step(given)[4])
            answers[-1] = env.step(given)[4]
        except ValueError as error:
            answers.append(str(error))
    if isinstance(answers[1], str):
        assert answers[0] == answers[1]
    else:
        assert_same_info(*answers)


def test_a_step_that_was_interrupted_asks_for_a_reset(monkeypatch):
    env = compiled("one")
    env.reset(seed=0)

    def interrupted():
        raise KeyboardInterrupt

    monkeypatch.setattr(env, "_play", interrupted)
    with pytest.raises(KeyboardInterrupt):
        env.step(0)
    with pytest.raises(gym.error.ResetNeeded):
        env.step(0)


@pytest.mark.parametrize("kind", [int, np.int64, np.int32, np.uint8, np.array])
def test_choices_of_any_integer_type(kind):
    env = compiled("one")
    env.reset(seed=0)
    assert env.step(kind(1))[4]["step"] == 1


def test_order_of_calls():
    env = compiled("one")
    assert env.last_info == {}
    with pytest.raises(gym.error.ResetNeeded):
        env.step(0)
    with pytest.raises(gym.error.ResetNeeded):
        env.action_masks()
    env.reset(seed=0)
    over = False
    while not over:
        *_, terminated, truncated, _ = env.step(0)
        over = terminated or truncated
    with pytest.raises(gym.error.ResetNeeded):
        env.step(0)
    env.reset()
    env.step(0)


def test_what_only_the_other_engine_can_do_says_so():
    env = compiled("one")
    env.reset(seed=0)
    with pytest.raises(UserError, match=r"engine\.backend: .*order objects"):
        env.step(OrderIntent.invest(0.5))
    for name in ("get_stat", "episode_record", "scene"):
        with pytest.raises(UserError, match=rf"'{name}'; choose engine\.backend=backtrader"):
            getattr(env, name)()
    assert not any(hasattr(env, name) for name in ("get_stat", "scene", "look"))
    with pytest.raises(AttributeError, match="no attribute 'colour'"):
        env.colour  # noqa: B018
    assert env.render() is None
    for attempt in (pickle.dumps, copy.deepcopy):
        with pytest.raises(RunFailed, match="cannot be pickled"):
            attempt(env)
