import base64
import json
import os
import pickle
import subprocess
import sys
import zipfile
from types import SimpleNamespace

import gymnasium
import mlflow
import numpy as np
import pytest
import torch
from gymnasium import spaces
from stable_baselines3.common.vec_env import DummyVecEnv, VecNormalize

from tradegym.conf.errors import UserError
from tradegym.conf.schema.agent import AgentConfig
from tradegym.experiments.agents.checkpoints import save_checkpoint
from tradegym.experiments.agents.normaliser import Normaliser
from tradegym.experiments.agents.sb3 import build_model
from tradegym.experiments.tracking.base import ModelBundle
from tradegym.experiments.tracking.bundle import LoadedPolicy, write_bundle
from tradegym.experiments.tracking.model import requirements, signature
from tradegym.experiments.tracking.registry import open_tracker

FLAT = spaces.Box(-np.inf, np.inf, (3,), np.float32)
KEYED = spaces.Dict({"features": spaces.Box(-np.inf, np.inf, (5, 2), np.float32), "internal": FLAT})


class Toy(gymnasium.Env):
    def __init__(self, observation_space, action_space):
        self.observation_space, self.action_space = observation_space, action_space

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.observation_space.seed(seed)
        return self.observation_space.sample(), {}

    def step(self, action):
        obs = self.observation_space.sample()
        # Far from standard, so that an agent without its scaling acts otherwise.
        scaled = {k: 9 * v + 5 for k, v in obs.items()} if isinstance(obs, dict) else 9 * obs + 5
        return scaled, 1.0, False, False, {}


def trained(directory, agent, observation_space=FLAT, action_space=None):
    """Save a model with running statistics; return the bundle, the model and its scaling."""
    action_space = action_space or spaces.Discrete(4)
    venv = DummyVecEnv([lambda: Toy(observation_space, action_space)] * 2)
    venv = VecNormalize(venv, norm_obs_keys=getattr(observation_space, "spaces", None))
    model = build_model(agent, venv, seed=1, device="cpu")
    venv.reset()
    for _ in range(20):
        venv.step(np.array([action_space.sample() for _ in range(2)]))
    save_checkpoint(model, venv, directory / "checkpoint", 64)
    bundle = ModelBundle(directory / "checkpoint", agent, observation_space, action_space, 64)
    return bundle, model, Normaliser.from_vecnormalize(venv)


def observations(space, count=200):
    space.seed(7)
    batch = [space.sample() for _ in range(count)]
    if isinstance(space, spaces.Dict):
        return {key: np.stack([obs[key] for obs in batch]) for key in space.spaces}
    return np.stack(batch)


AGENTS = {
    "ppo": (AgentConfig(algorithm="PPO", n_steps=1, batch_size=2), KEYED, spaces.Discrete(4)),
    "a2c": (AgentConfig(algorithm="A2C"), FLAT, spaces.Discrete(3)),
    "dqn": (AgentConfig(algorithm="DQN", buffer_size=1000), KEYED, spaces.Discrete(4)),
    "sac": (AgentConfig(algorithm="SAC"), FLAT, spaces.Box(-1.0, 1.0, (2,), np.float32)),
}


@pytest.mark.parametrize("name", AGENTS)
def test_a_loaded_agent_acts_as_the_trained_one(tmp_path, name):
    agent, observed, acted = AGENTS[name]
    bundle, model, normaliser = trained(tmp_path, agent, observed, acted)
    write_bundle(bundle, tmp_path / "bundle")
    batch = observations(observed)
    expected, _ = model.predict(normaliser.normalise_obs(batch), deterministic=True)
    np.testing.assert_array_equal(LoadedPolicy(tmp_path / "bundle").actions(batch), expected)
    unscaled, _ = model.predict(batch, deterministic=True)
    assert not np.array_equal(unscaled, expected)


