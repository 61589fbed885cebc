"""Equity of rules and schedules against formulas, with and without costs, to 1e-9."""

import numpy as np
import pytest
from markets import env_on, market

from tradegym.envs.strategies.orders import OrderIntent
from tradegym.experiments.agents.rules import RuleSettings, make_rule
from tradegym.experiments.evaluation import play_episode

RNG = np.random.default_rng(5)
OPENS = 100 * np.exp(np.cumsum(RNG.normal(0, 0.02, 60)))
CLOSES = OPENS * np.exp(RNG.normal(0, 0.01, 60))
EXACT = {"rel": 1e-9}
COSTS = {
    "free": {},
    "commission": {"broker_commission": 0.002},
    "spread": {"spread": 0.5},
    "slippage": {"slip_perc": 0.001, "slip_fixed": 0.05},
    "all": {"broker_commission": 0.002, "spread": 0.5, "slip_perc": 0.001, "slip_fixed": 0.05},
}


def fills(costs):
    """Price of a buy and of a sale, from the open, and the commission rate."""
    perc, fixed = costs.get("slip_perc", 0.0), costs.get("slip_fixed", 0.0)
    fixed += costs.get("spread", 0.0) / 2
    rate = costs.get("broker_commission", 0.0)
    return lambda p: p * (1 + perc) + fixed, lambda p: p * (1 - perc) - fixed, rate


class Script:
    """Plays intents at given rows of the dataset."""

    def __init__(self, intents):
        self.intents = intents

    def reset(self, env):
        pass

    def act(self, obs, env):
        return self.intents.get(env.last_info["bar"], ())


def played(policy, costs, **kwargs):
    return play_episode(policy, env_on(market(OPENS, CLOSES), **costs, **kwargs), seed=0)


@pytest.mark.parametrize("name", COSTS)
def test_buy_and_hold(name):
    costs = COSTS[name]
    record = played(make_rule("buy_and_hold", RuleSettings(reserve=0.05)), costs)
    bars, last = record.bars, len(record.bars) - 1
    rows = np.searchsorted(OPENS_TIMES, bars["time"].to_numpy(dtype="datetime64[ns]"))
    buy, sell, rate = fills(costs)
    units = 0.95 * 1000 / CLOSES[rows[0]]
    price = buy(OPENS[rows[1]])
    cash = 1000 - units * price * (1 + rate)
    expected = cash + units * CLOSES[rows]
    expected[0] = 1000
    expected[last] = cash + units * sell(OPENS[rows[last]]) * (1 - rate)
    assert bars["equity"].to_numpy() == pytest.approx(expected, **EXACT)
    assert len(record.trades) == 1


@pytest.mark.parametrize("name", COSTS)
def test_flat(name):
    record = played(make_rule("flat"), COSTS[name])
    assert set(record.bars["equity"]) == {1000.0}
    assert not len(record.orders)


@pytest.mark.parametrize("name", COSTS)
def test_a_fixed_schedule_long_and_short(name):
    costs = COSTS[name]
    # at row: weight of the equity
    schedule = {5: 0.9, 11: -0.5, 20: 0.4, 30: 0.7, 40: 0.0}
    policy = Script({row: (OrderIntent.target(weight),) for row, weight in schedule.items()})
    record = played(policy, costs)
    buy, sell, rate = fills(costs)
    cash, units, expected = 1000.0, 0.0, []
    rows = np.searchsorted(OPENS_TIMES, record.bars["time"].to_numpy(dtype="datetime64[ns]"))
    for row in rows:
        if row - 1 in schedule:
            worth = cash + units * CLOSES[row - 1]
            change = schedule[row - 1] * worth / CLOSES[row - 1] - units
            price = buy(OPENS[row]) if change > 0 else sell(OPENS[row])
            cash -= change * price + abs(change) * price * rate
            units += change
        expected.append(cash + units * CLOSES[row])
    assert record.bars["equity"].to_numpy() == pytest.approx(np.array(expected), **EXACT)
    assert record.orders["status"].tolist() == ["Completed"] * 5


OPENS_TIMES = market(OPENS, CLOSES).times
