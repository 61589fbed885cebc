import json

import pytest
from hydra.core.singleton import Singleton

from tradegym.conf.errors import UserError
from tradegym.conf.resolve import resolve


def error_of(*overrides, **more):
    with pytest.raises(UserError) as error:
        resolve(overrides, **more)
    line = str(error.value)
    assert "\n" not in line
    return line


def test_defaults():
    resolved = resolve()
    assert resolved.config.agent.algorithm == "PPO"
    assert resolved.config.dataset.source == "sp500"
    assert resolved.config_dir is None
    assert not any(one.given for one in resolved.values.values())


@pytest.mark.parametrize(
    ("overrides", "key", "value", "origin", "given"),
    [
        ([], "dataset.cls", None, "schema", False),
        ([], "engine.start_cash", 10_000.0, "packaged engine/standard", False),
        (["engine=btgym"], "engine.start_cash", 100.0, "packaged engine/btgym", False),
        ([], "train.n_envs", None, "packaged config", False),
        ([], "agent.n_envs", 64, "packaged agent/ppo", False),
        (["experiment=quick"], "agent.n_steps", 32, "preset experiment/quick", True),
        (["experiment=quick"], "agent.gamma", 0.99, "packaged agent/ppo", False),
        (["experiment=quick", "agent.n_steps=64"], "agent.n_steps", 64, "command line", True),
        (["engine.start_cash=10000"], "engine.start_cash", 10_000.0, "command line", True),
        (["+engine.start_cash=7"], "engine.start_cash", 7.0, "command line", True),
        (["++engine.start_cash=7"], "engine.start_cash", 7.0, "command line", True),
        (["engine={start_cash: 7}"], "engine.start_cash", 7.0, "command line", True),
        (["engine={start_cash: 7}"], "engine.lot", 0.0, "packaged engine/standard", False),
        (
            ["strategy.limits.drawdown_call=null"],
            "strategy.limits.drawdown_call",
            None,
            "command line",
            True,
        ),
        (
            ["agent.policy_kwargs.net_arch=[64,64]"],
            "agent.policy_kwargs.net_arch",
            [64, 64],
            "command line",
            True,
        ),
        (
            ["agent.policy_kwargs={net_arch:{pi:[8]}}"],
            "agent.policy_kwargs.net_arch",
            {"pi": [8]},
            "command line",
            True,
        ),
        (["~engine.start_cash", "engine=btgym"], "engine.start_cash", 10_000.0, "schema", False),
        (["seed=1", "seed=2"], "seed", 2, "command line", True),
        (["agent=dqn", "agent=a2c"], "agent.algorithm", "A2C", "packaged agent/a2c", False),
        (["+experiment=nasdaq_dqn"], "dataset.source", "nasdaq", "packaged dataset/nasdaq", False),
    ],
)
def test_value_and_origin(overrides, key, value, origin, given):
    one = resolve(overrides).values[key]
    assert (one.value, one.origin, one.given, one.ignored) == (value, origin, given, None)


def test_later_makes_of_python_win():
    resolved = resolve(
        ["engine.start_cash=5"],
        given={
            "engine.start_cash": 6,
            "strategy.actions.portfolio_actions": ("hold", "buy"),
            "strategy.limits": {"target_call": 3},
        },
    )
    assert resolved.values["engine.start_cash"].origin == "make()"
    assert resolved.config.engine.start_cash == 6
    assert resolved.config.strategy.actions.portfolio_actions == ("hold", "buy")
    assert resolved.values["strategy.limits.target_call"].origin == "make()"
    assert resolved.config.strategy.limits.drawdown_call == 50


def test_numpy_values_of_python():
    import numpy as np

    resolved = resolve(given={"engine.start_cash": np.float64(6), "seed": np.int64(3)})
    assert (resolved.config.engine.start_cash, resolved.config.seed) == (6.0, 3)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"engine.start_csh": 1}, "engine.start_csh: no such key; did you mean"),
        ({"engine.start_cash": object()}, "engine.start_cash: "),
        ({"engine.start_cash": "1"}, "engine.start_cash: '1' is not a number"),
    ],
)
def test_mistakes_from_python(given, message):
    assert message in error_of(given=given)


