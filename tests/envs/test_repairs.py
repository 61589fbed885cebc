"""Faults that were found once, and must not come back."""

import backtrader as bt
import numpy as np
import pytest
from gymnasium import spaces
from markets import BUY, HOLD, SELL, env_on, market, play

import tradegym
from tradegym.conf.errors import UserError
from tradegym.envs.strategies.base import BaseStrategy

FLAT = np.full(16, 100.0)
BRACKET = {"strategy.actions.scheme": "bracket"}
PENALTY = {
    "strategy.reward.overtrading_penalty": {"cost": 1.0, "free": 1, "window": 20, "growth": 1.0},
    "strategy.reward.btgym": None,
}


def weights_played(reuse):
    env = tradegym.make(
        dataset="indices", strategy="portfolio", engine="standard", latency=2, episode_duration=10
    )
    env.reset(seed=1)
    rng, buffer, over = np.random.default_rng(0), np.zeros(3, np.float32), False
    while not over:
        action = rng.uniform(-1, 1, 3).astype(np.float32)
        buffer[:] = action
        *_, terminated, truncated, info = env.step(buffer if reuse else action)
        over = terminated or truncated
    return info["value"]


def test_an_action_array_that_is_used_again_changes_nothing():
    assert weights_played(reuse=True) == weights_played(reuse=False)


@pytest.mark.parametrize(
    ("closes", "limits", "reason"),
    [
        ([10] * 3 + [11] * 9, {"target_call": 10.0}, "TARGET_REACHED"),
        ([10] * 3 + [7.1] * 7, {"drawdown_call": 29.0}, "DRAWDOWN_CALL"),
        ([10] * 3 + [9.3] * 7, {"strategy.limits.max_loss": 7.0}, "MAX_LOSS"),
    ],
)
def test_a_limit_that_is_hit_exactly_is_hit(closes, limits, reason):
    env = env_on(market(closes), start_cash=100.0, fixed_stake=10.0, **limits)
    infos, *_ = play(env, [BUY])
    assert (len(infos) - 1, infos[-1]["reason"]) == (2, reason)


class TwoSells(BaseStrategy):
    def next(self):
        super().next()
        if len(self) == 3:
            self.buy(size=5)
        if len(self) == 6:
            self.sell(size=5)
            self.sell(size=5)


def test_two_sells_of_one_bar_do_not_sell_short():
    infos, *_ = play(env_on(market(FLAT), strategy=TwoSells, **{"engine.short": False}), [])
    assert min(info["position"] for info in infos) == 0.0
    assert infos[-1]["rejected"] == 1


class Buyer(BaseStrategy):
    params = (("max_orders", 1), ("max_orders_window", 100))

    def next(self):
        super().next()
        self.buy(size=1)


def test_orders_of_code_count_as_those_of_actions():
    infos, *_ = play(env_on(market(FLAT), strategy=Buyer), [])
    assert max(info["position"] for info in infos) == 1.0


@pytest.mark.parametrize(("scheme", "action"), [(BRACKET, 2), ({}, BUY)])
def test_a_bracket_is_one_order(scheme, action):
    _, rewards, *_ = play(env_on(market(FLAT), **scheme, **PENALTY), [action])
    assert rewards[0] == 0.0


class Bonus(BaseStrategy):
    def get_reward(self):
        return super().get_reward() + 1.0


def test_what_a_class_adds_to_the_reward_has_a_name():
    env = env_on(market(np.linspace(100, 120, 20)), strategy=Bonus)
    env.reset(seed=0)
    _, reward, *_, info = env.step(BUY)
    assert info["reward_terms"]["strategy"] == pytest.approx(1.0)
    assert sum(info["reward_terms"].values()) == reward


class Brackets(BaseStrategy):
    def next(self):
        super().next()
        if not self.position:
            price = self.data.close[0]
            self.found = self.sell_bracket(
                size=1, stopprice=price * 1.03, limitprice=price * 0.97, exectype=bt.Order.Market
            )


@pytest.mark.parametrize("short", [True, False])
def test_brackets_of_code_survive_refusals_and_the_end(short):
    infos, *_ = play(env_on(market(FLAT), strategy=Brackets, **{"engine.short": short}), [])
    assert infos[-1]["reason"] == "END_OF_DATA"
    assert (min(info["position"] for info in infos) < 0) is short


