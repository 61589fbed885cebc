import importlib
import math
from types import SimpleNamespace

import numpy as np
import pytest
from kernel_bars import START, Kernel, Played, draw_bars, rewards_of
from plain_kernel import plain_kernel

from tradegym.conf.errors import UserError
from tradegym.envs.engines.compiled.program.rewards import (
    reason_against,
    term_names,
    term_table,
)
from tradegym.envs.strategies.rewards import REWARD_TERMS
from tradegym.envs.strategies.rewards.equity import EquityChange
from tradegym.envs.strategies.rewards.options import complete_terms

STATISTICS, REWARDS = plain_kernel("statistics", "rewards")

OPTIONS = {
    "btgym": ({}, {"gamma": 0.8, "scale": 3.0, "weight": -2.0}, {"scale": 0.05}),
    "btgym_original": ({}, {"avg_period": 5, "gamma": 0.7}, {"avg_period": 9, "scale": 0.1}),
    "equity_change": ({}, {"scale": 100.0, "clip": 0.5, "weight": 0.3}),
    "log_return": ({}, {"scale": 10.0, "clip": 0.2}),
    "differential_sharpe": ({}, {"eta": 0.3, "clip": 2.0}),
    "sharpe": ({}, {"window": 2, "risk_free": 1e-4}, {"window": 7, "min_deviation": 1e-9}),
    "sortino": (
        {"target": 0.001, "min_deviation": 1e-9},
        {"window": 2, "target": -0.002, "risk_free": 1e-4},
        {"window": 11, "min_deviation": 0.01},
    ),
    "position_return": ({}, {"scale": 10.0, "clip": 0.1, "weight": -1.0}),
    "drawdown_penalty": ({}, {"scale": 5.0}),
    "overtrading_penalty": (
        {},
        {"window": 1, "free": 0, "growth": 1.0},
        {"window": 6, "free": 2, "growth": 3.0, "cost": 0.01, "max_cost": 0.2},
        {"cost": 0.5, "max_cost": 0.1, "free": 0},
    ),
    "holding_cost": ({}, {"cost": 0.01, "clip": 0.02}),
}


def assert_equal(terms, bars, *, skip=1, n_assets=1):
    options = {"skip": skip, "n_assets": n_assets}
    expected = rewards_of(Played(terms, **options), bars, skip)
    kernel = Kernel(STATISTICS, REWARDS, bars, terms, **options)
    found = rewards_of(kernel, bars, skip)
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-12)
    # What belongs to nobody, and what belongs to another environment, was not touched.
    assert np.isnan(kernel.state.memory[1, [0, 1, -1]]).all()
    assert np.isnan(kernel.state.memory[0]).all()
    return expected


@pytest.mark.parametrize("skip", [1, 3])
@pytest.mark.parametrize(
    ("name", "options"), [(name, one) for name, sets in OPTIONS.items() for one in sets]
)
def test_a_term_pays_what_the_strategy_pays(name, options, skip):
    for seed, n_assets in ((1, 1), (2, 3)):
        bars = draw_bars(np.random.default_rng(seed), 160, n_assets)
        paid = assert_equal({name: options}, bars, skip=skip, n_assets=n_assets)
        assert len(np.unique(paid[:, 0])) > 1


@pytest.mark.parametrize("skip", [1, 3, 4])
def test_all_terms_together(skip):
    sets = {name: dict(ones[-1]) for name, ones in OPTIONS.items()}
    sets["sharpe"]["weight"] = 0.0
    bars = draw_bars(np.random.default_rng(skip), 160, 2)
    paid = assert_equal(sets, bars, skip=skip, n_assets=2)
    assert paid.shape[1] == len(OPTIONS)  # the sum, and all but the one of weight 0


def equity(values):
    """Bars of an account that has no more than its equity."""
    return [draw_bars(np.random.default_rng(0), 1)[0] | {"value": float(value)} for value in values]


