"""Keys of engine: what differs by asset, analyzers, and what belongs together."""

import pytest

from tradegym.conf.errors import UserError
from tradegym.conf.resolve import resolve
from tradegym.conf.schema.engine import EngineConfig, asset_options, check_assets
from tradegym.conf.schema.engine_analyzers import analyzer_specs

KEYS = "broker_commission, commission_kind, commission_minimum, fixed_stake, equity_fraction, "
MONEY = ("engine.commission_kind=fixed", "engine.broker_commission=2")
SHARPE = "engine.analyzers.sharpe.cls=backtrader.analyzers:SharpeRatio"


def engine(*overrides):
    return resolve(overrides).config.engine


def test_an_asset_has_the_general_values_but_for_its_own():
    config = engine(
        "engine.spread=0.5",
        "engine.volume_limit=0.1",
        "engine.assets.nasdaq.spread=2",
        "engine.assets.nasdaq.short=false",
        "engine.assets.nasdaq.volume_limit=null",
        "engine.assets.none=null",
    )
    sp500, nasdaq = asset_options(config, "sp500"), asset_options(config, "nasdaq")
    assert (sp500.asset, sp500.spread, sp500.volume_limit, sp500.short) == ("sp500", 0.5, 0.1, True)
    assert (nasdaq.spread, nasdaq.volume_limit, nasdaq.short) == (2.0, None, False)
    assert nasdaq.broker_commission == config.broker_commission
    assert asset_options(config, "none").spread == 0.5


def test_the_defaults_charge_a_commission_and_nothing_else():
    costs = asset_options(EngineConfig(), "any")
    assert (costs.broker_commission, costs.commission_kind, costs.leverage) == (0.001, "percent", 1)
    assert costs.commission_minimum == costs.borrow_interest == costs.spread == costs.lot == 0
    assert costs.slip_perc == costs.slip_fixed == 0
    assert costs.volume_limit is None
    assert costs.short
    assert not costs.interest_long


def test_assets_of_an_option_file_and_the_command_line_are_merged(tmp_path):
    (tmp_path / "engine").mkdir()
    file = tmp_path / "engine" / "mine.yaml"
    file.write_text("# mine\n# by asset\nassets:\n  a: {spread: 1.0, lot: 5}\n")
    config = resolve(["engine=mine", "engine.assets.a.spread=3"], config_dir=tmp_path).config.engine
    assert (asset_options(config, "a").spread, asset_options(config, "a").lot) == (3.0, 5.0)


