"""Running mean and variance, and values scaled by them, in numpy's order of rounding.

Stable-Baselines3 takes the moments of a batch with ``np.mean`` and ``np.var`` in the precision of
the batch. These functions add in the same order and the same precision, so that a model trained
with them sees the same numbers to the last bit.
"""

import math

import numpy as np
from numpy.typing import NDArray

from tradegym.envs.engines.compiled.kernel.jit import compiled, door

# Up to here numpy adds with eight running sums; a longer row is halved.
_BLOCK = 128
_DEPTH = 64  # halvings, more than any number of environments needs


@compiled
def _sum_block(values: NDArray[np.floating], first: int, n: int) -> np.floating:
    if n < 8:
        total = values[first]
        for i in range(first + 1, first + n):
            total += values[i]
        return total
    a, b, c, d = values[first], values[first + 1], values[first + 2], values[first + 3]
    e, f, g, h = values[first + 4], values[first + 5], values[first + 6], values[first + 7]
    whole = n - n % 8
    for i in range(first + 8, first + whole, 8):
        a += values[i]
        b += values[i + 1]
        c += values[i + 2]
        d += values[i + 3]
        e += values[i + 4]
        f += values[i + 5]
        g += values[i + 6]
        h += values[i + 7]
    total = ((a + b) + (c + d)) + ((e + f) + (g + h))
    for i in range(first + whole, first + n):
        total += values[i]
    return total


@compiled
def _sum_row(values: NDArray[np.floating], n: int) -> np.floating:
    """Return the sum of the first ``n`` > 0 values as ``np.sum`` rounds it.

    A row longer than a block is the sum of its halves, each summed in the same way. The tree is
    walked without recursion, which numba cannot keep on disk.
    """
    if n <= _BLOCK:
        return _sum_block(values, 0, n)
    lengths = np.empty(_DEPTH, np.int64)
    is_right = np.zeros(_DEPTH, np.int64)
    left = np.empty(_DEPTH, values.dtype)
    level, first = 0, 0
    lengths[0] = n
    while True:
        while lengths[level] > _BLOCK:
            half = lengths[level] // 2
            half -= half % 8
            level += 1
            lengths[level] = half
            is_right[level] = 0
        total = _sum_block(values, first, lengths[level])
        first += lengths[level]
        while level > 0 and is_right[level]:
            total = left[level] + total
            level -= 1
        if level == 0:
            return total
        left[level] = total
        is_right[level] = 1
        lengths[level] = lengths[level - 1] - lengths[level]


@compiled
def _batch_moments(
    values: NDArray[np.float32], row: NDArray[np.float32], moments: NDArray[np.float32]
) -> None:
    """Write mean and variance of the columns of ``values`` [N, D] into ``moments`` [2, D]."""
    n, width = values.shape
    count = np.float32(n)
    if width == 1:  # numpy takes a single column for a row
        for i in range(n):
            row[i] = values[i, 0]
        mean = _sum_row(row, n) / count
        for i in range(n):
            difference = values[i, 0] - mean
            row[i] = difference * difference
        moments[0, 0] = mean
        moments[1, 0] = _sum_row(row, n) / count
        return
    means, variances = moments[0], moments[1]
    for j in range(width):
        means[j] = np.float32(0.0)
        variances[j] = np.float32(0.0)
    for i in range(n):
        for j in range(width):
            means[j] += values[i, j]
    for j in range(width):
        means[j] /= count
    for i in range(n):
        for j in range(width):
            difference = values[i, j] - means[j]
            variances[j] += difference * difference
    for j in range(width):
        variances[j] /= count


