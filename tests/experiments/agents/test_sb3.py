import numpy as np
import psutil
import pytest
import sb3_contrib
import stable_baselines3
import torch
from gymnasium import spaces

from tradegym.conf.errors import UserError
from tradegym.conf.schema.agent import AgentConfig
from tradegym.experiments.agents.sb3 import algorithms, build_model, uneven_batches

DISCRETE = "A2C, DQN, MaskablePPO, PPO, QRDQN, RecurrentPPO, TRPO"
CONTINUOUS = "A2C, DDPG, PPO, RecurrentPPO, SAC, TD3, TQC, TRPO"


def refused(call, *args, **kwargs):
    with pytest.raises(UserError) as caught:
        call(*args, **kwargs)
    message = str(caught.value)
    assert "\n" not in message
    return message


PLAIN = ["A2C", "DDPG", "DQN", "PPO", "SAC", "TD3"]
CONTRIB = ["ARS", "CrossQ", "MaskablePPO", "QRDQN", "RecurrentPPO", "TQC", "TRPO"]


def test_every_algorithm_of_sb3_and_contrib_is_found_by_its_name():
    assert list(algorithms()) == sorted(PLAIN + CONTRIB)
    assert all(algorithms()[name] is getattr(stable_baselines3, name) for name in PLAIN)
    assert all(algorithms()[name] is getattr(sb3_contrib, name) for name in CONTRIB)


@pytest.mark.parametrize(
    ("name", "hint"),
    [("PP0", "PPO"), ("ppo", "PPO"), ("DQNN", "DQN"), ("maskableppo", "MaskablePPO")],
)
def test_an_unknown_algorithm_names_the_nearest(name, hint, make_model):
    message = refused(make_model, name)
    assert message.startswith(f"agent.algorithm: '{name}'")
    assert f"did you mean '{hint}'?" in message
    assert f"allowed: {', '.join(sorted(PLAIN + CONTRIB))};" in message


@pytest.mark.parametrize("name", ["HerReplayBuffer", "HER", "BaseAlgorithm", "os"])
def test_other_names_of_the_library_are_no_algorithms(name, make_model):
    assert refused(make_model, name).startswith(f"agent.algorithm: '{name}'")


def test_a_rule_cannot_be_trained(make_env):
    message = refused(build_model, AgentConfig(rule="flat"), make_env(), seed=0)
    assert message.startswith("agent.algorithm: ")


@pytest.mark.parametrize(("flat", "policy"), [(False, "MultiInput"), (True, "Mlp")])
@pytest.mark.parametrize("algorithm", ["PPO", "DQN", "MaskablePPO", "QRDQN", "TRPO"])
def test_auto_takes_the_policy_of_the_observation(algorithm, flat, policy, make_model, make_env):
    model = make_model(algorithm, env=make_env(flat=flat))
    assert model.policy_class is model.policy_aliases[f"{policy}Policy"]
    named = make_model(algorithm, env=make_env(flat=flat), policy=f"{policy}Policy")
    assert named.policy_class is model.policy_class


@pytest.mark.parametrize("flat", [False, True])
def test_auto_takes_the_policy_with_a_memory_of_a_recurrent_algorithm(flat, make_model, make_env):
    name = "MlpLstmPolicy" if flat else "MultiInputLstmPolicy"
    model = make_model("RecurrentPPO", env=make_env(flat=flat))
    assert model.policy_class is model.policy_aliases[name]
    message = refused(make_model, "RecurrentPPO", env=make_env(flat=flat), policy="MlpPolicy")
    assert message.startswith("agent.policy: 'MlpPolicy' does not fit")
    assert f"allowed: auto, {name}" in message


def test_a_second_policy_can_be_named(make_model, make_env):
    linear = make_model("ARS", env=make_env(flat=True), policy="LinearPolicy", policy_kwargs={})
    assert linear.policy_class is linear.policy_aliases["LinearPolicy"]


@pytest.mark.parametrize("algorithm", ["ARS", "CrossQ"])
def test_an_algorithm_for_one_array_names_those_for_several(algorithm, make_model, make_env):
    message = refused(make_model, algorithm, env=make_env())
    assert message.startswith(f"agent.algorithm: {algorithm} learns from one array")
    assert "the parts a, b;" in message
    assert message.endswith(f"allowed: {DISCRETE}")


