"""Drawdown and broker statistics of a bar: `tradegym.envs.strategies.broker_stats` compiled."""

from typing import Any

from tradegym.envs.engines.compiled.kernel.account import position
from tradegym.envs.engines.compiled.kernel.jit import compiled

# Keeps a normalised amount of money inside (-1, 1).
_LEAST = 1e-8
_MOST = 1.0 - _LEAST
# Percent of the start cash that the scale of the free cash reaches down to.
_CASH_LOWER = 99.0


@compiled
def update_drawdown(env: Any, value: float) -> None:
    """Take in the equity (money) of the next bar."""
    peak = env.peak
    if value >= peak:
        env.peak = value
        env.drawdown = 0.0
        return
    percent = (peak - value) / peak * 100.0
    env.drawdown = percent
    if percent > env.max_drawdown:
        env.max_drawdown = percent


@compiled
def update_statistics(shared: Any, state: Any, i: int, r: int) -> None:
    """Append one bar to the statistics.

    Reads cash, equity, leverage, drawdown, ``realized`` and ``closed`` of the environment and its
    positions. The columns that the internal state shows go to both copies of the ring; an empty
    ring (``stat_head`` of -1) is filled with them, since the account did not change before.

    Parameters
    ----------
    shared : Shared
    state : State
    i : int
    r : int
        Row of the bar table at whose close the account stands.
    """
    rules = shared.rules[0]
    env = state.envs[i]
    value = env.value
    units = 0.0
    net = 0.0
    gross = 0.0
    is_held = False
    for a in range(rules.n_assets):
        held = position(state.books[i, a])
        if held != 0.0:
            worth = held * shared.ohlcv[r, a, 3]
            units += held
            net += worth
            gross += abs(worth)
            is_held = True

    base = env.value_at_close
    low = value
    high = value
    duration = 0
    if env.closed:
        base = value
        env.value_at_close = value
    if gross != 0.0:
        duration = env.duration
        if duration != 0 and not env.closed:
            low = min(env.low, value)
            high = max(env.high, value)
        duration += 1
    env.low = low
    env.high = high
    env.duration = duration
    scale = rules.stat_scale
    realized = env.realized * scale
    unrealized = (value - base) * scale
    env.realized_pnl = realized
    env.unrealized_pnl = unrealized
    if rules.internal_at < 0:
        return

    # All of BTgym's ten are cheaper than a choice among them; the others are divisions.
    start = rules.start_cash
    upper = rules.stat_upper
    lower = rules.stat_lower
    row = state.row
    row[i, 0] = _norm_value(env.cash, start, _CASH_LOWER, upper)
    row[i, 1] = _norm_value(value, start, lower, upper)
    row[i, 2] = units / (start * (env.leverage if is_held else 0.0) + 0.01)
    row[i, 3] = env.drawdown
    row[i, 4] = 1.0 if net > 0.0 else (-1.0 if net < 0.0 else 0.0)
    row[i, 5] = float(duration)
    row[i, 6] = realized
    row[i, 7] = unrealized
    row[i, 8] = (low - base) * scale
    row[i, 9] = (high - base) * scale
    equity = value if value > 0.0 else start  # ruined: the scale no longer matters
    row[i, 10] = net / equity
    row[i, 11] = gross / equity
    for a in range(rules.n_assets):
        row[i, 12 + a] = position(state.books[i, a]) * shared.ohlcv[r, a, 3] / equity
    _show(shared, state, i, rules.avg_period)


@compiled
def _norm_value(value: float, start: float, lower: float, upper: float) -> float:
    """Map money to (-1, 1): -1 at ``-lower`` percent of ``start``, +1 at ``+upper`` percent."""
    unit = ((value / start - 1.0) * 100.0 - upper) / (lower + upper) + 1.0
    return 2.0 * min(max(unit, _LEAST), _MOST) - 1.0


@compiled
def _show(shared: Any, state: Any, i: int, period: int) -> None:
    """Write the shown columns of the bar to the ring, twice, so that a window is in one piece."""
    env = state.envs[i]
    head = env.stat_head
    columns, row, ring = shared.columns, state.row[i], state.stats[i]
    width = len(columns)
    if head < 0:
        for k in range(2 * period):
            for s in range(width):
                ring[k * width + s] = row[columns[s]]
        head = 0
    else:
        first, second = head * width, (head + period) * width
        for s in range(width):
            shown = row[columns[s]]
            ring[first + s] = shown
            ring[second + s] = shown
    head += 1
    env.stat_head = 0 if head == period else head
