import json

import pytest
from pydantic import ValidationError

from tradegym.conf.compose import compose_layers, group_options, merge_layers
from tradegym.conf.errors import UserError
from tradegym.conf.schema.agent import AgentConfig
from tradegym.conf.schema.engine import EngineConfig
from tradegym.conf.schema.keys import all_keys, all_nodes, children, find_key, flat_names, from_flat
from tradegym.conf.schema.run import Config
from tradegym.conf.schema.split import SplitConfig
from tradegym.conf.tree import leaves, plain


def test_config_is_immutable():
    with pytest.raises(ValidationError):
        Config().engine.start_cash = 5.0


def test_every_key_has_a_description_of_one_line():
    for key in all_keys().values():
        assert key.description, key.name
        assert "\n" not in key.description
        assert key.allowed


@pytest.mark.parametrize(
    ("key", "allowed"),
    [
        ("engine.start_cash", "a number > 0"),
        ("engine.sizing", "fixed, equity_fraction, cash_fraction"),
        ("strategy.limits.drawdown_call", "a number > 0 and <= 100, or null"),
        ("strategy.state.modes", "a list of raw, internal, features"),
        ("episode.duration", "an integer >= 1 or a duration such as 1d or 23h55min, or null"),
        ("agent.learning_rate", "a number > 0 or a schedule such as lin_3e-4"),
        ("train.normalise", "true or false"),
    ],
)
def test_what_is_allowed_in_words(key, allowed):
    assert all_keys()[key].allowed == allowed


def test_entries_of_free_mappings_are_keys():
    assert find_key("strategy.params.fast.x").name == "strategy.params"
    assert find_key("agent.policy_kwargs.net_arch").name == "agent.policy_kwargs"
    assert find_key("engine.params.x") is None


def test_children_of_a_node():
    assert children("strategy.limits") == [
        "drawdown_call",
        "max_loss",
        "target_call",
        "max_orders",
        "max_orders_window",
    ]
    assert "strategy" in children("")
    assert "seed" in children("")


def test_the_schemas_defaults_are_those_of_the_packaged_defaults():
    """What a user's option file leaves out gets the value that the packaged default has."""
    packaged = dict(leaves(json.loads(json.dumps(_plain_tree()))))
    defaults = Config().model_dump()
    for key, value in packaged.items():
        if key.startswith(("agent.", "strategy.state.features.")):
            continue
        node = defaults
        for part in key.split("."):
            node = node[part]
        assert plain(node) == value, key


def _plain_tree():
    from omegaconf import OmegaConf

    return OmegaConf.to_container(merge_layers(compose_layers([], None)))


def test_flat_names_of_btgym():
    table = flat_names()
    assert {
        name: table[name]
        for name in (
            "start_cash", "broker_commission", "fixed_stake", "drawdown_call", "target_call",
            "skip_frame", "time_dim", "avg_period", "gamma", "reward_scale", "portfolio_actions",
            "episode_duration", "filename", "strategy", "engine", "dataset",
        )
    } == {
        "start_cash": "engine.start_cash",
        "broker_commission": "engine.broker_commission",
        "fixed_stake": "engine.fixed_stake",
        "drawdown_call": "strategy.limits.drawdown_call",
        "target_call": "strategy.limits.target_call",
        "skip_frame": "strategy.skip_frame",
        "time_dim": "strategy.state.time_dim",
        "avg_period": "strategy.state.avg_period",
        "gamma": "strategy.reward.btgym.gamma",
        "reward_scale": "strategy.reward.btgym.scale",
        "portfolio_actions": "strategy.actions.portfolio_actions",
        "episode_duration": "episode.duration",
        "filename": "dataset.filename",
        "strategy": "strategy.cls",
        "engine": "engine.cerebro",
        "dataset": "dataset.cls",
    }  # fmt: skip


def test_from_flat_takes_flat_and_dotted_names():
    assert from_flat({"start_cash": 5, "strategy.reward.log_return.weight": 1}) == {
        "engine.start_cash": 5,
        "strategy.reward.log_return.weight": 1,
    }


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"start_csh": 5}, "start_csh: no such argument of make(); did you mean 'start_cash'?"),
        ({"engine.start_csh": 5}, "did you mean 'engine.start_cash'?"),
        ({"n_steps": 5}, "n_steps: no such argument"),
        ({"start_cash": 5, "engine.start_cash": 6}, "given twice"),
    ],
)
def test_from_flat_refuses_what_it_does_not_know(arguments, message):
    with pytest.raises(UserError) as error:
        from_flat(arguments)
    assert message in str(error.value)


