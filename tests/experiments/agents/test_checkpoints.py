import base64
import json
import pickle
import shutil
import zipfile
from datetime import datetime
from pathlib import Path

import cloudpickle
import numpy as np
import pytest
import torch
from stable_baselines3 import PPO
from stable_baselines3.common.save_util import load_from_zip_file

from tradegym.conf.errors import RunFailed, UserError
from tradegym.experiments.agents.checkpoints import (
    _file_sha256,
    load_checkpoint,
    read_checkpoint,
    save_checkpoint,
)
from tradegym.experiments.agents.weights import weights_sha256


class Payload:
    """Creates a file when it is unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return (Path.touch, (self.path,))


def refused(directory, model, file):
    with pytest.raises(UserError) as caught:
        load_checkpoint(directory, model)
    message = str(caught.value)
    assert message.startswith(str(directory / file if file else directory))
    assert "\n" not in message
    return message


def accept(directory):
    """Write the true hashes of the files into checkpoint.json, as a forger would."""
    path = directory / "checkpoint.json"
    content = json.loads(path.read_text())
    content["files"] = {name: _file_sha256(directory / name) for name in content["files"]}
    path.write_text(json.dumps(content))


@pytest.fixture
def trained(make_model, make_env):
    env = make_env(2, normalised=True)
    model = make_model("PPO", env=env)
    model.learn(64)
    return model, env


@pytest.fixture
def saved(trained, tmp_path):
    model, env = trained
    save_checkpoint(model, env, tmp_path / "64", 64)
    return tmp_path / "64"


@pytest.mark.parametrize(
    "algorithm",
    ["PPO", "A2C", "DQN", "SAC", "MaskablePPO", "RecurrentPPO", "QRDQN", "TQC", "TRPO", "CrossQ"],
)
def test_a_loaded_model_has_the_same_weights_and_optimizers(algorithm, make_model, tmp_path):
    model = make_model(algorithm, seed=1)
    model.learn(96)
    info = save_checkpoint(model, None, tmp_path / "96", 96)
    other = make_model(algorithm, seed=2)
    assert weights_sha256(other) != weights_sha256(model)
    loaded = load_checkpoint(tmp_path / "96", other)
    assert weights_sha256(other) == weights_sha256(model) == info.weights_sha256
    assert loaded.info == info
    assert loaded.normaliser is None
    for name, state in model.get_parameters().items():
        if "optimizer" in name:
            moments = other.get_parameters()[name]["state"]
            assert moments.keys() == state["state"].keys()
            for key, values in state["state"].items():
                for part, value in values.items():
                    assert torch.equal(torch.as_tensor(moments[key][part]), torch.as_tensor(value))
    if algorithm in ("SAC", "TQC", "CrossQ"):
        assert torch.equal(other.log_ent_coef, model.log_ent_coef)
        assert model.log_ent_coef.item() != 0.0


def test_the_scaling_comes_back(saved, trained, make_model):
    env = trained[1]
    loaded = load_checkpoint(saved, make_model(seed=9))
    obs = {key: np.full((3, 4, 2), 5.0, np.float32) for key in ("a", "b")}
    expected = env.normalize_obs(obs)
    for key, values in loaded.normaliser.normalise_obs(obs).items():
        assert np.array_equal(values, expected[key])


def test_the_files_and_their_description(saved, trained):
    assert sorted(path.name for path in saved.iterdir()) == [
        "checkpoint.json",
        "model.zip",
        "normaliser.npz",
    ]
    info = read_checkpoint(saved)
    assert (info.step, info.algorithm) == (64, "PPO")
    assert info.weights_sha256 == weights_sha256(trained[0])
    assert datetime.fromisoformat(info.saved).utcoffset().total_seconds() == 0
    assert set(info.files) == {"model.zip", "normaliser.npz"}


def test_sb3_itself_can_load_the_model(saved, trained):
    assert weights_sha256(PPO.load(saved / "model.zip", device="cpu")) == weights_sha256(trained[0])


def test_an_older_checkpoint_is_replaced(saved, trained):
    model, _ = trained
    model.learn(64)
    save_checkpoint(model, None, saved, 128)
    assert read_checkpoint(saved).step == 128
    assert sorted(path.name for path in saved.iterdir()) == ["checkpoint.json", "model.zip"]
    assert [path.name for path in saved.parent.iterdir()] == ["64"]


def test_a_full_disk_leaves_the_older_checkpoint(saved, trained, make_model, monkeypatch):
    model, env = trained
    before = read_checkpoint(saved)
    model.learn(64)

    def fail(path):
        path.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(model, "save", fail)
    with pytest.raises(RunFailed, match=r"64 could not be written: No space left on device"):
        save_checkpoint(model, env, saved, 128)
    assert load_checkpoint(saved, make_model()).info == before
    assert [path.name for path in saved.parent.iterdir()] == ["64"]


def test_what_a_kill_moved_aside_is_found_again(saved, make_model):
    aside = saved.with_name(f".{saved.name}.old-{2**22 + 1}-0123abcd")  # above every process id
    saved.rename(aside)
    assert load_checkpoint(saved, make_model()).info.step == 64


def rewrite(path, **entries):
    """Replace or add entries of a zip file."""
    with zipfile.ZipFile(path) as archive:
        content = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in (content | entries).items():
            archive.writestr(name, data)


def test_a_pickle_in_the_data_of_the_model_is_never_executed(saved, make_model, tmp_path):
    trap = tmp_path / "executed"
    pickled = base64.b64encode(cloudpickle.dumps(Payload(trap))).decode()
    data = json.dumps({"evil": {":type:": "<class 'x'>", ":serialized:": pickled}})
    rewrite(saved / "model.zip", data=data)
    accept(saved)
    assert load_checkpoint(saved, make_model()).info.step == 64
    assert not trap.exists()
    load_from_zip_file(saved / "model.zip")  # the payload does work where pickles are read
    assert trap.exists()


@pytest.mark.parametrize("entry", ["policy.pth", "policy.optimizer.pth", "pytorch_variables.pth"])
def test_a_pickle_in_place_of_weights_is_refused_and_not_executed(
    entry, saved, make_model, tmp_path
):
    trap = tmp_path / "executed"
    torch.save(Payload(trap), tmp_path / "evil.pth")
    for data in ((tmp_path / "evil.pth").read_bytes(), pickle.dumps(Payload(trap), 2)):
        rewrite(saved / "model.zip", **{entry: data})
        accept(saved)
        message = refused(saved, make_model(), "model.zip")
        assert "damaged, or not a model" in message
        assert not trap.exists()
    torch.load(tmp_path / "evil.pth", weights_only=False)
    assert trap.exists()


def test_an_entry_that_names_another_part_of_the_model_is_refused(saved, make_model, tmp_path):
    torch.save({}, tmp_path / "x.pth")
    rewrite(saved / "model.zip", **{"env.venv.pth": (tmp_path / "x.pth").read_bytes()})
    accept(saved)
    assert "does not fit" in refused(saved, make_model(), "model.zip")


@pytest.mark.parametrize("name", ["model.zip", "normaliser.npz"])
def test_damage_to_a_file_is_found_and_the_file_named(name, saved, make_model):
    path = saved / name
    good = path.read_bytes()
    model = make_model(seed=5)
    before = weights_sha256(model)
    rng = np.random.default_rng(0)
    damaged = [good[:n] for n in (0, 10, len(good) // 2, len(good) - 1)]
    for position in rng.integers(len(good), size=30):
        flipped = bytearray(good)
        flipped[position] ^= 1 << int(rng.integers(8))
        damaged.append(bytes(flipped))
    for content in damaged:
        path.write_bytes(content)
        assert "damaged" in refused(saved, model, name)
    path.unlink()
    assert "cannot be read" in refused(saved, model, name)
    assert weights_sha256(model) == before


@pytest.mark.parametrize("name", ["model.zip", "normaliser.npz"])
def test_damage_is_one_line_even_if_the_description_agrees(name, saved, make_model):
    path = saved / name
    good = path.read_bytes()
    for content in (b"", b"not a zip", good[: len(good) // 2]):
        path.write_bytes(content)
        accept(saved)
        refused(saved, make_model(), name)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"\xff\xfe",
        b'{"format": 1}',
        b'{"format": 2}',
        b'{"format": 1, "step": "64"}',
        b'{"format": 1, "step": 64, "algorithm": "PPO"}',
        b'{"format": 1, "step": true, "algorithm": "PPO"}',
    ],
)
def test_a_damaged_description_is_one_line(content, saved, make_model):
    (saved / "checkpoint.json").write_bytes(content)
    assert "damaged" in refused(saved, make_model(), "checkpoint.json")


def test_a_description_cannot_name_files_elsewhere(saved, make_model):
    path = saved / "checkpoint.json"
    content = json.loads(path.read_text())
    content["files"]["../secret"] = "0"
    path.write_text(json.dumps(content))
    assert "'../secret'" in refused(saved, make_model(), "checkpoint.json")


def test_weights_that_were_exchanged_are_found(saved, trained, make_model, tmp_path):
    model, env = trained
    model.learn(64)
    save_checkpoint(model, env, tmp_path / "other", 128)
    shutil.copy(tmp_path / "other" / "model.zip", saved / "model.zip")
    accept(saved)
    assert "not the ones" in refused(saved, make_model(), "model.zip")


def test_no_checkpoint_is_one_line(tmp_path, make_model):
    for directory in (tmp_path / "none", tmp_path / "no" / "where", tmp_path):
        assert "there is no checkpoint" in refused(directory, make_model(), "")


def test_another_algorithm_is_refused(saved, make_model):
    assert "holds a model of PPO, not of A2C" in refused(saved, make_model("A2C"), "")


@pytest.mark.parametrize("change", ["network", "observation"])
def test_another_shape_is_refused(change, saved, make_model, make_env):
    if change == "network":
        other = make_model(policy_kwargs={"net_arch": [17]})
    else:
        other = make_model(env=make_env(flat=True))
    assert "does not fit" in refused(saved, other, "model.zip")
