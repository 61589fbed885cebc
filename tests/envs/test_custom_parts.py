"""A user's own strategies, Cerebros and datasets, as BTgym's users wrote them."""

import backtrader as bt
import numpy as np
import pytest
from gymnasium import spaces
from markets import BUY, CLOSE, HOLD, SELL, env_on, market, play

import tradegym
from tradegym.conf.errors import RunFailed, UserError
from tradegym.envs.engines.backtrader.broker import EquityBroker
from tradegym.envs.strategies.base import BaseStrategy

RISE = np.linspace(100, 130, 40)


def box(*shape):
    return spaces.Box(-np.inf, np.inf, shape, np.float32)


class Gradients(BaseStrategy):
    """Written as for BTgym: state by method, indicator, own parameters, metadata in the shape."""

    params = (
        ("state_shape", {"raw": spaces.Box(0, 1, (6, 4)), "gradients": box(5, 1),
                         "metadata": spaces.Dict({})}),
        ("scale", 1.0),
        ("drawdown_call", 80),
    )  # fmt: skip

    def set_datalines(self):
        self.average = bt.indicators.SMA(self.data.close, period=9)

    def get_gradients_state(self):
        window = self.get_raw_state()[:, 3]
        return np.diff(window)[:, None] * self.p.scale

    def get_info(self):
        return {"average": self.average[0], "cash": "not this one"}


def test_a_btgym_strategy_runs():
    env = env_on(market(RISE), strategy=Gradients, time_dim=None)
    observation, info = env.reset(seed=0)
    assert set(observation) == {"raw", "gradients"}
    assert observation["raw"].shape == (6, 4)
    assert env.observation_space.contains(observation)
    assert info["bar"] == 8  # the indicator's warm-up
    assert info["average"] == pytest.approx(RISE[:9].mean())
    assert info["cash"] == 1000.0
    assert env.market.engine.params["drawdown_call"] == 100.0  # given to make()


def test_own_parameters_and_state_shape_are_arguments():
    shape = {"gradients": box(3, 1), "raw": box(4, 4)}
    env = env_on(
        market(RISE),
        strategy=Gradients,
        scale=10.0,
        state_shape=shape,
        order_size=3.0,
        time_dim=None,
    )
    observation, _ = env.reset(seed=0)
    assert observation["gradients"].shape == (3, 1)
    assert observation["gradients"][0, 0] == pytest.approx(10 * (RISE[1] - RISE[0]), rel=1e-5)
    assert env.step(BUY)[4]["position"] == 3.0


def test_an_unknown_argument_names_the_nearest():
    with pytest.raises(UserError, match=r"scal: no such argument of make\(\)"):
        env_on(market(RISE), strategy=Gradients, scal=10.0)


@pytest.mark.parametrize("thing", [42, dict, bt.Strategy, "x"])
def test_a_strategy_of_the_wrong_type_is_one_line(thing):
    with pytest.raises(UserError, match="strategy"):
        tradegym.make(strategy=thing)


class Faulty(BaseStrategy):
    def get_reward(self):
        return 1 / self.position.size


def test_an_error_in_user_code_names_the_class_and_ends_the_episode():
    env = env_on(market(RISE), strategy=Faulty)
    env.reset(seed=0)
    env.step(BUY)
    with pytest.raises(RunFailed, match=r"Faulty raised ZeroDivisionError"):
        env.step(CLOSE)
    with pytest.raises(Exception, match="call reset"):
        env.step(HOLD)
    env.reset(seed=0)
    env.step(BUY)


class Protective(BaseStrategy):
    """Places a stop as soon as something was bought, also on the last bars."""

    def notify_order(self, order):
        if order.status == order.Completed and order.isbuy():
            self.sell(size=order.executed.size, exectype=bt.Order.Stop, price=1000.0)
            self.buy(size=1)


