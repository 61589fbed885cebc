"""The code and the commands in docs/strategies.md work as printed."""

import re
from pathlib import Path

import pytest

from tradegym.conf.resolve import resolve
from tradegym.conf.schema.strategy import StrategyConfig
from tradegym.envs.strategies.actions import ACTION_SCHEMES
from tradegym.envs.strategies.rewards import REWARD_TERMS

ROOT = Path(__file__).resolve().parents[1]
TEXT = (ROOT / "docs" / "strategies.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"(?:^    .*\n|^\n(?=    ))+", TEXT, flags=re.MULTILINE)
TRAIN = re.findall(r"^    tradegym train (.+)$", TEXT, flags=re.MULTILINE)


@pytest.mark.parametrize("overrides", TRAIN)
def test_the_overrides_resolve(overrides):
    resolve(overrides.split("  #")[0].split())


def test_the_class_plays_an_episode():
    (code,) = [block for block in BLOCKS if "class Crossing" in block]
    scope: dict[str, object] = {}
    exec("".join(line[4:] + "\n" for line in code.splitlines()), scope)
    info = scope["info"]
    assert isinstance(info, dict)
    assert info["reason"] is not None
    assert "average" in info


def test_all_packaged_strategies_schemes_and_terms_are_named():
    names = [path.stem for path in (ROOT / "conf" / "strategy").glob("*.yaml")]
    for name in [*names, *ACTION_SCHEMES, *REWARD_TERMS]:
        assert f"`{name}`" in TEXT, name


def test_all_limits_are_named():
    for name in StrategyConfig().limits.model_dump():
        assert name in TEXT
