import gymnasium as gym
import numpy as np
import pytest
from gymnasium import spaces

from tradegym.conf.errors import UserError
from tradegym.conf.schema.agent import AgentConfig
from tradegym.envs.strategies.orders import OrderIntent
from tradegym.experiments.agents.rules import RULES, RuleSettings, build_rule, make_rule


class Market(gym.Env):
    """One asset whose orders fill at the next price, unless their bar is in ``refuse``."""

    def __init__(self, prices, latency=0, refuse=(), names=("buy", "hold", "sell", "close")):
        self.prices = np.asarray(prices, dtype=np.float64)
        self.latency = latency
        self.refuse = refuse
        self.action_names = names
        self.action_space = spaces.Discrete(len(names))
        self.observation_space = spaces.Discrete(1)

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.bar = 0
        self.cash, self.units = 1000.0, 0.0
        self.waiting = []
        self.asked = []
        self.last_info = {"position": 0.0}
        return 0, self.last_info

    def closes(self):
        return self.prices[: self.bar + 1]

    def step(self, action):
        self.asked.append(action)
        if isinstance(action, OrderIntent):
            units = action.fraction * self.cash / self.prices[self.bar]
            self.waiting.append((self.bar + self.latency, units))
        self.bar += 1
        while self.waiting and self.waiting[0][0] < self.bar:
            created, units = self.waiting.pop(0)
            if created in self.refuse:
                continue
            change = units or -self.units
            self.cash -= change * self.prices[self.bar]
            self.units += change
        self.last_info = {"position": self.units}
        return 0, 0.0, False, self.bar + 1 >= len(self.prices), self.last_info


def play(rule, market, episodes=1):
    for _ in range(episodes):
        market.reset(seed=0)
        rule.reset(market)
        over = False
        while not over:
            action = rule.act(0, market)
            assert isinstance(action, OrderIntent) or market.action_space.contains(action)
            over = market.step(action)[3]
    return market.asked


HOLD = 1  # place of "hold" in the market's actions
RISING = np.linspace(100.0, 200.0, 40)


def orders(asked):
    return {bar: action for bar, action in enumerate(asked) if isinstance(action, OrderIntent)}


def test_the_rules_by_name():
    assert sorted(RULES) == ["buy_and_hold", "flat", "random", "sma_cross"]


def test_an_unknown_rule_names_the_nearest():
    with pytest.raises(UserError, match=r"agent\.rule: 'flatt' .* did you mean 'flat'\?"):
        make_rule("flatt")


def test_buy_and_hold_invests_once():
    market = Market(RISING)
    asked = play(make_rule("buy_and_hold", RuleSettings(reserve=0.01)), market)
    assert orders(asked) == {0: OrderIntent.invest(0.99)}
    assert asked[1:] == [HOLD] * (len(asked) - 1)
    assert market.units == pytest.approx(9.9)


def test_a_rule_starts_again_in_every_episode():
    for name in ("buy_and_hold", "sma_cross"):
        rule = make_rule(name, RuleSettings(fast=2, slow=4))
        first = play(rule, Market(RISING))
        assert orders(first)
        assert play(rule, Market(RISING)) == first


def test_a_refused_order_is_repeated_until_it_fills():
    market = Market(RISING, refuse=(0, 1, 2))
    asked = play(make_rule("buy_and_hold"), market)
    assert list(orders(asked)) == [0, 1, 2, 3]
    assert market.units == pytest.approx(0.99 * 1000.0 / RISING[3])


@pytest.mark.parametrize("latency", [1, 2, 5])
def test_an_order_on_its_way_is_not_repeated(latency):
    asked = play(make_rule("buy_and_hold", RuleSettings(latency=latency)), Market(RISING, latency))
    assert list(orders(asked)) == [0]
    refused = play(
        make_rule("buy_and_hold", RuleSettings(latency=latency)),
        Market(RISING, latency, refuse=(latency,)),
    )
    assert list(orders(refused)) == [0, latency + 1]


def test_after_a_liquidation_buy_and_hold_stays_out():
    class Liquidated(Market):
        def step(self, action):
            result = super().step(action)
            if self.bar == 10:
                self.units = 0.0
                self.last_info["position"] = 0.0
            return result

    assert list(orders(play(make_rule("buy_and_hold"), Liquidated(RISING)))) == [0]


def test_flat_never_trades():
    market = Market(RISING)
    assert play(make_rule("flat"), market) == [HOLD] * (len(RISING) - 1)
    assert market.cash == 1000.0


def test_random_draws_all_actions_and_repeats_with_its_seed():
    long = np.full(200, 100.0)
    first = play(make_rule("random", RuleSettings(seed=4)), Market(long))
    assert play(make_rule("random", RuleSettings(seed=4)), Market(long)) == first
    assert play(make_rule("random", RuleSettings(seed=5)), Market(long)) != first
    assert set(map(int, first)) == {0, 1, 2, 3}


def test_random_episodes_differ_and_the_environment_draws_as_without_it():
    market = Market(np.full(60, 100.0))
    market.action_space.seed(0)
    before = market.action_space.np_random.bit_generator.state
    rule = make_rule("random")
    first = play(rule, market)
    assert play(rule, market) != first
    assert market.action_space.np_random.bit_generator.state == before


@pytest.mark.parametrize("latency", [0, 2])
def test_sma_cross_is_invested_while_the_fast_mean_is_above_the_slow(latency):
    rng = np.random.default_rng(1)
    prices = 100.0 * np.exp(np.cumsum(rng.normal(0, 0.02, 300)))
    fast, slow = 3, 9
    market = Market(prices, latency)
    asked = play(make_rule("sma_cross", RuleSettings(0.05, latency, fast=fast, slow=slow)), market)
    placed = orders(asked)
    assert min(placed) >= slow - 1
    assert len(placed) > 10
    for bar, order in placed.items():
        window = prices[bar + 1 - slow : bar + 1]
        above = window[-fast:].mean() > window.mean()
        assert order == (OrderIntent.invest(0.95) if above else OrderIntent.close())
    kinds = [bool(order.fraction) for order in placed.values()]
    assert kinds == [number % 2 == 0 for number in range(len(kinds))]  # in, out, in, ...
    if not latency:
        held = 0.0
        for bar in range(slow - 1, len(asked)):
            window = prices[bar + 1 - slow : bar + 1]
            changed = (window[-fast:].mean() > window.mean()) != bool(held)
            assert changed == (bar in placed)
            held = placed[bar].fraction if changed else held


def test_sma_cross_stays_out_of_a_split_that_is_too_short():
    rule = make_rule("sma_cross", RuleSettings(fast=5, slow=100))
    assert orders(play(rule, Market(RISING))) == {}


def test_a_rule_is_built_from_the_configuration():
    rule = build_rule(AgentConfig(rule="sma_cross", fast=2, slow=4), reserve=0.5)
    asked = orders(play(rule, Market(RISING)))
    assert asked == {3: OrderIntent.invest(0.5)}


@pytest.mark.parametrize("name", ["buy_and_hold", "flat", "sma_cross"])
def test_a_space_without_hold_gets_an_intent(name):
    market = Market(RISING, names=("long", "short"))
    market.reset()
    rule = make_rule(name)
    rule.reset(market)
    assert rule._hold == OrderIntent.hold()


def test_the_settings_of_a_wrapped_environment_are_found():
    market = gym.wrappers.TimeLimit(Market(RISING), 10)
    market.reset(seed=0)
    rule = make_rule("buy_and_hold")
    rule.reset(market)
    assert rule.act(0, market) == OrderIntent.invest(0.99)
