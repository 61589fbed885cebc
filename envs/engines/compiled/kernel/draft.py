"""Where a synthetic path is worked out, and the steps that the processes share.

They do what `tradegym.envs.data.synthetic.path` does, in the same order.
"""

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tradegym.envs.engines.compiled.kernel.draws import fill_normals
from tradegym.envs.engines.compiled.kernel.jit import called, compiled
from tradegym.envs.engines.compiled.kernel.philox import STREAM_WORDS, open_stream, uniform

#: Numbers of the streams, as ``synthetic.streams`` has them.
(
    S_PARAMETERS, S_SHOCKS, S_VARIANCE, S_JUMPS, S_MIXING, S_REGIMES, S_BLOCKS, S_START, S_VOLUME,
    S_SPREAD,
) = range(10)  # fmt: skip

#: Places of the parameters that all processes have.
(
    V_MEAN, V_REACTION, V_NOISE, P_LOW, P_HIGH, P_ALPHA, P_BETA, P_CORRELATION, P_START, P_OWN,
) = range(10)  # fmt: skip

#: How shocks are correlated: not, all alike, by a matrix.
M_NONE, M_ALIKE, M_MATRIX = 0, 1, 2

# Shocks that are worked on at a time, as ``synthetic.path.CHUNK_NUMBERS``.
_CHUNK = 40_000


class Plan(NamedTuple):
    """What the paths of a process have in common.

    Attributes
    ----------
    whole : ndarray of int64, shape [3]
        Assets A, steps inside a bar S, how shocks are correlated.
    years : ndarray of float64, shape [1]
        Length of a bar in years.
    spans : ndarray of float64, shape [P, 4]
        Low and high end of each parameter's range, whether its logarithm is uniform, whether the
        assets share it; in the order in which they are drawn.
    places : ndarray of int64
        Row of each parameter that a process knows, by the constants above.
    lower : ndarray of float64, shape [A, A] or [0, 0]
        Cholesky factor of a matrix of correlations.
    rows : ndarray of float64, shape [R, A, 5] or [0, 0, 0]
        Relative bars to resample.
    columns : ndarray of int64
        Which of the assets are traded, in the order of the bar table.
    lowest : ndarray of float64, shape [A]
        Prices of which costs leave nothing; nan: there are none.
    """

    whole: NDArray[np.int64]
    years: NDArray[np.float64]
    spans: NDArray[np.float64]
    places: NDArray[np.int64]
    lower: NDArray[np.float64]
    rows: NDArray[np.float64]
    columns: NDArray[np.int64]
    lowest: NDArray[np.float64]


class Draft(NamedTuple):
    """Where a path is worked out; there is room for L bars.

    Attributes
    ----------
    values : ndarray of float64, shape [P, A]
        The parameters.
    below, diagonal : ndarray of float64, shape [A]
        Of the factor of correlations that are all alike.
    start, scale : ndarray of float64, shape [A]
        First price, and long-run deviation of a bar.
    shocks : ndarray of float64
        Of a chunk of bars, [S, n, A] in one dimension.
    move, high, low : ndarray of float64, shape [L * A]
        Logarithm of close, high and low over the bar's open.
    close : ndarray of float64, shape [L * A]
    bars : ndarray of float64, shape [L, A, 5]
    own : ndarray of float64, shape [2, A]
        What a process carries on from one chunk to the next.
    few : ndarray of float64, shape [8]
        Numbers that the assets share.
    streams : ndarray of uint64, shape [1 + 2 A, STREAM_WORDS]
    """

    values: NDArray[np.float64]
    below: NDArray[np.float64]
    diagonal: NDArray[np.float64]
    start: NDArray[np.float64]
    scale: NDArray[np.float64]
    shocks: NDArray[np.float64]
    move: NDArray[np.float64]
    high: NDArray[np.float64]
    low: NDArray[np.float64]
    close: NDArray[np.float64]
    bars: NDArray[np.float64]
    own: NDArray[np.float64]
    few: NDArray[np.float64]
    streams: NDArray[np.uint64]


class Room(NamedTuple):
    """Where paths go: a bar table and the episodes that are to be drawn.

    Attributes
    ----------
    ohlcv, raw, days : ndarray
        See `program.table.BarTable`.
    home_days : ndarray of int64, shape [T] or [0]
        Days of the bars whose times the paths have.
    keys : ndarray of uint64, shape [N]
    episodes : ndarray of int64, shape [N, 3]
        First row in the table, first row of the times, number of bars.
    """

    ohlcv: NDArray[np.float64]
    raw: NDArray[np.float32]
    days: NDArray[np.int64]
    home_days: NDArray[np.int64]
    keys: NDArray[np.uint64]
    episodes: NDArray[np.int64]


class Work(NamedTuple):
    """All arrays of drawing paths."""

    plan: Plan
    draft: Draft
    room: Room


