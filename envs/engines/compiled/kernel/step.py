"""The timeline of an episode: `tradegym.envs.strategies.base.BaseStrategy` without backtrader.

At the close of bar t the agent decides; its orders fill at the open of t+1; bar t+1 closes, equity
is marked, the endings are checked, the reward is paid. When an ending holds at the close of t,
waiting orders are cancelled, every position is closed at the open of t+1, and the step ends there.
"""

from typing import Any

from tradegym.envs.engines.compiled.kernel.account import position
from tradegym.envs.engines.compiled.kernel.address import part_of_row
from tradegym.envs.engines.compiled.kernel.execution import decide
from tradegym.envs.engines.compiled.kernel.fills import next_bar
from tradegym.envs.engines.compiled.kernel.jit import compiled, folded
from tradegym.envs.engines.compiled.kernel.layout import (
    R_DRAWDOWN_CALL,
    R_END_OF_DATA,
    R_MAX_LOSS,
    R_RUIN,
    R_TARGET_REACHED,
)
from tradegym.envs.engines.compiled.kernel.orders import cancel, expire, place_market
from tradegym.envs.engines.compiled.kernel.rewards import (
    begin_rewards,
    collect_reward,
    reward_bar,
)
from tradegym.envs.engines.compiled.kernel.statistics import update_drawdown, update_statistics

# Percent; a percentage of money is exact to about 1e-14.
_ROUNDING = 1e-10


@compiled
def reset_env(
    shared: Any, state: Any, i: int, first_row: int, length: int, key: int, number: int
) -> None:
    """Begin an episode and play it up to its first decision.

    Parameters
    ----------
    shared : Shared
    state : State
    i : int
    first_row : int
        Row of the bar table of the episode's first bar, a warm-up bar.
    length : int
        Bars, warm-up and the reserved last one included.
    key : int
        Of the episode, unsigned.
    number : int
        Episodes of the environment before this one.
    """
    rules = shared.rules[0]
    env = state.envs[i]
    start = rules.start_cash
    env.first_row = first_row
    env.length = length
    env.row = rules.warmup
    env.over = 0
    env.reason = 0
    env.decisions = 1
    env.bars_in_step = 0
    env.seq = 0
    env.cash = start
    env.value = start
    env.leverage = 0.0
    env.peak = start
    env.drawdown = 0.0
    env.max_drawdown = 0.0
    env.commission = 0.0
    env.interest = 0.0
    env.trades = 0
    env.rejected = 0
    env.impossible = 0
    env.n_fills = 0
    env.placed = 0
    env.realized = 0.0
    env.closed = 0
    env.liquidating = 0
    env.submitted = 0
    env.waiting = 0
    env.duration = 0
    env.low = start
    env.high = start
    env.value_at_close = start
    env.realized_pnl = 0.0
    env.unrealized_pnl = 0.0
    env.stat_head = -1  # an empty ring
    env.bar_orders = 0
    env.bar_closed = 0
    env.n_openings = 0
    env.delayed_first = 0
    env.delayed_next = 0
    env.reward = 0.0
    env.episode_return = 0.0
    env.episode_length = 0
    env.key = key
    env.number = number
    for a in range(rules.n_assets):
        book = state.books[i, a]
        book.units = 0.0
        book.price = 0.0
        book.day = 0
        book.running = 0
        book.taken = 0.0
        cancel(book)
    for k in range(len(shared.terms)):
        state.terms[i, k] = 0.0
    begin_rewards(shared, state, i, first_row + env.row)
    _update_books(shared, state, i)


