"""Synthetic paths drawn straight into the bar table of a batch.

A door for each process, so that only those that are used need to be compiled.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from tradegym.envs.engines.compiled.kernel.address import array_at
from tradegym.envs.engines.compiled.kernel.draft import Draft, Plan, Room, Work, begin
from tradegym.envs.engines.compiled.kernel.jit import (  # type: ignore[attr-defined]
    compiled,
    door,
    folded,
    numba,
)
from tradegym.envs.engines.compiled.kernel.memory_models import bootstrap, garch, heston, ou, pair
from tradegym.envs.engines.compiled.kernel.models import gbm, merton, regimes, sine
from tradegym.envs.engines.compiled.kernel.quotes import (
    copy_bars,
    is_possible,
    widen,
    write_prices,
    write_volume,
)

_F8, _F4 = np.dtype(np.float64), np.dtype(np.float32)
_I8, _U8 = np.dtype(np.int64), np.dtype(np.uint64)


#: Whether there is a compiler; else the functions stay plain Python and take the arrays themselves.
COMPILED = numba is not None and not numba.config.DISABLE_JIT


@compiled
def _open_handle(h: Any) -> Any:
    plan = Plan(
        array_at(h[0], (h[1],), _I8),
        array_at(h[4], (h[5],), _F8),
        array_at(h[8], (h[9], h[10]), _F8),
        array_at(h[12], (h[13],), _I8),
        array_at(h[16], (h[17], h[18]), _F8),
        array_at(h[20], (h[21], h[22], h[23]), _F8),
        array_at(h[24], (h[25],), _I8),
        array_at(h[28], (h[29],), _F8),
    )
    draft = Draft(
        array_at(h[32], (h[33], h[34]), _F8),
        array_at(h[36], (h[37],), _F8),
        array_at(h[40], (h[41],), _F8),
        array_at(h[44], (h[45],), _F8),
        array_at(h[48], (h[49],), _F8),
        array_at(h[52], (h[53],), _F8),
        array_at(h[56], (h[57],), _F8),
        array_at(h[60], (h[61],), _F8),
        array_at(h[64], (h[65],), _F8),
        array_at(h[68], (h[69],), _F8),
        array_at(h[72], (h[73], h[74], h[75]), _F8),
        array_at(h[76], (h[77], h[78]), _F8),
        array_at(h[80], (h[81],), _F8),
        array_at(h[84], (h[85], h[86]), _U8),
    )
    room = Room(
        array_at(h[88], (h[89], h[90], h[91]), _F8),
        array_at(h[92], (h[93],), _F4),
        array_at(h[96], (h[97],), _I8),
        array_at(h[100], (h[101],), _I8),
        array_at(h[104], (h[105],), _U8),
        array_at(h[108], (h[109], h[110]), _I8),
    )
    return Work(plan, draft, room)


def _same(work: Any) -> Any:
    return work


#: ``open_work(handle)``: the `Work` of a handle that `entry.make_handle` made.
open_work: Callable[[Any], Any] = _open_handle if COMPILED else _same


@folded
def finish(work: Any, i: int) -> bool:
    """Turn the moves of path i into prices and volumes, and `keep` them."""
    plan, draft, room = work
    bars = room.episodes[i, 2]
    write_prices(plan, draft, bars)
    write_volume(plan, draft, room.keys[i], bars)
    return keep(work, i)


@folded
def keep(work: Any, i: int) -> bool:
    """Widen path i by its spread and copy it into the bar table, unless it is impossible."""
    plan, draft, room = work
    bars = room.episodes[i, 2]
    widen(plan, draft, room.keys[i], bars)
    possible = is_possible(plan, draft, bars)
    if possible:
        copy_bars(plan, draft, room, i)
    return bool(possible)


@door
def enter_gbm(handle: Any, number: int) -> int:
    """Draw the first paths that are asked for.

    Parameters
    ----------
    handle : ndarray of int64
        Of a `Work`.
    number : int

    Returns
    -------
    int
        How many were drawn; if not all, the next one is impossible.
    """
    work = open_work(handle)
    plan, draft, room = work
    for i in range(number):
        key, bars = room.keys[i], room.episodes[i, 2]
        gbm(plan, draft, key, begin(plan, draft, key), bars)
        if not finish(work, i):
            return i
    return number


@door
def enter_sine(handle: Any, number: int) -> int:
    """See `enter_gbm`."""
    work = open_work(handle)
    plan, draft, room = work
    for i in range(number):
        key, bars = room.keys[i], room.episodes[i, 2]
        sine(plan, draft, key, begin(plan, draft, key), bars)
        if not finish(work, i):
            return i
    return number


@door
def enter_ou(handle: Any, number: int) -> int:
    """See `enter_gbm`."""
    work = open_work(handle)
    plan, draft, room = work
    for i in range(number):
        key, bars = room.keys[i], room.episodes[i, 2]
        ou(plan, draft, key, begin(plan, draft, key), bars)
        if not finish(work, i):
            return i
    return number


@door
def enter_regimes(handle: Any, number: int) -> int:
    """See `enter_gbm`."""
    work = open_work(handle)
    plan, draft, room = work
    for i in range(number):
        key, bars = room.keys[i], room.episodes[i, 2]
        regimes(plan, draft, key, begin(plan, draft, key), bars)
        if not finish(work, i):
            return i
    return number


@door
def enter_merton(handle: Any, number: int) -> int:
    """See `enter_gbm`."""
    work = open_work(handle)
    plan, draft, room = work
    for i in range(number):
        key, bars = room.keys[i], room.episodes[i, 2]
        merton(plan, draft, key, begin(plan, draft, key), bars)
        if not finish(work, i):
            return i
    return number


@door
def enter_garch(handle: Any, number: int) -> int:
    """See `enter_gbm`."""
    work = open_work(handle)
    plan, draft, room = work
    for i in range(number):
        key, bars = room.keys[i], room.episodes[i, 2]
        garch(plan, draft, key, begin(plan, draft, key), bars)
        if not finish(work, i):
            return i
    return number


@door
def enter_heston(handle: Any, number: int) -> int:
    """See `enter_gbm`."""
    work = open_work(handle)
    plan, draft, room = work
    for i in range(number):
        key, bars = room.keys[i], room.episodes[i, 2]
        heston(plan, draft, key, begin(plan, draft, key), bars)
        if not finish(work, i):
            return i
    return number


@door
def enter_pair(handle: Any, number: int) -> int:
    """See `enter_gbm`."""
    work = open_work(handle)
    plan, draft, room = work
    for i in range(number):
        key, bars = room.keys[i], room.episodes[i, 2]
        pair(plan, draft, key, begin(plan, draft, key), bars)
        if not finish(work, i):
            return i
    return number


@door
def enter_bootstrap(handle: Any, number: int) -> int:
    """See `enter_gbm`."""
    work = open_work(handle)
    plan, draft, room = work
    for i in range(number):
        key, bars = room.keys[i], room.episodes[i, 2]
        begin(plan, draft, key)
        bootstrap(plan, draft, key, bars)
        if not keep(work, i):
            return i
    return number


#: By ``dataset.process.kind``.
DOORS: dict[str, Callable[[Any, int], int]] = {
    "gbm": enter_gbm,
    "sine": enter_sine,
    "ou": enter_ou,
    "regimes": enter_regimes,
    "merton": enter_merton,
    "garch": enter_garch,
    "heston": enter_heston,
    "pair": enter_pair,
    "bootstrap": enter_bootstrap,
}
