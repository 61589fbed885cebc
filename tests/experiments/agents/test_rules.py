import gymnasium as gym
import numpy as np
import pytest
from gymnasium import spaces

from tradegym.conf.errors import UserError
from tradegym.conf.schema.agent import AgentConfig
from tradegym.envs.strategies.orders import OrderIntent
from tradegym.experiments.agents.rules import RULES, RuleSettings, build_rule, make_rule


class Market(gym.Env):
    """Assets whose orders fill at the next price, unless bar or (bar, asset) is in ``refuse``.

    ``prices`` is one series, or one row per asset: then it is joint trading.
    """

    def __init__(self, prices, latency=0, refuse=(), space=None):
        self.joint = np.ndim(prices) == 2
        self.prices = np.atleast_2d(np.asarray(prices, dtype=np.float64))
        self.latency = latency
        self.refuse = refuse
        self.assets = tuple("abcdef"[: len(self.prices)])
        self.action_space = space or spaces.Discrete(4)
        self.observation_space = spaces.Discrete(1)

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.bar = 0
        self.cash, self.held = 1000.0, np.zeros(len(self.assets))
        self.waiting = []
        self.asked = []
        self._inform()
        return 0, self.last_info

    def _inform(self):
        position = self.held.copy() if self.joint else float(self.held[0])
        self.last_info = {"position": position}

    def closes(self, asset=0):
        return self.prices[asset, : self.bar + 1]

    def step(self, action):
        self.asked.append(action)
        if isinstance(action, tuple):
            cash = self.cash
            for one in action:
                units = one.fraction * cash / self.prices[one.asset, self.bar]
                self.waiting.append((self.bar + self.latency, one.asset, units))
        self.bar += 1
        while self.waiting and self.waiting[0][0] < self.bar:
            created, asset, units = self.waiting.pop(0)
            if created in self.refuse or (created, asset) in self.refuse:
                continue
            change = units or -self.held[asset]
            self.cash -= change * self.prices[asset, self.bar]
            self.held[asset] += change
        self._inform()
        return 0, 0.0, False, self.bar + 1 >= self.prices.shape[1], self.last_info


def play(rule, market, episodes=1):
    for _ in range(episodes):
        market.reset(seed=0)
        rule.reset(market)
        over = False
        while not over:
            action = rule.act(0, market)
            assert isinstance(action, tuple) or market.action_space.contains(action)
            over = market.step(action)[3]
    return market.asked


HOLD = ()
RISING = np.linspace(100.0, 200.0, 40)


def orders(asked):
    """The only order of each bar that has one."""
    placed = {bar: action for bar, action in enumerate(asked) if action}
    assert all(len(action) == 1 for action in placed.values())
    return {bar: action[0] for bar, action in placed.items()}


def test_the_rules_by_name():
    assert sorted(RULES) == [
        "buy_and_hold", "flat", "perfect_foresight", "random", "sma_cross", "volatility_target"
    ]  # fmt: skip


def test_an_unknown_rule_names_the_nearest():
    with pytest.raises(UserError, match=r"agent\.rule: 'flatt' .* did you mean 'flat'\?"):
        make_rule("flatt")


def test_buy_and_hold_invests_once():
    market = Market(RISING)
    asked = play(make_rule("buy_and_hold", RuleSettings(reserve=0.01)), market)
    assert orders(asked) == {0: OrderIntent.invest(0.99)}
    assert asked[1:] == [HOLD] * (len(asked) - 1)
    assert market.held[0] == pytest.approx(9.9)


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
    assert market.held[0] == pytest.approx(0.99 * 1000.0 / RISING[3])


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
                self.held[0] = 0.0
                self._inform()
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


def test_the_settings_of_a_wrapped_environment_are_found():
    market = gym.wrappers.TimeLimit(Market(RISING), 10)
    market.reset(seed=0)
    rule = make_rule("buy_and_hold")
    rule.reset(market)
    assert rule.act(0, market) == (OrderIntent.invest(0.99),)


