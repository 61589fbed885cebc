import pytest
import torch

from tradegym.conf.errors import UserError
from tradegym.experiments.agents.networks import ACTIVATIONS, OPTIMIZERS, build_policy_kwargs
from tradegym.experiments.agents.sb3 import DICT_POLICIES, algorithms


def policy_of(algorithm):
    aliases = algorithms()[algorithm].policy_aliases
    return next(aliases[name] for name in DICT_POLICIES if name in aliases)


def check(algorithm="PPO", **given):
    return build_policy_kwargs(given, policy_of(algorithm))


def refused(algorithm="PPO", **given):
    with pytest.raises(UserError) as caught:
        check(algorithm, **given)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("name", ["relu", "tanh", "elu", "leaky_relu", "silu", "gelu"])
def test_an_activation_is_chosen_by_name(name, make_model):
    policy = make_model(policy_kwargs={"activation_fn": name, "net_arch": [8]}).policy
    kinds = {type(module) for module in policy.mlp_extractor.modules()}
    assert ACTIVATIONS[name] in kinds


@pytest.mark.parametrize("name", sorted(OPTIMIZERS))
def test_an_optimizer_is_chosen_by_name(name, make_model):
    model = make_model(policy_kwargs={"optimizer_class": name, "net_arch": [8]})
    assert type(model.policy.optimizer) is OPTIMIZERS[name]
    model.learn(32)


def test_net_arch_gives_the_layers(make_model):
    model = make_model(policy_kwargs={"net_arch": {"pi": [7], "vf": [5, 3]}})
    value = [m.out_features for m in model.policy.mlp_extractor.value_net if hasattr(m, "bias")]
    assert value == [5, 3]
    actor = [m.out_features for m in model.policy.mlp_extractor.policy_net if hasattr(m, "bias")]
    assert actor == [7]


@pytest.mark.parametrize("algorithm", ["MaskablePPO", "RecurrentPPO", "TRPO"])
def test_net_arch_of_contrib_s_actor_critics_has_pi_and_vf(algorithm, make_model):
    model = make_model(algorithm, policy_kwargs={"net_arch": {"pi": [7], "vf": [5, 3]}})
    value = [m.out_features for m in model.policy.mlp_extractor.value_net if hasattr(m, "bias")]
    assert value == [5, 3]
    message = refused(algorithm, net_arch={"pi": [7], "qf": [5]})
    assert "vf (value)" in message


def test_net_arch_of_contrib_s_critics_has_pi_and_qf():
    assert check("TQC", net_arch={"pi": [7], "qf": [5]}) == {"net_arch": {"pi": [7], "qf": [5]}}
    assert "one network" in refused("QRDQN", net_arch={"pi": [7], "qf": [5]})


def test_the_memory_of_a_recurrent_policy_can_be_set(make_model):
    kwargs = {"lstm_hidden_size": 9, "n_lstm_layers": 2, "lstm_kwargs": {"dropout": 0.1}}
    lstm = make_model("RecurrentPPO", policy_kwargs=kwargs).policy.lstm_actor
    assert (lstm.hidden_size, lstm.num_layers, lstm.dropout) == (9, 2, 0.1)
    assert "unknown key" in refused("RecurrentPPO", lstm_kwargs={"proj_size": 3})
    assert "no mapping" in refused("RecurrentPPO", lstm_kwargs=[1])
    assert "unknown key" in refused("PPO", lstm_hidden_size=9)


def test_optimizer_kwargs_arrive(make_model):
    kwargs = {"optimizer_kwargs": {"weight_decay": 0.5, "eps": 1e-3}}
    group = make_model(policy_kwargs=kwargs).policy.optimizer.param_groups[0]
    assert (group["weight_decay"], group["eps"]) == (0.5, 1e-3)


def test_plain_values_keep_their_type():
    assert check(ortho_init=False, log_std_init=-1) == {"ortho_init": False, "log_std_init": -1.0}
    assert check("SAC", n_critics=3, clip_mean=1) == {"n_critics": 3, "clip_mean": 1.0}
    assert check(net_arch=None, optimizer_kwargs=None) == {
        "net_arch": None,
        "optimizer_kwargs": None,
    }


