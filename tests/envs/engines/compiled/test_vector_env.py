"""Gymnasium's view of the compiled engine is what a SyncVectorEnv over the other engine is."""

import warnings

import gymnasium as gym
import numpy as np
import pytest
from compiled_views import SETUPS, assert_same_observation, assert_same_value, batch_of, builder_of
from gymnasium.vector import AutoresetMode, SyncVectorEnv
from gymnasium.wrappers.vector import DictInfoToList, RecordEpisodeStatistics

from tradegym.conf.errors import UserError
from tradegym.envs.engines.compiled import cache
from tradegym.envs.engines.compiled.vector_env import BATCH_MODES, TradingVectorEnv
from tradegym.envs.make_vec import make_vec

pytest.importorskip("numba")

N = 3
MODES = [AutoresetMode.NEXT_STEP, AutoresetMode.SAME_STEP]
SP500 = {"dataset": "sp500", "engine": "standard", "episode_duration": 12}


def compiled(name, mode=AutoresetMode.NEXT_STEP, **kwargs):
    return TradingVectorEnv(batch_of(name, N, BATCH_MODES[mode]), **kwargs)


def sync(name, mode=AutoresetMode.NEXT_STEP):
    return SyncVectorEnv([lambda: builder_of(name).env("train")] * N, autoreset_mode=mode)


def assert_same_infos(found, expected):
    assert found.keys() == expected.keys()
    for key, value in expected.items():
        if key == "final_obs":
            for one, other in zip(found[key], value, strict=True):
                assert (one is None) == (other is None)
                if other is not None:
                    assert_same_observation(one, other)
        elif isinstance(value, dict):
            assert_same_infos(found[key], value)
        else:
            assert_same_value(found[key], value, key)


@pytest.mark.parametrize("mode", MODES, ids=lambda mode: mode.value)
@pytest.mark.parametrize("name", SETUPS)
def test_every_step_is_that_of_a_sync_vector_env(name, mode):
    ours, theirs = compiled(name, mode), sync(name, mode)
    assert ours.metadata["autoreset_mode"] is mode
    for which in ("observation_space", "single_observation_space", "action_space"):
        assert getattr(ours, which) == getattr(theirs, which)
    found, expected = ours.reset(seed=5), theirs.reset(seed=5)
    assert_same_observation(found[0], expected[0])
    assert_same_infos(found[1], expected[1])
    ours.action_space.seed(0)
    ends = 0
    for _ in range(30):
        actions = ours.action_space.sample()
        found, expected = ours.step(actions), theirs.step(actions)
        assert_same_observation(found[0], expected[0])
        for k in (1, 2, 3):
            assert_same_value(found[k], expected[k])
        assert_same_infos(found[4], expected[4])
        assert ours.observation_space.contains(found[0])
        ends += int((found[2] | found[3]).sum())
    assert ends > 2


@pytest.mark.parametrize("mode", MODES, ids=lambda mode: mode.value)
def test_ends_alone_have_infos(mode):
    full, ends = compiled("one", mode), compiled("one", mode, full_info=False)
    full.reset(seed=1)
    assert ends.reset(seed=1)[1] == {}
    full.action_space.seed(0)
    over = 0
    for _ in range(30):
        actions = full.action_space.sample()
        found, expected = ends.step(actions), full.step(actions)
        done = found[2] | found[3]
        over += done.sum()
        assert bool(found[4]) == done.any()
        if not done.any():
            continue
        if mode is AutoresetMode.SAME_STEP:
            assert sorted(found[4]) == ["_final_info", "_final_obs", "final_info", "final_obs"]
            assert_same_infos(found[4]["final_info"], expected[4]["final_info"])
        else:
            np.testing.assert_array_equal(found[4]["_value"], done)
            np.testing.assert_array_equal(found[4]["value"][done], expected[4]["value"][done])
    assert over > 2


def test_some_environments_start_anew_and_the_others_go_on():
    ours, theirs = compiled("one", AutoresetMode.DISABLED), sync("one", AutoresetMode.DISABLED)
    mask = np.array([True, False, True])
    for envs in (ours, theirs):
        envs.reset(seed=[4, 5, 6])
        envs.step(np.ones(N, np.int64))
    found = ours.reset(seed=[1, None, 2], options={"reset_mask": mask})
    expected = theirs.reset(seed=[1, None, 2], options={"reset_mask": mask})
    assert_same_observation(found[0], expected[0])
    assert_same_infos(found[1], expected[1])
    with pytest.raises(TypeError, match="reset_mask"):
        ours.reset(options={"reset_mask": [True] * N})
    with pytest.raises(ValueError, match="one True"):
        ours.reset(options={"reset_mask": np.zeros(N, np.bool_)})


def test_without_resets_the_end_must_be_noticed():
    envs = compiled("one", AutoresetMode.DISABLED)
    envs.reset(seed=0)
    over = False
    while not over:
        *_, terminated, truncated, _ = envs.step(np.zeros(N, np.int64))
        over = (terminated | truncated).any()
    with pytest.raises(gym.error.ResetNeeded, match="are over"):
        envs.step(np.zeros(N, np.int64))


