"""The arrays of a batch, allocated once."""

import numpy as np
from gymnasium import spaces

from tradegym.conf.schema.run import MOST_ENV_THREADS
from tradegym.envs.engines.compiled.kernel import layout
from tradegym.envs.engines.compiled.kernel.batch import Arrays, Buffers, Final, Queue
from tradegym.envs.engines.compiled.kernel.gate import LINE
from tradegym.envs.engines.compiled.kernel.layout import State
from tradegym.envs.engines.compiled.program.build import Program
from tradegym.envs.engines.compiled.starts import DEPTH
from tradegym.envs.strategies.broker_stats import ALL_NAMES

#: Threads of a batch besides the caller's.
MOST_WORKERS = MOST_ENV_THREADS - 1


def make_arrays(program: Program, n_envs: int) -> Arrays:
    """Return the arrays of so many environments, all of whose episodes are over."""
    shared, rules = program.shared, program.rules
    n_assets, n_terms = int(rules.n_assets), len(shared.terms)
    size, width = int(rules.obs_size), int(rules.action_width)
    ring = 2 * int(rules.avg_period) * len(shared.columns)
    state = State(
        envs=np.zeros(n_envs, layout.ENV).view(np.recarray),
        books=np.zeros((n_envs, n_assets), layout.BOOK).view(np.recarray),
        requests=np.zeros((n_envs, n_assets), layout.REQUEST).view(np.recarray),
        memory=np.zeros((n_envs, max(program.memory, 1))),
        stats=np.zeros((n_envs, ring if rules.internal_at >= 0 else 0), np.float32),
        row=np.zeros((n_envs, len(ALL_NAMES) - 1 + n_assets)),
        terms=np.zeros((n_envs, n_terms)),
    )
    state.envs.over = 1
    final = Final(state.envs.copy(), state.books.copy(), state.terms.copy())
    queue = Queue(
        keys=np.zeros((n_envs, DEPTH), np.uint64),
        first=np.zeros((n_envs, DEPTH), np.int64),
        length=np.zeros((n_envs, DEPTH), np.int64),
        head=np.zeros(n_envs, np.int64),
        filled=np.zeros(n_envs, np.int64),
        number=np.zeros(n_envs, np.int64),
    )
    lowest, highest = _limits(program.action_space)
    buffers = Buffers(
        actions=np.zeros((n_envs, width)),
        lowest=lowest,
        highest=highest,
        obs=np.zeros((2 * n_envs, size), np.float32),
        terminal=np.zeros((n_envs, size), np.float32),
        rewards=np.zeros(n_envs),
        ended=np.zeros(n_envs, np.int64),
        waiting=np.zeros(n_envs, np.int64),
        masks=np.zeros((n_envs, n_assets * int(rules.n_choices)), np.bool_),
    )
    gate = np.zeros(LINE * (1 + MOST_WORKERS), np.int64)
    return Arrays(shared, state, final, queue, buffers, gate)


def _limits(space: spaces.Space[object]) -> tuple["np.ndarray", "np.ndarray"]:
    """Return the lowest and highest value of each number of an action."""
    if isinstance(space, spaces.Box):
        return space.low.astype(np.float64), space.high.astype(np.float64)
    if isinstance(space, spaces.Discrete):
        sizes = np.array([space.n])
    elif isinstance(space, spaces.MultiDiscrete):
        sizes = space.nvec
    else:
        raise TypeError(f"{space} is no space of actions that the engine knows")
    return np.zeros(len(sizes)), sizes.astype(np.float64) - 1.0
