"""Brokers and Cerebros that fill orders at prices they must not know."""

import backtrader as bt
from leaks import PeeksClose, Plain


class SameClose(bt.brokers.BackBroker):
    """Fills market orders at the close of the bar of the decision."""

    def _try_exec_market(self, order, popen, phigh, plow):
        self._execute(order, ago=0, price=order.data.close[-1])


class BestOfBar(bt.brokers.BackBroker):
    """Fills at the best price of the bar."""

    def _try_exec_market(self, order, popen, phigh, plow):
        self._execute(order, ago=0, price=plow if order.isbuy() else phigh)


class NextClose(bt.brokers.BackBroker):
    """Fills at the close of the bar."""

    def _try_exec_market(self, order, popen, phigh, plow):
        self._execute(order, ago=0, price=order.data.close[0])


class LaterOpen(bt.brokers.BackBroker):
    """Fills at the open of the bar after the next."""

    def _try_exec_market(self, order, popen, phigh, plow):
        line = order.data.open
        row = min(len(order.data), len(line.array) - 1)
        self._execute(order, ago=0, price=line.array[row])


class OnlyGains(bt.brokers.BackBroker):
    """Fills purchases on rising bars only."""

    def _try_exec_market(self, order, popen, phigh, plow):
        line = order.data.close
        ahead = line.array[min(len(order.data), len(line.array) - 1)]
        if order.isbuy() and ahead < line[0]:
            return
        self._execute(order, ago=0, price=popen)


def cerebro(broker=None, strategy=Plain, **options):
    made = bt.Cerebro(**options)
    if broker is not None:
        made.broker = broker()
    made.broker.setcash(10_000.0)
    made.addsizer(bt.sizers.FixedSize, stake=2)
    made.addstrategy(strategy)
    return made


def honest():
    return cerebro()


def same_close():
    return cerebro(SameClose)


def best_of_bar():
    return cerebro(BestOfBar)


def next_close():
    return cerebro(NextClose)


def later_open():
    return cerebro(LaterOpen)


def only_gains():
    return cerebro(OnlyGains)


def cheats_on_close():
    made = cerebro()
    made.broker.set_coc(True)
    return made


def cheats_on_open():
    return cerebro(cheat_on_open=True)


class OrdersTheClose(Plain):
    """Places orders that fill at a close."""

    def buy(self, *args, **kwargs):
        return super().buy(*args, **(kwargs | {"exectype": bt.Order.Close}))


def orders_the_close():
    return cerebro(strategy=OrdersTheClose)


def peeking_cerebro():
    return cerebro(strategy=PeeksClose)
