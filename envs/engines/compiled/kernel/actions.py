"""What an action asks for at the current close, as the action schemes say."""

import math
from typing import Any, Final

import numpy as np

from tradegym.envs.engines.compiled.kernel.account import position
from tradegym.envs.engines.compiled.kernel.jit import compiled
from tradegym.envs.engines.compiled.kernel.layout import (
    C_ASSET,
    C_BRACKET,
    C_BUY_SELL,
    C_CANCEL,
    C_CASH,
    C_CLOSE,
    C_HOLD,
    C_SIZE,
    C_TARGET,
    EQUITY_FRACTION,
    FIXED,
    Q_CANCEL,
    Q_IMPOSSIBLE,
    Q_NOTHING,
    Q_ORDER,
    Q_REFUSED,
    SOFTMAX,
)
from tradegym.envs.engines.compiled.kernel.orders import has_open_order

#: Of `strategies.actions.transforms`: factor of the entries, and the smallest weight.
SHARPNESS: Final = 5.0
SMALLEST: Final = 1e-4
#: Of `strategies.actions.moves`: fraction of the equity that is a rounding error.
ROUNDING: Final = 1e-6
#: Of `strategies.orders`: part of a lot that is one.
LOT_ROUNDING: Final = 1e-9


@compiled
def choose(shared: Any, state: Any, i: int, a: int, number: int) -> int:
    """Fill the request of asset ``a`` with what choice ``number`` means now; returns its kind."""
    choice = shared.choices[number]
    kind = choice.kind
    book, request = state.books[i, a], state.requests[i, a]
    if kind == C_HOLD:
        return answer(request, Q_NOTHING)
    if kind == C_TARGET:
        return move_to(shared, state, i, a, choice.fraction, choice.threshold)
    if kind == C_CANCEL:
        return answer(request, Q_CANCEL if has_open_order(book) else Q_IMPOSSIBLE)
    held = position(book)
    if kind == C_CLOSE:
        return ask(request, -held) if held != 0.0 else answer(request, Q_IMPOSSIBLE)
    if kind == C_CASH:
        return ask(request, -held) if held != 0.0 else stay(book, request)
    env, asset = state.envs[i], shared.assets[a]
    close = shared.ohlcv[env.first_row + env.row, a, 3]
    if kind == C_ASSET:
        if held != 0.0:
            return answer(request, Q_NOTHING)
        waiting = 0
        for other in range(shared.rules[0].n_assets):
            waiting += 1 if position(state.books[i, other]) == 0.0 else 0
        worth = choice.fraction * max(env.cash, 0.0) / waiting
        return ask(request, floor_to_lot(worth / close, asset.lot))
    is_buy = choice.is_buy == 1
    if kind == C_SIZE:
        if held != 0.0 and (held < 0.0) == is_buy:
            units = abs(held)
            if choice.fraction != 1.0:
                units = floor_to_lot(choice.fraction * units, asset.lot)
        elif is_buy or asset.short == 1:
            base = env.value if choice.of_equity == 1 else env.cash
            units = floor_to_lot(choice.opening * max(base, 0.0) / close, asset.lot)
        else:
            return answer(request, Q_IMPOSSIBLE)
        return ask(request, units if is_buy else -units)
    if kind == C_BRACKET:
        return enter(shared, env, book, request, choice, asset, close)
    # What is left is C_BUY_SELL, and C_LIMIT, which only adds the price.
    selling_out = not is_buy and asset.short == 0
    if selling_out and held <= 0.0:
        return answer(request, Q_IMPOSSIBLE)
    units = order_size(shared.rules[0], env, asset, close)
    if selling_out and units > held:
        units = held
    ask(request, units if is_buy else -units)
    if kind != C_BUY_SELL:
        request.is_limit = 1
        request.limit = choice.limit * close
        request.expiry = choice.expiry
    return int(request.kind)