@pytest.mark.parametrize(
    ("algorithm", "name", "hint"),
    [
        ("PPO", "net_arhc", "net_arch"),
        ("PPO", "activation", "activation_fn"),
        ("PPO", "optimiser_class", "optimizer_class"),
        ("DQN", "ortho_int", ""),
        ("DQN", "n_critics", ""),
        ("PPO", "lr_schedule", ""),
        ("PPO", "observation_space", ""),
    ],
)
def test_an_unknown_key_names_the_nearest(algorithm, name, hint):
    message = refused(algorithm, **{name: 1})
    assert message.startswith(f"agent.policy_kwargs.{name}: unknown key; allowed: ")
    assert not hint or message.endswith(f"did you mean '{hint}'?")


@pytest.mark.parametrize(
    ("name", "value", "allowed", "hint"),
    [
        ("activation_fn", "rellu", "tanh", "relu"),
        ("activation_fn", "torch.nn.ReLU", "tanh", None),
        ("optimizer_class", "adamm", "rmsprop", "adam"),
        ("activation_fn", 3, "tanh", None),
    ],
)
def test_an_unknown_class_names_the_known_ones(name, value, allowed, hint):
    message = refused(**{name: value})
    assert message.startswith(f"agent.policy_kwargs.{name}: '{value}' is not known")
    assert allowed in message
    assert hint is None or f"did you mean '{hint}" in message


@pytest.mark.parametrize(
    ("algorithm", "value"),
    [
        ("PPO", "64,64"),
        ("PPO", 64),
        ("PPO", [64, 0]),
        ("PPO", [64, "64"]),
        ("PPO", [64.0]),
        ("PPO", [True]),
        ("PPO", {"pi": [8]}),
        ("PPO", {"pi": [8], "qf": [8]}),
        ("PPO", {"pi": [8], "vf": 8}),
        ("PPO", [8, {"pi": [8], "vf": [8]}]),
        ("SAC", {"pi": [8], "vf": [8]}),
        ("DQN", {"pi": [8], "vf": [8]}),
        ("PPO", {}),
    ],
)
def test_a_wrong_net_arch_says_what_is_allowed(algorithm, value):
    message = refused(algorithm, net_arch=value)
    assert message.startswith("agent.policy_kwargs.net_arch")
    assert "allowed: " in message


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ortho_init", 1),
        ("ortho_init", "yes"),
        ("log_std_init", "low"),
        ("log_std_init", True),
        ("normalize_images", None),
        ("optimizer_kwargs", [1]),
    ],
)
def test_a_value_of_the_wrong_type_is_refused(name, value):
    message = refused(**{name: value})
    assert message.startswith(f"agent.policy_kwargs.{name}: {value!r}")


def test_the_arguments_of_the_optimizer_and_the_extractor_are_checked():
    message = refused(optimizer_kwargs={"weight_decy": 0.1})
    assert message.startswith("agent.policy_kwargs.optimizer_kwargs.weight_decy: unknown key")
    assert message.endswith("did you mean 'weight_decay'?")
    assert "unknown" in refused(optimizer_class="sgd", optimizer_kwargs={"betas": [0.9, 0.99]})
    assert "unknown" in refused(optimizer_kwargs={"lr": 0.1})
    assert "cnn_output_dim" in refused(features_extractor_kwargs={"features_dim": 3})


def test_what_other_keys_decide_is_refused_with_the_reason():
    assert "agent.use_sde" in refused(use_sde=True)
    assert "observation" in refused(features_extractor_class="os.system")


def test_what_the_algorithm_would_drop_silently_is_refused(make_model):
    with pytest.raises(UserError, match=r"agent\.policy_kwargs\.optimizer_kwargs: A2C"):
        make_model("A2C", policy_kwargs={"optimizer_kwargs": {"weight_decay": 0.1}})
    kwargs = {"optimizer_class": "rmsprop", "optimizer_kwargs": {"weight_decay": 0.1}}
    group = make_model("A2C", policy_kwargs=kwargs).policy.optimizer.param_groups[0]
    assert group["weight_decay"] == 0.1


def test_the_given_mapping_is_not_changed(make_model):
    given = {"net_arch": [8], "activation_fn": "relu"}
    make_model("A2C", policy_kwargs=given)
    assert given == {"net_arch": [8], "activation_fn": "relu"}
    assert isinstance(torch.nn.ReLU(), ACTIVATIONS["relu"])
