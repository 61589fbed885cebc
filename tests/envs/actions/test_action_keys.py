"""What `strategy.actions` refuses, and in which words."""

import pytest
from pydantic import ValidationError

from tradegym.conf.check import check
from tradegym.conf.errors import UserError
from tradegym.conf.schema.actions import ActionsConfig
from tradegym.conf.schema.keys import all_keys
from tradegym.envs.strategies.actions import ACTION_SCHEMES

START = "strategy.actions."


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"scheme": "targets"}, ("scheme: 'targets' is not one of the choices; allowed: discrete, "
         "target, sizes, bsh, weights, bracket, limit; did you mean 'target'?")),
        ({"portfolio_actions": ["buy"]}, "portfolio_actions: ['buy'] lacks hold"),
        ({"scheme": "target", "levels": [-1, 1]}, ("levels: [-1, 1] lacks 0; allowed: a list of "
         "different numbers with 0 among them")),
        ({"scheme": "target", "levels": [0]}, "levels: [0] has no level but 0"),
        ({"scheme": "target", "levels": [0, 1, 1.0]}, "levels: [0, 1, 1.0] has a number twice"),
        ({"scheme": "target", "levels": [0, "long"]}, "levels: [0, long] is not a list of num"),
        ({"scheme": "target", "levels": 1}, "levels: 1 is not a list of numbers"),
        ({"scheme": "sizes", "sizes": []}, "sizes: [] is empty"),
        ({"scheme": "sizes", "sizes": [0.5, 1.5]}, ("sizes: [0.5, 1.5] has 1.5 in it; allowed: "
         "a list of different numbers above 0 and at most 1")),
        ({"scheme": "sizes", "size_of": "money"}, "size_of: 'money' is not one of the choices"),
        ({"scheme": "bracket", "stop_loss": [1.0]}, "stop_loss: [1.0] has 1 in it"),
        ({"scheme": "bracket", "take_profit": [0]}, "take_profit: [0] has 0 in it"),
        ({"scheme": "bracket", "take_profit": [1.5], "shorts": True}, ("take_profit: 1.5 would "
         "close a short at a price of 0 or less")),
        ({"scheme": "limit", "offsets": [-0.01]}, "offsets: [-0.01] has -0.01 in it"),
        ({"scheme": "limit", "expiry": 0}, "expiry: 0 is out of range; allowed: >= 1"),
        ({"scheme": "weights", "threshold": 1.0}, "threshold: 1.0 is out of range"),
        ({"scheme": "weights", "reserve": -0.1}, "reserve: -0.1 is out of range"),
        ({"scheme": "weights", "transform": "simplex", "shorts": True}, ("transform: simplex has "
         "no weights below 0")),
        ({"levels": [0, 1]}, ("levels: not used with strategy.actions.scheme=discrete; "
         "it needs strategy.actions.scheme=target")),
        ({"scheme": "bsh", "threshold": 0.5}, ("threshold: not used with "
         "strategy.actions.scheme=bsh; it needs strategy.actions.scheme=target or weights")),
        ({"assets": []}, ("assets: [] is empty; allowed: the name of an asset, a list of names, "
         "or all, or null")),
        ({"assets": ["a", "a"]}, "assets: [a, a] names something twice"),
        ({"assets": 5}, "assets: 5 is not the name of an asset"),
    ],
)  # fmt: skip
def test_one_line_per_mistake(keys, message):
    with pytest.raises(UserError) as error:
        check({"strategy": {"actions": keys}}, {})
    line = str(error.value)
    assert line.startswith(START + message)
    assert "\n" not in line
    assert "more)" not in line


@pytest.mark.parametrize(
    ("assets", "joint"), [(None, False), ("spx", False), ("all", True), (["spx"], True)]
)
def test_which_assets_are_traded_jointly(assets, joint):
    assert ActionsConfig(assets=assets).is_joint is joint


def test_levels_beyond_the_leverage():
    grid = ActionsConfig(scheme="target", levels=[-3, 0, 2])
    grid.check_leverage(3.0)
    with pytest.raises(Exception, match=r"levels: -3 needs engine\.leverage=3 or more; it is 2"):
        grid.check_leverage(2.0)
    ActionsConfig(scheme="discrete").check_leverage(0.5)


def test_every_scheme_can_be_chosen():
    assert set(all_keys()["strategy.actions.scheme"].choices) == set(ACTION_SCHEMES)


def test_numbers_are_stored_as_tuples_of_floats():
    levels = ActionsConfig(scheme="target", levels=[-1, 0, 1]).levels
    assert levels == (-1.0, 0.0, 1.0)
    assert all(isinstance(level, float) for level in levels)
    with pytest.raises(ValidationError):
        ActionsConfig(scheme="target", levels=[True, 0.0])
