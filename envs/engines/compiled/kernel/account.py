"""Costs and positions: what backtrader's commission scheme and ``Position`` do."""

from typing import Any

from tradegym.envs.engines.compiled.kernel.jit import compiled
from tradegym.envs.engines.compiled.kernel.layout import PER_UNIT, PERCENT

#: Share of a trade's units below which a rest is a rounding error.
DUST = 1e-9


@compiled
def position(book: Any) -> float:
    """Return the signed position in units; what rounding left of a closed one is 0."""
    return book.units if book.running else 0.0


@compiled
def commission(asset: Any, units: float, price: float) -> float:
    """Return what a charged part of a fill costs; money."""
    # In backtrader's order of factors, so that both round alike.
    if asset.commission_kind == PERCENT:
        charge = abs(units) * asset.commission * price
    elif asset.commission_kind == PER_UNIT:
        charge = abs(units) * asset.commission
    else:
        charge = asset.commission
    return max(charge, asset.minimum)


@compiled
def locked_cash(asset: Any, units: float, price: float) -> float:
    """Return the cash that ``units`` bought or sold short at ``price`` lock; money."""
    return abs(units) * price / asset.leverage


@compiled
def opened_part(held: float, units: float) -> float:
    """Return the signed part of an order of ``units`` that opens a position."""
    after = held + units
    if after == 0.0:
        return 0.0
    if held == 0.0:
        return units
    if held > 0.0:
        if units > 0.0:
            return units
        return 0.0 if after > 0.0 else after
    if units < 0.0:
        return units
    return 0.0 if after < 0.0 else after


@compiled
def closed_part(held: float, units: float) -> float:
    """Return the signed part of an order of ``units`` that closes a position."""
    after = held + units
    if after == 0.0:
        return units
    if held == 0.0:
        return 0.0
    if held > 0.0:
        if units > 0.0:
            return 0.0
        return units if after > 0.0 else -held
    if units < 0.0:
        return 0.0
    return units if after < 0.0 else -held


@compiled
def move_position(book: Any, units: float, price: float) -> None:
    """Add filled ``units`` to a position; the entry price is the average of what opened it."""
    held = book.units
    after = held + units
    book.units = after
    if after == 0.0:
        book.price = 0.0
    elif held == 0.0:
        book.price = price
    elif (held > 0.0) == (units > 0.0):
        book.price = (book.price * held + units * price) / after
    elif (held > 0.0) != (after > 0.0):
        book.price = price


@compiled
def charge_interest(shared: Any, state: Any, i: int, r: int) -> None:
    """Charge each position for the calendar days since its last fill or charge.

    ``days * rate * |units| * entry price``, taken from the cash before the bar's fills.
    """
    env = state.envs[i]
    today = shared.days[r]
    credit = 0.0
    for a in range(shared.rules[0].n_assets):
        book = state.books[i, a]
        if book.units == 0.0:
            continue
        asset = shared.assets[a]
        days = today - book.day
        if days > 0 and (book.units < 0.0 or asset.interest_long):
            due = days * asset.credit_rate * abs(book.units) * book.price
            credit += due
            env.interest += due
            if book.running:
                book.trip_interest += due
        book.day = today
    env.cash -= credit


@compiled
def mark_to_market(shared: Any, state: Any, i: int, r: int) -> None:
    """Bring equity and leverage to the closes of bar ``r``.

    ``cash + sum(|units| * entry / leverage + units * (close - entry))``: a short locks its cost
    as a long does.
    """
    env = state.envs[i]
    worth = 0.0
    market = 0.0
    for a in range(shared.rules[0].n_assets):
        book = state.books[i, a]
        units = book.units
        if units == 0.0:
            continue
        entry = book.price
        close = shared.ohlcv[r, a, 3]
        profit = units * (close - entry)
        worth += locked_cash(shared.assets[a], units, entry)
        worth += profit
        if units > 0.0:
            market += abs(units * close)
        else:
            market += abs(entry * units + (entry - close) * units)
    env.value = env.cash + worth
    # As backtrader's: 1 without borrowing, however far a short has run.
    env.leverage = abs(market / (worth if worth != 0.0 else 1.0))
