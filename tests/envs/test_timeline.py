"""The timeline of a step, checked by hand on a few bars."""

import gymnasium as gym
import numpy as np
import pytest
from markets import BUY, CLOSE, HOLD, SELL, env_on, market, play

# bar             0    1    2    3    4    5    6    7    8    9
OPENS = [100, 101, 102, 104, 103, 105, 107, 106, 108, 109]
CLOSES = [100.5, 101.5, 103, 103.5, 104, 106, 106.5, 107, 108.5, 109.5]


def test_an_action_fills_at_the_next_open():
    env = env_on(market(OPENS, CLOSES))
    infos, _, _, _ = play(env, [BUY])
    assert infos[0]["bar"] == 1
    assert infos[0]["position"] == 0.0
    # Decided at the close of bar 1, filled at the open of bar 2, marked at its close.
    assert infos[1]["bar"] == 2
    assert infos[1]["position"] == 1.0
    assert infos[1]["cash"] == 1000 - 102
    assert infos[1]["value"] == 1000 - 102 + 103
    order = env.episode_record().orders.iloc[0]
    assert order["price"] == 102
    assert order["kind"] == "entry"
    times = env.market.dataset.times
    assert order["created"].tz_localize(None) == times[1]
    assert order["executed"].tz_localize(None) == times[2]


def test_commission_is_a_fraction_of_the_traded_value():
    env = env_on(market(OPENS, CLOSES), broker_commission=0.01)
    infos, *_ = play(env, [BUY, CLOSE])
    assert infos[1]["commission"] == pytest.approx(1.02)
    assert infos[1]["cash"] == pytest.approx(1000 - 102 - 1.02)
    assert infos[2]["commission"] == pytest.approx(1.02 + 1.04)
    assert infos[2]["cash"] == pytest.approx(1000 - 102 - 1.02 + 104 - 1.04)
    assert infos[2]["trades"] == 1


def test_spread_and_slippage_are_paid_on_both_sides_and_not_capped():
    env = env_on(market(OPENS, CLOSES), slip_perc=0.01, slip_fixed=0.5, spread=0.4)
    play(env, [BUY, CLOSE])
    prices = env.episode_record().orders["price"].tolist()
    assert prices == pytest.approx([102 * 1.01 + 0.5 + 0.2, 104 * 0.99 - 0.5 - 0.2])


def test_latency_delays_the_order():
    env = env_on(market(OPENS, CLOSES), latency=2)
    infos, *_ = play(env, [BUY])
    assert [info["position"] for info in infos[:5]] == [0, 0, 0, 1, 1]
    assert env.episode_record().orders["price"][0] == 103


def test_the_last_bar_closes_the_position_and_belongs_to_the_last_step():
    env = env_on(market(OPENS, CLOSES))
    infos, _, terminated, truncated = play(env, [BUY])
    assert (terminated, truncated) == (False, True)
    assert infos[-1]["reason"] == "END_OF_DATA"
    # Bars 0 to 7 are train: END_OF_DATA at the close of 6, closed at the open of 7.
    assert infos[-1]["bar"] == 7
    assert infos[-1]["position"] == 0.0
    assert infos[-1]["value"] == infos[-1]["cash"] == 1000 - 102 + 106
    assert infos[-2]["bar"] == 5
    orders = env.episode_record().orders
    assert orders["kind"].tolist() == ["entry", "liquidation"]


def test_episode_duration_counts_decisions():
    env = env_on(market(np.linspace(100, 120, 60)), episode_duration=7, skip_frame=3)
    infos, rewards, *_ = play(env, [])
    assert len(rewards) == 7
    assert infos[-1]["step"] == 7
    assert infos[-1]["bar"] - infos[0]["bar"] == 7 * 3 + 1


