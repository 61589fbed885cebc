"""Identities of the account that hold for every market, cost and sequence of actions."""

from collections import Counter

import numpy as np
import parity
import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st
from plain_cases import SCHEMES, draw_case
from plain_markets import STARTS, random_bars

from tradegym.envs.data.dataset import Dataset

BARS, CASH = 120, 10_000.0
MONEY = {"rel": 1e-9, "abs": 1e-6}
TERMS = {"log_return": 1.0, "equity_change": 2.0, "drawdown_penalty": 0.5, "holding_cost": 0.3}
REWARD = {
    "strategy.reward.btgym.weight": 0.0,
    **{f"strategy.reward.{name}.weight": weight for name, weight in TERMS.items()},
}


def make(seed, scheme, n_assets, skip):
    """Make an environment on the whole of a random market, with random costs."""
    rng = np.random.default_rng([seed, 3])
    names = list(STARTS)[:n_assets]
    times, ohlcv = random_bars(rng, names, BARS, cash=CASH)
    case = draw_case(rng, names, [STARTS[name] for name in names], cash=CASH, scheme=scheme)
    env = parity.make(
        Dataset.from_arrays("walk", times, ohlcv, assets=names),
        case,
        whole=True,
        **REWARD,
        **{"strategy.skip_frame": skip, "split.train": 118 / 120, "split.validation": 1 / 120},
    )
    return env, case, rng


def finish(env, choose):
    """Play an episode of the actions ``choose(step)``; returns rewards and infos."""
    env.reset(seed=0)
    steps, done = [], False
    while not done:
        _, reward, terminated, truncated, info = env.step(choose(len(steps)))
        steps.append((reward, info))
        done = terminated or truncated
    return steps


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    seed=st.integers(0, 2**31),
    scheme=st.sampled_from(SCHEMES),
    n_assets=st.sampled_from([1, 2, 3]),
    skip=st.sampled_from([1, 1, 3, 4]),
)
def test_account(seed, scheme, n_assets, skip):
    env, case, rng = make(seed, scheme, n_assets, skip)
    steps = finish(env, lambda step: case.action(rng))
    record, final = env.episode_record(), steps[-1][1]
    event(final["reason"])
    check_bars(record, case)
    check_openings(record, case)
    check_totals(record, final)
    check_end(record, case, final)
    check_rewards(record, steps, final)


def check_bars(record, case):
    """Cash, positions and equity are what fills, charges and interest make of the start."""
    fills = record.trace[record.trace["kind"] == "FILL"]
    by_time = {time: list(rows.itertuples()) for time, rows in fills.groupby("time")}
    books = {name: [0.0, 0.0] for name in case.assets}  # units, entry price
    fees = dict(zip(case.assets, case.fees, strict=True))
    tables = {name: record.of(name) for name in case.assets}
    cash, interest, day = CASH, 0.0, None
    for number, bar in enumerate(record.bars.itertuples()):
        days = (bar.time.date() - day).days if day else 0
        day = bar.time.date()
        for name, (held, entry) in books.items():
            if held < 0 or fees[name].interest_long:
                owed = days * fees[name].interest / 365 * abs(held) * entry
                cash, interest = cash - owed, interest + owed
        for fill in by_time.pop(bar.time, ()):
            held, entry = books[fill.asset]
            leverage = fees[fill.asset].leverage
            closed = (
                0.0
                if held * fill.size >= 0
                else np.sign(fill.size) * min(abs(held), abs(fill.size))
            )
            opened = fill.size - closed
            cash += abs(closed) * entry / leverage - closed * (fill.price - entry)
            cash -= abs(opened) * fill.price / leverage + fill.commission
            if opened:
                rest = held + closed
                entry = (rest * entry + opened * fill.price) / (rest + opened)
            books[fill.asset] = [held + fill.size, entry]
            assert fill.cash == pytest.approx(cash, **MONEY)
        equity = cash
        for name, (held, entry) in books.items():
            close = tables[name]["close"].iloc[number]
            assert tables[name]["position"].iloc[number] == pytest.approx(held, rel=1e-9, abs=1e-7)
            equity += abs(held) * entry / fees[name].leverage + held * (close - entry)
        assert bar.cash == pytest.approx(cash, **MONEY)
        assert bar.equity == pytest.approx(equity, **MONEY)
        assert bar.interest == pytest.approx(interest, **MONEY)
    assert not by_time