FALLING = RISING[::-1].copy()


@pytest.mark.parametrize("n_assets", [1, 2, 5])
def test_buy_and_hold_invests_equally_in_every_asset_at_once(n_assets):
    prices = np.outer(np.arange(1.0, n_assets + 1), RISING)
    market = Market(prices)
    asked = play(make_rule("buy_and_hold", RuleSettings(reserve=0.1)), market)
    share = 0.9 / n_assets
    assert asked[0] == tuple(OrderIntent.invest(share, asset) for asset in range(n_assets))
    assert asked[1:] == [HOLD] * (len(asked) - 1)
    # every asset was worth the same at the close at which it was ordered
    assert market.held * prices[:, 0] == pytest.approx(np.full(n_assets, 900.0 / n_assets))


def test_the_refused_asset_alone_is_tried_again_with_the_cash_that_is_left():
    flat = np.full((3, 10), 100.0)
    market = Market(flat, refuse=((0, 1), (1, 1)))
    asked = play(make_rule("buy_and_hold", RuleSettings(reserve=0.1)), market)
    share = pytest.approx(0.3)
    assert [(one.fraction, one.asset) for one in asked[0]] == [(share, 0), (share, 1), (share, 2)]
    again = (OrderIntent.invest(0.9, 1),)
    assert asked[1:4] == [again, again, HOLD]
    # 1000 - 600 = 400 were left, and 90 % of them are spent
    assert market.cash == pytest.approx(40.0)


def test_sma_cross_follows_each_asset_on_its_own():
    rng = np.random.default_rng(2)
    prices = 100.0 * np.exp(np.cumsum(rng.normal(0, 0.02, (3, 200)), axis=1))
    fast, slow = 3, 9
    market = Market(prices)
    asked = play(make_rule("sma_cross", RuleSettings(0.1, fast=fast, slow=slow)), market)
    held = [False] * 3
    several = 0
    for bar, action in enumerate(asked):
        free = held.count(False)
        expected = []
        for asset in range(3):
            window = prices[asset, max(bar + 1 - slow, 0) : bar + 1]
            above = held[asset]
            if len(window) == slow:
                above = window[-fast:].mean() > window.mean()
            if above != held[asset]:
                share = OrderIntent.invest(0.9 / max(free, 1), asset)
                expected.append(share if above else OrderIntent.close(asset))
        assert action == tuple(expected)
        for one in action:
            held[one.asset] = bool(one.fraction)
        several += len(action) > 1
    assert several > 3


def test_an_asset_that_rises_is_bought_with_its_share_and_the_falling_one_is_left_alone():
    market = Market(np.stack([RISING, FALLING]))
    asked = play(make_rule("sma_cross", RuleSettings(0.0, fast=2, slow=4)), market)
    assert orders(asked) == {3: OrderIntent.invest(0.5, 0)}


def test_one_asset_of_joint_trading_is_traded_as_one_asset():
    for name in ("buy_and_hold", "sma_cross", "flat"):
        settings = RuleSettings(fast=2, slow=4)
        alone = play(make_rule(name, settings), Market(RISING))
        assert play(make_rule(name, settings), Market(RISING[None])) == alone


@pytest.mark.parametrize(
    "space",
    [spaces.MultiDiscrete([3, 3]), spaces.Box(-1.0, 1.0, (3,), np.float32)],
)
def test_random_draws_from_any_space(space):
    asked = play(make_rule("random"), Market(np.full((2, 200), 100.0), space=space))
    drawn = np.array(asked)
    assert drawn.shape == (199, *space.shape)
    if isinstance(space, spaces.Box):
        assert drawn.min() < -0.95
        assert drawn.max() > 0.95
    else:
        assert {tuple(pair) for pair in drawn.tolist()} == {
            (i, j) for i in (0, 1, 2) for j in (0, 1, 2)
        }
