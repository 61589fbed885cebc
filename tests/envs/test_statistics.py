"""``get_stat``: drawdown and trades by hand, the user's own analyzers, and their mistakes."""

import pickle
from collections import OrderedDict
from datetime import datetime, timedelta

import backtrader as bt
import numpy as np
import pytest
from backtrader.utils import AutoOrderedDict
from markets import BUY, CLOSE, HOLD, SELL, env_on, market, play

import tradegym
from tradegym.conf.errors import RunFailed, UserError
from tradegym.envs.engines.backtrader.analyzers import add_analyzers
from tradegym.envs.strategies.base import BaseStrategy
from tradegym.envs.strategies.round_trips import TradeRow
from tradegym.envs.strategies.statistics import Drawdown, plain, trade_statistics


class Bars(bt.Analyzer):
    """Counts bars, and may fail."""

    params = (("fails", False),)

    def create_analysis(self):
        self.rets = {"bars": 0}

    def next(self):
        self.rets["bars"] += 1

    def get_analysis(self):
        if self.p.fails:
            raise KeyError("oops")
        return self.rets


def trip(net, *, bars=1, direction=1):
    return TradeRow("a", direction, 1.0, 0.0, 1.0, 1.0, 1.0, bars, net + 1.0, 1.0, 0.0, net)


# By hand ------------------------------------------------------------------------------------


def test_drawdown_by_hand():
    drawdown = Drawdown(100.0)
    assert [drawdown.update(value) for value in (110, 99, 88, 121, 118.58)] == pytest.approx(
        [0.0, 10.0, 20.0, 0.0, 2.0]
    )
    found = drawdown.as_dict()
    assert found["len"] == 1
    assert found["drawdown"] == pytest.approx(2.0)
    assert found["moneydown"] == pytest.approx(2.42)
    assert found["max"] == {"len": 2, "drawdown": pytest.approx(20.0), "moneydown": 22.0}


def test_trades_by_hand():
    trips = [
        trip(5.0, bars=3),
        trip(7.0, bars=1, direction=-1),
        trip(-4.0, bars=2),
        trip(-1.0, bars=2, direction=-1),
        trip(0.0, bars=4),
    ]
    found = trade_statistics(trips)
    assert found["total"] == {"total": 5, "open": 0, "closed": 5}
    assert found["streak"] == {
        "won": {"current": 1, "longest": 2},
        "lost": {"current": 0, "longest": 2},
    }
    assert found["pnl"]["net"] == {"total": 7.0, "average": 1.4}
    assert found["pnl"]["gross"] == {"total": 12.0, "average": 2.4}
    assert found["won"] == {"total": 3, "pnl": {"total": 12.0, "average": 4.0, "max": 7.0}}
    assert found["lost"] == {"total": 2, "pnl": {"total": -5.0, "average": -2.5, "max": -4.0}}
    assert found["long"]["total"], found["short"]["total"] == (3, 2)
    assert found["short"]["pnl"] == {"total": 6.0, "average": 3.0}
    assert found["len"] == {"total": 12, "average": 2.4, "max": 4, "min": 1}


def test_no_trades_are_zeros():
    found = trade_statistics([])
    assert found["total"]["total"] == found["won"]["pnl"]["max"] == found["len"]["min"] == 0


def test_plain_values():
    nested = AutoOrderedDict()
    nested.a.b = np.float64(1.5)
    nested[datetime(2001, 1, 1)] = (np.int64(2), [np.array([1.0, 2.0])])
    found = plain(nested)
    assert found == {"a": {"b": 1.5}, datetime(2001, 1, 1): (2, [[1.0, 2.0]])}
    assert type(found) is type(found["a"]) is dict
    assert type(found["a"]["b"]) is float
    assert plain(OrderedDict(x=None)) == {"x": None}


# Through the environment --------------------------------------------------------------------


def test_statistics_of_the_last_finished_episode():
    env = env_on(market([100, 100, 110, 99, 99, 99, 99]))
    assert env.get_stat() == {}
    env.reset(seed=0)
    assert env.get_stat() == {}
    infos, *_ = play(env, [BUY, CLOSE])
    found = env.get_stat()
    # Bought 1 at 110, closed at 99 of a start of 1,000; decisions at bars 1 to 3.
    assert found["episode"] == 1
    assert isinstance(found["runtime"], timedelta)
    assert timedelta(0) < found["runtime"] < timedelta(minutes=1)
    assert found["length"] == infos[-1]["bar"] - infos[0]["bar"] + 1
    assert found["trades"]["total"]["total"] == 1
    assert found["trades"]["lost"]["pnl"]["total"] == pytest.approx(-11.0)
    assert found["drawdown"]["max"]["moneydown"] == pytest.approx(11.0)
    assert found["drawdown"]["max"]["drawdown"] == pytest.approx(1.1)
    assert env.episode_record().statistics == found

    env.reset()
    over = False
    while not over:
        assert env.get_stat() == found  # and the running episode goes on
        *_, truncated, _ = env.step(HOLD)
        over = truncated
    assert env.get_stat()["episode"] == 2
    assert env.get_stat()["trades"]["total"]["total"] == 0


