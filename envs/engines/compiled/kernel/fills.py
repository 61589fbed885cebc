"""What a bar does to the account: the queue of orders meets its prices.

`next_bar` is backtrader's ``BackBroker.next`` with the repairs of the packaged broker
(`tradegym.envs.engines.backtrader.brackets`, ``equity`` and ``broker``).
"""

import math
from typing import Any

from tradegym.envs.engines.compiled.kernel.account import (
    DUST,
    charge_interest,
    closed_part,
    commission,
    locked_cash,
    mark_to_market,
    move_position,
    opened_part,
)
from tradegym.envs.engines.compiled.kernel.jit import compiled
from tradegym.envs.engines.compiled.kernel.layout import ACTIVE, INACTIVE, NONE, PENDING
from tradegym.envs.engines.compiled.kernel.orders import (
    activate,
    activate_children,
    cancel,
    cancel_children,
    check_submitted,
)

#: Part of an order below which what is left of it is a rounding error.
_REST_OF_ORDER = 1e-12
_ROUNDING = 1e-9

MAIN, STOP, TAKE = 0, 1, 2
_ALIVE, _COMPLETED, _REFUSED = 0, 1, 2


@compiled
def next_bar(shared: Any, state: Any, i: int) -> None:
    """Play the broker's part of the current bar: checks, interest, fills, marking to market."""
    rules = shared.rules[0]
    env = state.envs[i]
    r = env.first_row + env.row
    if env.waiting:
        activate(shared, state, i)
        if env.submitted:
            check_submitted(shared, state, i)
    if rules.has_interest:
        charge_interest(shared, state, i, r)
    if env.waiting:
        if rules.has_volume_limit:
            for a in range(rules.n_assets):
                state.books[i, a].taken = 0.0
        fill_queue(shared, state, i, r)
    mark_to_market(shared, state, i, r)


@compiled
def fill_queue(shared: Any, state: Any, i: int, r: int) -> None:
    """Try the orders of all assets in the order in which they joined the queue."""
    env = state.envs[i]
    nobody = shared.rules[0].n_assets
    last = nobody - nobody  # a 0 that is a variable: numba compiles a second time for a constant
    while True:
        first = env.seq + 1
        asset, part = nobody, last
        waiting = 0
        for a in range(nobody):
            book = state.books[i, a]
            if book.m_state != NONE:
                waiting = 1
                if book.m_state == PENDING and last < book.m_seq < first:
                    first, asset, part = book.m_seq, a, MAIN
            if book.s_state != NONE:
                waiting = 1
                if book.s_state == ACTIVE and last < book.s_seq < first:
                    first, asset, part = book.s_seq, a, STOP
            if book.t_state != NONE:
                waiting = 1
                if book.t_state == ACTIVE and last < book.t_seq < first:
                    first, asset, part = book.t_seq, a, TAKE
        if asset == nobody:
            env.waiting = waiting
            return
        last = first
        try_order(shared, state, i, asset, r, part)


# -- prices ---------------------------------------------------------------------------------------


@compiled
def slipped(asset: Any, price: float, side: float) -> float:
    """Return the price of a buy (``side`` 1) or sell (-1) with this base price; never capped."""
    return price * (1.0 + side * asset.slip_perc) + side * asset.slip_fixed


@compiled
def limit_price(shared: Any, a: int, r: int, limit: float, side: float) -> float:
    """Return the price at which a limit order is filled on bar ``r``; 0: it is not."""
    opened = shared.ohlcv[r, a, 0]
    if side > 0.0:
        if limit >= opened:
            return min(slipped(shared.assets[a], opened, side), limit)
        return limit if limit >= shared.ohlcv[r, a, 2] else 0.0
    if limit <= opened:
        return max(slipped(shared.assets[a], opened, side), limit)
    return limit if limit <= shared.ohlcv[r, a, 1] else 0.0


@compiled
def stop_price(shared: Any, a: int, r: int, book: Any, side: float) -> float:
    """Return the price at which the stop-loss is filled on bar ``r``; 0: it is not."""
    opened, stop = shared.ohlcv[r, a, 0], book.s_price
    base = opened
    if not book.s_triggered:  # else it has been a market order since it was reached
        if side > 0.0:
            if opened < stop:
                if shared.ohlcv[r, a, 1] < stop:
                    return 0.0
                base = stop
        elif opened > stop:
            if shared.ohlcv[r, a, 2] > stop:
                return 0.0
            base = stop
    return slipped(shared.assets[a], base, side)


# -- orders ---------------------------------------------------------------------------------------


@compiled
def try_order(shared: Any, state: Any, i: int, a: int, r: int, part: int) -> None:
    """Fill one of an asset's orders if the bar reaches it, with what follows for the others."""
    book = state.books[i, a]
    if part == STOP:
        price = stop_price(shared, a, r, book, 1.0 if book.s_size > 0.0 else -1.0)
    elif part == TAKE:
        price = limit_price(shared, a, r, book.t_price, 1.0 if book.t_size > 0.0 else -1.0)
    else:
        side = 1.0 if book.m_size > 0.0 else -1.0
        if book.m_limit:
            price = limit_price(shared, a, r, book.m_price, side)
        else:
            price = slipped(shared.assets[a], shared.ohlcv[r, a, 0], side)
    if price == 0.0:
        return
    outcome = _execute(shared, state, i, a, r, part, price)
    if outcome == _ALIVE:
        if part == STOP:
            book.s_triggered = 1
    elif part == MAIN:
        _end_main(book, outcome)
    else:  # one child is over: so is the other, and what is left of the entry
        cancel(book)