def test_observations_are_the_callers_own_unless_that_is_switched_off():
    envs, fast = compiled("flat"), compiled("flat", copy=False)
    first, _ = envs.reset(seed=0)
    kept = first.copy()
    shown = [fast.reset(seed=0)[0]]
    for _ in range(3):
        envs.step(np.zeros(N, np.int64))
        shown.append(fast.step(np.zeros(N, np.int64))[0])
    np.testing.assert_array_equal(first, kept)
    assert np.shares_memory(shown[1], shown[3])
    assert not np.shares_memory(shown[1], shown[2])


def test_options_and_single_environments():
    envs, theirs = compiled("one"), sync("one")
    _, infos = envs.reset(seed=3, options={"start": 700})
    assert infos["bar"].tolist() == [700] * N
    theirs.reset(seed=3, options={"start": 700})
    for name in ("rows", "episode_key", "action_names", "assets"):
        assert envs.get_attr(name) == theirs.get_attr(name)
    found, expected = envs.call("action_masks"), theirs.call("action_masks")
    np.testing.assert_array_equal(np.stack(found), np.stack(expected))
    np.testing.assert_array_equal(envs.action_masks(), np.stack(expected))
    envs.set_attr("colour", ["red", "blue", "green"])
    assert envs.get_attr("colour") == ("red", "blue", "green")
    with pytest.raises(ValueError, match="2 values for 3"):
        envs.set_attr("colour", ["red", "blue"])
    with pytest.raises(ValueError, match="2 numbers"):
        envs.reset(seed=[1, 2])
    with pytest.raises(UserError, match="get_stat"):
        envs.call("get_stat")


def test_gymnasiums_vector_wrappers_take_it():
    envs = DictInfoToList(RecordEpisodeStatistics(compiled("one", AutoresetMode.SAME_STEP)))
    envs.reset(seed=0)
    found = []
    for _ in range(30):
        *_, infos = envs.step(np.zeros(N, np.int64))
        found += [info for info in infos if "final_info" in info]
    assert found
    assert all(info["final_info"]["step"] == 12 for info in found)


def test_make_vec_makes_it_with_the_arguments_of_make():
    envs = make_vec(4, **SP500, env_threads=2, autoreset_mode="SameStep", fixed_stake=2)
    try:
        assert isinstance(envs, TradingVectorEnv)
        assert (envs.num_envs, envs.metadata["autoreset_mode"]) == (4, AutoresetMode.SAME_STEP)
        envs.reset(seed=0)
        *_, infos = envs.step(np.ones(4, np.int64))
        assert infos["position"].tolist() == [2.0] * 4
    finally:
        envs.close()


def test_make_vec_is_gymnasiums_entry_point():
    gym.register("tests/Trading-v0", vector_entry_point=make_vec, kwargs=SP500)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", category=DeprecationWarning)
            envs = gym.make_vec(
                "tests/Trading-v0", 2, "vector_entry_point", **{"engine.info": "ends"}
            )
        assert envs.reset(seed=0)[1] == {}
        envs.close()
    finally:
        del gym.registry["tests/Trading-v0"]


def test_what_the_engine_cannot_do_is_done_by_the_other_or_refused():
    with pytest.warns(UserWarning, match="backtrader steps these environments"):
        envs = make_vec(2, **SP500, render_mode="rgb_array")
    assert isinstance(envs, SyncVectorEnv)
    with pytest.raises(UserError, match=r"engine\.backend: compiled cannot do this"):
        make_vec(2, **SP500, render_mode="rgb_array", **{"engine.backend": "compiled"})
    assert isinstance(make_vec(2, **SP500, **{"engine.backend": "backtrader"}), SyncVectorEnv)
    with pytest.raises(UserError, match="autoreset_mode: 'never'; allowed: NextStep"):
        make_vec(2, **SP500, autoreset_mode="never")
    with pytest.raises(UserError, match="num_envs: 0"):
        make_vec(0, **SP500)
    for threads in (0, 65):
        with pytest.raises(UserError, match=f"^env_threads: {threads}; allowed: .* from 1 to 64$"):
            make_vec(2, **SP500, env_threads=threads)


def test_one_warning_says_that_the_engine_is_not_there(monkeypatch):
    monkeypatch.setattr(cache, "engine_ready", lambda notify=None: "numba is missing")
    for backend in ("auto", "compiled"):
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always")
            envs = make_vec(2, **SP500, **{"engine.backend": backend})
        assert isinstance(envs, SyncVectorEnv)
        assert [str(one.message) for one in told] == [
            "backtrader steps these environments: numba is missing"
        ]


def test_what_is_returned_without_a_copy_is_overwritten_by_a_reset_of_some():
    envs = compiled("flat", AutoresetMode.DISABLED, copy=False)
    first, _ = envs.reset(seed=0)
    kept = first.copy()
    mask = np.array([True, False, True])
    second, _ = envs.reset(seed=[8, None, 9], options={"reset_mask": mask})
    assert np.shares_memory(first, second)
    np.testing.assert_array_equal((first != kept).any(axis=1), mask)