@compiled
def update_moments(
    values: NDArray[np.float32],
    mean: NDArray[np.float64],
    var: NDArray[np.float64],
    count: float,
    row: NDArray[np.float32],
    moments: NDArray[np.float32],
) -> None:
    """Take a batch into a running mean and variance, in place (Chan, Golub and LeVeque).

    Parameters
    ----------
    values : ndarray of float32, shape [N, D]
        The batch, N > 0.
    mean, var : ndarray of float64, shape [D]
    count : float
        How many values they stand for so far; it is the caller who adds N.
    row : ndarray of float32, shape [N]
        Scratch.
    moments : ndarray of float32, shape [2, D]
        Scratch: mean and variance of the batch.
    """
    n, width = values.shape
    _batch_moments(values, row, moments)
    whole, batch = count + n, float(n)
    short = np.float32(n)
    for j in range(width):
        delta = moments[0, j] - mean[j]
        mean[j] = mean[j] + delta * batch / whole
        squares = var[j] * count + moments[1, j] * short + delta * delta * count * batch / whole
        var[j] = squares / whole


@door
def scale(
    values: NDArray[np.float32],
    mean: NDArray[np.float64],
    std: NDArray[np.float64],
    limit: float,
    out: NDArray[np.float32],
) -> None:
    """Write ``clip((values - mean) / std, -limit, limit)`` into ``out``.

    Parameters
    ----------
    values, out : ndarray of float32, shape [N, D]
    mean, std : ndarray of float64, shape [D]
    limit : float
    """
    n, width = values.shape
    for i in range(n):
        for j in range(width):
            scaled = (values[i, j] - mean[j]) / std[j]
            scaled = limit if scaled > limit else scaled
            scaled = -limit if scaled < -limit else scaled
            out[i, j] = scaled


@compiled
def deviations(var: NDArray[np.float64], epsilon: float, std: NDArray[np.float64]) -> None:
    """Write ``sqrt(var + epsilon)`` into ``std``; both float64 of shape [D]."""
    for j in range(var.size):
        std[j] = math.sqrt(var[j] + epsilon)


@door
def learn_and_scale(
    values: NDArray[np.float32],
    mean: NDArray[np.float64],
    var: NDArray[np.float64],
    count: float,
    learn: bool,
    epsilon: float,
    limit: float,
    row: NDArray[np.float32],
    moments: NDArray[np.float32],
    std: NDArray[np.float64],
    out: NDArray[np.float32],
) -> None:
    """Do `update_moments` if ``learn``, then `scale`; ``std`` [D] is scratch."""
    if learn:
        update_moments(values, mean, var, count, row, moments)
    deviations(var, epsilon, std)
    scale(values, mean, std, limit, out)


@door
def update_returns(
    rewards: NDArray[np.float32],
    returns: NDArray[np.float64],
    gamma: float,
    mean: float,
    var: float,
    count: float,
    row: NDArray[np.float64],
) -> tuple[float, float]:
    """Discount the returns, add the rewards, and take them into a running mean and variance.

    Parameters
    ----------
    rewards : ndarray of float32, shape [N]
    returns : ndarray of float64, shape [N]
        Changed in place.
    gamma : float
    mean, var, count : float
        Of the returns so far.
    row : ndarray of float64, shape [N]
        Scratch.

    Returns
    -------
    (float, float)
        The new mean and variance.
    """
    n = rewards.size
    for i in range(n):
        returns[i] = returns[i] * gamma + rewards[i]
    average = _sum_row(returns, n) / n
    for i in range(n):
        difference = returns[i] - average
        row[i] = difference * difference
    spread = _sum_row(row, n) / n
    whole, batch = count + n, float(n)
    delta = average - mean
    squares = var * count + spread * batch + delta * delta * count * batch / whole
    return mean + delta * batch / whole, squares / whole  # type: ignore[return-value]


@door
def scale_rewards(
    rewards: NDArray[np.float32], std: float, limit: float, out: NDArray[np.float32]
) -> None:
    """Write ``clip(rewards / std, -limit, limit)`` into ``out``; float32 of shape [N]."""
    for i in range(rewards.size):
        scaled = rewards[i] / std
        scaled = limit if scaled > limit else scaled
        scaled = -limit if scaled < -limit else scaled
        out[i] = scaled
