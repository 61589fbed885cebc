"""The kernel's doors: functions that take addresses instead of arrays.

Passing dozens of arrays, some of records, costs numba tens of microseconds a call, more than a
step of 64 environments. A handle is one array of addresses and lengths, and costs under one.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tradegym.envs.engines.compiled.kernel import batch
from tradegym.envs.engines.compiled.kernel.address import array_at
from tradegym.envs.engines.compiled.kernel.batch import Arrays, Buffers, Final, Queue
from tradegym.envs.engines.compiled.kernel.jit import compiled, door
from tradegym.envs.engines.compiled.kernel.layout import (
    ASSET,
    BOOK,
    CHOICE,
    ENV,
    REQUEST,
    RULES,
    TERM,
    Shared,
    State,
)

_F8, _F4, _I8 = np.dtype(np.float64), np.dtype(np.float32), np.dtype(np.int64)
_U8, _B1 = np.dtype(np.uint64), np.dtype(np.bool_)


def make_handle(arrays: tuple[Any, ...]) -> NDArray[np.int64]:
    """Return the addresses and shapes of all arrays of nested tuples, such as `Arrays`, in order.

    The caller keeps the arrays alive.

    Returns
    -------
    ndarray of int64, shape [4 * number of arrays]
        Address and three lengths of each.
    """
    rows = [(array.ctypes.data, *(*array.shape, 1, 1, 1)[:3]) for array in _leaves(arrays)]
    return np.array(rows, dtype=np.int64).ravel()


def _leaves(arrays: Any) -> Iterator[NDArray[Any]]:
    for part in arrays:
        if isinstance(part, tuple):
            yield from _leaves(part)
        else:
            if not part.flags.c_contiguous:
                raise ValueError("the kernel's arrays must be in C order")
            yield part


@compiled
def open_handle(h: Any) -> Any:
    """Return the `Arrays` of a handle."""
    shared = Shared(
        array_at(h[0], (h[1],), RULES),
        array_at(h[4], (h[5],), ASSET),
        array_at(h[8], (h[9],), CHOICE),
        array_at(h[12], (h[13],), TERM),
        array_at(h[16], (h[17],), _I8),
        array_at(h[20], (h[21], h[22], h[23]), _F8),
        array_at(h[24], (h[25],), _F4),
        array_at(h[28], (h[29],), _F4),
        array_at(h[32], (h[33],), _I8),
    )
    state = State(
        array_at(h[36], (h[37],), ENV),
        array_at(h[40], (h[41], h[42]), BOOK),
        array_at(h[44], (h[45], h[46]), REQUEST),
        array_at(h[48], (h[49], h[50]), _F8),
        array_at(h[52], (h[53], h[54]), _F4),
        array_at(h[56], (h[57], h[58]), _F8),
        array_at(h[60], (h[61], h[62]), _F8),
    )
    final = Final(
        array_at(h[64], (h[65],), ENV),
        array_at(h[68], (h[69], h[70]), BOOK),
        array_at(h[72], (h[73], h[74]), _F8),
    )
    queue = Queue(
        array_at(h[76], (h[77], h[78]), _U8),
        array_at(h[80], (h[81], h[82]), _I8),
        array_at(h[84], (h[85], h[86]), _I8),
        array_at(h[88], (h[89],), _I8),
        array_at(h[92], (h[93],), _I8),
        array_at(h[96], (h[97],), _I8),
    )
    buffers = Buffers(
        array_at(h[100], (h[101], h[102]), _F8),
        array_at(h[104], (h[105],), _F8),
        array_at(h[108], (h[109],), _F8),
        array_at(h[112], (h[113], h[114]), _F4),
        array_at(h[116], (h[117], h[118]), _F4),
        array_at(h[120], (h[121],), _F8),
        array_at(h[124], (h[125],), _I8),
        array_at(h[128], (h[129],), _I8),
        array_at(h[132], (h[133], h[134]), _B1),
    )
    gate = array_at(h[136], (h[137],), _I8)
    return Arrays(shared, state, final, queue, buffers, gate)


@door
def enter_check(handle: Any) -> int:
    """See `batch.wrong_action`."""
    return batch.wrong_action(open_handle(handle))


@door
def enter_step(handle: Any, role: int, which: int, mode: int, lo: int, hi: int) -> int:
    """See `batch.run`."""
    return batch.run(open_handle(handle), role, which, mode, lo, hi)


@door
def enter_start(handle: Any, i: int, which: int) -> None:
    """See `batch.start_and_show`."""
    batch.start_and_show(open_handle(handle), i, which)


@door
def enter_masks(handle: Any) -> None:
    """See `batch.mask_batch`."""
    batch.mask_batch(open_handle(handle))