def test_nothing_survives_the_liquidation():
    env = env_on(
        market([100, 100, 100, 150, 151, 152, 153, 154, 155, 156]),
        strategy=Protective,
        target_call=4.0,
    )
    infos, *_ = play(env, [BUY])
    assert infos[-1]["reason"] == "TARGET_REACHED"
    assert infos[-1]["position"] == 0.0
    assert infos[-1]["value"] == pytest.approx(infos[-1]["cash"])


class Shy(BaseStrategy):
    params = (("portfolio_actions", ("buy", "close")), ("state_shape", {"features": box(4, 1)}))


def test_features_work_in_a_strategy_class_and_actions_are_its_own():
    env = env_on(market(RISE), strategy=Shy, time_dim=None)
    observation, _ = env.reset(seed=0)
    assert observation["features"].shape == (4, 1)
    assert env.action_names == ("buy", "close")


def cerebro(**params):
    made = bt.Cerebro()
    made.addstrategy(Gradients, **params)
    made.broker.setcash(5000.0)
    made.broker.setcommission(commission=0.0, leverage=4.0)
    made.addsizer(bt.sizers.FixedSize, stake=30)
    made.addanalyzer(bt.analyzers.TradeAnalyzer, _name="trades")
    return made


@pytest.mark.parametrize("kind", ["instance", "callable"])
def test_a_cerebro_keeps_its_own_numbers(kind):
    engine = cerebro(drawdown_call=90) if kind == "instance" else lambda: cerebro(drawdown_call=90)
    with pytest.warns(UserWarning, match="ignored: .*start_cash"):
        env = env_on(market(np.linspace(100, 60, 40)), engine=engine)
    for _ in range(2):  # a fresh one at each reset
        _, info = env.reset(seed=0)
        assert info["cash"] == 5000.0
    info = env.step(BUY)[4]
    assert info["position"] == 30.0
    assert isinstance(env._session.strategy.broker, EquityBroker)
    assert env._session.strategy.broker.p.shortcash is False
    while info["reason"] is None:
        info = env.step(BUY)[4]
    assert info["reason"] in ("RUIN", "DRAWDOWN_CALL")


def test_the_margin_of_a_cerebro_is_its_brokers_leverage():
    def engine():
        made = cerebro(drawdown_call=100, target_call=1e9)
        made.sizers.clear()
        made.addsizer(bt.sizers.FixedSize, stake=150)
        return made

    opens = np.concatenate([np.full(12, 100.0), [90, 80, 76, 74, 73, 72, 72, 72]])
    with pytest.warns(UserWarning, match="ignored"):
        env = env_on(market(opens), engine=engine)
    infos, *_ = play(env, [BUY])
    assert infos[-1]["reason"] == "RUIN"
    assert infos[-1]["value"] > 0


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (bt.Cerebro, "has 0 strategies"),
        (lambda: "no cerebro", "returned a str"),
    ],
)
def test_cerebros_that_cannot_be_used(build, message):
    with pytest.raises(UserError, match=message):
        tradegym.make(engine=build)


class Lots(BaseStrategy):
    pass


def test_orders_that_round_to_nothing_are_counted():
    env = env_on(
        market(RISE), sizing="equity_fraction", equity_fraction=0.05, lot=1.0, fixed_stake=None
    )
    infos, *_ = play(env, [BUY, SELL])
    assert infos[2]["rejected"] == 2
    assert env.episode_record().orders["status"].tolist() == ["Rejected", "Rejected"]


def test_dropped_environments_are_collected():
    import gc
    import weakref

    def drop():
        env = env_on(market(RISE))
        env.reset(seed=0)
        return weakref.ref(env._session)

    session = drop()
    gc.collect()
    assert session() is None


@pytest.mark.parametrize("actions", ["hold", 3, ("buy", "bye")])
def test_wrong_actions_are_one_line(actions):
    class Own(BaseStrategy):
        params = (("portfolio_actions", actions),)

    with pytest.raises(UserError, match="portfolio_actions"):
        env_on(market(RISE), strategy=Own)
