"""One step of a range of environments, with what happens between two episodes."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tradegym.envs.engines.compiled.kernel.address import prefetch
from tradegym.envs.engines.compiled.kernel.gate import (
    AFTER,
    BEGINS,
    FIRST,
    LEAD,
    LINE,
    MODE,
    OWN,
    PLAIN,
    SERVE,
    TOTAL,
    WHICH,
    all_done,
    announce,
    finish,
    next_step,
)
from tradegym.envs.engines.compiled.kernel.jit import called, compiled, folded
from tradegym.envs.engines.compiled.kernel.layout import CHOICES, Shared, State
from tradegym.envs.engines.compiled.kernel.masks import masks
from tradegym.envs.engines.compiled.kernel.observe import observe
from tradegym.envs.engines.compiled.kernel.step import play, reset_env

# Environments between the one whose bars are asked for and the one that is stepped.
_AHEAD = 4
# Numbers of float32 in a line of the cache.
_LINE = 16

#: What follows the end of an episode: nothing, a reset in the next step, or in the same one.
A_NONE, A_NEXT_STEP, A_SAME_STEP = 0, 1, 2


class Final(NamedTuple):
    """Records of the episodes that ended in the last step, as in `State`.

    Attributes
    ----------
    envs : ndarray of ENV, shape [N]
    books : ndarray of BOOK, shape [N, A]
    terms : ndarray of float64, shape [N, K]
    """

    envs: Any
    books: Any
    terms: NDArray[np.float64]


class Queue(NamedTuple):
    """Episodes that are to be played, a row per environment.

    Attributes
    ----------
    keys : ndarray of uint64, shape [N, Q]
    first, length : ndarray of int64, shape [N, Q]
        First row and number of bars.
    head, filled : ndarray of int64, shape [N]
        Places of the next episode and after the last.
    number : ndarray of int64, shape [N]
        Of the next episode, since the environment was seeded.
    """

    keys: NDArray[np.uint64]
    first: NDArray[np.int64]
    length: NDArray[np.int64]
    head: NDArray[np.int64]
    filled: NDArray[np.int64]
    number: NDArray[np.int64]


class Buffers(NamedTuple):
    """What a step reads and writes, a row per environment.

    Attributes
    ----------
    actions : ndarray of float64, shape [N, W]
    lowest, highest : ndarray of float64, shape [W]
        Limits of an action.
    obs : ndarray of float32, shape [2 * N, D]
        Two halves that take turns.
    terminal : ndarray of float32, shape [N, D]
        Last observations of the episodes that ended in this step.
    rewards : ndarray of float64, shape [N]
    ended : ndarray of int64, shape [N]
        Number of the reason, 0 while an episode goes on.
    waiting : ndarray of int64, shape [N]
        Whether the environment needs a reset that the kernel could not do.
    masks : ndarray of bool, shape [N, A * C]
    """

    actions: NDArray[np.float64]
    lowest: NDArray[np.float64]
    highest: NDArray[np.float64]
    obs: NDArray[np.float32]
    terminal: NDArray[np.float32]
    rewards: NDArray[np.float64]
    ended: NDArray[np.int64]
    waiting: NDArray[np.int64]
    masks: NDArray[np.bool_]


class Arrays(NamedTuple):
    """All arrays of a batch; ``gate`` is that of its threads."""

    shared: Shared
    state: State
    final: Final
    queue: Queue
    buffers: Buffers
    gate: NDArray[np.int64]


@compiled
def wrong_action(arrays: Any) -> int:
    """Return the first environment whose action is not allowed, -1: none."""
    actions, lowest, highest = (
        arrays.buffers.actions,
        arrays.buffers.lowest,
        arrays.buffers.highest,
    )
    for i in range(actions.shape[0]):
        for k in range(actions.shape[1]):
            value = actions[i, k]
            if not (value >= lowest[k] and value <= highest[k]):
                return i  # not a number is no action either
    return -1


@folded
def run(arrays: Any, role: int, which: int, mode: int, lo: int, hi: int) -> int:
    """Do what a thread does for a step, or for all of them.

    Parameters
    ----------
    arrays : Arrays
    role : int
        `gate.PLAIN`: step environments ``lo`` to ``hi``, returning how many wait for a reset.
        `gate.LEAD`: the same while ``arrays.gate[TOTAL]`` workers step theirs; returns 1 when all
        have, 0 if they take long, and leaves the sum in the gate. `gate.SERVE`: be worker
        ``which``; returns SLEEPS or STOPS.
    which, mode, lo, hi : int
        As for `run_batch`.
    """
    gate = arrays.gate
    worker = which
    if role == LEAD:
        announce(gate, which, mode)
    while True:
        if role == SERVE:
            found = next_step(gate, worker)
            if found != BEGINS:
                return found
            which, mode = gate[WHICH], gate[MODE]
            lo, hi = gate[worker * LINE + FIRST], gate[worker * LINE + AFTER]
        waiting = run_batch(arrays, which, mode, lo, hi)
        if role == PLAIN:
            return waiting
        if role == LEAD:
            gate[OWN] = waiting
            return all_done(gate, gate[TOTAL])
        finish(gate, worker, waiting)


@folded
def run_batch(arrays: Any, which: int, mode: int, lo: int, hi: int) -> int:
    """Step environments ``lo`` to ``hi`` and return how many of them wait for a reset.

    Parameters
    ----------
    arrays : Arrays
    which : int
        Half of the observations that is written, 0 or 1.
    mode : int
        A_NONE, A_NEXT_STEP or A_SAME_STEP.
    lo, hi : int
    """
    shared, state, buffers = arrays.shared, arrays.state, arrays.buffers
    at = which * len(state.envs)
    waiting = 0
    for i in range(lo, hi):
        if i + _AHEAD < hi:
            ask_ahead(shared, state, i + _AHEAD)
        env = state.envs[i]
        buffers.ended[i] = 0
        if env.over:
            buffers.rewards[i] = 0.0
            resets = mode == A_NEXT_STEP
        else:
            play(shared, state, i, buffers.actions[i])
            buffers.rewards[i] = env.reward
            resets = False
            if env.over:
                buffers.ended[i] = env.reason
                keep_final(arrays, i)
                resets = mode == A_SAME_STEP
        if resets and not start_next(arrays, i):
            waiting += 1
            continue
        observe(shared, state, i, buffers.obs, at + i)
    return waiting


@compiled
def ask_ahead(shared: Any, state: Any, i: int) -> None:
    """Ask for the bars of an environment's next step, which lie anywhere in the dataset."""
    rules = shared.rules[0]
    env = state.envs[i]
    following = env.first_row + env.row + 1
    bars, assets = rules.time_dim, rules.n_assets
    prefetch(shared.ohlcv, following * assets * 5)
    prefetch(shared.ohlcv, following * assets * 5 + 4)
    first = following + 1 - bars
    if rules.raw_at >= 0:
        for n in range(0, bars * 4 * assets, _LINE):
            prefetch(shared.raw, first * 4 * assets + n)
    if rules.features_at >= 0:
        for n in range(0, bars * rules.n_features, _LINE):
            prefetch(shared.features, first * rules.n_features + n)


