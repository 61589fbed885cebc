"""Random bars, once for the strategy's own classes and once for the kernel's functions."""

import numpy as np

from tradegym.envs.engines.compiled.kernel import layout
from tradegym.envs.engines.compiled.kernel.layout import Shared, State
from tradegym.envs.engines.compiled.program.rewards import term_table
from tradegym.envs.strategies.broker_stats import ALL_NAMES, NAMES, WEIGHTS, BrokerStats
from tradegym.envs.strategies.rewards import BarView, Reward, RewardSetup
from tradegym.envs.strategies.rewards.options import complete_terms
from tradegym.envs.strategies.statistics import Drawdown

START = 1000.0


def draw_bars(rng, number, n_assets=1):
    """Draw bars of an account that trades, rests, doubles, is ruined and comes back."""
    closes, positions, value, bars = [100.0] * n_assets, [0.0] * n_assets, START, []
    for at in range(number):
        opens = [close * float(np.exp(rng.normal(0, 0.01))) for close in closes]
        closes = [price * float(np.exp(rng.normal(0, 0.02))) for price in opens]
        trades, closed, before = at and rng.random() < 0.4, False, positions
        if trades:
            positions = [float(rng.choice([0.0, 0.0, 1.5, -2.0, 3.0])) for _ in closes]
            closed = any(before) and rng.random() < 0.7
        moves = any(before) or any(positions)
        if at and moves:
            value += float(rng.normal(0, 10))
            if rng.random() < 0.02:
                value = float(rng.choice([-50.0, 0.0, 1e-3, 2000.0, START]))
        bars.append(
            {
                "cash": value - sum(map(abs, positions)) * float(rng.uniform(0, 150)),
                "value": value,
                "positions": positions,
                "opens": opens,
                "closes": closes,
                "leverage": float(rng.uniform(0.0, 3.0)),
                "realized": float(rng.normal(0, 5)) if closed else 0.0,
                "closed": bool(closed),
                "orders": int(rng.integers(1, 3)) if trades else 0,
                "fills": int(bool(trades)),
            }
        )
    return bars


class Played:
    """An account played by the classes of ``envs.strategies``.

    ``shown`` is the window of statistics, ``rewards`` and ``parts`` what the last step paid.
    """

    def __init__(
        self, terms=None, *, skip=1, n_assets=1, length=4, names=NAMES, lower=10.0, upper=10.0
    ):
        self._terms, self._skip = complete_terms(terms or {}), skip
        self._length = length
        self._stats = BrokerStats(START, lower, upper, max(length, 2), names, n_assets)
        self._drawdown, self._view = Drawdown(START), BarView()
        self._reward = None

    def bar(self, bar):
        closes, positions = bar["closes"], bar["positions"]
        drawdown = self._drawdown.update(bar["value"])
        held = any(positions)
        self._stats.update(
            drawdown=drawdown,
            leverage=bar["leverage"] if held else 0.0,
            **{key: bar[key] for key in ("cash", "value", "positions", "closes")},
            **{key: bar[key] for key in ("realized", "closed")},
        )
        if self._reward is None:
            setup = RewardSetup(START, self._skip, tuple(closes))
            self._reward = Reward(self._terms, setup, complete=True)
            return
        view, stats = self._view, self._stats
        for key in ("value", "cash", "positions", "opens", "closes", "orders", "fills", "closed"):
            setattr(view, key, bar[key])
        view.drawdown, view.pos_duration = drawdown, stats.duration
        view.realized_pnl, view.unrealized_pnl = stats.realized_pnl, stats.unrealized_pnl
        self._reward.on_bar(view)

    def collect(self):
        reward = self._reward.collect()
        return [reward, *self._reward.last.values()]

    def shown(self):
        return self._stats.window(self._length)

    def numbers(self):
        stats, drawdown = self._stats, self._drawdown
        return [
            *(stats.realized_pnl, stats.unrealized_pnl, stats.duration),
            *(drawdown.percent, drawdown.max_percent, drawdown.peak),
        ]