@pytest.mark.parametrize(
    ("flat", "policy", "fits"),
    [
        (False, "MlpPolicy", "MultiInputPolicy"),
        (True, "MultiInputPolicy", "MlpPolicy"),
        (True, "CnnPolicy", "MlpPolicy"),
        (True, "MplPolicy", "MlpPolicy"),
    ],
)
def test_a_policy_that_does_not_fit_names_the_one_that_does(
    flat, policy, fits, make_model, make_env
):
    message = refused(make_model, env=make_env(flat=flat), policy=policy)
    assert message.startswith(f"agent.policy: '{policy}'")
    assert f"allowed: auto, {fits}" in message


def test_the_hyper_parameters_arrive_and_the_others_keep_the_default(make_model, make_env):
    agent = AgentConfig(algorithm="PPO", n_steps=16, batch_size=8, gamma=0.9, clip_range_vf=None)
    model = build_model(agent, make_env(), seed=0, device="cpu")
    plain = stable_baselines3.PPO("MultiInputPolicy", make_env(), device="cpu")
    assert (model.n_steps, model.batch_size, model.gamma) == (16, 8, 0.9)
    assert model.clip_range_vf is None
    for name in ("n_epochs", "gae_lambda", "ent_coef", "vf_coef", "learning_rate"):
        assert getattr(model, name) == getattr(plain, name)


def test_a_list_as_train_freq_counts_episodes(make_model):
    freq = make_model("DQN", train_freq=[2, "episode"]).train_freq
    assert (freq.frequency, freq.unit.value) == (2, "episode")


@pytest.mark.parametrize(
    ("algorithm", "name", "value"),
    [
        ("A2C", "normalize_advantage", True),
        ("A2C", "rms_prop_eps", 1e-3),
        ("DQN", "exploration_final_eps", 0.1),
        ("PPO", "target_kl", 0.5),
        ("QRDQN", "exploration_fraction", 0.2),
        ("RecurrentPPO", "n_epochs", 3),
        ("SAC", "ent_coef", "auto_0.1"),
        ("TQC", "top_quantiles_to_drop_per_net", 3),
        ("TRPO", "cg_max_steps", 3),
    ],
)
def test_each_algorithm_has_hyper_parameters_of_its_own(algorithm, name, value, make_model):
    model = make_model(algorithm, **{name: value})
    if name == "rms_prop_eps":
        assert model.policy.optimizer.defaults["eps"] == value
    else:
        assert getattr(model, name) == value


@pytest.mark.parametrize(
    ("algorithm", "name", "value"),
    [
        ("DQN", "n_epochs", 3),
        ("DQN", "clip_range", 0.1),
        ("PPO", "train_freq", 4),
        ("PPO", "rms_prop_eps", 1e-5),
        ("PPO", "target_update_interval", 10),
        ("DDPG", "stats_window_size", 10),
        ("MaskablePPO", "use_sde", True),
        ("DQN", "action_noise", 0.1),
    ],
)
def test_a_hyper_parameter_of_another_algorithm_is_refused(algorithm, name, value, make_model):
    message = refused(make_model, algorithm, **{name: value})
    assert message.startswith(f"agent.{name}: {algorithm} has no such hyper-parameter")
    assert "allowed: " in message
    assert "gamma" in message


def test_the_nearest_hyper_parameter_is_named(make_model):
    assert "did you mean 'n_steps'?" in refused(make_model, "PPO", cg_max_steps=3)


def test_schedules_fall_over_the_training(make_model):
    model = make_model("PPO", learning_rate="lin_1e-2", clip_range="lin_0.2", seed=1)
    assert model.lr_schedule(0.5) == pytest.approx(5e-3)
    assert model.clip_range(0.25) == pytest.approx(0.05)
    model.learn(64)  # two updates; nothing is left of the training at the second
    assert model.policy.optimizer.param_groups[0]["lr"] == pytest.approx(0.0, abs=1e-12)


