import pytest

from tradegym.conf.errors import UserError
from tradegym.conf.listing import list_groups
from tradegym.conf.paths import PACKAGED_DIR
from tradegym.conf.resolve import resolve
from tradegym.conf.searchpath import find_config_dir


def error_of(*overrides, **more):
    with pytest.raises(UserError) as error:
        resolve(overrides, **more)
    line = str(error.value)
    assert "\n" not in line
    return line


def test_conf_of_the_project_is_found(write, tmp_path):
    assert find_config_dir() is None
    write("conf/model/big.yaml", "a: 1\n")
    write("conf/agent/readme.txt", "no options\n")
    assert find_config_dir() is None
    write("conf/agent/mine.yaml", "algorithm: A2C\n")
    assert find_config_dir() == tmp_path / "conf"


def test_our_own_conf_is_not_a_users(monkeypatch):
    monkeypatch.chdir(PACKAGED_DIR.parent)
    assert find_config_dir() is None
    assert resolve().config_dir is None


def test_explicit_directory(write, tmp_path):
    write("elsewhere/engine/rich.yaml", "start_cash: 1e6\n")
    resolved = resolve(["engine=rich"], tmp_path / "elsewhere")
    assert resolved.config.engine.start_cash == 1e6
    assert resolved.config_dir == tmp_path / "elsewhere"
    assert "'nowhere' is not a directory" in error_of(config_dir=tmp_path.__class__("nowhere"))


def test_own_option_shadows_the_packaged_one(write):
    write("conf/agent/ppo.yaml", "algorithm: PPO\nn_steps: 7\n")
    resolved = resolve()
    assert resolved.config.agent.hyperparameters == {"n_steps": 7}
    one = resolved.values["agent.n_steps"]
    assert (one.origin, one.given) == ("file conf/agent/ppo.yaml", True)


def test_what_an_own_option_leaves_out_gets_the_schemas_default(write):
    write("conf/engine/mine.yaml", "start_cash: 5\n")
    values = resolve(["engine=mine"]).values
    assert (values["engine.lot"].value, values["engine.lot"].origin) == (0.0, "schema")
    assert values["engine.start_cash"].given
    assert not values["engine.lot"].given


def test_own_option_that_builds_on_a_packaged_one(write):
    write("conf/agent/mine.yaml", "defaults: [dqn]\nlearning_rate: 0.01\n")
    values = resolve(["agent=mine", "agent.tau=0.5"]).values
    assert values["agent.learning_rate"].origin == "file conf/agent/mine.yaml"
    assert values["agent.buffer_size"].origin == "packaged agent/dqn"
    assert values["agent.tau"].origin == "command line"


def test_a_new_algorithm_is_a_yaml_file(write):
    write("conf/agent/sac.yaml", "algorithm: SAC\ntau: 0.1\ntrain_freq: [1, episode]\n")
    agent = resolve(["agent=sac", "agent.tau=0.2"]).config.agent
    assert agent.hyperparameters == {"tau": 0.2, "train_freq": (1, "episode")}
    assert error_of("agent=sac", "agent.gamma=1") == (
        "agent.gamma: SAC has no such hyper-parameter; allowed: tau, train_freq"
    )


def test_own_preset(write):
    write(
        "conf/experiment/mine.yaml",
        "# @package _global_\ndefaults:\n  - override /agent: dqn\nengine: {lot: 1}\n",
    )
    resolved = resolve(["experiment=mine"])
    assert resolved.config.agent.algorithm == "DQN"
    one = resolved.values["engine.lot"]
    assert (one.value, one.origin, one.given) == (1.0, "file conf/experiment/mine.yaml", True)


def test_own_cerebro_beside_own_values_in_one_file(write):
    write("conf/engine/mine.yaml", "cerebro: m:C\nstart_cash: 3\n")
    resolved = resolve(["engine=mine"])
    assert resolved.config.engine.cerebro == "m:C"
    assert [line.split(" (")[0] for line in resolved.warnings] == ["ignored: engine.start_cash"]