@compiled
def _end_main(book: Any, outcome: int) -> None:
    """Take the main order out of the queue; its children become active or are cancelled."""
    book.m_state = NONE
    book.m_expiry = -1
    if book.m_bracket:
        if outcome == _REFUSED and book.m_opened == 0.0:
            cancel_children(book)
        else:  # what was opened before the rest was refused keeps its stop
            activate_children(book)


@compiled
def _allowed_by_volume(asset: Any, book: Any, volume: float, wanted: float) -> float:
    """Return how many units (at least 0) of ``wanted`` the bar's volume leaves room for."""
    room = asset.volume_limit * volume - book.taken
    units = wanted
    if room < wanted * (1.0 - _ROUNDING):
        room = max(room, 0.0)
        if asset.lot > 0.0:
            room = math.floor(room / asset.lot + _ROUNDING) * asset.lot
        units = min(wanted, room)
    book.taken += units
    return units


@compiled
def _execute(shared: Any, state: Any, i: int, a: int, r: int, part: int, price: float) -> int:
    """Fill an order as far as volume and cash allow; returns what became of it."""
    env = state.envs[i]
    book = state.books[i, a]
    asset = shared.assets[a]
    if part == MAIN:
        units = book.m_rem
    elif part == STOP:
        units = book.s_rem
    else:
        units = book.t_rem
    if asset.volume_limit != math.inf and not env.liquidating:
        some = _allowed_by_volume(asset, book, shared.ohlcv[r, a, 4], abs(units))
        units = some if units > 0.0 else -some
        if units == 0.0:
            return _ALIVE
    held = book.units
    closed = closed_part(held, units)
    opened = opened_part(held, units)
    wanted = opened
    cash = env.cash
    profit = 0.0
    closing_costs = 0.0
    if closed != 0.0:
        profit = -closed * (price - book.price)
        cash += locked_cash(asset, closed, book.price) + profit
        closing_costs = commission(asset, closed, price)
        cash -= closing_costs
        env.cash = cash
    opening_costs = 0.0
    if opened != 0.0:
        cash -= locked_cash(asset, opened, price)
        opening_costs = commission(asset, opened, price)
        cash -= opening_costs
        if cash < 0.0:  # only the closing part is filled
            opened = 0.0
            opening_costs = 0.0
        else:
            env.cash = cash
    outcome = _ALIVE
    filled = closed + opened
    if filled != 0.0:
        move_position(book, filled, price)
        if shared.rules[0].has_interest:
            book.day = shared.days[r]
        outcome = _take_off(book, part, filled, opened)
        _book_fill(env, book, filled, closed, opened, closing_costs, opening_costs, profit)
    if wanted != 0.0 and opened == 0.0:
        env.rejected += 1
        outcome = _REFUSED
    return outcome


@compiled
def _take_off(book: Any, part: int, filled: float, opened: float) -> int:
    """Take a fill off what is left of its order, and resize the bracket after a part."""
    if part == MAIN:
        created = book.m_size
        rest = book.m_rem - filled
        book.m_fills += 1
        book.m_opened += opened
        fills = book.m_fills
    elif part == STOP:
        created = book.s_size
        rest = book.s_rem - filled
        book.s_fills += 1
        fills = book.s_fills
    else:
        created = book.t_size
        rest = book.t_rem - filled
        book.t_fills += 1
        fills = book.t_fills
    outcome = _COMPLETED
    resize = fills > 1
    if rest != 0.0:
        if abs(rest) <= _REST_OF_ORDER * abs(created):
            rest = 0.0
            resize = False
        else:
            outcome = _ALIVE
            resize = True
    if part == MAIN:
        book.m_rem = rest
    elif part == STOP:
        book.s_rem = rest
    else:
        book.t_rem = rest
    if resize:
        _resize_children(book)
    # A rest of rounding would pay commissions.
    if 0.0 < abs(book.units) <= DUST * abs(created):
        book.units = 0.0
        book.price = 0.0
    return outcome


@compiled
def _resize_children(book: Any) -> None:
    """Let the children of a bracket close what is open, and no more."""
    if book.s_state < INACTIVE and book.t_state < INACTIVE:
        return
    if book.units * book.s_size >= 0.0:
        return  # so far the entry has only closed an earlier position
    book.s_rem = -book.units
    book.t_rem = -book.units
    activate_children(book)


@compiled
def _book_fill(
    env: Any,
    book: Any,
    filled: float,
    closed: float,
    opened: float,
    closing_costs: float,
    opening_costs: float,
    profit: float,
) -> None:
    """Write a fill into the round trip of its asset, as `strategies.ledger.Ledger` does."""
    env.n_fills += 1
    env.commission += closing_costs + opening_costs
    opens = abs(opened) > DUST * abs(filled)
    carried = 0.0
    if closed != 0.0:
        # What a close misses by rounding opens nothing; its costs belong to what is closed.
        paid = closing_costs if opens else closing_costs + opening_costs
        if not book.running:
            env.realized += profit - (0.0 if opens else paid)
            carried = paid if opens else 0.0
        else:
            book.exited += abs(closed)
            book.trip_commission += paid
            book.pnl += profit
            if opens or book.entered - book.exited <= DUST * book.entered:
                env.trades += 1
                env.realized += book.pnl - book.trip_commission - book.trip_interest
                env.closed = 1
                book.running = 0
    if opens:
        if not book.running:
            book.running = 1
            book.entered = 0.0
            book.exited = 0.0
            book.pnl = 0.0
            book.trip_commission = 0.0
            book.trip_interest = 0.0
        book.entered += abs(opened)
        book.trip_commission += opening_costs + carried
