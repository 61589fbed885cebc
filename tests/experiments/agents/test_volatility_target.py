"""The rule that holds as much as past volatility allows."""

import numpy as np
import pytest
from markets import env_on, market

from tradegym.experiments.agents.rules import RuleSettings, make_rule
from tradegym.experiments.evaluation import play_episode

RNG = np.random.default_rng(7)
SIZES = np.repeat([0.002, 0.03, 0.01], 60)
PRICES = 100 * np.exp(np.cumsum(RNG.normal(0, SIZES)))


def play(prices, **settings):
    rule = make_rule("volatility_target", RuleSettings(**settings))
    env = env_on(market(prices), broker_commission=0.001)
    return play_episode(rule, env, seed=0), env


def test_the_weight_follows_the_volatility_of_the_past_returns():
    window, target, threshold = 10, 0.2, 0.05
    record, env = play(PRICES, window=window, target_volatility=target, threshold=threshold)
    per_year, bars = env.market.dataset.bars_per_year, record.bars
    first = int(env.part.start)
    offset = len(PRICES) - 2 - len(bars) + 2  # row of the first bar of the record
    offset = int(np.searchsorted(env.market.dataset.times, bars["time"].iloc[0].to_datetime64()))
    checked = traded = 0
    for number in range(len(bars) - 2):
        row = offset + number
        if row - first < window:
            assert bars["position"].iloc[number + 1] == 0.0
            continue
        returns = np.diff(PRICES[row - window : row + 1]) / PRICES[row - window : row]
        weight = 0.99 * min(1.0, target / (returns.std(ddof=1) * np.sqrt(per_year)))
        now, later = bars["position"].iloc[number], bars["position"].iloc[number + 1]
        equity, price = bars["equity"].iloc[number], PRICES[row]
        checked += 1
        if now == 0.0 or abs(now * price / equity - weight) > threshold:
            assert later == pytest.approx(weight * equity / price)
            traded += 1
        else:
            assert later == now
    assert checked > 100
    assert 3 < traded < checked / 2
    assert bars["exposure"].max() < 1.0


def test_it_never_borrows_and_stays_out_of_a_part_that_is_too_short():
    record, _ = play(PRICES, window=5, target_volatility=50.0)
    assert record.bars["exposure"].max() < 1.0
    assert (record.bars["cash"] >= 0.0).all()
    record, _ = play(PRICES, window=500)
    assert not len(record.orders)


def test_prices_that_stand_still_are_held_in_full():
    record, _ = play(np.full(40, 100.0), window=5)
    assert record.bars["exposure"].iloc[10] == pytest.approx(0.99, abs=1e-3)


def test_what_comes_later_changes_nothing_before():
    changed = PRICES.copy()
    changed[120:] *= 1.5
    first, _ = play(PRICES, window=10)
    second, _ = play(changed, window=10)
    same = slice(0, 100)
    assert first.bars["position"][same].tolist() == second.bars["position"][same].tolist()