@pytest.mark.parametrize(
    ("override", "line"),
    [
        (
            "agent.learning_rate=abc",
            (
                "agent.learning_rate: 'abc' is not a number or a schedule; "
                "allowed: a number > 0 or a schedule such as lin_3e-4"
            ),
        ),
        ("engine.start_cash=-5", "engine.start_cash: -5 is out of range; allowed: > 0"),
        (
            "engine.start_cash=true",
            ("engine.start_cash: true is not a number; allowed: a number > 0"),
        ),
        (
            "engine.start_cash=null",
            ("engine.start_cash: null is not a number; allowed: a number > 0"),
        ),
        (
            "engine.sizing=fxed",
            (
                "engine.sizing: 'fxed' is not one of the choices; "
                "allowed: fixed, equity_fraction, cash_fraction; did you mean 'fixed'?"
            ),
        ),
        (
            "strategy.state.modes=[raw,rw]",
            (
                "strategy.state.modes: 'rw' is not one of the choices; "
                "allowed: a list of raw, internal, features; did you mean 'raw'?"
            ),
        ),
        (
            "strategy.state.modes=raw",
            (
                "strategy.state.modes: 'raw' is not a list; "
                "allowed: a list of raw, internal, features"
            ),
        ),
        (
            "strategy.state.modes=[raw,raw]",
            (
                "strategy.state.modes: [raw, raw] names something "
                "twice; allowed: a list of raw, internal, features"
            ),
        ),
        (
            "name=a/b",
            (
                "name: 'a/b' cannot be part of a directory name; "
                "allowed: letters, digits and . _ - (not first: . -)"
            ),
        ),
        (
            "engine.cerebro=foo",
            (
                "engine.cerebro: 'foo' is not an import path module:Name; "
                "allowed: an import path module:Name, or null"
            ),
        ),
        ("train.normalise=1", "train.normalise: 1 is not true or false; allowed: true or false"),
        (
            "dataset=csv",
            "dataset.filename: missing; dataset.source=csv needs the path of a CSV file",
        ),
        (
            "dataset.filename=x",
            (
                "dataset.filename: not used with dataset.source=sp500; "
                "it needs dataset.source=csv or parquet"
            ),
        ),
        (
            "dataset.columns.open=x",
            (
                "dataset.columns: not used with dataset.source=sp500; "
                "it needs dataset.source=csv or parquet"
            ),
        ),
        (
            "engine.fixed_stake=3",
            (
                "engine.fixed_stake: not used with "
                "engine.sizing=equity_fraction; it needs engine.sizing=fixed"
            ),
        ),
        ("split=dates", "split.validation_start: missing; split=dates needs a date YYYY-MM-DD"),
        (
            "split.train=0.9",
            (
                "split.train + split.validation: 0.9 + 0.2 leaves no bars for test; "
                "allowed: a sum < 1"
            ),
        ),
        (
            "strategy.reward.btgym.weight=0",
            (
                "strategy.reward: no term counts; give one a weight, such as "
                "strategy.reward.btgym.weight=1 or strategy.reward.log_return.weight=1"
            ),
        ),
        (
            "strategy.params.x=1",
            ("strategy.params.x: only used with strategy.cls, which is not set"),
        ),
        (
            "strategy.state=5",
            (
                "strategy.state: 5 is not a mapping; "
                "allowed keys: modes, time_dim, avg_period, internal, flat, features"
            ),
        ),
        (
            "strategy.actions.portfolio_actions=[buy]",
            (
                "strategy.actions.portfolio_actions: "
                "['buy'] lacks hold; allowed: a list of hold, buy, sell, close with hold in it"
            ),
        ),
        (
            "agent=ppoo",
            (
                "agent=ppoo: no such option; allowed: a2c, buy_and_hold, dqn, flat, maskable_ppo, "
                "perfect_foresight, ppo, qrdqn, random, recurrent_ppo, sac, sma_cross, td3, tqc, "
                "trpo, volatility_target; "
                "did you mean 'ppo'?"
            ),
        ),
        (
            "experiment=quik",
            (
                "experiment=quik: no such option; "
                "allowed: indices_portfolio, learn_momentum, learn_nothing, learn_ou, learn_sine, "
                "nasdaq_dqn, quick, sp500_ppo; did you mean 'quick'?"
            ),
        ),
        ("agnt=ppo", "agnt: no such key; did you mean 'agent'?"),
        ("agent.lrr=1", "agent.lrr: no such key; did you mean 'agent.learning_rate'?"),
        ("+agent.lrr=1", "agent.lrr: no such key; did you mean 'agent.learning_rate'?"),
        ("++agent.lrr=1", "agent.lrr: no such key; did you mean 'agent.learning_rate'?"),
        (
            "agent.learning_rate.x=1",
            ("agent.learning_rate.x: no such key; did you mean 'agent.learning_rate'?"),
        ),
        (
            "strategy={limits:{drawdown:1}}",
            (
                "strategy.limits.drawdown: no such key; "
                "did you mean 'strategy.limits.drawdown_call'?"
            ),
        ),
        (
            "drawdown_call=5",
            ("drawdown_call: no such key; did you mean 'strategy.limits.drawdown_call'?"),
        ),
        ("engin.start_cash=5", "engin.start_cash: no such key; did you mean 'engine.start_cash'?"),
        ("schema=x", "schema: no such key; did you mean 'strategy.actions.scheme'?"),
        ("agent/ppo=x", "agent/ppo: no such key; did you mean 'agent'?"),
        ("agent=5", "agent=5: not an option; write agent=NAME"),
        ("agent=[ppo,dqn]", "agent=[ppo,dqn]: not an option; write agent=NAME"),
        ("agent=null", "agent=null: a group cannot be removed; choose an option: agent=NAME"),
        ("~agent", "~agent: a group cannot be removed; choose an option: agent=NAME"),
        ("agent@x=ppo", "agent@x=ppo: a package (@x) is not supported; leave it out"),
        ("agent", "'agent': not an override; write agent=NAME"),
        ("nonsense", "'nonsense': not an override; write KEY=VALUE"),
        (
            "agent=ppo,dqn",
            (
                "agent=ppo,dqn: several values need a sweep (--multirun); "
                "for one list write agent=[ppo,dqn]"
            ),
        ),
        (
            "seed=range(1,3)",
            (
                "seed=range(1,3): several values need a sweep (--multirun); "
                "for one list write seed=[range(1,3)]"
            ),
        ),
        ("~engine.cerebro", "~engine.cerebro: not set, so there is nothing to remove"),
        (
            "hydra.searchpath=[x]",
            ("hydra.searchpath: not supported; name your directory by --config-dir"),
        ),
        (
            "eval.checkpoint=first",
            (
                "eval.checkpoint: 'first' is not a checkpoint; "
                "allowed: best, last or a step such as 5000"
            ),
        ),
        ("agent.rule=flat", "agent.learning_rate: not used with agent.rule=flat"),
    ],
)
def test_mistakes_are_one_line(override, line):
    assert error_of(override) == line


