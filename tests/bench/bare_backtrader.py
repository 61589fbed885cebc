"""A bare backtrader loop in lock step: what an environment on backtrader costs at least.

The broker, the commission and the orders are the environment's; there is no observation, no
reward, no statistic and no limit, and each order is placed as it is.
"""

import time

import backtrader as bt
from greenlet import greenlet

from tradegym.envs.engines.backtrader.feed import ArrayFeed, to_day_numbers

CASH, COMMISSION, UNITS = 10_000.0, 0.001, 1.0


class _Orders(bt.Strategy):
    params = (("warmup", 0), ("ask", None))

    def next(self):
        if len(self) < self.p.warmup:
            return
        action = self.p.ask(None)
        if action == 1:
            self.buy(size=UNITS)
        elif action == 2:
            self.sell(size=UNITS)


class BareLoop:
    """Episodes of a dataset; each action is handed over by a greenlet.

    Parameters
    ----------
    data : Dataset
    warmup : int
        Bars up to the first decision, its own included.
    decisions : int
    """

    def __init__(self, data, warmup, decisions):
        self.data, self.warmup, self.decisions = data, warmup, decisions
        self.days = to_day_numbers(data.times)

    def begin(self, first):
        """Run to the first decision of the episode whose bars begin at ``first``."""
        rows = slice(first, first + self.warmup + self.decisions)
        cerebro = bt.Cerebro(stdstats=False)
        cerebro.broker = bt.brokers.BackBroker(cash=CASH, shortcash=False)
        cerebro.broker.setcommission(commission=COMMISSION)
        cerebro.adddata(
            ArrayFeed(
                ohlcv=self.data.ohlcv[rows, 0],
                day_numbers=self.days[rows],
                timeframe=bt.TimeFrame.Minutes,
                compression=1,
            )
        )
        runner = greenlet(lambda _: cerebro.run(stdstats=False, runonce=True, preload=True))
        cerebro.addstrategy(_Orders, warmup=self.warmup, ask=lambda _: runner.parent.switch(None))
        runner.switch(None)
        return runner

    def play(self, first, actions):
        """Play an episode; returns seconds of the reset and of the steps, and how many."""
        started = time.perf_counter()
        runner = self.begin(first)
        ready = time.perf_counter()
        number = 0
        for action in actions:
            if runner.dead:
                break
            runner.switch(action)
            number += 1
        return ready - started, time.perf_counter() - ready, number
