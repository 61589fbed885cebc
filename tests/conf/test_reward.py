"""The keys of ``strategy.reward``."""

import pytest

from tradegym.conf.errors import UserError
from tradegym.conf.resolve import resolve
from tradegym.conf.schema.keys import flat_names
from tradegym.conf.schema.reward import RewardConfig
from tradegym.conf.schema.strategy import StrategyConfig

#: Options files that say nothing else, so that the schema's defaults show.
BARE = "skip_frame: 1\nstate:\n  modes: [raw]\n"


def _terms(*overrides, **kwargs):
    config = resolve(overrides, **kwargs).config.strategy.reward
    return {name: term for name, term in config.model_dump().items() if term is not None}


@pytest.fixture
def bare(write):
    write("mine/strategy/bare.yaml", BARE)
    write("mine/strategy/rewarded.yaml", BARE + "reward:\n  sharpe:\n    window: 5\n")
    return write("mine/strategy/bare.yaml", BARE).parent.parent


def test_btgym_is_the_default_where_nothing_is_said(bare):
    assert _terms("strategy=bare", config_dir=bare) == {
        "btgym": {"weight": 1.0, "scale": 1.0, "gamma": 0.99}
    }
    assert StrategyConfig(state={"modes": ["raw"]}).reward.btgym.weight == 1.0


def test_a_file_that_names_terms_has_these_alone(bare):
    assert set(_terms("strategy=rewarded", config_dir=bare)) == {"sharpe"}


@pytest.mark.parametrize("name", sorted(RewardConfig.model_fields))
def test_an_empty_mapping_switches_a_term_on(name, bare):
    chosen = _terms("strategy=rewarded", f"strategy.reward.{name}={{}}", config_dir=bare)
    assert set(chosen) == {"sharpe", name}
    assert chosen[name]["weight"] == 1.0


def test_one_key_switches_a_term_on_with_the_other_defaults(bare):
    chosen = _terms("strategy=rewarded", "strategy.reward.differential_sharpe.weight=2",
                    config_dir=bare)  # fmt: skip
    assert chosen["differential_sharpe"] == {
        "weight": 2.0, "scale": 1.0, "clip": None, "eta": 0.01,
    }  # fmt: skip


def test_null_switches_a_term_off(bare):
    chosen = _terms("strategy=rewarded", "strategy.reward.sharpe=null",
                    "strategy.reward.log_return={}", config_dir=bare)  # fmt: skip
    assert set(chosen) == {"log_return"}


@pytest.mark.parametrize(
    "change", ["strategy.reward.sharpe=null", "strategy.reward.sharpe.weight=0"]
)
def test_no_term_at_all_is_one_line(change, bare):
    with pytest.raises(UserError) as error:
        resolve(["strategy=rewarded", change], config_dir=bare)
    assert str(error.value) == (
        "strategy.reward: no term counts; give one a weight, such as "
        "strategy.reward.btgym.weight=1 or strategy.reward.log_return.weight=1"
    )


@pytest.mark.parametrize(
    ("override", "message"),
    [
        (
            "strategy.reward.sharp.window=3",
            (
                "strategy.reward.sharp.window: no such key; did you mean "
                "'strategy.reward.sharpe.window'?"
            ),
        ),
        (
            "strategy.reward.differential_sharpe.eta=1",
            "strategy.reward.differential_sharpe.eta: 1 is out of range; allowed: > 0 and < 1",
        ),
        (
            "strategy.reward.log_return.clip=0",
            "strategy.reward.log_return.clip: 0 is out of range; allowed: > 0",
        ),
        (
            "strategy.reward.overtrading_penalty.free=1.5",
            (
                "strategy.reward.overtrading_penalty.free: 1.5 is not an integer; "
                "allowed: an integer >= 0"
            ),
        ),
        (
            "strategy.reward.log_return=yes please",
            (
                "strategy.reward.log_return: 'yes please' is not a mapping; "
                "allowed keys: weight, scale, clip"
            ),
        ),
    ],
)
def test_mistakes_are_one_line(override, message):
    with pytest.raises(UserError) as error:
        resolve([override])
    assert str(error.value) == message


def test_the_original_needs_a_memory_longer_than_a_step():
    overrides = ["strategy.reward.btgym_original={}", "strategy.skip_frame=5"]
    with pytest.raises(UserError) as error:
        resolve(overrides)
    assert str(error.value) == (
        "strategy.reward.btgym_original.avg_period: 4 is too few with skip_frame=5, BTgym paid "
        "nan then; allowed: an integer > 5"
    )
    resolve([*overrides, "strategy.reward.btgym_original.avg_period=6"])
    resolve([*overrides, "strategy.reward.btgym_original.weight=0"])


def test_flat_names():
    flat = flat_names()
    assert flat["reward_scale"] == "strategy.reward.btgym.scale"
    assert flat["gamma"] == "strategy.reward.btgym.gamma"
    assert [name for name, key in flat.items() if key.startswith("strategy.reward.")] == [
        "reward_scale",
        "gamma",
    ]
