"""A plain backtrader script that plays a plan of actions; nothing of tradegym is used.

The script keeps its accounts in backtrader's own ``BackBroker`` and places its orders by
backtrader's own means. What an action means is said in plain_actions, costs in plain_costs.
"""

from collections import Counter, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import backtrader as bt
import numpy as np
import pandas as pd
from plain_actions import Books, Wish
from plain_brackets import PartBracket, place_bracket
from plain_costs import Fees, make_broker

# Money, as a share of the starting cash, below which a position is what rounding left behind.
DUST = 1e-9


@dataclass(frozen=True)
class Plan:
    """What to do. Bars are rows of the script's own bars, prices and money as given.

    ``decide`` turns (action, books) into a list of Wish; ``actions`` has one for every ``skip``-th
    bar from ``first`` on. ``last`` is the reserved bar on which everything is sold at the open.
    """

    decide: Callable
    actions: Mapping[int, object]
    first: int
    last: int
    cash: float
    fees: Mapping[str, Fees]
    skip: int = 1
    latency: int = 0
    maintenance: float = 0.25
    drawdown_call: float | None = None
    max_loss: float | None = None
    target_call: float | None = None
    no_shorts: frozenset = frozenset()
    max_orders: int | None = None
    window: int = 1
    limits: bool = True  # whether limit orders are placed


@dataclass(frozen=True)
class Bar:
    """A bar's close; ``value`` is plain backtrader's, ``equity`` corrected for deep shorts."""

    bar: int
    cash: float
    value: float
    equity: float
    sizes: tuple
    entries: tuple
    interest: float  # so far


@dataclass(frozen=True)
class Fill:
    bar: int
    asset: int
    size: float
    price: float
    commission: float
    role: str


@dataclass
class Log:
    bars: list = field(default_factory=list)
    fills: list = field(default_factory=list)
    rejections: list = field(default_factory=list)  # (bar, asset, why)
    impossible: int = 0
    ended: tuple | None = None  # (bar, reason)
    seen: Counter = field(default_factory=Counter)
    broker: str = ""


def equity_of(cash, sizes, entries, closes, leverages):
    """Cash, what the positions lock, and their unrealised result."""
    rows = zip(sizes, entries, closes, leverages, strict=True)
    return cash + sum(abs(s) * e / lev + s * (c - e) for s, e, c, lev in rows)


