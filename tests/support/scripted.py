"""Episodes of plain backtrader in which a test says what is done at each close, traced."""

from dataclasses import dataclass
from typing import Any

import backtrader as bt
import numpy as np

from tradegym.conf.resolve import resolve
from tradegym.conf.schema.engine import EngineConfig
from tradegym.envs.build import EnvBuilder
from tradegym.envs.data.dataset import Dataset
from tradegym.envs.engines.backtrader.costs import new_broker
from tradegym.envs.engines.backtrader.feed import ArrayFeed, to_day_numbers
from tradegym.envs.replay import replay
from tradegym.envs.strategies.trace import Trace


def bars_of(rows, name="hand", volume=1000.0):
    """A dataset of daily bars from (open, high, low, close[, volume]) or one number for all."""
    full = [
        (row,) * 4 + (volume,) if np.isscalar(row) else (*row, *(volume,) * (5 - len(row)))
        for row in rows
    ]
    times = np.datetime64("2001-01-01", "ns") + np.arange(len(full)) * np.timedelta64(1, "D")
    return Dataset.from_arrays(name, times, np.array(full, dtype=np.float64)[:, None, :])


class Scripted(bt.Strategy):
    """Calls ``script[row](self)`` at the close of each bar."""

    params = (("script", {}), ("trace", None))

    def __init__(self):
        self.trace = self.p.trace
        self.trace.attach(self.broker, self.datas)
        self.kept = {}

    def next(self):
        row = len(self) - 1
        self.trace.market(
            row,
            [data.close[0] for data in self.datas],
            [self.broker.getposition(data).size for data in self.datas],
            self.broker.getcash(),
            self.broker.getvalue(),
        )
        if row in self.p.script:
            self.p.script[row](self)


@dataclass
class Played:
    """A traced episode and what is needed to play it again."""

    dataset: Any
    engine: Any
    frame: Any
    strategy: Any

    def replay(self, frame=None):
        """Replay the trace, or another one."""
        trace = self.frame if frame is None else frame
        return replay(trace, self.dataset, new_broker(self.engine, self.dataset.assets))


def run_script(dataset, script, **engine):
    """Play ``script`` (functions of the strategy by row) with these engine keys."""
    config = EngineConfig(**{"start_cash": 1000.0, "broker_commission": 0.0, **engine})
    cerebro = bt.Cerebro()
    cerebro.broker = new_broker(config, dataset.assets)
    days = to_day_numbers(dataset.times)
    for column, asset in enumerate(dataset.assets):
        feed = ArrayFeed(ohlcv=dataset.ohlcv[:, column], day_numbers=days, timeframe=5)
        cerebro.adddata(feed, name=asset)
    trace = Trace(dataset.assets)
    cerebro.addstrategy(Scripted, script=script, trace=trace)
    (strategy,) = cerebro.run(stdstats=False)
    last = len(dataset) - 1
    trace.done(last, "END_OF_DATA", strategy.broker.getcash(), strategy.broker.getvalue())
    return Played(dataset, config, trace.to_frame(dataset.times), strategy)


def traced_env(dataset, *overrides):
    """An environment on all of ``dataset`` but its last two bars, which traces."""
    bars = len(dataset)
    keys = [
        f"split.train={(bars - 2) / bars}",
        f"split.validation={1 / bars}",
        "strategy.limits.drawdown_call=null",
        "strategy.limits.target_call=null",
        "engine.start_cash=1000",
        *overrides,
    ]
    resolved = resolve(keys, None, {"dataset.cls": "tests:given"})
    builder = EnvBuilder(resolved, {"dataset.cls": dataset})
    return builder.env("train", whole=True, record=True, trace=True)


def finish(env, actions=None, seed=0):
    """Play ``actions``, then hold; or at random if there are none; return the record."""
    env.reset(seed=seed)
    env.action_space.seed(seed)
    steps = None if actions is None else iter(actions)
    over = False
    while not over:
        sampled = env.action_space.sample()
        action = sampled if steps is None else next(steps, sampled * 0)
        _, _, terminated, truncated, _ = env.step(action)
        over = terminated or truncated
    return env.episode_record()
