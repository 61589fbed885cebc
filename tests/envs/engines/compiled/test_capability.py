import backtrader as bt
import numpy as np
import pytest

import tradegym
from tradegym.envs.engines.compiled.program.capability import reason_against
from tradegym.envs.strategies.base import BaseStrategy
from tradegym.envs.strategies.rewards import REWARD_TERMS, RewardTerm


class Own(BaseStrategy):
    """A strategy as code."""


def own_cerebro():
    cerebro = bt.Cerebro()
    cerebro.addstrategy(Own)
    return cerebro


def reason(**kwargs):
    asked = {
        name: kwargs.pop(name) for name in ("record", "trace", "render_mode") if name in kwargs
    }
    env = tradegym.make(**({"dataset": "sp500", "episode_duration": 20} | kwargs))
    try:
        return reason_against(env.market.engine, **asked)
    finally:
        env.close()


@pytest.mark.parametrize("strategy", ["btgym", "standard", "position", "portfolio", "bracket"])
def test_the_packaged_strategies_can_be_played(strategy):
    assert reason(strategy=strategy) is None


@pytest.mark.parametrize(
    ("kwargs", "line"),
    [
        ({"strategy": Own}, "strategy.cls: Own is a backtrader strategy"),
        ({"engine": own_cerebro}, "engine.cerebro: a Cerebro of your own is backtrader's"),
        (
            {"engine.analyzers": {"ratio": {"cls": "backtrader.analyzers:SharpeRatio"}}},
            "engine.analyzers: ratio are backtrader's",
        ),
        ({"record": True}, "record: keeps a row per bar, which only backtrader does"),
        ({"trace": True}, "trace: notes every event, which only backtrader does"),
        ({"render_mode": "ansi"}, "render_mode=ansi: shows every bar, which only backtrader does"),
    ],
)
def test_what_needs_backtrader_is_refused_with_the_reason(kwargs, line):
    assert reason(**kwargs) == line


def test_a_term_of_the_users_is_refused_by_its_name(monkeypatch):
    class Luck(RewardTerm):
        def __init__(self, options, setup):
            pass

        def on_bar(self, bar):
            pass

        def collect(self):
            return np.float64(0.0)

    monkeypatch.setitem(REWARD_TERMS, "log_return", Luck)
    found = reason(strategy="standard", **{"strategy.reward.log_return.weight": 1.0})
    assert found == "the reward term 'log_return' is Python code of its own"
    # What has no weight is not paid, so it does not matter either.
    assert (
        reason(
            strategy="standard",
            **{
                "strategy.reward.log_return.weight": 0.0,
                "strategy.reward.equity_change.weight": 1.0,
            },
        )
        is None
    )
