"""The packaged engines play the packaged data, with the costs that they say."""

import numpy as np
import pytest

import tradegym
from tradegym.conf.paths import PACKAGED_DIR
from tradegym.conf.resolve import resolve

ENGINES = sorted(path.stem for path in (PACKAGED_DIR / "engine").glob("*.yaml"))


def episode(engine, dataset="sp500", **kwargs):
    """Play the test part with random actions, a trade every few bars; return its record."""
    env = tradegym.make(
        engine=engine,
        dataset=dataset,
        part="test",
        record=True,
        drawdown_call=100,
        target_call=1e9,
        **kwargs,
    )
    rng = np.random.default_rng(3)
    env.reset(seed=3)
    done = False
    while not done:
        action = int(rng.choice(4, p=[0.85, 0.06, 0.04, 0.05]))
        *_, terminated, truncated, info = env.step(action)
        done = terminated or truncated
    return env.episode_record(), info


@pytest.mark.parametrize("dataset", ["sp500", "nasdaq"])
@pytest.mark.parametrize("engine", [name for name in ENGINES if name != "btgym"])
def test_orders_are_filled_on_real_bars(engine, dataset):
    record, info = episode(engine, dataset)
    config = resolve([f"engine={engine}"]).config.engine
    filled = record.orders[record.orders["status"] == "Completed"]
    assert len(filled) > 50
    assert info["reason"] == "END_OF_DATA"
    assert info["cash"] == pytest.approx(info["value"])
    assert (info["interest"] > 0) is (config.borrow_interest > 0)
    assert (info["commission"] > 0) is (config.broker_commission > 0)
    if config.lot:
        lots = record.bars["position"] / config.lot
        np.testing.assert_allclose(lots, lots.round(), atol=1e-6)
    assert bool((record.bars["position"] < 0).any()) is config.short


def test_shares_cost_half_a_cent_and_at_least_one():
    record, _ = episode("stocks")
    entries = record.orders.query("status == 'Completed' and kind in ('entry', 'exit')")
    expected = np.maximum(0.005 * entries["filled"], 1.0)
    np.testing.assert_allclose(entries["commission"], expected)


def test_an_asset_may_differ_from_its_engine():
    record, info = episode("crypto", **{"engine.assets": {"sp500": {"slip_perc": 0.002}}})
    first = record.orders.query("status == 'Completed'").iloc[0]
    bars = record.bars.set_index("time")
    assert first["price"] == pytest.approx(bars["open"][first["executed"]] * 1.002)
    assert info["commission"] == pytest.approx(
        0.001 * (record.orders["filled"] * record.orders["price"]).sum()
    )