def check_openings(record, case):
    """No fill that opens or adds to a position takes the cash below zero."""
    held = dict.fromkeys(case.assets, 0.0)
    for fill in record.trace[record.trace["kind"] == "FILL"].itertuples():
        before, after = held[fill.asset], held[fill.asset] + fill.size
        held[fill.asset] = after
        grows = abs(after) * 1e-9 < abs(after) - (abs(before) if before * after > 0 else 0.0)
        if grows and abs(after) > 1e-9 * abs(fill.size):
            assert fill.cash >= -1e-6


def check_totals(record, final):
    fills = record.trace[record.trace["kind"] == "FILL"]
    trades, orders = record.trades, record.orders
    change = final["value"] - CASH
    assert final["commission"] == pytest.approx(fills["commission"].sum(), **MONEY)
    assert final["commission"] == pytest.approx(orders["commission"].sum(), **MONEY)
    assert final["commission"] == pytest.approx(trades["commission"].sum(), **MONEY)
    assert final["interest"] == pytest.approx(trades["interest"].sum(), **MONEY)
    assert trades["pnl_net"].sum() == pytest.approx(change, **MONEY)
    results = trades["pnl"] - trades["commission"] - trades["interest"]
    np.testing.assert_allclose(trades["pnl_net"], results, rtol=1e-9, atol=1e-6)
    assert final["trades"] == len(trades)
    assert orders["ref"].tolist() == list(range(1, len(orders) + 1))
    refused = orders["status"].isin(["Margin", "Rejected", "Refused"])
    partly = (orders["status"] == "Partial") & (orders["filled"] > 0)
    assert refused.sum() <= final["rejected"] <= (refused | partly).sum()


def check_end(record, case, final):
    """Every asset is closed at the end, by at most one order each."""
    assert not np.any(final["position"])
    assert final["value"] == pytest.approx(final["cash"], **MONEY)
    closing = record.orders[record.orders["kind"] == "liquidation"]
    assert not (Counter(closing["asset"]) - Counter(case.assets))
    assert (closing["status"] == "Completed").all()
    assert set(record.orders["asset"]) <= set(case.assets)


def check_rewards(record, steps, final):
    """Terms sum to the reward, and no bar's reward is lost, whatever ``skip_frame`` is."""
    for reward, info in steps:
        assert set(info["reward_terms"]) == set(TERMS)
        assert sum(info["reward_terms"].values()) == pytest.approx(reward, rel=1e-9, abs=1e-12)
    bars = record.bars
    columns = [f"reward_{name}" for name in TERMS]
    np.testing.assert_allclose(bars[columns].sum(axis=1), bars["reward"], rtol=1e-9, atol=1e-12)
    paid = {name: bars[f"reward_{name}"].sum() / TERMS[name] for name in TERMS}
    assert sum(reward for reward, _ in steps) == pytest.approx(bars["reward"].sum(), abs=1e-9)
    change = final["value"] / CASH - 1
    assert paid["equity_change"] == pytest.approx(change, rel=1e-9, abs=1e-9)
    if bars["equity"].min() > 0:
        assert paid["log_return"] == pytest.approx(np.log1p(change), rel=1e-9, abs=1e-9)


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    seed=st.integers(0, 2**31),
    scheme=st.sampled_from(["sizes", "bracket", "limit"]),  # choice 0 leaves all as it is
    skip=st.sampled_from([2, 3, 5]),
)
def test_skipping_bars_changes_no_account_and_no_reward(seed, scheme, skip):
    """The same orders, decided on every bar or on every few, make the same money and reward."""
    env, case, rng = make(seed, scheme, 2, 1)
    held = np.zeros(2, dtype=np.int64)
    drawn = []

    def slowly(bar):
        if bar % skip:
            return held
        drawn.append(case.action(rng))
        return drawn[-1]

    every = finish(env, slowly)
    few = finish(make(seed, scheme, 2, skip)[0], lambda step: drawn[step])
    assert few[-1][1]["bar"] == every[-1][1]["bar"]
    assert few[-1][1]["value"] == every[-1][1]["value"]
    for name in TERMS:
        totals = [sum(info["reward_terms"][name] for _, info in steps) for steps in (every, few)]
        assert totals[0] == pytest.approx(totals[1], rel=1e-9, abs=1e-12), name