class Player(bt.Strategy):
    params = (("plan", None), ("log", None))

    def __init__(self):
        plan = self.p.plan
        self.plan, self.log = plan, self.p.log
        self.fees = [plan.fees[data._name] for data in self.datas]
        self.no_shorts = tuple(data._name in plan.no_shorts for data in self.datas)
        self.peak = plan.cash
        self.interest = 0.0
        self.before = None  # sizes, entry prices and day of the last bar
        self.waiting = deque()  # (bar, action)
        self.expiries = {}  # by asset: (last bar, order)
        self.brackets = {}  # by asset, where fills may be partial
        self.openings = []
        self.over = False

    # -- the bar ------------------------------------------------------------------------------

    def next(self):
        plan, bar = self.plan, len(self) - 1
        row = self.look(bar)
        if self.over:
            self.env.runstop()
            return
        if bar < plan.first:
            return
        reason = self.ending(bar, row)
        if reason is not None:
            self.log.ended = (bar, reason)
            self.sell_everything()
            return
        self.tend(bar)
        while self.waiting and self.waiting[0][0] <= bar:
            self.act(self.waiting.popleft()[1], bar)
        if (bar - plan.first) % plan.skip == 0:
            if plan.latency:
                self.waiting.append((bar + plan.latency, plan.actions[bar]))
            else:
                self.act(plan.actions[bar], bar)

    def look(self, bar):
        """Log the bar's close."""
        positions = [self.getposition(data) for data in self.datas]
        sizes = tuple(one.size for one in positions)
        entries = tuple(one.price for one in positions)
        closes = [data.close[0] for data in self.datas]
        cash, value = self.broker.get_cash(), self.broker.get_value()
        equity = value
        if any(s < 0 and c > 2 * e for s, e, c in zip(sizes, entries, closes, strict=True)):
            leverages = [one.leverage for one in self.fees]
            equity = equity_of(cash, sizes, entries, closes, leverages)
            self.log.seen["short_beyond_twice_entry"] += 1
        self.accrue()
        self.before = sizes, entries, self.data.datetime.date()
        self.log.bars.append(Bar(bar, cash, value, equity, sizes, entries, self.interest))
        return self.log.bars[-1]

    def accrue(self):
        """Count the interest of the days since the last bar, on what was held then."""
        if self.before is None:
            return
        sizes, entries, day = self.before
        days = (self.data.datetime.date() - day).days
        for size, entry, fees in zip(sizes, entries, self.fees, strict=True):
            if size < 0 or fees.interest_long:
                self.interest += days * fees.interest / 365.0 * abs(size) * entry

    def held(self, asset):
        """Return the position in units, without what rounding left of a closed one."""
        size = self.getposition(self.datas[asset]).size
        return 0.0 if abs(size) * self.datas[asset].close[0] <= DUST * self.plan.cash else size

    def books(self):
        assets, row = range(len(self.datas)), self.log.bars[-1]
        working = [order.data for order in self.broker.get_orders_open()]
        return Books(
            cash=row.cash,
            equity=row.equity,
            closes=tuple(data.close[0] for data in self.datas),
            held=tuple(self.held(asset) for asset in assets),
            lots=tuple(one.lot for one in self.fees),
            no_shorts=self.no_shorts,
            waiting=tuple(data in working for data in self.datas),
        )

    # -- the end ------------------------------------------------------------------------------

    def ending(self, bar, row):
        """Return why the episode is over at this close, None while it goes on."""
        plan, equity = self.plan, row.equity
        self.peak = max(self.peak, equity)
        if bar == plan.first:
            return None
        held = [self.held(asset) for asset in range(len(self.datas))]
        gross = sum(abs(size) * data.close[0] for size, data in zip(held, self.datas, strict=True))
        lent = min(held) < 0 or any(one.leverage > 1 for one in self.fees)
        if equity <= 0 or (gross and lent and equity <= plan.maintenance * gross):
            self.log.seen["ruin_by_margin" if equity > 0 else "ruin_below_zero"] += 1
            return "RUIN"
        fall = 100 * (self.peak - equity) / self.peak
        if plan.drawdown_call is not None and fall >= plan.drawdown_call:
            return "DRAWDOWN_CALL"
        if plan.max_loss is not None and equity <= plan.cash * (1 - plan.max_loss / 100):
            return "MAX_LOSS"
        if plan.target_call is not None and equity >= plan.cash * (1 + plan.target_call / 100):
            return "TARGET_REACHED"
        return "END_OF_DATA" if bar == plan.last - 1 else None

    def sell_everything(self):
        self.over = True
        self.broker.set_filler(None)
        for asset in range(len(self.datas)):
            self.withdraw(asset)
            held = self.held(asset)
            if held:
                self.trade(asset, -held, role="liquidation", _checksubmit=False)

    # -- orders -------------------------------------------------------------------------------

    def tend(self, bar):
        """See to orders that grow old and to brackets that fill in parts."""
        for asset, (last, order) in list(self.expiries.items()):
            if order.alive() and bar >= last:
                self.cancel(order)
                self.log.seen["expired"] += 1
            if not order.alive():
                del self.expiries[asset]
        for asset, bracket in list(self.brackets.items()):
            if not bracket.tend(self.held(asset)):
                del self.brackets[asset]

    def act(self, action, bar):
        books = self.books()
        decided = self.plan.decide(action, books)
        self.log.impossible += decided.impossible
        for asset in decided.refused:
            self.log.rejections.append((bar, asset, "size"))
        for asset in decided.cancels:
            self.withdraw(asset)
        wishes = [self.allow(wish, books, bar) for wish in decided.wishes]
        wishes = sorted((wish for wish in wishes if wish), key=lambda wish: wish.asset)
        for wish in wishes:
            self.withdraw(wish.asset)
        reducing = [wish for wish in wishes if books.held[wish.asset] * wish.size < 0]
        for wish in reducing:
            self.place(wish, books.held[wish.asset], bar, check=False)
        for wish in wishes:
            if wish not in reducing:
                # backtrader's check at submission counts on none of the cash that others free,
                # so where others do, the check at the fill must be enough.
                self.place(wish, books.held[wish.asset], bar, check=not reducing)

    def allow(self, wish, books, bar):
        """Return what the account's rules leave of a wish, None when nothing is left."""
        held = books.held[wish.asset]
        closing = Wish(wish.asset, -held, limit=wish.limit, expiry=wish.expiry)
        if wish.size < 0 and held + wish.size < 0 and self.no_shorts[wish.asset]:
            if held > 0:
                return closing
            self.log.rejections.append((bar, wish.asset, "short"))
            return None
        opens = held * wish.size >= 0 or abs(wish.size) > abs(held)
        if opens and self.plan.max_orders is not None:
            recent = [one for one in self.openings if one > bar - self.plan.window]
            if len(recent) >= self.plan.max_orders:
                self.log.rejections.append((bar, wish.asset, "max_orders"))
                return closing if held * wish.size < 0 else None
            self.openings.append(bar)
        return wish

    def withdraw(self, asset):
        """Cancel the orders of an asset."""
        self.expiries.pop(asset, None)
        self.brackets.pop(asset, None)
        for order in self.broker.get_orders_open():
            if order.data is self.datas[asset]:
                self.cancel(order)

    def trade(self, asset, size, **options):
        place = self.buy if size > 0 else self.sell
        return place(data=self.datas[asset], size=abs(size), **options)

    def place(self, wish, held, bar, *, check):
        size = settled(held, wish.size)
        role = "entry"
        if held * size < 0:
            role = "reversal" if abs(size) > abs(held) else "exit"
        if wish.stop is not None and role != "exit":
            if self.fees[wish.asset].participation is None:
                place_bracket(self, wish, size, held, role, check)
            else:
                self.brackets[wish.asset] = PartBracket(self, wish, size, held, role, check)
            return
        options = {"role": role, "_checksubmit": check}
        if wish.limit is not None:
            options |= {"exectype": bt.Order.Limit, "price": wish.limit}
        order = self.trade(wish.asset, size, **options)
        if wish.expiry is not None:
            self.expiries[wish.asset] = (bar + wish.expiry, order)

    # -- what became of them --------------------------------------------------------------------

    def notify_order(self, order):
        bar, asset = len(self) - 1, self.datas.index(order.data)
        role = order.info.role
        if order.status in (order.Partial, order.Completed):
            for bit in order.executed.iterpending():
                fee = bit.closedcomm + bit.openedcomm
                self.log.fills.append(Fill(bar, asset, bit.size, bit.price, fee, role))
                self.log.seen[role] += 1
                if bit.closed and bit.opened:
                    self.log.seen["crossed_zero"] += 1
            left = abs(order.executed.remsize)
            if order.status == order.Partial and left > 1e-9 * abs(order.size):
                self.log.seen["partly_filled"] += 1
        elif order.status == order.Margin:
            partly = bool(order.executed.size)
            self.log.rejections.append((bar, asset, "margin_partial" if partly else "margin"))


