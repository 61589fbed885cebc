"""What an agent saw and may do is compared before it is used again."""

import pytest

from tradegym.conf.errors import UserError
from tradegym.conf.resolve import resolve
from tradegym.envs.build import EnvBuilder
from tradegym.experiments.rundir import RunDir, write_atomic
from tradegym.experiments.spaces import check_spaces, describe_spaces

JOINT = ["dataset=indices", "strategy.actions.assets=all"]
WEIGHTS = ["strategy.actions.scheme=weights"]


@pytest.fixture
def trained(tmp_path):
    """Return a function that notes the spaces of a configuration as a training run does."""

    def note(*overrides, parts=None):
        resolved = resolve(overrides)
        run = RunDir.create(tmp_path, "train")
        write_atomic(run.path / "config.yaml", resolved.yaml())
        run.write_json("resolved.json", resolved.to_json())
        spaces = describe_spaces(EnvBuilder(resolved))
        run.update(spaces={part: spaces[part] for part in parts or spaces})
        return run

    return note


def check(run, *overrides):
    resolved = resolve(overrides)
    check_spaces(run, EnvBuilder(resolved), resolved)


def refused(run, *overrides):
    with pytest.raises(UserError) as caught:
        check(run, *overrides)
    message = str(caught.value)
    assert "\n" not in message
    assert f"{run.id} was trained with the " in message
    assert message.endswith("leave this as it was, or train anew")
    return message


def test_one_asset_is_described():
    found = describe_spaces(EnvBuilder(resolve([])))
    assert found["actions"] == ["hold", "buy", "sell", "close"]
    assert found["action_space"] == "Discrete(4)"
    assert found["scheme"] == {"scheme": "discrete"}
    assert found["assets"] == ["sp500"]
    assert set(found["observation"]) == {"features", "internal"}


def test_weights_of_several_assets_are_described():
    found = describe_spaces(EnvBuilder(resolve([*JOINT, *WEIGHTS])))
    assert found["actions"] == ["weights"]
    assert found["action_space"] == "Box(-1.0, 1.0, (3,), float32)"
    assert found["scheme"] == {"scheme": "weights", "transform": "softmax", "shorts": False}
    assert found["assets"] == ["sp500", "nasdaq"]


def test_what_keeps_the_meaning_may_change(trained):
    check(trained(), "dataset=nasdaq", "engine.leverage=2")
    weights = trained(*JOINT, *WEIGHTS)
    check(weights, *JOINT, *WEIGHTS, "strategy.actions.threshold=0.1")
    sizes = trained("strategy.actions.scheme=sizes")
    check(sizes, "strategy.actions.scheme=sizes", "strategy.actions.reserve=0.05")


@pytest.mark.parametrize(
    ("before", "now", "said"),
    [
        (
            [],
            ["strategy.actions.portfolio_actions=[hold,buy,close]"],
            "actions [hold, buy, sell, close], not with [hold, buy, close]",
        ),
        (
            [],
            ["strategy.actions.scheme=target"],
            "actions [hold, buy, sell, close], not with [short, flat, long]",
        ),
        (
            [],
            JOINT,
            "strategy.actions.assets=all: ",
        ),
        (
            [*JOINT, *WEIGHTS],
            [*JOINT, *WEIGHTS, "strategy.actions.shorts=true"],
            "shorts False, not with scheme weights, transform softmax, shorts True",
        ),
        (
            [*JOINT, *WEIGHTS],
            [*JOINT, *WEIGHTS, "strategy.actions.assets=[nasdaq,sp500]"],
            "assets [sp500, nasdaq], not with [nasdaq, sp500]",
        ),
        (
            ["strategy.actions.scheme=sizes"],
            ["strategy.actions.scheme=sizes", "strategy.actions.size_of=equity"],
            "scheme of actions scheme sizes, size_of cash, not with scheme sizes, size_of equity",
        ),
        ([], ["strategy.state.time_dim=5"], "observation features (30, 1)"),
        ([], ["strategy.state.flat=true"], "flat (130,)"),
    ],
)
def test_what_means_something_else_is_refused(before, now, said, trained):
    message = refused(trained(*before), *now)
    assert said in message
    assert message.startswith("strategy.")


def test_another_number_of_assets_is_the_dataset_s(trained):
    run = trained(*JOINT)
    message = refused(run, "dataset=sp500", "strategy.actions.assets=all")
    assert message.startswith("dataset: ")


def test_a_run_that_noted_less_is_compared_by_what_it_noted(trained):
    run = trained(*JOINT, *WEIGHTS, parts=["observation"])
    check(run, *JOINT, "strategy.actions.scheme=target")
    assert "observation" in refused(run, *JOINT, "strategy.state.time_dim=5")
