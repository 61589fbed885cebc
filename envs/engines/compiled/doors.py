"""How a batch calls the kernel: compiled, or as plain Python where numba is switched off."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from tradegym.envs.engines.compiled.kernel import batch, entry
from tradegym.envs.engines.compiled.kernel.batch import Arrays
from tradegym.envs.engines.compiled.kernel.gate import PLAIN


@dataclass(frozen=True, slots=True)
class Doors:
    """The kernel's functions on the arrays of one batch.

    Attributes
    ----------
    check : callable
        `batch.wrong_action`.
    step : callable
        `batch.run_batch` (which, mode, lo, hi).
    run : callable
        `batch.run` (role, which, mode, lo, hi).
    start : callable
        `batch.start_and_show` (i, which).
    masks : callable
        `batch.mask_batch`.
    compiled : bool
    arrays : Arrays
        Kept alive here: compiled functions know only their addresses.
    """

    check: Callable[[], int]
    step: Callable[[int, int, int, int], int]
    run: Callable[[int, int, int, int, int], int]
    start: Callable[[int, int], None]
    masks: Callable[[], None]
    compiled: bool
    arrays: Arrays


def open_doors(arrays: Arrays, compiled: bool) -> Doors:
    """Return the functions for these arrays."""
    if compiled:
        handle = entry.make_handle(arrays)
        return Doors(
            partial(entry.enter_check, handle),
            partial(entry.enter_step, handle, PLAIN),
            partial(entry.enter_step, handle),
            partial(entry.enter_start, handle),
            partial(entry.enter_masks, handle),
            compiled=True,
            arrays=arrays,
        )
    return Doors(
        partial(batch.wrong_action, arrays),
        partial(batch.run_batch, arrays),
        partial(batch.run, arrays),
        partial(batch.start_and_show, arrays),
        partial(batch.mask_batch, arrays),
        compiled=False,
        arrays=arrays,
    )