@folded
def play(shared: Any, state: Any, i: int, action: Any) -> None:
    """Take an action at the current close and play on to the next decision or to the end.

    Parameters
    ----------
    shared : Shared
    state : State
    i : int
        An environment whose episode is not over.
    action : ndarray of float64, shape [action_width]
    """
    rules = shared.rules[0]
    env = state.envs[i]
    if rules.latency:
        _delay(shared, state, i, action)
    else:
        decide(shared, state, i, action)
    while True:
        env.row += 1
        next_bar(shared, state, i)
        _update_books(shared, state, i)
        env.bar_orders = env.placed
        env.placed = 0
        env.bars_in_step += 1
        reward_bar(shared, state, i, env.first_row + env.row)
        if env.reason:
            env.over = 1
            break
        env.reason = _find_ending(shared, state, i)
        if env.reason:
            _liquidate(shared, state, i)
            continue
        if env.waiting:
            expire(shared, state, i)
        if env.delayed_first < env.delayed_next:
            _place_delayed(shared, state, i)
        if env.bars_in_step >= rules.skip_frame:
            env.decisions += 1
            break
    env.bars_in_step = 0
    env.reward = collect_reward(shared, state, i)
    env.episode_return += env.reward
    env.episode_length += 1


@compiled
def _update_books(shared: Any, state: Any, i: int) -> None:
    """Bring drawdown and statistics to the current close."""
    env = state.envs[i]
    update_drawdown(env, env.value)
    update_statistics(shared, state, i, env.first_row + env.row)
    env.bar_closed = env.closed
    env.realized = 0.0
    env.closed = 0


@compiled
def _find_ending(shared: Any, state: Any, i: int) -> int:
    """Return the first reason that holds at this close, 0: none."""
    rules = shared.rules[0]
    env = state.envs[i]
    equity = env.value
    if _is_ruined(shared, state, i, equity):
        return R_RUIN
    change = 100.0 * (equity / rules.start_cash - 1.0)
    if env.drawdown >= rules.drawdown_call - _ROUNDING:
        return R_DRAWDOWN_CALL
    if -change >= rules.max_loss - _ROUNDING:
        return R_MAX_LOSS
    if change >= rules.target_call - _ROUNDING:
        return R_TARGET_REACHED
    if env.row >= env.length - 2:
        return R_END_OF_DATA
    return 0


@compiled
def _is_ruined(shared: Any, state: Any, i: int, equity: float) -> bool:
    """Tell whether nothing is left, or less than the maintenance margin asks for."""
    if equity <= 0.0:
        return True
    rules = shared.rules[0]
    r = state.envs[i].first_row + state.envs[i].row
    gross = 0.0
    counts = rules.margin_always
    for a in range(rules.n_assets):
        held = position(state.books[i, a])
        if held < 0.0:
            counts = 1
        gross += abs(held) * shared.ohlcv[r, a, 3]
    return counts != 0 and gross != 0.0 and equity <= rules.maintenance_margin * gross


@compiled
def _liquidate(shared: Any, state: Any, i: int) -> None:
    """Cancel everything that waits and close all positions at the next open, whatever it takes."""
    env = state.envs[i]
    env.delayed_first = env.delayed_next
    env.liquidating = 1
    unchecked = env.delayed_next - env.delayed_first  # a 0 that is no constant of its own
    for a in range(shared.rules[0].n_assets):
        book = state.books[i, a]
        cancel(book)
        held = position(book)
        if held != 0.0:
            place_market(shared, state, i, a, -held, unchecked)
    env.placed = 0


@compiled
def _delay(shared: Any, state: Any, i: int, action: Any) -> None:
    """Keep an action until its time has come."""
    rules = shared.rules[0]
    env = state.envs[i]
    width = rules.action_width + 1
    at = rules.delayed_at + env.delayed_next % (rules.latency + 1) * width
    state.memory[i, at] = env.row + rules.latency
    for k in range(rules.action_width):
        state.memory[i, at + 1 + k] = action[k]
    env.delayed_next += 1


@compiled
def _place_delayed(shared: Any, state: Any, i: int) -> None:
    """Turn the actions that have waited long enough into orders."""
    rules = shared.rules[0]
    env = state.envs[i]
    width = rules.action_width + 1
    while env.delayed_first < env.delayed_next:
        at = rules.delayed_at + env.delayed_first % (rules.latency + 1) * width
        if state.memory[i, at] > env.row:
            return
        env.delayed_first += 1
        decide(shared, state, i, part_of_row(state.memory, i, at + 1))