def test_skipped_bars_hold_and_their_reward_is_summed():
    closes = np.linspace(100, 130, 40)
    one, three = (env_on(market(closes), skip_frame=skip, **_LOG_RETURN) for skip in (1, 3))
    _, single, *_ = play(one, [BUY])
    infos, triple, *_ = play(three, [BUY])
    assert infos[1]["bar"] - infos[0]["bar"] == 3
    assert infos[1]["position"] == 1.0
    assert triple[0] == pytest.approx(sum(single[:3]))


_LOG_RETURN = {"strategy.reward.btgym.weight": 0.0, "strategy.reward.log_return.weight": 1.0}


@pytest.mark.parametrize("skip", [1, 2, 5])
def test_rewards_of_an_episode_add_up_to_its_return(skip):
    env = env_on(market(np.geomspace(100, 150, 60)), skip_frame=skip, **_LOG_RETURN)
    infos, rewards, *_ = play(env, [BUY, HOLD, BUY, SELL])
    assert sum(rewards) == pytest.approx(np.log(infos[-1]["value"] / 1000.0))


def test_an_order_beyond_the_cash_is_refused_and_counted():
    env = env_on(market(OPENS, CLOSES), fixed_stake=10.0)
    infos, *_ = play(env, [BUY])
    assert infos[1]["position"] == 0.0
    assert infos[1]["cash"] == 1000.0
    assert infos[1]["rejected"] == 1
    assert env.episode_record().orders["status"].tolist() == ["Margin"]


def test_a_reversal_without_margin_only_closes():
    # Long 6 at 100; selling 12 opens a short of 6, for which 900 of cash are missing at 150.
    opens = [100, 100, 100, 250, 250, 250, 250, 250, 250]
    strategy_env = env_on(market(opens), fixed_stake=6.0)
    strategy_env.reset(seed=0)
    strategy_env.step(BUY)
    strategy_env._session.strategy.p.order_size = 30.0
    _, _, _, _, info = strategy_env.step(SELL)
    assert info["position"] == 0.0
    assert info["cash"] == 1000 + 6 * 150
    assert info["rejected"] == 1
    play_on = strategy_env.step(HOLD)
    assert play_on[4]["position"] == 0.0


def test_a_short_is_worth_its_entry_minus_the_rise_even_beyond_twice_the_entry():
    opens = [100, 100, 100, 150, 210, 300, 300, 300, 300]
    env = env_on(market(opens))
    infos, *_ = play(env, [SELL])
    assert infos[1]["value"] == 1000
    assert infos[1]["cash"] == 900
    assert [info["value"] for info in infos[1:5]] == [1000, 950, 890, 800]


def test_the_same_seed_gives_the_same_episode():
    env = env_on(market(np.linspace(100, 130, 300)), episode_duration=20)
    starts = []
    for seed in (1, 1, 2):
        _, info = env.reset(seed=seed)
        chain = [info["bar"]] + [env.reset()[1]["bar"] for _ in range(5)]
        starts.append(chain)
    assert starts[0] == starts[1]
    assert starts[0] != starts[2]
    assert len(set(starts[0])) > 3


def test_the_observation_belongs_to_the_decision_bar():
    dataset = market(OPENS, CLOSES)
    env = env_on(dataset)
    observation, info = env.reset(seed=0)
    bar = info["bar"]
    expected = dataset.ohlcv[bar - 1 : bar + 1, 0, :4]
    np.testing.assert_array_equal(observation["raw"], expected.astype(np.float32))
    assert observation["raw"][-1, 3] == info["price"]


def test_step_needs_a_reset():
    env = env_on(market(OPENS, CLOSES))
    with pytest.raises(gym.error.ResetNeeded):
        env.step(0)
    play(env, [])
    with pytest.raises(gym.error.ResetNeeded):
        env.step(0)


def test_an_action_outside_the_space_is_refused():
    env = env_on(market(OPENS, CLOSES))
    env.reset(seed=0)
    with pytest.raises(
        ValueError, match=r"action was 4; it must be in Discrete\(4\) \(hold, buy, sell"
    ):
        env.step(4)