class Kernel:
    """The same account played by the kernel's functions, given as two modules.

    Parameters
    ----------
    statistics, rewards : module
        Of the kernel, plain or compiled.
    bars : list of dict
        All bars of the account.
    """

    def __init__(
        self,
        statistics,
        rewards,
        bars,
        terms=None,
        *,
        skip=1,
        n_assets=1,
        length=4,
        names=NAMES,
        lower=10.0,
        upper=10.0,
    ):
        self._statistics, self._rewards, self._row = statistics, rewards, -1
        table, width = term_table(
            complete_terms(terms or {}), skip_frame=skip, n_assets=n_assets, at=2
        )
        self.shared = _shared(bars, table, n_assets, names)
        rules = self.shared.rules[0]
        rules.n_assets, rules.skip_frame, rules.start_cash = n_assets, skip, START
        rules.stat_lower = 100.0 if lower is None else lower
        rules.stat_upper = 100.0 if upper is None else upper
        rules.stat_scale = 100.0 / (START * (rules.stat_lower + rules.stat_upper))
        rules.avg_period = length
        rules.internal_at = 0 if names else -1
        columns = len(self.shared.columns)
        # A second environment beside it, which must stay as it is.
        self.state = State(
            envs=np.zeros(2, layout.ENV),
            books=np.zeros((2, n_assets), layout.BOOK),
            requests=np.zeros((2, n_assets), layout.REQUEST),
            memory=np.full((2, 2 + width + 1), np.nan),
            stats=np.zeros((2, 2 * length * columns), np.float32),
            row=np.zeros((2, 12 + n_assets)),
            terms=np.zeros((2, len(table))),
        )
        env = self.state.envs[1]
        env.stat_head = -1
        env.peak = env.value = env.value_at_close = env.low = env.high = START

    def bar(self, bar):
        shared, state, first = self.shared, self.state, self._row < 0
        self._row += 1
        env = state.envs[1]
        env.cash, env.value, env.leverage = bar["cash"], bar["value"], bar["leverage"]
        env.realized, env.closed = bar["realized"], bar["closed"]
        for book, units in zip(state.books[1], bar["positions"], strict=True):
            # What rounding left of a closed position is none.
            book.units, book.running = units or 1e-15, units != 0.0
        if first:
            self._rewards.begin_rewards(shared, state, 1, self._row)
        self._statistics.update_drawdown(env, env.value)
        self._statistics.update_statistics(shared, state, 1, self._row)
        if not first:
            env.bar_orders = bar["orders"]
            env.bar_closed = bar["closed"]
            self._rewards.reward_bar(shared, state, 1, self._row)

    def collect(self):
        reward = self._rewards.collect_reward(self.shared, self.state, 1)
        return [reward, *self.state.terms[1]]

    def shown(self):
        head = self.state.envs[1].stat_head
        ring = self.state.stats[1].reshape(-1, len(self.shared.columns))
        return ring[head : head + self.shared.rules[0].avg_period]

    def numbers(self):
        env = self.state.envs[1]
        return [
            *(env.realized_pnl, env.unrealized_pnl, env.duration),
            *(env.drawdown, env.max_drawdown, env.peak),
        ]


def _shared(bars, table, n_assets, names):
    ohlcv = np.full((len(bars), n_assets, 5), np.nan)
    ohlcv[:, :, 0] = [bar["opens"] for bar in bars]
    ohlcv[:, :, 3] = [bar["closes"] for bar in bars]
    columns: list[int] = []
    for name in names:
        first = ALL_NAMES.index(name)
        columns += range(first, first + (n_assets if name == WEIGHTS else 1))
    return Shared(
        rules=np.zeros(1, layout.RULES),
        assets=np.zeros(n_assets, layout.ASSET),
        choices=np.zeros(0, layout.CHOICE),
        terms=table,
        columns=np.array(columns, np.int64),
        ohlcv=ohlcv,
        raw=np.zeros((0, 4 * n_assets), np.float32),
        features=np.zeros((0, 0), np.float32),
        days=np.zeros(0, np.int64),
    )


def rewards_of(played, bars, skip):
    """Play all bars and return the reward and its parts of every step, [steps, 1 + terms]."""
    paid = []
    for number, bar in enumerate(bars):
        played.bar(bar)
        # The final liquidation makes the last step one bar longer.
        if number == len(bars) - 1 or (number and number % skip == 0 and number < len(bars) - 2):
            paid.append(played.collect())
    return np.array(paid)