def test_bad_syntax_names_the_override():
    assert error_of("engine.start_cash=[1").startswith("'engine.start_cash=[1': bad syntax")


def test_first_mistake_and_number_of_others():
    line = error_of("engine.start_cash=-1", "engine.lot=-1", "train.n_envs=0")
    assert line == "engine.start_cash: -1 is out of range; allowed: > 0 (and 2 more)"


def test_a_hyperparameter_that_the_option_does_not_list():
    line = error_of("agent=dqn", "agent.clip_range=0.1")
    assert line.startswith("agent.clip_range: DQN has no such hyper-parameter; allowed: batch")
    line = error_of("agent=dqn", "agent.n_epochs=3")
    assert line.startswith("agent.n_epochs: DQN has no such hyper-parameter")
    assert line.endswith("did you mean 'n_steps'?")
    line = error_of("agent=flat", "agent.learning_rate=1")
    assert line == "agent.learning_rate: flat has no such hyper-parameter"


def test_a_removed_hyperparameter_keeps_the_algorithms_own_default():
    resolved = resolve(["~agent.clip_range"])
    assert "clip_range" not in resolved.config.agent.hyperparameters
    assert "agent.clip_range" not in resolved.values


def test_keys_of_choices_that_were_not_made_are_not_listed():
    values = resolve(["tracking=none", "agent=flat"]).values
    assert "tracking.uri" not in values
    assert "agent.policy" not in values
    assert "agent.fast" not in values
    assert "dataset.filename" not in values
    assert "dataset.columns.open" not in values
    assert "split.test_start" not in values
    assert "engine.fixed_stake" not in values
    assert "engine.equity_fraction" in values


def test_interpolations_are_resolved_but_not_written(monkeypatch):
    monkeypatch.setenv("RUNS", "/somewhere/secret")
    resolved = resolve(["runs_root=${oc.env:RUNS}", "agent.n_steps=${agent.n_envs}"])
    assert resolved.config.runs_root == "/somewhere/secret"
    assert resolved.config.agent.hyperparameters["n_steps"] == resolved.config.n_envs == 64
    written = resolved.yaml() + json.dumps(resolved.to_json())
    assert "secret" not in written
    assert "${oc.env:RUNS}" in written


@pytest.mark.parametrize(
    ("value", "message"),
    [("${oc.env:NO_SUCH_VARIABLE}", "NO_SUCH_VARIABLE"), ("${engine.nope}", "engine.nope")],
)
def test_interpolations_that_lead_nowhere(value, message):
    line = error_of(f"runs_root={value}")
    assert line.startswith("runs_root: cannot be resolved")
    assert message in line


def test_json_has_value_origin_and_note():
    table = resolve(["dataset.cls=m:D", "dataset.filename=x.csv"]).to_json()
    assert table["seed"] == {"value": 0, "origin": "packaged config", "note": ""}
    assert table["dataset.filename"]["note"].startswith("dataset.cls is given")
    assert json.loads(json.dumps(table)) == table


def test_values_cannot_be_changed():
    with pytest.raises(TypeError):
        resolve().values["seed"] = None


def test_hydras_global_state_is_left_as_it_was():
    before = dict(Singleton._instances)
    resolve(["agent=dqn"])
    after = dict(Singleton._instances)
    application = ("GlobalHydra", "HydraConfig", "JobRuntime", "VersionBase")
    assert {k: v for k, v in after.items() if k.__name__ in application} == {
        k: v for k, v in before.items() if k.__name__ in application
    }
    error_of("agent=nope")
    assert {k for k in Singleton._instances if k.__name__ in application} == {
        k for k in before if k.__name__ in application
    }
