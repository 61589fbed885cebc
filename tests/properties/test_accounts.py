"""Identities of the account that hold for every market and every sequence of actions."""

import numpy as np
import plain_backtrader as plain
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from markets import env_on, play

from tradegym.envs.data.dataset import Dataset

markets_ = st.builds(
    lambda seed, volatility: plain.random_walk(120, seed, volatility=volatility),
    st.integers(0, 2**31),
    st.sampled_from([0.005, 0.02, 0.08]),
)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    walk=markets_,
    actions=st.lists(st.integers(0, 3), min_size=5, max_size=110),
    sizing=st.sampled_from(
        [
            {"fixed_stake": 4.0},
            {"fixed_stake": 40.0},
            {"sizing": "equity_fraction", "equity_fraction": 0.3},
            {"sizing": "equity_fraction", "equity_fraction": 1.0, "lot": 0.1},
        ]
    ),
    commission=st.sampled_from([0.0, 0.001, 0.02]),
    leverage=st.sampled_from([1.0, 2.5]),
    costs=st.sampled_from([{}, {"spread": 0.3, "slip_perc": 0.001, "slip_fixed": 0.05}]),
    skip=st.sampled_from([1, 3]),
)
def test_account(walk, actions, sizing, commission, leverage, costs, skip):
    times, ohlcv = walk
    dataset = Dataset.from_arrays("walk", times, ohlcv[:, None, :])
    if "sizing" in sizing:
        sizing = {"fixed_stake": None, **sizing}
    env = env_on(
        dataset,
        broker_commission=commission,
        leverage=leverage,
        skip_frame=skip,
        start_cash=5000.0,
        **{"strategy.reward.btgym.weight": 0.0, "strategy.reward.log_return.weight": 1.0},
        **sizing,
        **costs,
    )
    infos, rewards, *_ = play(env, actions)
    record = env.episode_record()
    bars, orders, trades = record.bars, record.orders, record.trades
    money = {"rel": 1e-9, "abs": 1e-6}

    # Rebuild cash and equity from the fills alone.
    cash, held, entry = 5000.0, 0.0, 0.0
    fills = iter(orders[orders["filled"] > 0].itertuples())
    fill = next(fills, None)
    for bar in bars.itertuples():
        while fill is not None and fill.executed <= bar.time:
            size = fill.filled if fill.side == "buy" else -fill.filled
            closed = 0.0 if held * size >= 0 else -np.sign(held) * min(abs(held), abs(size))
            opened = size - closed
            cash += abs(closed) * entry / leverage - closed * (fill.price - entry)
            cash -= abs(opened) * fill.price / leverage + fill.commission
            before = held + closed
            total = before + opened
            if opened:
                entry = (before * entry + opened * fill.price) / total
            held = total
            fill = next(fills, None)
        assert bar.cash == pytest.approx(cash, **money)
        assert bar.position == pytest.approx(held, rel=1e-9, abs=1e-9)
        equity = cash + abs(held) * entry / leverage + held * (bar.close - entry)
        assert bar.equity == pytest.approx(equity, **money)
    assert fill is None

    final = infos[-1]
    assert final["position"] == pytest.approx(0.0, abs=1e-9)
    assert final["value"] == pytest.approx(final["cash"], **money)
    assert final["commission"] == pytest.approx(orders["commission"].sum(), **money)
    assert trades["pnl_net"].sum() == pytest.approx(final["value"] - 5000.0, **money)
    assert (orders["kind"] == "liquidation").sum() <= 1
    # Opening never takes cash below zero; closing at a loss may.
    assert bars["cash"].min() >= -1e-6 or (trades["pnl_net"] < 0).any()
    if final["value"] > 0.01:
        assert sum(rewards) == pytest.approx(np.log(final["value"] / 5000.0), rel=1e-9, abs=1e-9)
    assert orders["ref"].tolist() == list(range(1, len(orders) + 1))
