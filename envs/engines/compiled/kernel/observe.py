"""What an environment shows: prices, features and statistics of the bars up to the current one."""

from typing import Any

from tradegym.envs.engines.compiled.kernel.jit import compiled


@compiled
def observe(shared: Any, state: Any, i: int, out: Any, k: int) -> None:
    """Write the observation of the current bar.

    Parameters
    ----------
    shared : Shared
    state : State
    i : int
    out : ndarray of float32, shape [M, obs_size]
    k : int
        Row of ``out`` to be filled: the modes one after the other, each row by row.
    """
    rules = shared.rules[0]
    env = state.envs[i]
    bars = rules.time_dim
    first = env.first_row + env.row + 1 - bars
    if rules.raw_at >= 0:
        width = 4 * rules.n_assets
        copy_row(shared.raw, first * width, out, k, rules.raw_at, bars * width)
    if rules.features_at >= 0:
        width = rules.n_features
        copy_row(shared.features, first * width, out, k, rules.features_at, bars * width)
    if rules.internal_at >= 0:
        width = len(shared.columns)
        ring = state.stats[i]
        size = rules.avg_period * width
        copy_row(ring, env.stat_head * width, out, k, rules.internal_at, size)


@compiled
def copy_row(source: Any, start: int, out: Any, k: int, at: int, size: int) -> None:
    """Copy ``source[start : start + size]`` to row ``k`` of ``out``, from column ``at`` on."""
    # All places are locals here: read from a record in the loop, they would be read again after
    # each write, which might have changed them for all that the compiler knows.
    for n in range(size):
        out[k, at + n] = source[start + n]