@pytest.mark.parametrize("name", ["sharpe", "sortino"])
@pytest.mark.parametrize("least", [1e-4, 1e-12])
def test_a_ratio_is_exact_when_the_window_has_seen_other_sizes(name, least):
    calm, rng = START * np.cumprod(1.0 + np.tile([1e-9, -2e-9], 60)), np.random.default_rng(0)
    steady = START * 1.001 ** np.arange(60)
    wild = [1e-300, 1e6, 5.0, START * 1e3, -1.0, START]
    noisy = START * np.cumprod(1.0 + rng.normal(0, 0.02, 60))
    values = np.concatenate([[START], calm, wild, calm, noisy, np.full(40, START), steady, calm])
    options = {"window": 10, "min_deviation": least}
    bars = equity(values)
    expected = rewards_of(Played({name: options}), bars, 1)
    with np.errstate(over="ignore", invalid="ignore"):
        found = rewards_of(Kernel(STATISTICS, REWARDS, bars, {name: options}), bars, 1)
    assert np.isfinite(found).all()
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-17 / least)


def test_the_log_return_of_ruin_is_finite():
    bars = equity([START, 900.0, -10.0, 0.0, 800.0])
    paid = assert_equal({"log_return": {}}, bars)
    assert paid[1, 0] < math.log(1e-5)


def test_every_packaged_term_has_a_kind():
    terms = complete_terms({name: {} for name in OPTIONS})
    assert set(OPTIONS) == set(terms)
    assert reason_against(terms) is None
    table, _ = term_table(terms, skip_frame=1, n_assets=2)
    assert sorted(table["kind"]) == list(range(len(terms)))


def test_terms_have_places_of_their_own():
    terms = complete_terms({name: {"weight": float(name != "sharpe")} for name in OPTIONS})
    table, width = term_table(terms, skip_frame=3, n_assets=2, at=7)
    ends = table["at"] + table["places"]
    assert table["at"][0] == 7
    assert (table["at"][1:] == ends[:-1]).all()
    assert ends[-1] == 7 + width
    assert term_names(terms) == tuple(name for name in OPTIONS if name != "sharpe")
    assert len(term_names(terms)) == len(table)


def test_a_term_that_user_code_registered_is_refused(monkeypatch):
    monkeypatch.setitem(REWARD_TERMS, "mine", type("Mine", (EquityChange,), {}))
    terms = complete_terms({"btgym": {}, "mine": {}})
    assert "'mine'" in reason_against(terms)
    assert reason_against(complete_terms({"btgym": {}, "mine": {"weight": 0.0}})) is None


def test_a_packaged_term_that_user_code_replaced_is_refused(monkeypatch):
    monkeypatch.setitem(REWARD_TERMS, "sharpe", type("Mine", (EquityChange,), {}))
    assert "'sharpe'" in reason_against(complete_terms({"sharpe": {}}))


def test_a_memory_that_is_too_short_is_refused():
    terms = complete_terms({"btgym_original": {"avg_period": 3}})
    with pytest.raises(UserError, match="avg_period: 3 is too few with skip_frame=3"):
        term_table(terms, skip_frame=3, n_assets=1)


@pytest.mark.slow
def test_all_of_it_compiles():
    statistics, rewards = _compiled()
    terms = {name: ones[-1] for name, ones in OPTIONS.items()}
    bars = draw_bars(np.random.default_rng(0), 160, 2)
    options = {"skip": 3, "n_assets": 2}
    played, kernel = Played(terms, **options), Kernel(statistics, rewards, bars, terms, **options)
    expected, found = rewards_of(played, bars, 3), rewards_of(kernel, bars, 3)
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(kernel.shown(), played.shown(), rtol=1e-6, atol=1e-6)
    assert kernel.numbers() == pytest.approx(played.numbers(), rel=1e-12)


def _compiled():
    """The kernel's functions behind doors of their own."""
    numba = pytest.importorskip("numba")
    package = "tradegym.envs.engines.compiled.kernel"
    statistics, rewards = (
        importlib.import_module(f"{package}.{name}") for name in ("statistics", "rewards")
    )
    update_drawdown = statistics.update_drawdown
    update_statistics = statistics.update_statistics
    begin_rewards, reward_bar = rewards.begin_rewards, rewards.reward_bar
    collect_reward = rewards.collect_reward
    door = numba.njit(error_model="numpy")
    return SimpleNamespace(
        update_drawdown=door(lambda env, value: update_drawdown(env, value)),
        update_statistics=door(lambda shared, state, i, r: update_statistics(shared, state, i, r)),
    ), SimpleNamespace(
        begin_rewards=door(lambda shared, state, i, r: begin_rewards(shared, state, i, r)),
        reward_bar=door(lambda shared, state, i, r: reward_bar(shared, state, i, r)),
        collect_reward=door(lambda shared, state, i: collect_reward(shared, state, i)),
    )
