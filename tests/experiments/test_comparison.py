"""Baselines beside an agent, and what a reader is warned of."""

import dataclasses

import numpy as np
import pandas as pd
from episodes import episode

from tradegym.conf.resolve import resolve
from tradegym.envs.build import EnvBuilder
from tradegym.experiments.agents.rules import make_rule
from tradegym.experiments.cautions import idle_cautions, rejection_caution
from tradegym.experiments.evaluation import BASELINES, compare


def compared(*overrides):
    resolved = resolve(["split.train=0.1", "split.validation=0.1", *overrides])
    return compare(make_rule("flat"), EnvBuilder(resolved), resolved.config, "validation")


def test_baselines_play_the_same_bars_with_the_same_costs():
    found = compared()
    assert list(found.baselines) == list(BASELINES)
    times = found.agent.record.bars["time"]
    for name in BASELINES:
        assert found.baselines[name].record.bars["time"].equals(times)
    assert found.baselines["buy_and_hold"].metrics.trades == 1
    assert found.agent.metrics.total_return == 0.0
    assert found.agent.metrics.beta == 0.0
    assert found.baselines["random"].metrics.beta is not None
    assert found.warnings == ()


def test_a_baseline_that_can_never_invest_is_named():
    found = compared("engine.broker_commission=0.05")
    assert found.baselines["buy_and_hold"].metrics.trades == 0
    assert any(
        line.startswith("buy_and_hold never got an order filled") and "engine.reserve=0.01" in line
        for line in found.warnings
    )


def with_orders(assets, *orders):
    """A record with orders of (asset, size, status)."""
    record = episode(20, assets=assets)
    rows = [
        {"asset": asset, "size": size, "status": status, "filled": size * (status == "Completed")}
        for asset, size, status in orders
    ]
    return dataclasses.replace(record, orders=pd.DataFrame(rows))


def test_refused_orders_of_several_assets_are_shown_by_the_one_with_the_most():
    orders = [("gold", 3.0, "Margin")] * 6 + [("gold", 5.0, "Rejected")] * 5
    orders += [("oil", 70.0, "Margin")] * 8 + [("oil", 70.0, "Completed")]
    record = with_orders(("oil", "gold"), *orders)
    (text,) = rejection_caution([record])
    price = np.median(record.bars["close_gold"])
    assert text.startswith("19 of 20 orders were refused for lack of cash: an order of gold ")
    assert f"about 3 units at a price of about {price:,.2f}" in text
    assert "10,000.00, shared by 2 assets;" in text


def test_one_asset_is_not_named():
    record = with_orders(("sp500",), *[("sp500", 3.0, "Margin")] * 3)
    (text,) = rejection_caution([record, record])
    assert text.startswith("6 of 6 orders were refused for lack of cash: an order is for about 3 ")


def test_orders_that_a_rule_refused_are_not_said_to_lack_cash():
    record = with_orders(("sp500",), *[("sp500", 0.0, "Refused")] * 9, ("sp500", 1.0, "Margin"))
    (text,) = rejection_caution([record])
    assert text.startswith("10 of 10 orders were refused, 9 of them by a rule: ")
    assert "lack of cash" not in text


def test_a_tenth_of_the_orders_that_got_through_is_enough():
    refused = [("sp500", 1.0, "Margin")] * 9
    assert rejection_caution([with_orders(("sp500",), *refused, ("sp500", 1.0, "Completed"))]) == []
    assert rejection_caution([episode(20, share=0.0)]) == []


def test_a_baseline_that_filled_something_is_not_idle():
    filled = with_orders(("sp500",), ("sp500", 1.0, "Completed"), ("sp500", 1.0, "Margin"))
    never = with_orders(("sp500",), ("sp500", 1.0, "Margin"))
    flat = dataclasses.replace(filled, orders=filled.orders.iloc[:0])
    found = idle_cautions({"a": filled, "b": never, "c": flat}, 0.01)
    assert [text.split(" ")[0] for text in found] == ["b"]