def test_analyzers_by_config_agree_with_backtraders_own():
    rng = np.random.default_rng(3)
    closes = 100.0 * np.exp(np.cumsum(rng.normal(0.0, 0.02, 80)))
    analyzers = {
        "trade": {"cls": "TradeAnalyzer"},
        "down": {"cls": "backtrader.analyzers:DrawDown"},
        "daily": {"cls": "TimeReturn", "params": {"timeframe": "Days"}},
        "sharpe": {"cls": "SharpeRatio", "params": {"timeframe": "Days", "riskfreerate": 0.0}},
    }
    env = env_on(
        market(closes[:-1], closes[1:]),
        analyzers=analyzers,
        broker_commission=0.002,
        fixed_stake=2.0,
    )
    play(env, rng.choice([HOLD, BUY, SELL, CLOSE], 60))
    found = env.get_stat()
    theirs, ours = found["trade"], found["trades"]
    assert ours["total"]["total"] > 5
    for key in ("total", "streak"):
        assert ours[key] == theirs[key]
    for key in ("pnl", "won", "lost"):
        for name, value in ours[key].items():
            assert value == pytest.approx(theirs[key][name]), (key, name)
    for side in ("long", "short"):
        assert ours[side]["total"] == theirs[side]["total"]
        assert ours[side]["won"] == theirs[side]["won"]
        assert ours[side]["pnl"]["total"] == pytest.approx(theirs[side]["pnl"]["total"])
    assert {key: ours["len"][key] for key in ("total", "max", "min")} == {
        key: theirs["len"][key] for key in ("total", "max", "min")
    }
    assert found["drawdown"]["len"] == found["down"]["len"]
    for name in ("drawdown", "moneydown"):
        assert found["drawdown"][name] == pytest.approx(found["down"][name])
        assert found["drawdown"]["max"][name] == pytest.approx(found["down"]["max"][name])
    returns = list(found["daily"].values())
    assert np.prod([1.0 + one for one in returns]) == pytest.approx(env.last_info["value"] / 1000.0)
    assert isinstance(found["sharpe"]["sharperatio"], float)
    assert pickle.loads(pickle.dumps(found)) == found


def test_analyzers_of_ones_own_cerebro():
    def build():
        cerebro = bt.Cerebro()
        cerebro.addstrategy(BaseStrategy, time_dim=2, avg_period=2)
        cerebro.addanalyzer(Bars, _name="counted")
        cerebro.addanalyzer(bt.analyzers.DrawDown)
        return cerebro

    bars = market([100.0] * 9)
    env = tradegym.make(
        dataset=bars, engine=build, whole=True, **{"split.train": 7 / 9, "split.validation": 1 / 9}
    )
    play(env, [])
    found = env.get_stat()
    assert found["counted"]["bars"] >= found["length"] - 1
    assert found["drawdown"]["max"]["drawdown"] == 0.0


def test_an_analyzer_that_fails_is_one_line():
    def build():
        cerebro = bt.Cerebro()
        cerebro.addstrategy(BaseStrategy, time_dim=2, avg_period=2)
        cerebro.addanalyzer(Bars, _name="counted", fails=True)
        return cerebro

    bars = market([100.0] * 9)
    env = tradegym.make(
        dataset=bars, engine=build, whole=True, **{"split.train": 7 / 9, "split.validation": 1 / 9}
    )
    with pytest.raises(RunFailed, match=r"raised KeyError: 'oops'$"):
        play(env, [])


MISTAKES = [
    (
        {"cls": "SharpRatio"},
        "engine.analyzers.one.cls: backtrader has no analyzer 'SharpRatio'; did you mean",
    ),
    (
        {"cls": "SharpeRatio", "params": {"timefrme": "Days"}},
        "engine.analyzers.one.params.timefrme: SharpeRatio has no such parameter; did you",
    ),
    (
        {"cls": "SharpeRatio", "params": {"timeframe": "Day"}},
        "engine.analyzers.one.params.timeframe: 'Day' is not a time frame; did you mean 'Days'?",
    ),
    (
        {"cls": "backtrader:Strategy"},
        "engine.analyzers.one.cls: 'backtrader:Strategy' is the class Strategy; it must be",
    ),
    ({"cls": "no_such_module:Name"}, "engine.analyzers.one.cls: there is no module"),
]


@pytest.mark.parametrize(("entry", "says"), MISTAKES)
def test_mistakes_are_one_line(entry, says):
    with pytest.raises(UserError) as caught:
        add_analyzers(bt.Cerebro(), {"one": entry})
    assert str(caught.value).startswith(says)
    assert "\n" not in str(caught.value)


def test_names_that_are_taken():
    with pytest.raises(UserError, match=r"engine.analyzers.length: the statistics have an entry"):
        add_analyzers(bt.Cerebro(), {"length": {"cls": "DrawDown"}})


def test_mistakes_are_found_through_the_environment():
    with pytest.raises(UserError, match="backtrader has no analyzer 'Nothing'"):
        env_on(market([100.0] * 9), analyzers={"one": {"cls": "Nothing"}}).reset(seed=0)
