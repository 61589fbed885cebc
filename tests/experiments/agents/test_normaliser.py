import io
import pickle
from pathlib import Path

import numpy as np
import pytest
from gymnasium import spaces
from stable_baselines3.common.vec_env import VecNormalize

from tradegym.conf.errors import UserError
from tradegym.experiments.agents.normaliser import Normaliser


def train_statistics(env, steps=50):
    env.reset()
    for _ in range(steps):
        env.step(np.array([env.action_space.sample() for _ in range(env.num_envs)]))
    return env


def observations(space, count):
    rng = np.random.default_rng(3)

    def draw(box):
        values = rng.normal(0.0, 400.0, (count, *box.shape))
        return values.astype(np.float32)

    if isinstance(space, spaces.Dict):
        return {key: draw(box) for key, box in space.items()}
    return draw(space)


def same(left, right):
    if isinstance(left, dict):
        assert left.keys() == right.keys()
        return all(same(left[key], right[key]) for key in left)
    return left.dtype == right.dtype and np.array_equal(left, right)


@pytest.fixture(params=[True, False], ids=["box", "dict"])
def venv(request, make_env):
    return train_statistics(make_env(2, flat=request.param, normalised=True))


def test_observations_are_scaled_to_the_same_bits_as_by_sb3(venv):
    batch = observations(venv.observation_space, 200)
    ours = Normaliser.from_vecnormalize(venv).normalise_obs(batch)
    assert same(ours, venv.normalize_obs(batch))
    values = np.concatenate([v.ravel() for v in ours.values()] if isinstance(ours, dict) else ours)
    assert np.abs(values).max() == 10.0  # the draws are wide enough to reach the clip


def test_one_observation_is_scaled_as_in_a_batch(venv):
    batch = observations(venv.observation_space, 3)
    normaliser = Normaliser.from_vecnormalize(venv)
    whole = normaliser.normalise_obs(batch)
    if isinstance(batch, dict):
        one = normaliser.normalise_obs({key: values[1] for key, values in batch.items()})
        assert same(one, {key: values[1] for key, values in whole.items()})
    else:
        assert same(normaliser.normalise_obs(batch[1]), whole[1])


def test_rewards_are_scaled_to_the_same_bits_as_by_sb3(venv):
    rewards = np.random.default_rng(0).normal(0, 30, 100)
    ours = Normaliser.from_vecnormalize(venv).normalise_reward(rewards)
    assert same(ours, venv.normalize_reward(rewards))


def test_later_training_does_not_change_it_and_the_input_is_not_changed(venv):
    batch = observations(venv.observation_space, 5)
    before = pickle.loads(pickle.dumps(batch))
    normaliser = Normaliser.from_vecnormalize(venv)
    first = normaliser.normalise_obs(batch)
    train_statistics(venv, 30)
    assert same(normaliser.normalise_obs(batch), first)
    assert same(batch, before)
    assert not same(venv.normalize_obs(batch), first)


def test_keys_that_sb3_leaves_alone_are_passed_on(make_env):
    venv = train_statistics(VecNormalize(make_env(1), norm_obs_keys=["a"]))
    batch = observations(venv.observation_space, 2)
    ours = Normaliser.from_vecnormalize(venv).normalise_obs(batch)
    assert same(ours, venv.normalize_obs(batch))
    assert ours["b"] is batch["b"]


def test_without_observation_or_reward_scaling_the_values_stay(make_env):
    venv = train_statistics(VecNormalize(make_env(1), norm_obs=False, norm_reward=False))
    normaliser = Normaliser.from_vecnormalize(venv)
    batch = observations(venv.observation_space, 2)
    assert normaliser.normalise_obs(batch) is batch
    assert same(normaliser.normalise_reward(np.array([3.0])), np.array([3.0], np.float32))


