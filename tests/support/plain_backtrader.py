"""A plain backtrader script that trades a list of actions; nothing of tradegym is used."""

import backtrader as bt
import numpy as np
import pandas as pd


class Scripted(bt.Strategy):
    """Buys, sells and closes on given bars, and closes once more at ``end``."""

    params = (("actions", None), ("end", None), ("stake", None), ("fraction", None), ("log", None))

    def next(self):
        bar = len(self) - 1
        row = (
            bar,
            self.broker.get_cash(),
            self.broker.get_value(),
            self.position.size,
            self.position.price,
        )
        self.p.log["bars"].append(row)
        if bar == self.p.end:
            self.trade("close")
        elif bar < self.p.end:
            self.trade(self.p.actions.get(bar, "hold"))

    def trade(self, action):
        held = self.position.size
        size = self.p.stake or self.p.fraction * self.broker.get_value() / self.data.close[0]
        signed = {"hold": 0.0, "buy": size, "sell": -size, "close": -held}[action]
        if signed:
            for order in self.broker.get_orders_open():
                self.cancel(order)
            place = self.buy if signed > 0 else self.sell
            place(size=abs(signed), _checksubmit=held * signed >= 0)

    def notify_order(self, order):
        bar = len(self) - 1
        if order.status in (order.Completed, order.Partial):
            if self.p.log["fills"] and self.p.log["refs"][-1] == order.ref:
                return  # a rounding error of the reversal, filled one bar later
            self.p.log["refs"].append(order.ref)
            fill = (bar, order.executed.size, order.executed.price, order.executed.comm)
            self.p.log["fills"].append(fill)
        elif order.status == order.Margin:
            self.p.log["rejections"].append(bar)


def run(times, ohlcv, actions, end, *, cash, commission, leverage=1.0, stake=None, fraction=None):
    """Run the script; returns the bars, fills and rejections it saw."""
    frame = pd.DataFrame(
        ohlcv, columns=["open", "high", "low", "close", "volume"], index=pd.DatetimeIndex(times)
    )
    log = {"bars": [], "fills": [], "refs": [], "rejections": []}
    cerebro = bt.Cerebro(stdstats=False)
    cerebro.broker.setcash(cash)
    cerebro.broker.setcommission(commission=commission, leverage=leverage)
    cerebro.broker.set_shortcash(False)
    cerebro.adddata(bt.feeds.PandasData(dataname=frame))
    cerebro.addstrategy(Scripted, actions=actions, end=end, stake=stake, fraction=fraction, log=log)
    cerebro.run()
    return log


def random_walk(bars, seed, *, volatility=0.02, drift=0.0, start=100.0):
    """Return times and OHLCV of a seeded random walk with gaps between close and open."""
    rng = np.random.default_rng(seed)
    steps = rng.normal(0.0, volatility, (bars, 4))
    closes = start * np.exp(np.cumsum(drift + steps[:, 0]))
    opens = np.concatenate([[start], closes[:-1]]) * np.exp(steps[:, 1] * 0.5)
    highs = np.maximum(opens, closes) * np.exp(np.abs(steps[:, 2]))
    lows = np.minimum(opens, closes) * np.exp(-np.abs(steps[:, 3]))
    volume = np.full(bars, 1000.0)
    times = np.datetime64("2001-01-01", "ns") + np.arange(bars) * np.timedelta64(1, "D")
    return times, np.stack([opens, highs, lows, closes, volume], axis=1)
