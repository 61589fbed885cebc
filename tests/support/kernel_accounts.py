"""Random accounts, once for the action schemes and once as the kernel's arrays."""

from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np

from tradegym.conf.schema.actions import ActionsConfig
from tradegym.envs.engines.backtrader.commission import MarketCommission
from tradegym.envs.engines.backtrader.sizers import SIZINGS
from tradegym.envs.engines.compiled.kernel import layout
from tradegym.envs.engines.compiled.kernel.layout import Shared, State
from tradegym.envs.engines.compiled.program.actions import choice_table
from tradegym.envs.strategies.actions import make_scheme
from tradegym.envs.strategies.orders import floor_to_lot

KINDS = {"percent": layout.PERCENT, "per_unit": layout.PER_UNIT, "fixed": layout.FIXED_FEE}
SIZING = {
    "fixed": layout.FIXED,
    "equity_fraction": layout.EQUITY_FRACTION,
    "cash_fraction": layout.CASH_FRACTION,
}
#: Options of each scheme beside the defaults.
OPTIONS = {
    "discrete": ({}, {"portfolio_actions": ["close", "sell", "hold", "buy"]}),
    "target": ({}, {"levels": [0.0, 0.3, -1.0, -0.3, 1.0], "threshold": 0.1, "reserve": 0.0}),
    "sizes": ({}, {"size_of": "equity", "sizes": [1.0, 0.3], "reserve": 0.2}),
    "bsh": ({}, {"reserve": 0.0}),
    "bracket": ({"shorts": True}, {}),
    "limit": ({"expiry": None}, {"offsets": [0.01, 0.0], "expiry": 3}),
    "weights": ({}, {"transform": "simplex"}, {"shorts": True, "threshold": 0.0}),
}


@dataclass
class PlainAccount:
    """Implements `tradegym.envs.strategies.account.Account` with the engine's own rules."""

    cash: float
    equity: float
    closes: list
    held: list
    costs: list
    sizing: str
    waiting: list

    @property
    def assets(self):
        return tuple(f"asset{i}" for i in range(len(self.closes)))

    def close(self, asset):
        return self.closes[asset]

    def position(self, asset):
        return self.held[asset]

    def order_size(self, asset, *, is_buy):
        costs, broker = self.costs[asset], SimpleNamespace(getvalue=lambda: self.equity)
        size = SIZINGS[self.sizing](costs, broker, self.cash, self.closes[asset])
        return floor_to_lot(size, costs.lot) if size > 0.0 else 0.0

    def floor_to_lot(self, asset, size):
        return floor_to_lot(size, self.costs[asset].lot)

    def may_short(self, asset):
        return self.costs[asset].short

    def affordable(self, asset, size, price=None):
        if self.held[asset] * size < 0.0:
            return True
        info = MarketCommission(
            kind=self.costs[asset].commission_kind,
            commission=self.costs[asset].commission,
            minimum=self.costs[asset].minimum,
            leverage=self.costs[asset].leverage,
        )
        price = self.closes[asset] if price is None else price
        cost = info.getoperationcost(size, price) / info.get_leverage()
        return self.cash - cost - info.getcommission(size, price) >= 0.0

    def has_open_order(self, asset):
        return self.waiting[asset]

    def leverage(self, asset):
        return self.costs[asset].leverage


def draw_account(rng, n_assets):
    """Draw an account; about half of the numbers come from a few that meet each other."""
    shorts = rng.random() < 0.6
    closes = [float(rng.choice([0.7, 10.0, 100.0, rng.uniform(1, 900)])) for _ in range(n_assets)]
    cash = float(rng.choice([-50.0, 0.0, 1000.0, rng.uniform(0.0, 5000.0)]))
    costs = [_draw_costs(rng, shorts) for _ in range(n_assets)]
    held = [float(rng.choice([0.0, 0.0, 1.0, 2.0, -2.0, rng.normal(0, 20)])) for _ in closes]
    held = [one if cost.short else abs(one) for one, cost in zip(held, costs, strict=True)]
    worth = sum(one * close for one, close in zip(held, closes, strict=True))
    return PlainAccount(
        cash=cash,
        equity=cash + worth,
        closes=closes,
        held=held,
        costs=costs,
        sizing=str(rng.choice(list(SIZING))),
        waiting=[bool(rng.random() < 0.4) for _ in closes],
    )


