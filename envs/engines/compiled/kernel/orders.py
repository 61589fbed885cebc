"""Orders that wait: how they are placed, checked, cancelled and chained to a bracket.

An asset has at most one main order, and the stop-loss and take-profit of its bracket. ``*_seq``
numbers all orders of an environment as they join backtrader's queue; fills follow it.
"""

from typing import Any

from tradegym.envs.engines.compiled.kernel.account import (
    closed_part,
    commission,
    locked_cash,
    opened_part,
)
from tradegym.envs.engines.compiled.kernel.jit import compiled
from tradegym.envs.engines.compiled.kernel.layout import (
    ACTIVATING,
    ACTIVE,
    INACTIVE,
    NONE,
    PENDING,
    SUBMITTED,
)


@compiled
def has_open_order(book: Any) -> bool:
    """Tell whether an order of the asset waits to be filled."""
    return book.m_state != NONE or book.s_state != NONE or book.t_state != NONE


@compiled
def cancel_children(book: Any) -> None:
    """Cancel stop-loss and take-profit."""
    book.s_state = NONE
    book.t_state = NONE


@compiled
def cancel(book: Any) -> None:
    """Cancel every order of an asset."""
    book.m_state = NONE
    book.m_expiry = -1
    cancel_children(book)


@compiled
def activate_children(book: Any) -> None:
    """Let the children of a bracket be filled from the next bar on."""
    if book.s_state == INACTIVE:
        book.s_state = ACTIVATING
    if book.t_state == INACTIVE:
        book.t_state = ACTIVATING


@compiled
def join_queue(env: Any, book: Any) -> None:
    """Put a main order at the end of the queue, its children behind it."""
    book.m_state = PENDING
    env.seq += 1
    book.m_seq = env.seq
    if book.m_bracket:
        env.seq += 2
        book.s_seq = env.seq - 1
        book.t_seq = env.seq


@compiled
def _place(env: Any, book: Any, units: float, price: float, check: int) -> None:
    book.m_limit = 0
    book.m_size = units
    book.m_rem = units
    book.m_price = price
    book.m_expiry = -1
    book.m_bracket = 0
    book.m_opened = 0.0
    book.m_fills = 0
    env.waiting = 1
    if check:
        book.m_state = SUBMITTED
        env.submitted = 1
    else:
        join_queue(env, book)


@compiled
def place_market(shared: Any, state: Any, i: int, a: int, units: float, check: int) -> None:
    """Place a market order of signed ``units``; ``check``: it needs the cash to open."""
    env = state.envs[i]
    close = shared.ohlcv[env.first_row + env.row, a, 3]
    _place(env, state.books[i, a], units, close, check)


@compiled
def place_limit(
    shared: Any,
    state: Any,
    i: int,
    a: int,
    units: float,
    limit: float,
    expiry_row: int,
    check: int,
) -> None:
    """Place a limit order; ``expiry_row``: the last bar on which it may fill, -1: none."""
    book = state.books[i, a]
    _place(state.envs[i], book, units, limit, check)
    book.m_limit = 1
    book.m_expiry = expiry_row


@compiled
def place_bracket(
    shared: Any,
    state: Any,
    i: int,
    a: int,
    units: float,
    opened: float,
    stop_loss: float,
    take_profit: float,
    check: int,
) -> None:
    """Place an entry at the market whose two children close what it opens (``opened`` units)."""
    env = state.envs[i]
    book = state.books[i, a]
    place_market(shared, state, i, a, units, check)
    book.m_bracket = 1
    book.s_state = INACTIVE
    book.s_size = -opened
    book.s_rem = -opened
    book.s_price = stop_loss
    book.s_fills = 0
    book.s_triggered = 0
    book.t_state = INACTIVE
    book.t_size = -opened
    book.t_rem = -opened
    book.t_price = take_profit
    book.t_fills = 0
    env.seq += 2
    book.s_seq = env.seq - 1
    book.t_seq = env.seq


@compiled
def check_submitted(shared: Any, state: Any, i: int) -> None:
    """Check the cash of the orders that were placed at the last close, in their order.

    As backtrader does it: each at the price at which it was created, and the cash that a refused
    order lacks is missing for those behind it.
    """
    env = state.envs[i]
    env.submitted = 0
    cash = env.cash
    for a in range(shared.rules[0].n_assets):
        book = state.books[i, a]
        if book.m_state != SUBMITTED:
            continue
        asset = shared.assets[a]
        price = book.m_price
        closed = closed_part(book.units, book.m_rem)
        if closed != 0.0:
            cash += locked_cash(asset, closed, price)
            cash -= commission(asset, closed, price)
        opened = opened_part(book.units, book.m_rem)
        if opened != 0.0:
            cash -= locked_cash(asset, opened, price)
            cash -= commission(asset, opened, price)
        if cash >= 0.0:
            join_queue(env, book)
        else:
            env.rejected += 1
            cancel(book)


@compiled
def activate(shared: Any, state: Any, i: int) -> None:
    """Let the children that were told to on an earlier bar be filled from this one on."""
    for a in range(shared.rules[0].n_assets):
        book = state.books[i, a]
        if book.s_state == ACTIVATING:
            book.s_state = ACTIVE
        if book.t_state == ACTIVATING:
            book.t_state = ACTIVE


@compiled
def expire(shared: Any, state: Any, i: int) -> None:
    """Cancel the limit orders whose last bar this was."""
    env = state.envs[i]
    for a in range(shared.rules[0].n_assets):
        book = state.books[i, a]
        if book.m_expiry >= 0 and env.row >= book.m_expiry:
            book.m_state = NONE
            book.m_expiry = -1
