"""The packaged agents: complete, and able to learn where they can act."""

import inspect

import numpy as np
import pytest
from gymnasium import spaces
from omegaconf import OmegaConf

from tradegym.conf.paths import PACKAGED_DIR
from tradegym.conf.schema.agent import AgentConfig
from tradegym.experiments.agents.rules import RULES, build_rule
from tradegym.experiments.agents.sb3 import algorithms, build_model

VALUES = {
    path.stem: OmegaConf.to_container(OmegaConf.load(path))
    for path in sorted((PACKAGED_DIR / "agent").glob("*.yaml"))
}
LEARNERS = {name: values for name, values in VALUES.items() if "algorithm" in values}
RULES_BY_FILE = {name: values for name, values in VALUES.items() if "rule" in values}
CONTINUOUS = ("SAC", "TD3", "TQC")
# What is set elsewhere, or by nobody.
NOT_LISTED = {"self", "env", "policy", "policy_kwargs", "seed", "device", "verbose"} | {
    "tensorboard_log",
    "_init_setup_model",
}
# Small enough for a test; the other values stay as they are packaged.
FEW = {"n_steps": 32, "batch_size": 32, "learning_starts": 32, "n_epochs": 1, "buffer_size": 200}


def test_every_file_is_a_learner_or_a_rule():
    assert sorted(LEARNERS | RULES_BY_FILE) == sorted(VALUES)
    assert {values["rule"] for values in RULES_BY_FILE.values()} == set(RULES)
    assert {"maskable_ppo", "recurrent_ppo", "qrdqn", "tqc", "trpo", "sac", "td3"} <= set(LEARNERS)


@pytest.mark.parametrize("name", LEARNERS)
def test_a_file_lists_every_hyper_parameter_of_its_algorithm(name):
    values = LEARNERS[name]
    parameters = set(inspect.signature(algorithms()[values["algorithm"]].__init__).parameters)
    objects = {one for one in parameters if one.endswith(("_class", "_buffer_kwargs"))}
    listed = set(values) - {"algorithm", "policy", "policy_kwargs"}
    assert listed - {"n_envs"} == parameters - NOT_LISTED - objects
    assert "n_envs" in listed  # how many environments they are for


@pytest.mark.parametrize("name", LEARNERS)
def test_a_replay_buffer_of_a_large_observation_fits_into_a_gigabyte(name):
    # 60 bars of 20 features and 10 statistics, before and after each decision
    if "buffer_size" in LEARNERS[name]:
        assert LEARNERS[name]["buffer_size"] * 2 * 60 * 30 * 4 < 2**30


@pytest.mark.parametrize("name", LEARNERS)
def test_it_learns_with_the_packaged_values(name, make_env):
    values = LEARNERS[name]
    few = {key: value for key, value in FEW.items() if key in values}
    if values["n_steps"] == 1:
        few.pop("n_steps")  # there, it is how far the return looks ahead
    agent = AgentConfig.model_validate(values | few)
    box = spaces.Box(-1.0, 1.0, (3,), np.float32)
    env = make_env(2, actions=box if values["algorithm"] in CONTINUOUS else None)
    model = build_model(agent, env, seed=0, device="cpu")
    model.learn(96)
    assert model.num_timesteps >= 96
    assert model._n_updates > 0


@pytest.mark.parametrize("name", RULES_BY_FILE)
def test_a_rule_is_built(name):
    build_rule(AgentConfig.model_validate(RULES_BY_FILE[name]))
