"""Baselines beside an agent, and what a reader is warned of."""

from tradegym.conf.resolve import resolve
from tradegym.envs.build import EnvBuilder
from tradegym.experiments.agents.rules import make_rule
from tradegym.experiments.evaluation import BASELINES, compare


def compared(*overrides):
    resolved = resolve(["split.train=0.1", "split.validation=0.1", *overrides])
    return compare(make_rule("flat"), EnvBuilder(resolved), resolved.config, "validation")


def test_baselines_play_the_same_bars_with_the_same_costs():
    found = compared()
    assert tuple(found.baselines) == BASELINES
    times = found.agent.record.bars["time"]
    for name in BASELINES:
        assert found.baselines[name].record.bars["time"].equals(times)
    assert found.baselines["buy_and_hold"].metrics.trades == 1
    assert found.agent.metrics.total_return == 0.0
    assert found.warnings == ()


def test_a_baseline_that_can_never_invest_is_named():
    found = compared("engine.broker_commission=0.05")
    assert found.baselines["buy_and_hold"].metrics.trades == 0
    assert any(
        line.startswith("buy_and_hold never got an order filled") and "engine.reserve=0.01" in line
        for line in found.warnings
    )
