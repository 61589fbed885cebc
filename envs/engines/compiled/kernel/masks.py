"""Which choices are possible now, as the choice schemes say."""

from typing import Any

from tradegym.envs.engines.compiled.kernel.account import commission, locked_cash, position
from tradegym.envs.engines.compiled.kernel.actions import choose
from tradegym.envs.engines.compiled.kernel.jit import compiled
from tradegym.envs.engines.compiled.kernel.layout import (
    C_TARGET,
    Q_CANCEL,
    Q_NOTHING,
    Q_ORDER,
)


@compiled
def masks(shared: Any, state: Any, i: int, out: Any) -> None:
    """Write which choices are possible, those of the first asset first.

    Parameters
    ----------
    shared : Shared
    state : State
        Its requests are overwritten.
    i : int
        Number of the environment.
    out : ndarray of bool, shape [A * C]
        False for what is impossible or refused, or lacks the cash; at least one choice per asset
        is True.
    """
    n_choices = shared.rules[0].n_choices
    for a in range(shared.rules[0].n_assets):
        some = 0
        for number in range(n_choices):
            allowed = is_possible(shared, state, i, a, number)
            out[a * n_choices + number] = allowed == 1
            some |= allowed
        if some == 0:
            out[a * n_choices + idle(shared, state, i, a)] = True


@compiled
def is_possible(shared: Any, state: Any, i: int, a: int, number: int) -> int:
    """Tell whether a choice is neither impossible nor refused for its size or lack of cash."""
    kind = choose(shared, state, i, a, number)
    if kind == Q_ORDER:
        return affordable(shared, state, i, a)
    return 1 if kind in (Q_NOTHING, Q_CANCEL) else 0


@compiled
def affordable(shared: Any, state: Any, i: int, a: int) -> int:
    """Tell whether the request of asset ``a`` would pass the check of the cash."""
    env, asset, request = state.envs[i], shared.assets[a], state.requests[i, a]
    units = request.units
    if position(state.books[i, a]) * units < 0.0:
        return 1
    close = shared.ohlcv[env.first_row + env.row, a, 3]
    price = request.limit if request.is_limit == 1 else close
    cost = locked_cash(asset, units, price)
    return 1 if env.cash - cost - commission(asset, units, price) >= 0.0 else 0


@compiled
def idle(shared: Any, state: Any, i: int, a: int) -> int:
    """Return the choice that leaves an asset as it is, or the one that changes least."""
    cancels, fails, nearest, missing = -1, -1, -1, 0.0
    env, rules = state.envs[i], shared.rules[0]
    worth = position(state.books[i, a]) * shared.ohlcv[env.first_row + env.row, a, 3]
    for number in range(rules.n_choices):
        kind = choose(shared, state, i, a, number)
        if kind == Q_NOTHING:
            return number
        if kind == Q_CANCEL and cancels < 0:
            cancels = number
        if kind != Q_ORDER:
            if fails < 0:
                fails = number
            continue
        # Targets: the possible one that is nearest to what is held. As something is held when no
        # level leaves all as it is, what is possible is an order.
        choice = shared.choices[number]
        if choice.kind == C_TARGET and affordable(shared, state, i, a) == 1:
            apart = abs(choice.fraction * env.value - worth)
            if nearest < 0 or apart < missing:
                nearest, missing = number, apart
    if cancels >= 0:
        return cancels
    if nearest >= 0:
        return nearest
    return max(fails, 0)