@pytest.mark.parametrize(
    ("actions", "algorithm", "fitting"),
    [
        (spaces.Discrete(4), "SAC", DISCRETE),
        (spaces.Discrete(4), "TD3", DISCRETE),
        (spaces.Discrete(4), "TQC", DISCRETE),
        (spaces.Box(-1, 1, (2,), np.float32), "DQN", CONTINUOUS),
        (spaces.Box(-1, 1, (2,), np.float32), "QRDQN", CONTINUOUS),
        (spaces.Box(-1, 1, (2,), np.float32), "MaskablePPO", CONTINUOUS),
        (spaces.MultiDiscrete([3, 3]), "DQN", "A2C, MaskablePPO, PPO, RecurrentPPO, TRPO"),
    ],
)
def test_an_algorithm_that_cannot_act_names_those_that_can(
    actions, algorithm, fitting, make_model, make_env
):
    message = refused(make_model, algorithm, env=make_env(actions=actions))
    assert message.startswith(f"agent.algorithm: {algorithm} cannot act in ")
    assert message.endswith(f"allowed: {fitting}")


def test_one_array_adds_the_algorithms_for_it(make_model, make_env):
    box = spaces.Box(-1, 1, (2,), np.float32)
    message = refused(make_model, "DQN", env=make_env(actions=box, flat=True))
    assert message.endswith("A2C, ARS, CrossQ, DDPG, PPO, RecurrentPPO, SAC, TD3, TQC, TRPO")


def test_noise_is_made_from_its_deviation(make_model, make_env):
    noise = make_model("TD3", action_noise=0.25).action_noise
    np.random.seed(0)  # noqa: NPY002
    drawn = np.array([noise() for _ in range(2000)])
    assert drawn.shape == (2000, 2)
    assert drawn.std(axis=0) == pytest.approx(0.25, rel=0.1)
    assert make_model("TD3", action_noise=None).action_noise is None
    assert make_model("SAC", action_noise=0).action_noise is None


def test_a_buffer_that_does_not_fit_is_refused(make_model, monkeypatch):
    class Memory:
        available = 10_000

    monkeypatch.setattr(psutil, "virtual_memory", Memory)
    message = refused(make_model, "DQN", buffer_size=100)
    assert message.startswith("agent.buffer_size: ")
    assert "0.00GB" in message


def test_where_none_fits_the_reason_is_given(make_model, make_env):
    endless = spaces.Box(-np.inf, np.inf, (2,), np.float32)
    message = refused(make_model, "PPO", env=make_env(actions=endless))
    assert "allowed: none" in message
    assert "finite" in message


def test_settings_that_do_not_go_together_are_one_line(make_model):
    message = refused(make_model, "PPO", n_steps=1, batch_size=1)
    assert message.startswith("agent: PPO refuses these settings: ")
    assert "continuous actions" in refused(make_model, "PPO", use_sde=True)


def test_the_device_is_auto_cpu_or_cuda(make_env, monkeypatch):
    agent = AgentConfig(algorithm="A2C")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    message = refused(build_model, agent, make_env(), seed=0, device="cuda")
    assert message == "train.device: 'cuda', but torch finds no GPU; allowed here: auto, cpu"
    assert "did you mean 'cuda'?" in refused(build_model, agent, make_env(), seed=0, device="cudda")
    assert build_model(agent, make_env(), seed=0, device="auto").device.type == "cpu"


def test_a_large_seed_is_taken(make_model):
    assert make_model(seed=2**40 + 7).seed == 7


@pytest.mark.parametrize("algorithm", ["PPO", "TRPO", "MaskablePPO", "RecurrentPPO"])
@pytest.mark.parametrize(
    ("steps", "size", "words"),
    [
        (64, 512, "512 is more than the 64 decisions of a rollout (agent.n_steps 64 x"),
        (64, 48, "48 does not divide the 64 decisions of a rollout (agent.n_steps 64 x"),
        (64, 32, None),
    ],
)
def test_uneven_batches_take_one_line(algorithm, steps, size, words, make_model, recwarn):
    line = uneven_batches(make_model(algorithm, n_steps=steps, batch_size=size))
    assert not [str(one.message) for one in recwarn if "mini-batch" in str(one.message)]
    if words is None:
        assert line is None
    else:
        assert line is not None
        assert line.startswith(f"agent.batch_size: {words}")
        assert "\n" not in line


@pytest.mark.parametrize("algorithm", ["A2C", "DQN", "SAC"])
def test_algorithms_without_batches_of_a_rollout_have_none_to_complain_about(algorithm, make_model):
    assert uneven_batches(make_model(algorithm)) is None