def test_loading_leaves_the_generators_alone(tmp_path):
    bundle, _, _ = trained(tmp_path, AgentConfig(algorithm="A2C"))
    write_bundle(bundle, tmp_path / "bundle")
    np.random.seed(5)  # noqa: NPY002
    torch.manual_seed(5)
    expected = np.random.random(), torch.rand(1).item()  # noqa: NPY002
    np.random.seed(5)  # noqa: NPY002
    torch.manual_seed(5)
    LoadedPolicy(tmp_path / "bundle")
    assert (np.random.random(), torch.rand(1).item()) == expected  # noqa: NPY002


@pytest.mark.parametrize(
    "content", ["{", "[]", '{"format": 9}', '{"format": 1, "agent": {"x": 1}}']
)
def test_a_damaged_bundle_is_one_line(tmp_path, content):
    (tmp_path / "bundle.json").write_text(content)
    with pytest.raises(UserError, match=r"bundle\.json: damaged") as caught:
        LoadedPolicy(tmp_path)
    assert "\n" not in str(caught.value)


class Bomb:
    def __reduce__(self):
        return os.mkdir, ("exploded",)


def test_a_hostile_checkpoint_runs_nothing(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    bundle, _, _ = trained(tmp_path, AgentConfig(algorithm="A2C"))
    write_bundle(bundle, tmp_path / "bundle")
    path = tmp_path / "bundle" / "checkpoint" / "model.zip"
    with zipfile.ZipFile(path) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    payload = base64.b64encode(pickle.dumps(Bomb())).decode()
    files["data"] = json.dumps({"policy_class": {":type:": "x", ":serialized:": payload}}).encode()
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    with pytest.raises(UserError):
        LoadedPolicy(tmp_path / "bundle")
    assert not (tmp_path / "exploded").exists()


def test_signature_names_shapes_and_types():
    found = signature(KEYED, spaces.Discrete(4))
    assert [(s.name, s.shape, s.type) for s in found.inputs] == [
        ("features", (-1, 5, 2), np.float32),
        ("internal", (-1, 3), np.float32),
    ]
    assert [(s.name, s.shape, s.type) for s in found.outputs] == [(None, (-1,), np.int64)]


def test_requirements_are_pinned():
    assert all("==" in line for line in requirements())
    assert any(line.startswith("stable-baselines3==2.") for line in requirements())


LOAD = """
import sys
import mlflow
import numpy as np

mlflow.set_tracking_uri(sys.argv[1])
model = mlflow.pyfunc.load_model(sys.argv[2])
with np.load(sys.argv[3]) as given:
    batch = dict(given)
np.save(sys.argv[4], model.predict(batch))
drawn = np.concatenate([model.predict(batch, params={"deterministic": False}) for _ in range(20)])
print(len(set(drawn.tolist())) > 1)
"""


@pytest.mark.slow
def test_mlflow_loads_the_model_of_a_run_in_another_process(tmp_path, monkeypatch):
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    monkeypatch.chdir(tmp_path)
    bundle, model, normaliser = trained(tmp_path, *AGENTS["ppo"])
    settings = SimpleNamespace(backend="mlflow", uri=None, experiment="tradegym")
    tracker = open_tracker(settings, tmp_path / "runs")
    run_id = tracker.start("x", {}, {})
    tracker.log_model(bundle)
    tracker.end("FINISHED")
    assert tracker.info["complete"] is True
    assert sorted(path.name for path in tmp_path.iterdir()) == ["checkpoint", "runs"]

    batch = observations(KEYED)
    np.savez(tmp_path / "obs.npz", **batch)
    uri, output = tracker.info["uri"], tmp_path / "actions.npy"
    files = [str(tmp_path / "obs.npz"), str(output)]
    command = [sys.executable, "-W", "ignore", "-c", LOAD, uri, f"runs:/{run_id}/model", *files]
    # The loading process has none of this project's settings.
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, "True\n"), done.stderr
    expected, _ = model.predict(normaliser.normalise_obs(batch), deterministic=True)
    np.testing.assert_array_equal(np.load(output), expected)

    client = mlflow.MlflowClient(tracking_uri=uri)
    (output,) = client.get_run(run_id).outputs.model_outputs
    assert output.step == 64
    assert client.get_logged_model(output.model_id).status == "READY"