@pytest.mark.parametrize(
    ("overrides", "line"),
    [
        (["engine.assets.a=3"], f"engine.assets.a: 3 is not a mapping of keys; allowed: {KEYS}"),
        (
            ["engine.assets.a.spread=-1"],
            "engine.assets.a.spread: -1 is out of range; allowed: >= 0",
        ),
        (
            ["engine.assets.a.slip_perc=1"],
            "engine.assets.a.slip_perc: 1 is out of range; allowed: ",
        ),
        (["engine.assets.a.lot=x"], "engine.assets.a.lot: 'x' is not a number; allowed: a number"),
        (["engine.assets.a.lot=null"], "engine.assets.a.lot: null is not a number; allowed: "),
        (["engine.assets.a.short=1"], "engine.assets.a.short: 1 is not true or false; allowed: "),
        (["engine.assets.a.sprad=1"], f"engine.assets.a.sprad: no such key; allowed: {KEYS}"),
        (
            ["engine.assets.a.commission_kind=per_unt"],
            (
                "engine.assets.a.commission_kind: 'per_unt' is not one of the choices; "
                "allowed: percent, per_unit, fixed; did you mean 'per_unit'?"
            ),
        ),
        (
            ["engine.assets.a.fixed_stake=3"],
            (
                "engine.assets.a.fixed_stake: not used with engine.sizing=equity_fraction; "
                "it needs engine.sizing=fixed"
            ),
        ),
        (
            ["engine.broker_commission=1.5"],
            (
                "engine.broker_commission: 1.5 is out of range; "
                "allowed: < 1 with engine.commission_kind=percent"
            ),
        ),
        (
            ["engine.assets.a.broker_commission=1"],
            (
                "engine.assets.a.broker_commission: 1 is out of range; "
                "allowed: < 1 with engine.commission_kind=percent"
            ),
        ),
        (
            ["engine.assets.a.commission_kind=percent", *MONEY],
            (
                "engine.broker_commission: 2 is out of range; "
                "allowed: < 1 with engine.assets.a.commission_kind=percent"
            ),
        ),
        (
            ["engine.equity_fraction=1.5"],
            "engine.equity_fraction: 1.5 is out of range; allowed: <= engine.leverage=1",
        ),
        (
            ["engine.sizing=cash_fraction", "engine.assets.a.cash_fraction=4"],
            "engine.assets.a.cash_fraction: 4 is out of range; allowed: <= engine.leverage=1",
        ),
        (
            ["engine.sizing=fixed", "engine.fixed_stake=0.5", "engine.lot=1"],
            "engine.fixed_stake: 0.5 is less than one lot; allowed: >= engine.lot=1",
        ),
        (
            ["engine.volume_limit=0"],
            "engine.volume_limit: 0 is out of range; allowed: > 0 and <= 1",
        ),
        (["engine.analyzers.x=3"], "engine.analyzers.x: 3 is not a mapping with cls and params"),
        (
            ["engine.analyzers.x.clss=3"],
            "engine.analyzers.x.clss: no such key; allowed: cls, params; did you mean 'cls'?",
        ),
        (["engine.analyzers.x.params.n=3"], "engine.analyzers.x.cls: missing; it needs an import "),
        (
            ["engine.analyzers.x.cls=f-g"],
            "engine.analyzers.x.cls: 'f-g' is neither an import path ",
        ),
        (
            ["engine.analyzers.x={cls: m:N, params: 3}"],
            "engine.analyzers.x.params: 3 is not a mapping of parameters by name",
        ),
    ],
)
def test_mistakes_are_told_in_one_line(overrides, line):
    with pytest.raises(UserError) as raised:
        resolve(overrides)
    assert str(raised.value).startswith(line)
    assert "\n" not in str(raised.value)


def test_the_file_of_a_mistake_is_named(tmp_path):
    (tmp_path / "engine").mkdir()
    (tmp_path / "engine" / "mine.yaml").write_text("# mine\n# x\nassets: {a: {spread: -1.0}}\n")
    with pytest.raises(UserError, match=r"a.spread: -1.0 is out of .* \(in .*mine.yaml\)$"):
        resolve(["engine=mine"], config_dir=tmp_path)


def test_the_nearest_key_of_an_asset_is_named():
    with pytest.raises(UserError, match=r"; did you mean 'spread'\?$"):
        resolve(["engine.assets.a.sprad=1"])


def test_a_commission_in_money_may_be_any():
    assert engine("engine.commission_kind=per_unit", "engine.broker_commission=5")
    keys = ["engine.assets.a.commission_kind=fixed", "engine.assets.a.broker_commission=5"]
    assert asset_options(engine(*keys), "a").broker_commission == 5.0


def test_an_order_may_be_worth_as_much_as_the_leverage():
    config = engine("engine.leverage=3", "engine.equity_fraction=3")
    assert config.equity_fraction == 3.0


def test_unknown_assets_are_refused_with_the_nearest_name():
    config = engine("engine.assets.nasdq.spread=1")
    with pytest.raises(UserError) as raised:
        check_assets(config, ("sp500", "nasdaq"))
    assert str(raised.value) == (
        "engine.assets.nasdq: the dataset has no asset 'nasdq'; allowed: sp500, nasdaq; "
        "did you mean 'nasdaq'?"
    )
    check_assets(config, ("nasdq",))


def test_analyzers():
    config = engine(SHARPE, "engine.analyzers.sharpe.params.factor=252", "engine.analyzers.no=null")
    (spec,) = analyzer_specs(config.analyzers)
    assert (spec.name, spec.cls) == ("sharpe", "backtrader.analyzers:SharpeRatio")
    assert spec.params == {"factor": 252}
    assert analyzer_specs(engine(SHARPE).analyzers)[0].params == {}
