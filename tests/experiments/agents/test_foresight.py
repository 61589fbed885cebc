"""The bound: its plan against every schedule there is, and played with the broker's costs."""

import itertools

import numpy as np
import pytest
from markets import env_on, market

from tradegym.conf.errors import UserError
from tradegym.conf.schema.engine import EngineConfig
from tradegym.envs.data.dataset import Dataset
from tradegym.experiments.agents.foresight_plan import FillCosts, best_schedule
from tradegym.experiments.agents.rules import RuleSettings, make_rule
from tradegym.experiments.evaluation import play_episode

COSTS = {
    "free": FillCosts(),
    "percent": FillCosts(0.001, 0.05, "percent", 0.002),
    "minimum": FillCosts(0.0, 0.1, "percent", 0.001, 5.0),
    "per unit": FillCosts(0.0, 0.0, "per_unit", 0.3),
    "fixed": FillCosts(0.001, 0.0, "fixed", 20.0),
}


def wealth_of(schedule, opens, last, costs):
    """Play a schedule by the plain arithmetic of each fill."""
    cash, units, held = 1000.0, 0.0, 0
    for wanted, base in zip((*schedule, 0), (*opens, last), strict=True):
        if wanted == held:
            continue
        if held:
            price = costs.sell_price(base) if held > 0 else costs.buy_price(base)
            cash += units * price - float(costs.commission(abs(units), price))
            units, held = 0.0, 0
        if wanted:
            price = costs.buy_price(base) if wanted > 0 else costs.sell_price(base)
            size = costs.affordable(cash, price)
            if size <= 0.0:
                return -np.inf
            cash -= wanted * size * price + float(costs.commission(size, price))
            units, held = wanted * size, wanted
    return cash


@pytest.mark.parametrize("shorts", [False, True])
@pytest.mark.parametrize("name", COSTS)
def test_the_plan_is_the_best_of_all_schedules(name, shorts):
    choices = (0, 1, -1) if shorts else (0, 1)
    rng = np.random.default_rng(3)
    for _ in range(4):
        prices = 50 * np.exp(np.cumsum(rng.normal(0, 0.03, 8)))
        opens, last = prices[:-1], float(prices[-1])
        found = best_schedule(opens, last, 1000.0, COSTS[name], shorts=shorts)
        every = itertools.product(choices, repeat=len(opens))
        best = max(wealth_of(one, opens, last, COSTS[name]) for one in every)
        assert found.wealth == pytest.approx(best, rel=1e-12)
        again = wealth_of(found.positions.tolist(), opens, last, COSTS[name])
        assert again == pytest.approx(best, rel=1e-12)


def test_without_shorts_no_weights_between_do_better():
    # 3,000 random schedules of any weight, rebalanced at each open
    rng = np.random.default_rng(4)
    prices = 50 * np.exp(np.cumsum(rng.normal(0, 0.03, 12)))
    costs = COSTS["percent"]
    bound = best_schedule(prices[:-1], float(prices[-1]), 1000.0, costs).wealth
    for weights in rng.random((3000, 11)) ** rng.choice([0.2, 1.0, 5.0], (3000, 11)):
        cash, units = 1000.0, 0.0
        for weight, base in zip((*weights, 0.0), prices, strict=True):
            change = min(weight * (cash + units * base) / base - units, cash / base / 1.01)
            price = costs.buy_price(base) if change > 0 else costs.sell_price(base)
            cash -= change * price + abs(change) * price * costs.rate
            units += change
        assert cash < bound


RNG = np.random.default_rng(9)
OPENS = 100 * np.exp(np.cumsum(RNG.normal(0, 0.02, 120)))
CLOSES = OPENS * np.exp(RNG.normal(0, 0.005, 120))


def played(engine, opens=OPENS, closes=CLOSES, latency=0, **kwargs):
    config = EngineConfig(**engine)
    rule = make_rule("perfect_foresight", RuleSettings(latency=latency, engine=config))
    env = env_on(market(opens, closes), **({"broker_commission": 0.001} | engine), latency=latency)
    return play_episode(rule, env, seed=0), rule


@pytest.mark.parametrize("latency", [0, 2])
@pytest.mark.parametrize(
    "engine",
    [
        {"short": False},
        {"short": False, "spread": 0.2, "slip_perc": 0.0005},
        {"short": False, "broker_commission": 2.0, "commission_kind": "fixed"},
        {"short": True},
        {"short": True, "spread": 0.2, "commission_minimum": 1.0},
    ],
)
def test_what_is_played_stays_a_little_below_the_plan(engine, latency):
    record, rule = played(engine, latency=latency)
    final = float(record.bars["equity"].iloc[-1])
    assert not record.orders["status"].isin(["Margin", "Rejected", "Partial"]).any()
    assert 1500.0 < final <= rule.bound * (1 + 1e-9)
    # only what the check of the cash at the close keeps out of the market is lost
    assert np.log(final / 1000) > 0.9 * np.log(rule.bound / 1000)
    if engine.get("short") is False:
        assert (record.bars["position"] >= 0).all()


def test_played_to_the_last_cent_where_the_open_is_the_close_before():
    opens = np.concatenate((OPENS[:1], CLOSES[:-1]))
    record, rule = played({"short": False}, opens, CLOSES)
    assert float(record.bars["equity"].iloc[-1]) == pytest.approx(rule.bound, rel=1e-6)


def test_no_other_rule_comes_near():
    record, _ = played({"short": False})
    env = env_on(market(OPENS, CLOSES), broker_commission=0.001)
    for name in ("buy_and_hold", "random", "volatility_target"):
        other = play_episode(make_rule(name, RuleSettings(seed=1)), env, seed=0)
        assert float(other.bars["equity"].iloc[-1]) < float(record.bars["equity"].iloc[-1])


def test_it_stays_out_when_nothing_is_worth_its_costs():
    record, rule = played({"short": False}, np.linspace(200, 100, 60), np.linspace(200, 100, 60))
    assert not len(record.orders)
    assert rule.bound == 1000.0


def test_several_assets_are_refused():
    times = np.datetime64("2001-01-01", "ns") + np.arange(30) * np.timedelta64(1, "D")
    bars = np.full((30, 2, 5), 100.0)
    dataset = Dataset.from_arrays("two", times, bars, assets=("a", "b"))
    env = env_on(dataset, **{"strategy.actions.assets": "all"})
    with pytest.raises(UserError, match=r"perfect_foresight plans one asset, .* a, b"):
        play_episode(make_rule("perfect_foresight"), env, seed=0)
