"""How threads wait for each other between two steps, without Python.

A step of a thousand environments takes a tenth of a millisecond, and to wake a sleeping thread
nearly as much. So the threads of a batch watch a row of numbers for a while after each step, and
sleep only if no step follows.

The gate is an array of int64: a line of the cache for the caller, and one for each worker.
"""

from typing import Any

from tradegym.envs.engines.compiled.kernel.address import load, relax, store
from tradegym.envs.engines.compiled.kernel.jit import compiled

#: Numbers in a line of the cache.
LINE = 8
#: Places in the caller's line: number of the step, what the workers are told, whether they are to
#: end, how many there are, and what came of the caller's own part.
STEP, WHICH, MODE, STOP, TOTAL, OWN = 0, 1, 2, 3, 4, 5
#: Places in a worker's line: the last step it has done, what came of it, whether it sleeps, and
#: its environments.
DONE, RESULT, ASLEEP, FIRST, AFTER = 0, 1, 2, 3, 4

#: What a call of the kernel is for.
PLAIN, LEAD, SERVE = 0, 1, 2
#: How a worker's call ends, or that a step begins.
SLEEPS, STOPS, BEGINS = 0, 1, 2

# Looks at a number before giving up: about 0.2 ms in a worker, and half as long in the caller, who
# may be using the core that a worker needs.
_PATIENCE = 5_000
_SHORT_PATIENCE = 2_500


@compiled
def announce(gate: Any, which: int, mode: int) -> None:
    """Let the workers begin a step."""
    gate[WHICH] = which
    gate[MODE] = mode
    store(gate, STEP, load(gate, STEP) + 1)


@compiled
def all_done(gate: Any, workers: int) -> int:
    """Wait for the workers; returns 1 when they have done the step, 0 if it takes them long."""
    step = load(gate, STEP)
    looks = 0
    for w in range(1, workers + 1):
        while load(gate, w * LINE + DONE) != step:
            looks += 1
            if looks > _SHORT_PATIENCE:
                return 0
            relax()
    return 1


@compiled
def next_step(gate: Any, w: int) -> int:
    """Wait for a step; returns BEGINS when there is one, else SLEEPS or STOPS.

    Parameters
    ----------
    gate : ndarray of int64
    w : int
        Number of the worker, from 1.
    """
    line = w * LINE
    done = load(gate, line + DONE)
    looks = 0
    while True:
        if load(gate, STOP):
            return STOPS
        if load(gate, STEP) != done:
            store(gate, line + ASLEEP, 0)
            return BEGINS
        if looks == _PATIENCE:
            # Looks once more after saying so: the caller wakes only those it finds asleep.
            store(gate, line + ASLEEP, 1)
        elif looks > _PATIENCE:
            return SLEEPS
        looks += 1
        relax()


@compiled
def finish(gate: Any, w: int, result: int) -> None:
    """Tell that a worker has done the step."""
    line = w * LINE
    gate[line + RESULT] = result
    store(gate, line + DONE, load(gate, line + DONE) + 1)
