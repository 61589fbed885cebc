"""Places the orders that an action asks for, in an order in which none spoils another."""

from typing import Any, Final

from tradegym.envs.engines.compiled.kernel.account import position
from tradegym.envs.engines.compiled.kernel.actions import choose, move_to, weigh
from tradegym.envs.engines.compiled.kernel.jit import compiled
from tradegym.envs.engines.compiled.kernel.layout import (
    CHOICES,
    Q_CANCEL,
    Q_IMPOSSIBLE,
    Q_NOTHING,
    Q_ORDER,
    Q_REFUSED,
)
from tradegym.envs.engines.compiled.kernel.orders import (
    cancel,
    place_bracket,
    place_limit,
    place_market,
)

#: Of `strategies.orders`: part of an order by which it may miss the position that it closes.
CLOSE_ROUNDING: Final = 1e-9

ENTRY, EXIT, REVERSAL = 0, 1, 2


@compiled
def decide(shared: Any, state: Any, i: int, action: Any) -> None:
    """Place the orders that an action asks for at this close.

    Parameters
    ----------
    shared : Shared
    state : State
    i : int
        Number of the environment.
    action : ndarray of float64, shape [action_width]
        Numbers of the choices, or the entries of the weights.
    """
    rules = shared.rules[0]
    asked = 0
    if rules.scheme == CHOICES:
        for a in range(rules.n_assets):
            asked |= choose(shared, state, i, a, int(action[a]))
    else:
        weigh(rules, state, i, action)
        for a in range(rules.n_assets):
            fraction = state.requests[i, a].units * rules.share
            asked |= move_to(shared, state, i, a, fraction, rules.threshold)
    if asked != Q_NOTHING:
        execute(shared, state, i)


@compiled
def execute(shared: Any, state: Any, i: int) -> None:
    """Place the orders that ``state.requests[i]`` asks for.

    The open orders of the assets concerned are cancelled; then come the orders that reduce or
    reverse a position, which are not checked for cash before the next bar, then those that open
    one, which are checked only when there are none of the others.
    """
    env, n = state.envs[i], shared.rules[0].n_assets
    for a in range(n):
        kind = state.requests[i, a].kind
        if kind == Q_REFUSED:
            env.rejected += 1
        elif kind == Q_IMPOSSIBLE:
            env.impossible += 1
        elif kind == Q_CANCEL:
            cancel(state.books[i, a])
    check = 1
    for a in range(n):
        request, book = state.requests[i, a], state.books[i, a]
        if request.kind != Q_ORDER:
            continue
        held = position(book)
        if allow(shared, state, i, a, held) == 0:
            request.kind = Q_NOTHING
            continue
        if abs(held + request.units) <= CLOSE_ROUNDING * abs(request.units):
            request.units = -held  # a rest of 1e-15 units would make the next order a reversal
        cancel(book)
        if order_kind(held, request.units) != ENTRY:
            check = 0
    for turn in range(2):
        for a in range(n):
            request = state.requests[i, a]
            if request.kind == Q_ORDER:
                held = position(state.books[i, a])
                opens = order_kind(held, request.units) == ENTRY
                if opens == (turn == 1):
                    place(shared, state, i, a, held, check * turn)


@compiled
def allow(shared: Any, state: Any, i: int, a: int, held: float) -> int:
    """Reduce a request to what the rules of the account leave of it; 0: to nothing."""
    env, request = state.envs[i], state.requests[i, a]
    size = request.units
    if size < 0.0 and held + size < 0.0 and shared.assets[a].short == 0:
        if held <= 0.0:
            env.rejected += 1
            return 0
        request.units = -held
        request.is_bracket = 0
        return 1
    if order_kind(held, size) == EXIT or may_open(shared, state, i) == 1:
        return 1
    env.rejected += 1
    if held * size >= 0.0:
        return 0
    request.units = -held  # the closing half of a reversal is always allowed
    request.is_bracket = 0
    return 1


@compiled
def may_open(shared: Any, state: Any, i: int) -> int:
    """Tell whether one more opening order fits into the window, and count it.

    The ring holds the bars of the last ``max_orders`` openings, so its oldest entry is the one
    that must have left the window.
    """
    rules = shared.rules[0]
    most = rules.max_orders
    if most < 0:
        return 1
    if most == 0:
        return 0
    env = state.envs[i]
    at = rules.openings_at + env.n_openings % most
    full = env.n_openings >= most
    if full and state.memory[i, at] > env.row - rules.max_orders_window:
        return 0
    state.memory[i, at] = env.row
    env.n_openings += 1
    return 1


@compiled
def order_kind(held: float, size: float) -> int:
    """Classify an order of signed ``size`` against a signed position (units)."""
    if held * size >= 0.0:
        return ENTRY
    return EXIT if abs(size) <= abs(held) else REVERSAL


@compiled
def place(shared: Any, state: Any, i: int, a: int, held: float, check: int) -> None:
    """Place one order; a bracket counts as one."""
    env, request = state.envs[i], state.requests[i, a]
    units = request.units
    kind = order_kind(held, units)
    env.placed += 1
    if request.is_bracket == 1 and kind != EXIT:
        opened = units + held if kind == REVERSAL else units
        stop, take = request.stop_loss, request.take_profit
        place_bracket(shared, state, i, a, units, opened, stop, take, check)
    elif request.is_limit == 1:
        last = env.row + request.expiry if request.expiry >= 0 else -1
        place_limit(shared, state, i, a, units, request.limit, last, check)
    else:
        place_market(shared, state, i, a, units, check)