def settled(held, size):
    """Return the size with which an order does what it is meant to, to the last bit.

    Half of a position sold twice may miss it by a rounding error: what leaves next to nothing
    leaves nothing. And the two parts of a reversal, closing and opening, must add up exactly;
    else backtrader keeps the order for the error, fills that on the next bar and charges a fixed
    or minimum commission for it.
    """
    if abs(held + size) <= DUST * abs(size):
        return -held
    if held * size < 0 and abs(size) > abs(held):
        for _ in range(4):
            size = -held + (held + size)
    return size


def run(times, ohlcv, names, plan):
    """Play ``plan`` on ohlcv [T, A, 5]; returns the Log."""
    log = Log()
    cerebro = bt.Cerebro(stdstats=False)
    cerebro.broker = make_broker(plan.cash, plan.fees, limits=plan.limits)
    log.broker = type(cerebro.broker).__name__
    index = pd.DatetimeIndex(times)
    for asset, name in enumerate(names):
        columns = ["open", "high", "low", "close", "volume"]
        frame = pd.DataFrame(ohlcv[:, asset], columns=columns, index=index)
        cerebro.adddata(bt.feeds.PandasData(dataname=frame), name=name)
    cerebro.addstrategy(Player, plan=plan, log=log)
    cerebro.run()
    for _, _, why in log.rejections:
        log.seen[f"rejected_{why}"] += 1
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
