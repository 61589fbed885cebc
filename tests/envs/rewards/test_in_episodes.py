"""Reward terms in whole episodes, against what the record of the episode says."""

import math

import numpy as np
import pytest
from markets import env_on, market

#: Terms whose sum over an episode can be read off its record.
TERMS = ("equity_change", "log_return", "drawdown_penalty", "position_return", "holding_cost")


def _bars(seed, bars=120):
    rng = np.random.default_rng(seed)
    closes = 100 * np.exp(np.cumsum(rng.normal(0, 0.02, bars)))
    opens = np.concatenate(([100.0], closes[:-1])) * np.exp(rng.normal(0, 0.005, bars))
    return market(opens, closes)


def _played(seed, terms, **kwargs):
    """Play at random; return the sum of each term, and the record."""
    off = {"strategy.reward.btgym": {"weight": 0.0}, "strategy.reward.log_return": {"weight": 0.0}}
    rewards = {f"strategy.reward.{name}": {"weight": 1.0} | terms[name] for name in terms}
    settings = {"broker_commission": 0.002, "fixed_stake": 3.0}
    env = env_on(_bars(seed), **(settings | off | rewards | kwargs))
    env.reset(seed=seed)
    rng = np.random.default_rng(seed)
    sums, over = dict.fromkeys(terms, 0.0), False
    while not over:
        _, reward, terminated, truncated, info = env.step(int(rng.integers(4)))
        parts = info["reward_terms"]
        assert reward == sum(parts.values())
        assert set(parts) == set(terms)
        for name, value in parts.items():
            sums[name] += value
        over = terminated or truncated
    return sums, env.episode_record()


@pytest.mark.parametrize("skip", [1, 2, 5])
def test_no_bar_is_lost(skip):
    sums, record = _played(skip, {name: {} for name in TERMS}, skip_frame=skip)
    bars = record.bars
    equity, start = bars["equity"].to_numpy(), record.start_cash
    assert sums["equity_change"] == pytest.approx(equity[-1] / start - 1, abs=1e-12)
    assert sums["log_return"] == pytest.approx(math.log(equity[-1] / start), abs=1e-12)
    assert sums["drawdown_penalty"] == pytest.approx(-bars["drawdown"].max() / 100, abs=1e-12)
    # Terms begin with the bar after the first decision.
    assert sums["holding_cost"] == pytest.approx(-1e-4 * bars["exposure"].iloc[1:].sum())
    direction = np.sign(bars["position"].to_numpy())
    opens, closes = bars["open"].to_numpy(), bars["close"].to_numpy()
    moves = direction[:-1] * (opens[1:] - closes[:-1]) + direction[1:] * (closes - opens)[1:]
    assert sums["position_return"] == pytest.approx((moves / closes[:-1]).sum(), abs=1e-12)
    assert abs(direction).sum() > 10


@pytest.mark.parametrize("skip", [1, 3])
def test_orders_are_counted_where_they_are_placed(skip):
    """A constant charge per order pays for every order but the closing of the end."""
    options = {"free": 0, "cost": 1.0, "growth": 1.0}
    sums, record = _played(7, {"overtrading_penalty": options}, skip_frame=skip)
    placed = record.orders[record.orders["kind"] != "liquidation"]
    assert len(placed) > 10
    assert sums["overtrading_penalty"] == -len(placed)


def test_the_repaired_reward_pays_the_result_of_the_trades():
    """Without a discount the shaping is gone at the end: 10 * realised / (start * 2)."""
    calls = {"drawdown_call": 100.0, "target_call": 100.0}
    sums, record = _played(3, {"btgym": {"gamma": 1.0}}, **calls)
    realized = record.trades["pnl_net"].sum()
    assert sums["btgym"] == pytest.approx(10 * realized / (record.start_cash * 2.0), abs=1e-12)


def test_the_original_pays_more_than_that():
    calls = {"drawdown_call": 100.0, "target_call": 100.0}
    original, record = _played(3, {"btgym_original": {"gamma": 1.0}}, **calls)
    realized = 10 * record.trades["pnl_net"].sum() / (record.start_cash * 2.0)
    assert abs(original["btgym_original"] - realized) > 0.01