def test_nodes_know_whether_they_may_be_null():
    assert all_nodes()["strategy.reward.log_return"] is True
    assert all_nodes()["strategy.state"] is False


def test_hyperparameters_are_those_that_are_set():
    agent = AgentConfig(algorithm="SAC", tau=0.1, clip_range_vf=None, train_freq=[1, "episode"])
    assert agent.hyperparameters == {
        "tau": 0.1,
        "clip_range_vf": None,
        "train_freq": (1, "episode"),
    }


@pytest.mark.parametrize("value", [0.001, 1, "lin_3e-4", "lin_.5", "lin_1"])
def test_schedules_that_are_right(value):
    assert AgentConfig(algorithm="PPO", learning_rate=value).learning_rate == value


@pytest.mark.parametrize(
    "value", [0, -1, "lin_", "lin_0", "lin_-1", "3e-4x", "cos_1", True, None, [1], float("nan")]
)
def test_schedules_that_are_wrong(value):
    with pytest.raises(ValidationError):
        AgentConfig(algorithm="PPO", learning_rate=value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("train_freq", 0), ("train_freq", [1, "day"]), ("train_freq", [1]), ("train_freq", "x"),
        ("ent_coef", "aut"), ("ent_coef", -0.1), ("gamma", 1.1), ("n_steps", 1.5),
        ("use_sde", 1), ("target_entropy", "none"), ("batch_size", None),
    ],
)  # fmt: skip
def test_hyperparameters_that_are_wrong(name, value):
    with pytest.raises(ValidationError):
        AgentConfig(algorithm="PPO", **{name: value})


@pytest.mark.parametrize("value", ["auto", "auto_0.1", 0.0, 0.5])
def test_entropy_coefficients_that_are_right(value):
    assert AgentConfig(algorithm="SAC", ent_coef=value).ent_coef == value


@pytest.mark.parametrize("limit", [float("inf"), float("nan"), 0, -1, "5", True, None])
def test_cash_is_a_finite_positive_number(limit):
    with pytest.raises(ValidationError):
        EngineConfig(start_cash=limit)


def test_a_float_without_fraction_is_an_integer():
    config = Config.model_validate({"train": {"total_timesteps": 1e5}})
    assert config.train.total_timesteps == 100_000
    assert isinstance(config.train.total_timesteps, int)


def test_a_bare_number_is_text_where_text_is_wanted():
    config = Config.model_validate({"name": 2024, "eval": {"checkpoint": 5000}})
    assert (config.name, config.eval.checkpoint) == ("2024", "5000")


@pytest.mark.parametrize("name", ["a/b", "..", ".hidden", "", "a b", "-x", "a\nb", "ä"])
def test_names_that_are_no_part_of_a_path(name):
    with pytest.raises(ValidationError):
        Config(name=name)


def test_dates_split():
    split = SplitConfig(kind="dates", validation_start="2010-01-01", test_start="2015-06-30")
    assert split.test_start == "2015-06-30"


@pytest.mark.parametrize(
    "values",
    [
        {"train": 0.8, "validation": 0.2},
        {"train": 0.0},
        {"kind": "dates"},
        {"kind": "dates", "validation_start": "2010-01-01"},
        {"kind": "dates", "validation_start": "2010-13-01", "test_start": "2015-01-01"},
        {"kind": "dates", "validation_start": "2015-01-01", "test_start": "2015-01-01"},
        {"kind": "dates", "validation_start": "1.1.2010", "test_start": "2015-01-01"},
        {"test_start": "2015-01-01"},
        {
            "kind": "dates",
            "validation_start": "2010-01-01",
            "test_start": "2011-01-01",
            "train": 0.5,
        },
    ],
)
def test_splits_that_are_wrong(values):
    with pytest.raises(ValidationError):
        SplitConfig(**values)


def test_all_groups_have_options():
    learners = {"a2c", "dqn", "maskable_ppo", "ppo", "qrdqn", "recurrent_ppo", "sac", "td3", "tqc"}
    rules = {"buy_and_hold", "flat", "random", "sma_cross"}
    rules |= {"volatility_target", "perfect_foresight"}
    assert learners | {"trpo"} | rules == set(group_options("agent", None))