class Named(BaseStrategy):
    def get_info(self):
        return {"bar": 3, "time": "noon", "mine": 1}


def test_a_class_cannot_rename_the_bar():
    env = env_on(market(np.arange(100, 130.0)), strategy=Named)
    env.reset()
    for _ in range(8):
        env.step(HOLD)
    assert (env.last_info["mine"], env.last_info["step"], len(env.closes())) == (1, 8, 10)


class Buffer(BaseStrategy):
    params = (("state_shape", {"mine": spaces.Box(-np.inf, np.inf, (2,), np.float32)}),)

    def set_datalines(self):
        self.buffer = np.zeros(2, np.float32)

    def get_mine_state(self):
        self.buffer[:] = self.data.close[0]
        return self.buffer


def test_an_observation_stays_as_it_was():
    env = env_on(market(np.linspace(100, 120, 30)), strategy=Buffer)
    observation, _ = env.reset()
    before = observation["mine"].copy()
    env.step(HOLD)
    assert np.array_equal(before, observation["mine"])


class Plain(BaseStrategy):
    pass


def test_a_class_trades_several_assets_with_the_default_state():
    env = tradegym.make(
        dataset="indices", strategy=Plain, traded_assets="all", engine="standard", drawdown_call=90
    )
    observation, _ = env.reset(seed=0)
    assert observation["raw"].shape == env.observation_space["raw"].shape == (4, 8)


def test_a_request_that_cannot_be_met_counts_for_no_episode():
    env = tradegym.make(dataset=market(np.linspace(100, 200, 300)), episode_duration=10)
    env.reset(seed=3)
    expected = env.reset()[1]["bar"]
    env.reset(seed=3)
    with pytest.raises(UserError):
        env.reset(options={"start": 10**6})
    assert env.reset()[1]["bar"] == expected


def test_costs_by_asset_hold_in_training_on_simulated_bars(tmp_path):
    (tmp_path / "dataset").mkdir()
    (tmp_path / "dataset" / "mine.yaml").write_text(
        "source: mixed\nprocess:\n  kind: gbm\n  bars: 600\ntest:\n  source: sp500\n"
    )
    env = tradegym.make(
        dataset="mine",
        config_dir=tmp_path,
        engine="standard",
        strategy="standard",
        episode_duration=30,
        asset_costs={"sp500": {"short": False}},
        part="train",
    )
    env.reset(seed=0)
    *_, info = env.step(SELL)
    assert (env.assets, info["position"]) == (("sp500",), 0.0)


def test_costs_above_the_prices_of_a_drawn_path_are_refused():
    env = tradegym.make(
        dataset="synthetic/gbm",
        engine="standard",
        strategy="btgym",
        episode_duration=200,
        **{"dataset.process.volatility": 1.5, "dataset.process.bars": 600},
    )
    lowest = env.market.dataset.ohlcv[:, 0, 2].min()
    env = tradegym.make(
        dataset="synthetic/gbm",
        engine="standard",
        strategy="btgym",
        episode_duration=200,
        spread=2 * lowest * 0.98,
        **{"dataset.process.volatility": 1.5, "dataset.process.bars": 600},
    )

    def play_many():
        for seed in range(50):
            env.reset(seed=seed)

    with pytest.raises(UserError, match=r"engine.spread.*drawn path"):
        play_many()


def test_no_asset_is_traded_twice():
    class Twice(BaseStrategy):
        params = (("asset_names", ("sp500", "sp500")),)

    with pytest.raises(UserError, match="names something twice"):
        tradegym.make(dataset="indices", strategy=Twice)


def test_the_registered_environment_can_trade():
    import gymnasium

    env = gymnasium.make("tradegym/Trading-v0")
    env.reset(seed=0)
    *_, info = env.step(BUY)
    assert info["position"] > 0


class Halving(BaseStrategy):
    def buy(self, data=None, size=None, **kwargs):
        return super().buy(data, size / 2, **kwargs)


def test_a_class_may_change_the_orders_of_actions():
    infos, *_ = play(env_on(market(FLAT), strategy=Halving, fixed_stake=4.0), [BUY])
    assert infos[1]["position"] == 2.0