def test_saved_and_loaded_it_scales_the_same(venv, tmp_path):
    normaliser = Normaliser.from_vecnormalize(venv)
    normaliser.save(tmp_path / "n.npz")
    loaded = Normaliser.load(tmp_path / "n.npz")
    batch = observations(venv.observation_space, 20)
    assert same(loaded.normalise_obs(batch), normaliser.normalise_obs(batch))
    assert loaded.reward.count == normaliser.reward.count
    assert (loaded.gamma, loaded.clip_obs, loaded.epsilon) == (0.99, 10.0, 1e-8)
    assert [path.name for path in tmp_path.iterdir()] == ["n.npz"]


def test_an_observation_key_may_be_any_text(venv, tmp_path):
    moments = Normaliser.from_vecnormalize(venv).reward
    whole = Normaliser({"../x é": moments}, moments, True, True, 10.0, 10.0, 0.99, 1e-8)
    whole.save(tmp_path / "n.npz")
    assert list(Normaliser.load(tmp_path / "n.npz").obs) == ["../x é"]


def test_a_failed_save_keeps_the_old_file(venv, tmp_path, monkeypatch):
    normaliser = Normaliser.from_vecnormalize(venv)
    path = tmp_path / "n.npz"
    normaliser.save(path)
    before = path.read_bytes()

    def fail(file, **arrays):
        file.write(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "savez", fail)
    with pytest.raises(OSError, match="No space"):
        normaliser.save(path)
    assert path.read_bytes() == before
    assert [found.name for found in tmp_path.iterdir()] == ["n.npz"]


class Payload:
    """Creates a file when it is unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return (Path.touch, (self.path,))


def archive(tmp_path, venv, **changes):
    Normaliser.from_vecnormalize(venv).save(tmp_path / "good.npz")
    arrays = dict(np.load(tmp_path / "good.npz"))
    arrays = {name: value for name, value in (arrays | changes).items() if value is not None}
    file = io.BytesIO()
    np.savez(file, **arrays)
    return file.getvalue()


@pytest.mark.parametrize("name", ["keys", "obs0.mean", "epsilon"])
def test_a_pickled_array_is_refused_and_not_executed(name, venv, tmp_path):
    trap = tmp_path / "executed"
    payload = np.array([Payload(trap)], dtype=object)
    path = tmp_path / "bad.npz"
    path.write_bytes(archive(tmp_path, venv, **{name: payload}))
    with pytest.raises(UserError, match=r"bad\.npz"):
        Normaliser.load(path)
    assert not trap.exists()
    np.load(path, allow_pickle=True)[name]  # the payload does work where pickle is allowed
    assert trap.exists()


@pytest.mark.parametrize(
    "changes",
    [
        {"reward.mean": None},
        {"keys": None},
        {"obs0.var": np.full((4, 2), -1.0)},
        {"obs0.var": np.full((4, 2), np.nan)},
        {"obs0.mean": np.zeros(3)},
        {"epsilon": np.array(-1.0)},
        {"clip_obs": np.array("wide")},
        {"clip_obs": np.array(np.nan)},
        {"norm_obs": np.array(7.0)},
        {"format": np.array(99)},
        {"reward.count": np.array(["x", "y"])},
    ],
    ids=str,
)
def test_wrong_content_is_one_line_that_names_the_file(changes, venv, tmp_path):
    path = tmp_path / "bad.npz"
    path.write_bytes(archive(tmp_path, venv, **changes))
    with pytest.raises(UserError, match=r"bad\.npz: ") as caught:
        Normaliser.load(path)
    assert "\n" not in str(caught.value)


def test_damaged_files_are_one_line_that_names_the_file(venv, tmp_path):
    good = archive(tmp_path, venv)
    path = tmp_path / "bad.npz"
    one_array = io.BytesIO()
    np.save(one_array, np.zeros(3))
    bad = [good[:n] for n in (0, 1, 30, len(good) // 2, len(good) - 5)]
    bad += [b"not a zip", pickle.dumps({"a": 1}), one_array.getvalue()]
    for content in bad:
        path.write_bytes(content)
        with pytest.raises(UserError, match=r"bad\.npz: "):
            Normaliser.load(path)
    path.unlink()
    with pytest.raises(UserError, match="no such file"):
        Normaliser.load(path)
