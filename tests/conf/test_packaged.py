"""Every packaged option and preset: it composes, it is complete, and it is commented."""

import inspect
import itertools
import re

import pytest
from hydra import compose, initialize_config_module
from omegaconf import OmegaConf

from tradegym.conf.compose import compose_layers, merge_layers
from tradegym.conf.groups import GROUPS, PRESETS
from tradegym.conf.listing import describe, list_groups
from tradegym.conf.paths import PACKAGED_DIR
from tradegym.conf.resolve import resolve

FILES = sorted(path for group in GROUPS for path in (PACKAGED_DIR / group).rglob("*.yaml"))
CHOICES = [
    str(path.relative_to(PACKAGED_DIR).with_suffix("")).replace("/", "=", 1) for path in FILES
]
# What an option needs that only the user can say.
NEEDED = {
    "dataset=csv": ["dataset.filename=prices.csv"],
    "dataset=parquet": ["dataset.filename=prices.parquet"],
    "dataset=histdata": ["dataset.filename=prices.csv"],
    "dataset=yahoo": ["dataset.filename=prices.csv"],
    "dataset=crypto_hourly": ["dataset.filename=prices.csv"],
    "dataset=multi": ["dataset.assets={a:{filename:a.csv},b:{filename:b.csv}}"],
    "split=dates": ["split.validation_start=2010-01-01", "split.test_start=2014-01-01"],
}


def test_there_are_yaml_files_in_the_groups_only():
    paths = [path.relative_to(PACKAGED_DIR) for path in PACKAGED_DIR.rglob("*.yaml")]
    assert {path.parts[0] for path in paths} == {*GROUPS, "config.yaml"}
    assert len(FILES) > 15


@pytest.mark.parametrize("choice", CHOICES)
def test_option_resolves(choice):
    resolved = resolve([choice, *NEEDED.get(choice, [])])
    assert resolved.warnings == ()
    group, _, name = choice.partition("=")
    origin = f"preset {group}/{name}" if group == PRESETS else f"packaged {group}/{name}"
    assert origin in {one.origin for one in resolved.values.values()}


@pytest.mark.parametrize("choice", CHOICES)
def test_values_are_those_of_hydras_own_composition(choice):
    with initialize_config_module("tradegym.conf", version_base="1.3"):
        expected = compose("config", [choice])
    assert merge_layers(compose_layers([choice], None)) == expected


@pytest.mark.parametrize("name", [*CHOICES, "config"])
def test_every_key_has_a_comment(name):
    path = PACKAGED_DIR / f"{name.replace('=', '/')}.yaml"
    assert describe(path)
    lines = path.read_text(encoding="utf-8").splitlines()
    in_defaults = False
    for before, line in itertools.pairwise(lines):
        if re.match(r"\S", line):
            in_defaults = line.startswith("defaults:")
        is_key = re.match(r"\s*[a-z_]+:", line)
        is_group = line.rstrip().endswith(":")
        if is_key and not in_defaults and not is_group:
            assert before.strip().startswith("#"), f"{path.name}: {line}"


@pytest.mark.parametrize("agent", ["ppo", "a2c", "dqn"])
def test_agents_list_the_hyperparameters_of_their_algorithm(agent):
    import stable_baselines3

    resolved = resolve([f"agent={agent}"])
    algorithm = getattr(stable_baselines3, resolved.config.agent.algorithm)
    parameters = set(inspect.signature(algorithm.__init__).parameters)
    elsewhere = {"self", "env", "policy", "policy_kwargs", "seed", "device", "verbose"}
    objects = {name for name in parameters if name.endswith(("_class", "_buffer_kwargs"))}
    internal = {"tensorboard_log", "_init_setup_model"}
    expected = parameters - elsewhere - objects - internal
    assert set(resolved.config.agent.hyperparameters) == expected


def test_packaged_agents_differ_only_in_what_their_algorithm_has():
    values = OmegaConf.load(PACKAGED_DIR / "agent" / "dqn.yaml")
    assert "clip_range" not in values
    assert values.algorithm == "DQN"


def test_default_experiment_is_the_default():
    default, spelled_out = resolve([]), resolve(["experiment=sp500_ppo"])
    assert spelled_out.config == default.config.model_copy(update={"name": "sp500_ppo"})


def test_btgym_numbers():
    config = resolve(["engine=btgym", "strategy=btgym"]).config
    assert (config.engine.start_cash, config.engine.fixed_stake) == (100.0, 10.0)
    assert (config.engine.broker_commission, config.engine.sizing) == (0.001, "fixed")
    assert config.strategy.state.modes == ("raw",)
    assert (config.strategy.state.time_dim, config.strategy.state.avg_period) == (4, 4)
    limits = config.strategy.limits
    assert (limits.drawdown_call, limits.target_call) == (10.0, 10.0)
    assert (limits.max_loss, limits.max_orders) == (None, None)


def test_listing_names_all_options_and_one_default_per_group():
    options = list_groups()
    assert [f"{one.group}={one.name}" for one in options if one.group == "agent"] == [
        choice for choice in CHOICES if choice.startswith("agent=")
    ]
    assert {one.group for one in options} == set(GROUPS)
    defaults = {one.group: one.name for one in options if one.default}
    assert defaults == {
        "dataset": "sp500",
        "split": "holdout",
        "strategy": "standard",
        "engine": "standard",
        "agent": "ppo",
        "tracking": "mlflow",
    }
    assert all(one.description for one in options)