def test_own_primary_config(write):
    write("conf/agent/mine.yaml", "algorithm: A2C\n")
    write("conf/config.yaml", "defaults:\n  - agent: mine\n  - _self_\nseed: 9\n")
    values = resolve().values
    assert values["seed"].origin == "file conf/config.yaml"
    assert values["agent.algorithm"].value == "A2C"
    assert values["engine.start_cash"].origin == "schema"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (
            "a: [1\nb: 2\n",
            ("conf/agent/bad.yaml, line 2, column 2: bad YAML (expected ',' or ']', but got ':')"),
        ),
        ("a: 1\na: 2\n", "conf/agent/bad.yaml, line 2, column 1: bad YAML (found duplicate key a)"),
        (
            "a:\n\tb: 1\n",
            (
                "conf/agent/bad.yaml, line 2, column 1: bad YAML (found character '\\t' "
                "that cannot start any token)"
            ),
        ),
        ("- 1\n", "conf/agent/bad.yaml: not a mapping of keys to values"),
        (
            "algorithm: PPO\nlerning_rate: 1\n",
            (
                "agent.lerning_rate: no such key; did you mean "
                "'agent.learning_rate'? (in conf/agent/bad.yaml)"
            ),
        ),
        (
            "algorithm: PPO\ngamma: 2\n",
            ("agent.gamma: 2 is out of range; allowed: >= 0 and <= 1 (in conf/agent/bad.yaml)"),
        ),
        ("", "agent.algorithm: missing; set an SB3 class name such as PPO, or agent.rule"),
        ("defaults: [bad]\n", "defaults lists of YAML files include each other"),
        (
            "algorithm: PPO\nlearning_rate: ???\n",
            ("agent.learning_rate: missing; set it on the command line: agent.learning_rate=VALUE"),
        ),
    ],
)
def test_mistakes_in_an_own_file(write, text, line):
    write("conf/agent/bad.yaml", text)
    assert error_of("agent=bad") == line


def test_a_file_that_is_not_text(tmp_path, write):
    write("conf/agent/bad.yaml", "").write_bytes(b"\xff\xfea\x00")
    assert error_of("agent=bad").startswith("conf/agent/bad.yaml: not UTF-8 text")


def test_a_preset_that_asks_for_an_option_that_does_not_exist(write):
    write("conf/experiment/p.yaml", "# @package _global_\ndefaults:\n  - override /agent: dqnn\n")
    line = error_of("experiment=p")
    assert line.startswith("agent=dqnn: no such option (in experiment/p); allowed: a2c, ")
    assert line.endswith("did you mean 'dqn'?")


def test_an_unknown_key_in_a_preset(write):
    write("conf/experiment/p.yaml", "# @package _global_\nagnet: {x: 1}\n")
    assert error_of("experiment=p") == (
        "agnet: no such key; did you mean 'agent'? (in conf/experiment/p.yaml)"
    )


def test_search_path_of_hydra_is_refused(write):
    write("conf/agent/mine.yaml", "algorithm: A2C\n")
    write("conf/config.yaml", "hydra: {searchpath: [x]}\n")
    assert error_of() == (
        "hydra.searchpath: not supported (in conf/config.yaml); name your directory by --config-dir"
    )


def test_listing_marks_own_options(write):
    write("conf/agent/mine.yaml", "# my own agent\nalgorithm: A2C\n")
    write("conf/agent/ppo.yaml", "algorithm: PPO\n")
    options = {one.name: one for one in list_groups(["agent"])}
    assert (options["mine"].description, options["mine"].origin) == (
        "my own agent",
        "conf/agent/mine.yaml",
    )
    assert options["ppo"].origin == "conf/agent/ppo.yaml"
    assert options["ppo"].default
    assert options["dqn"].origin == "packaged"