@compiled
def enter(
    shared: Any, env: Any, book: Any, request: Any, choice: Any, asset: Any, close: float
) -> int:
    """Open a position with a bracket at factors of the close."""
    held, direction = position(book), 1.0 if choice.is_buy == 1 else -1.0
    if held * direction > 0.0 or (direction < 0.0 and asset.short == 0):
        return answer(request, Q_IMPOSSIBLE)
    size = order_size(shared.rules[0], env, asset, close)
    if size == 0.0:
        return answer(request, Q_REFUSED)
    ask(request, direction * size - held)
    request.is_bracket = 1
    request.stop_loss = choice.stop_loss * close
    request.take_profit = choice.take_profit * close
    return Q_ORDER


@compiled
def move_to(shared: Any, state: Any, i: int, a: int, fraction: float, threshold: float) -> int:
    """Bring a position to ``fraction`` of the equity, unless it is within ``threshold`` of it."""
    env, book, request = state.envs[i], state.books[i, a], state.requests[i, a]
    held, equity = position(book), env.value
    if fraction == 0.0 or equity <= 0.0:
        return ask(request, -held) if held != 0.0 else stay(book, request)
    asset = shared.assets[a]
    if fraction < 0.0 and asset.short == 0:
        return answer(request, Q_IMPOSSIBLE)
    close = shared.ohlcv[env.first_row + env.row, a, 3]
    target = fraction * equity / close
    enough = max(threshold, ROUNDING) * equity
    if abs(target - held) * close <= enough * (1.0 + 1e-9):
        return stay(book, request)
    units = floor_to_lot(abs(target), asset.lot)
    change = (units if fraction > 0.0 else -units) - held
    if abs(change) * close <= ROUNDING * equity:  # the target is less than a lot away
        return stay(book, request) if held != 0.0 else answer(request, Q_REFUSED)
    return ask(request, change)


@compiled
def weigh(rules: Any, state: Any, i: int, action: Any) -> None:
    """Write the weight of each asset to ``units`` of its request."""
    n, requests = rules.n_assets, state.requests
    if rules.transform == SOFTMAX:
        top = action[0]
        for at in range(1, n + 1):
            top = max(top, action[at])
        cash = math.exp(SHARPNESS * (action[n] - top))
        powers = 0.0
        for a in range(n):
            power = math.exp(SHARPNESS * (action[a] - top))
            requests[i, a].units = power
            powers += power
        smallest = SMALLEST * (powers + cash)
        kept = 0.0
        for a in range(n):
            power = requests[i, a].units
            if power >= smallest:
                kept += power
            else:
                requests[i, a].units = 0.0
        if cash >= smallest:
            kept += cash
        for a in range(n):
            requests[i, a].units = requests[i, a].units / kept
        return
    total = 0.0
    for at in range(n + 1):
        total += abs(action[at])
    for a in range(n):
        requests[i, a].units = action[a] / total if total > 1.0 else action[a]


@compiled
def order_size(rules: Any, env: Any, asset: Any, close: float) -> float:
    """Return how many units (at least 0) a plain buy or sell is for, as the sizer says."""
    if rules.sizing == FIXED:
        size = asset.fixed_stake
    elif rules.sizing == EQUITY_FRACTION:
        size = asset.equity_fraction * env.value / close
    else:
        size = asset.cash_fraction * env.cash / close
    return floor_to_lot(size, asset.lot) if size > 0.0 else 0.0


@compiled
def floor_to_lot(size: float, lot: float) -> float:
    """Round ``size`` (units, at least 0) down to whole lots; lot 0 leaves it."""
    return float(np.floor(size / lot + LOT_ROUNDING) * lot) if lot != 0.0 else size


@compiled
def stay(book: Any, request: Any) -> int:
    """Leave the position, and cancel an order that waits for an earlier target."""
    return answer(request, Q_CANCEL if has_open_order(book) else Q_NOTHING)


@compiled
def answer(request: Any, kind: int) -> int:
    """Write a request that is no order."""
    request.kind = kind
    return kind


@compiled
def ask(request: Any, units: float) -> int:
    """Write a request for an order at the market; a size of nothing is refused."""
    if units == 0.0:
        return answer(request, Q_REFUSED)
    request.kind = Q_ORDER
    request.units = units
    request.is_limit = 0
    request.expiry = -1
    request.is_bracket = 0
    return Q_ORDER