def _draw_costs(rng, shorts):
    return SimpleNamespace(
        commission_kind=str(rng.choice(list(KINDS))),
        commission=float(rng.choice([0.0, 0.001])),
        minimum=float(rng.choice([0.0, 0.0, 2.0])),
        leverage=float(rng.choice([1.0, 1.0, 3.0])),
        lot=float(rng.choice([0.0, 0.0, 1.0, 0.1])),
        short=bool(shorts and rng.random() < 0.9),
        fixed_stake=float(rng.choice([0.0, 1.0, 2.0, 7.5])),
        equity_fraction=float(rng.choice([0.1, 1.0])),
        cash_fraction=float(rng.choice([0.5, 1.0])),
    )


def make_actions(name, n_assets, options=None):
    """Return the scheme called ``name`` with ``options`` beside the defaults."""
    given = ActionsConfig(scheme=name, **(options or {})).model_dump()
    names = tuple(f"asset{i}" for i in range(n_assets))
    return make_scheme(given, names, joint=name == "weights" or n_assets > 1)


def draw_action(rng, scheme):
    """Return an action for the scheme and the same as the kernel's floats."""
    if scheme.names:
        numbers = rng.integers(len(scheme.names), size=len(scheme.assets))
        return (numbers if scheme.joint else int(numbers[0])), numbers.astype(np.float64)
    low = scheme.space.low[0]
    entries = rng.uniform(low, 1.0, len(scheme.parts)).astype(np.float32)
    entries[rng.random(len(entries)) < 0.3] = rng.choice([0.0, low, 1.0])
    return entries, entries.astype(np.float64)


def kernel_arrays(account, scheme, *, row=0, max_orders=-1, window=1):
    """Return the account and the scheme as `Shared` and `State` of one environment."""
    n_assets = len(account.closes)
    fields, choices = choice_table(scheme)
    rules = np.zeros(1, layout.RULES)
    fields |= {"n_assets": n_assets, "sizing": SIZING[account.sizing]}
    fields |= {"max_orders": max_orders, "max_orders_window": window, "openings_at": 1}
    for key, value in fields.items():
        rules[key] = value
    assets = np.zeros(n_assets, layout.ASSET)
    for row_of, costs in zip(assets, account.costs, strict=True):
        for key, value in vars(costs).items():
            row_of[key] = KINDS[value] if key == "commission_kind" else value
    ohlcv = np.zeros((row + 1, n_assets, 5))
    ohlcv[row, :, :4] = np.array(account.closes)[:, None]
    shared = Shared(
        rules=rules,
        assets=assets,
        choices=choices,
        terms=np.zeros(0, layout.TERM),
        columns=np.zeros(0, np.int64),
        ohlcv=ohlcv,
        raw=np.zeros((0, 4 * n_assets), np.float32),
        features=np.zeros((0, 0), np.float32),
        days=np.zeros(0, np.int64),
    )
    envs, books = np.zeros(1, layout.ENV), np.zeros((1, n_assets), layout.BOOK)
    envs[0].row, envs[0].cash, envs[0].value = row, account.cash, account.equity
    for book, held, waits in zip(books[0], account.held, account.waiting, strict=True):
        book.units, book.running = held, held != 0.0
        book.m_state = layout.PENDING if waits else layout.NONE
    state = State(
        envs=envs,
        books=books,
        requests=np.zeros((1, n_assets), layout.REQUEST),
        memory=np.zeros((1, 2 + max(max_orders, 0))),
        stats=np.zeros((1, 2, 0), np.float32),
        row=np.zeros((1, 12 + n_assets)),
        terms=np.zeros((1, 0)),
    )
    return shared, state
