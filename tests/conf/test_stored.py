import json

import pytest

from tradegym.conf.errors import UserError
from tradegym.conf.resolve import StoredConfig, resolve, resolve_stored


@pytest.fixture
def store(tmp_path):
    def store_run(resolved):
        run = tmp_path / "run"
        run.mkdir(exist_ok=True)
        (run / "config.yaml").write_text(resolved.yaml(), encoding="utf-8")
        (run / "resolved.json").write_text(json.dumps(resolved.to_json()), encoding="utf-8")
        return run

    return store_run


@pytest.mark.parametrize(
    "overrides",
    [
        [],
        ["experiment=nasdaq_dqn", "strategy.limits.drawdown_call=null", "agent.tau=1e-5"],
        ["agent=sma_cross", "agent.fast=3", "tracking=none"],
        ["strategy.cls=a:B", "strategy.params={x: 1, y: [1, 2]}", "strategy.skip_frame=2"],
        ["engine.cerebro=m:C", "engine.start_cash=5", "strategy.skip_frame=2"],
        ["dataset.cls=m:D", "dataset.filename=x.csv"],
        ["strategy.state.modes=[raw]", "strategy.state.features.log_return=null"],
        ["~strategy.state.features.log_return", "strategy.state.modes=[raw]"],
        ["runs_root=${oc.env:HOME}/runs", "name='1e5'"],
    ],
)
def test_what_was_stored_comes_back(store, overrides):
    resolved = resolve(overrides)
    again = resolve_stored(store(resolved))
    assert again.config == resolved.config
    assert dict(again.values) == dict(resolved.values)
    assert again.warnings == resolved.warnings
    assert again.yaml() == resolved.yaml()


def test_single_keys_are_set_on_top(store):
    run = store(resolve(["experiment=nasdaq_dqn"]))
    resolved = resolve_stored(run, ["eval.split=validation", "engine.start_cash=7"])
    assert resolved.config.eval.split == "validation"
    assert resolved.config.dataset.source == "nasdaq"
    assert resolved.values["engine.start_cash"].origin == "command line"
    assert resolved.values["agent.algorithm"].origin == "packaged agent/dqn"


def test_an_option_replaces_its_node_only(store):
    run = store(resolve(["dataset=csv", "dataset.filename=x.csv", "engine.start_cash=5", "seed=4"]))
    resolved = resolve_stored(run, ["dataset=nasdaq"])
    assert resolved.config.dataset.model_dump(exclude={"columns"}) == resolve(
        ["dataset=nasdaq"]
    ).config.dataset.model_dump(exclude={"columns"})
    assert resolved.values["dataset.source"].origin == "packaged dataset/nasdaq"
    assert (resolved.config.engine.start_cash, resolved.config.seed) == (5.0, 4)


def test_the_stored_values_are_not_composed_again(store, tmp_path):
    (tmp_path / "conf" / "engine").mkdir(parents=True)
    option = tmp_path / "conf" / "engine" / "mine.yaml"
    option.write_text("start_cash: 5\n", encoding="utf-8")
    run = store(resolve(["engine=mine"]))
    option.write_text("start_cash: 6\n", encoding="utf-8")
    resolved = resolve_stored(run)
    assert resolved.config.engine.start_cash == 5
    assert resolved.values["engine.start_cash"].origin == "file conf/engine/mine.yaml"
    assert resolve_stored(run, ["engine=mine"]).config.engine.start_cash == 6


def test_taking_the_cerebro_away_makes_ignored_keys_count(store):
    run = store(resolve(["engine.cerebro=m:C", "strategy.skip_frame=4"]))
    resolved = resolve_stored(run, ["engine=standard"])
    assert resolved.warnings == ()
    assert resolved.config.strategy.skip_frame == 4


def test_hyperparameters_are_those_of_the_stored_agent(store):
    run = store(resolve(["agent=dqn"]))
    with pytest.raises(UserError, match="DQN has no such hyper-parameter"):
        resolve_stored(run, ["agent.clip_range=0.1"])
    assert resolve_stored(run, ["agent=ppo", "agent.clip_range=0.1"]).config.agent.clip_range == 0.1


def test_presets_are_refused(store):
    with pytest.raises(UserError, match="experiment=quick: a preset cannot be applied"):
        resolve_stored(store(resolve()), ["experiment=quick"])


def test_a_directory_that_is_no_run(tmp_path):
    with pytest.raises(UserError, match=r"config\.yaml: cannot be read .*is .* a run\?"):
        resolve_stored(tmp_path)


@pytest.mark.parametrize(
    ("name", "text"),
    [("resolved.json", "{"), ("resolved.json", "[]"), ("config.yaml", "a: ["), ("config.yaml", "")],
)
def test_broken_files(store, name, text):
    run = store(resolve())
    (run / name).write_text(text, encoding="utf-8")
    with pytest.raises(UserError, match="broken configuration") as error:
        resolve_stored(run)
    assert "\n" not in str(error.value)


def test_an_unknown_key_in_a_stored_file(store):
    run = store(resolve())
    with (run / "config.yaml").open("a", encoding="utf-8") as file:
        file.write("seeed: 1\n")
    with pytest.raises(UserError, match=r"seeed: no such key; did you mean 'seed'\? \(in "):
        resolve_stored(run)


def test_a_stored_config_read_before(store):
    stored = StoredConfig.read(store(resolve(["seed=3"])))
    assert resolve_stored(stored, ["seed=4"]).config.seed == 4
    assert resolve_stored(stored).config.seed == 3