def make_work(plan: Plan, room: Room, longest: int) -> Work:
    """Return the arrays for paths of so many bars at most."""
    assets, steps = int(plan.whole[0]), int(plan.whole[1])
    chunk = min(max(1, _CHUNK // (steps * assets)), longest) * steps * assets
    few, many = (np.zeros((4, assets)), np.zeros((4, longest * assets)))
    draft = Draft(
        np.zeros((len(plan.spans), assets)),
        *(few[0], few[1], few[2], few[3]),
        np.zeros(chunk),
        *(many[0], many[1], many[2], many[3]),
        np.zeros((longest, assets, 5)),
        np.zeros((2, assets)),
        np.zeros(8),
        np.zeros((1 + 2 * assets, STREAM_WORDS), np.uint64),
    )
    return Work(plan, draft, room)


@compiled
def begin(plan: Any, draft: Any, key: Any) -> int:
    """Draw the parameters of a path; return how its shocks are correlated."""
    stream = draft.streams[0]
    open_stream(stream, key, S_PARAMETERS, 0)
    draw_parameters(plan.spans, stream, draft.values)
    mix = plan.whole[2]
    if mix != M_ALIKE:
        return mix
    rho = draft.values[plan.places[P_CORRELATION], 0]
    if rho == 0.0:
        return M_NONE
    factor_alike(rho, draft.below, draft.diagonal)
    return M_ALIKE


@compiled
def chunk_bars(plan: Any) -> int:
    """Return how many bars are worked on at a time."""
    return max(1, _CHUNK // (plan.whole[1] * plan.whole[0]))


@compiled
def draw_parameters(spans: Any, stream: Any, values: Any) -> None:
    """Draw every parameter, one value per asset; see ``synthetic.parameters``."""
    for p in range(len(spans)):
        low, high = spans[p, 0], spans[p, 1]
        first = 0.0
        for a in range(values.shape[1]):
            drawn = uniform(stream)
            if a == 0:
                first = drawn
            if spans[p, 3] != 0.0:
                drawn = first
            if low == high:
                values[p, a] = low
            elif spans[p, 2] != 0.0:
                values[p, a] = min(max(low * math.pow(high / low, drawn), low), high)
            else:
                values[p, a] = low + (high - low) * drawn


@compiled
def factor_alike(rho: float, below: Any, diagonal: Any) -> None:
    """Factor a matrix of correlations that are all alike; see ``correlation.AlikeMix``."""
    squares = 0.0
    for a in range(len(below)):
        root = math.sqrt(max(1.0 - squares, 0.0))
        rest = (rho - squares) / root if root > 0.0 else 0.0
        below[a], diagonal[a] = rest, root
        squares += rest * rest


@compiled
def value(plan: Any, draft: Any, place: int, a: int) -> float:
    """Return an asset's parameter."""
    return draft.values[plan.places[place], a]


@called
def draw_shocks(plan: Any, draft: Any, mix: int, number: int) -> None:
    """Draw the next shocks, of so many bars and all their steps, and correlate them."""
    count = plan.whole[1] * number * plan.whole[0]
    fill_normals(draft.streams[0], draft.shocks, count)
    correlate(plan, draft, mix, draft.shocks, count)


@compiled
def correlate(plan: Any, draft: Any, mix: int, shocks: Any, count: int) -> None:
    """Correlate independent shocks; see ``synthetic.correlation``."""
    assets = plan.whole[0]
    if mix == M_ALIKE:
        for at in range(0, count, assets):
            total = 0.0
            for a in range(assets):
                shock = shocks[at + a]
                mixed = shock * draft.diagonal[a]
                shocks[at + a] = mixed if a == 0 else mixed + total
                added = shock * draft.below[a]
                total = added if a == 0 else total + added
    elif mix == M_MATRIX:
        for at in range(0, count, assets):
            # From the last asset on, so that what is still needed is not overwritten.
            for a in range(assets - 1, -1, -1):
                total = shocks[at] * plan.lower[a, 0]
                for k in range(1, a + 1):
                    total += shocks[at + k] * plan.lower[a, k]
                shocks[at + a] = total


@called
def put(plan: Any, draft: Any, first: int, number: int) -> None:
    """Store the bars whose paths since their opens are in the shocks; see ``Moves.put``."""
    steps, shocks, width = plan.whole[1], draft.shocks, number * plan.whole[0]
    move, high, low = draft.move, draft.high, draft.low
    at = first * plan.whole[0]
    for n in range(width):
        high[at + n] = 0.0
        low[at + n] = 0.0
    for k in range(steps):
        for n in range(width):
            step = shocks[k * width + n]
            high[at + n] = max(high[at + n], step)
            low[at + n] = min(low[at + n], step)
    for n in range(width):
        move[at + n] = shocks[(steps - 1) * width + n]


@compiled
def accumulate(plan: Any, draft: Any, number: int) -> None:
    """Turn increments into the path since the bar's open."""
    shocks, width = draft.shocks, number * plan.whole[0]
    for n in range(width, plan.whole[1] * width):
        shocks[n] += shocks[n - width]
