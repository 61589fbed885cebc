"""A plain Cerebro whose strategy places given orders at the close of given bars."""

from dataclasses import dataclass, field

import backtrader as bt
import pandas as pd

STATUS = bt.Order.Status


@dataclass
class Log:
    """What happened: one entry per bar, and one per news about an order."""

    cash: list = field(default_factory=list)
    value: list = field(default_factory=list)
    positions: list = field(default_factory=list)
    interest: list = field(default_factory=list)
    news: list = field(default_factory=list)  # (bar, name, status)
    fills: list = field(default_factory=list)  # (bar, name, units, price, commission)

    def status_of(self, name):
        return [status for _, called, status in self.news if called == name]


class Scripted(bt.Strategy):
    """Calls ``script[bar](strategy)``, or ``script(strategy)`` on every bar, at the close."""

    params = (("script", None), ("log", None))

    def __init__(self):
        self.names, self.filled = {}, {}

    def next(self):
        log, broker = self.p.log, self.broker
        log.cash.append(broker.getcash())
        log.value.append(broker.getvalue())
        log.positions.append(tuple(broker.getposition(data).size for data in self.datas))
        interest = getattr(broker, "interest_of", lambda data: 0.0)
        log.interest.append(tuple(interest(data) for data in self.datas))
        script = self.p.script
        step = script.get(len(self) - 1) if isinstance(script, dict) else script
        if step is not None:
            step(self)

    def order(self, name, size, asset=0, **options):
        """Place an order of ``size`` (signed units) that the log calls ``name``."""
        place = self.buy if size > 0 else self.sell
        made = place(data=self.datas[asset], size=abs(size), **options)
        self.names[made.ref] = name
        return made

    def bracket(self, size, stop, take, asset=0, check=True, **options):
        """Place an entry with a stop and a take-profit."""
        flags = {"_checksubmit": check, "asset": asset}
        entry = self.order("entry", size, transmit=False, **flags, **options)
        below = {"parent": entry, **flags}
        self.order("stop", -size, exectype=bt.Order.Stop, price=stop, transmit=False, **below)
        self.order("take", -size, exectype=bt.Order.Limit, price=take, **below)
        return entry

    def notify_order(self, order):
        bar, name = len(self) - 1, self.names.get(order.ref, order.ref)
        self.p.log.news.append((bar, name, STATUS[order.status]))
        before_size, before_value, before_comm = self.filled.get(order.ref, (0.0, 0.0, 0.0))
        done = order.executed
        value = done.size * done.price
        if done.size != before_size:
            units = done.size - before_size
            price = (value - before_value) / units
            self.p.log.fills.append((bar, name, units, price, done.comm - before_comm))
        self.filled[order.ref] = done.size, value, done.comm


def bars(*rows, start="2001-01-01", freq="D"):
    """Return a frame of bars: (open, high, low, close[, volume]) each, or one price for all."""
    full = []
    for row in rows:
        row = row if isinstance(row, tuple) else (row,) * 4
        full.append((*row, 1000.0) if len(row) == 4 else row)
    index = pd.date_range(start, periods=len(full), freq=freq)
    return pd.DataFrame(full, index, ["open", "high", "low", "close", "volume"], dtype=float)


def play(broker, script, sizer=None, **frames):
    """Play ``script`` on the frames, named as the keywords are; return the log."""
    cerebro = bt.Cerebro(stdstats=False)
    cerebro.broker = broker
    for name, frame in frames.items():
        cerebro.adddata(bt.feeds.PandasData(dataname=frame), name=name)
    if sizer is not None:
        cerebro.addsizer(sizer[0], **sizer[1])
    log = Log()
    cerebro.addstrategy(Scripted, script=script, log=log)
    cerebro.run()
    return log
