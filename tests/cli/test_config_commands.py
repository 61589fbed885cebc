import json
import re


def test_show_prints_key_value_and_origin(tradegym):
    result = tradegym("config", "show", "agent=dqn", "engine.start_cash=500")
    assert (result.returncode, result.stderr) == (0, "")
    rows = {
        line.split()[0]: line.split(maxsplit=2)[1:] for line in result.stdout.split("\n") if line
    }
    assert rows["key"] == ["value", "origin"]
    assert rows["agent.algorithm"] == ["DQN", "packaged agent/dqn"]
    assert rows["engine.start_cash"] == ["500", "command line"]
    assert rows["dataset.cls"] == ["null", "schema"]
    assert rows["strategy.limits.drawdown_call"] == ["50", "packaged strategy/standard"]


def test_show_aligns_its_columns(tradegym):
    lines = [line for line in tradegym("config", "show").stdout.splitlines() if line]
    start = lines[0].index("value")
    assert all(line[start - 1] == " " and line[start] != " " for line in lines)


def test_show_json(tradegym):
    result = tradegym("config", "show", "--json", "agent.n_steps=64")
    table = json.loads(result.stdout)
    assert table["agent.n_steps"] == {"value": 64, "origin": "command line", "note": ""}
    assert table["strategy.state.modes"]["value"] == ["features", "internal"]


def test_show_warns_of_ignored_keys_on_stderr(tradegym):
    result = tradegym("config", "show", "engine.cerebro=m:C", "engine.start_cash=5", "--json")
    assert result.returncode == 0
    assert result.stderr == (
        "tradegym: warning: ignored: engine.start_cash (engine.cerebro is given: all other "
        "engine.* and strategy.* keys are ignored)\n"
    )
    assert json.loads(result.stdout)["engine.start_cash"]["note"]


def test_show_names_the_rule_of_an_ignored_key(tradegym):
    result = tradegym("config", "show", "dataset.cls=m:D", "dataset.timezone=Asia/Tokyo")
    line = next(one for one in result.stdout.splitlines() if "dataset.timezone" in one)
    assert "command line (ignored: dataset.cls is given: all other dataset.* keys" in line


def test_show_uses_the_config_directory(tradegym, tmp_path):
    for folder in ("conf", "other"):
        (tmp_path / folder / "agent").mkdir(parents=True)
        text = f"algorithm: PPO\nbatch_size: {len(folder)}\n"
        (tmp_path / folder / "agent" / "ppo.yaml").write_text(text, encoding="utf-8")
    assert re.search(
        r"agent\.batch_size +4 +file conf/agent/ppo\.yaml", tradegym("config", "show").stdout
    )
    named = tradegym("config", "show", "--config-dir", "other").stdout
    assert re.search(r"agent\.batch_size +5 +file other/agent/ppo\.yaml", named)


def test_list_all(tradegym):
    result = tradegym("config", "list")
    assert (result.returncode, result.stderr) == (0, "")
    assert re.search(r"agent +ppo \* +PPO: proximal policy optimisation +packaged", result.stdout)
    assert re.search(r"dataset +csv +your own CSV file", result.stdout)
    assert "schema" not in result.stdout


def test_list_one_group_with_own_options(tradegym, tmp_path):
    (tmp_path / "conf" / "agent").mkdir(parents=True)
    (tmp_path / "conf" / "agent" / "mine.yaml").write_text("# my agent\nalgorithm: A2C\n")
    rows = json.loads(tradegym("config", "list", "agent", "--json").stdout)
    assert {row["group"] for row in rows} == {"agent"}
    assert {
        "group": "agent",
        "option": "mine",
        "description": "my agent",
        "origin": "conf/agent/mine.yaml",
    } in rows


def test_list_of_a_group_that_does_not_exist(tradegym):
    result = tradegym("config", "list", "agnt")
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr == (
        "tradegym: agnt: no such group; allowed: dataset, split, strategy, engine, agent, "
        "tracking, experiment; did you mean 'agent'?\n"
    )