@called
def start_next(arrays: Any, i: int) -> bool:
    """Start the next episode of the queue, or note that there is none."""
    queue = arrays.queue
    place = queue.head[i]
    if place >= queue.filled[i]:
        arrays.buffers.waiting[i] = 1
        return False
    queue.head[i] = place + 1
    reset_env(
        arrays.shared,
        arrays.state,
        i,
        queue.first[i, place],
        queue.length[i, place],
        queue.keys[i, place],
        queue.number[i],
    )
    queue.number[i] += 1
    return True


@called
def keep_final(arrays: Any, i: int) -> None:
    """Keep the last observation and the records of an episode that is over."""
    state, final = arrays.state, arrays.final
    observe(arrays.shared, state, i, arrays.buffers.terminal, i)
    final.envs[i] = state.envs[i]
    for a in range(state.books.shape[1]):
        final.books[i, a] = state.books[i, a]
    for k in range(state.terms.shape[1]):
        final.terms[i, k] = state.terms[i, k]


@compiled
def start_and_show(arrays: Any, i: int, which: int) -> None:
    """Start the next episode of the queue, which has one, and write its first observation."""
    arrays.buffers.waiting[i] = 0
    if start_next(arrays, i):
        at = which * len(arrays.state.envs) + i
        observe(arrays.shared, arrays.state, i, arrays.buffers.obs, at)


@compiled
def mask_batch(arrays: Any) -> None:
    """Write which choices are possible now, for every environment."""
    if arrays.shared.rules[0].scheme != CHOICES:
        return
    for i in range(len(arrays.state.envs)):
        masks(arrays.shared, arrays.state, i, arrays.buffers.masks[i])
