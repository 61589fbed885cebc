"""A bare numba loop: what a batch of environments costs at least.

It copies the window of each environment, keeps a toy account of one position, and starts anew at
the end; no orders, no commission, no limits.
"""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numba import njit

from tradegym.envs.engines.compiled.pool import split_range


@njit(nogil=True, error_model="numpy")
def _copy(raw, closes, rows, lasts, units, equity, actions, out, at, rewards, width, ring, lo, hi):
    for i in range(lo, hi):
        row = rows[i] + 1
        gain = units[i] * (closes[row] - closes[row - 1])
        equity[i] += gain
        rewards[i] = gain
        if actions[i] == 1:
            units[i] = 1.0
        elif actions[i] == 2:
            units[i] = -1.0
        if row >= lasts[i]:
            row -= 1440
            equity[i] = 10_000.0
            units[i] = 0.0
        rows[i] = row
        first = (row - 29) * (width // 30)
        for k in range(width):
            out[at + i, k] = raw[first + k]
        for k in range(ring.shape[1]):
            out[at + i, width + k] = ring[i, k]
    return 0


class CopyLoop:
    """N toy environments on the bars of a dataset.

    Parameters
    ----------
    data : Dataset
    number : int
    threads : int
    ring : int
        Further numbers that are copied for each environment, as another window is.
    """

    def __init__(self, data, number, threads=1, ring=0):
        bars, assets = data.ohlcv.shape[:2]
        self.raw = np.ascontiguousarray(data.ohlcv[:, :, :4], dtype=np.float32).reshape(-1)
        self.closes = np.ascontiguousarray(data.ohlcv[:, 0, 3])
        self.width, rng = 30 * 4 * assets, np.random.default_rng(0)
        self.rows = rng.integers(1500, bars - 1500, number)
        self.lasts = self.rows + rng.integers(1, 1440, number)
        self.units, self.rewards = np.zeros(number), np.zeros(number)
        self.equity = np.full(number, 10_000.0)
        self.ring = np.zeros((number, ring), dtype=np.float32)
        self.out = np.zeros((2 * number, self.width + ring), dtype=np.float32)
        self.number, self.half = number, 0
        self.ranges = split_range(number, threads)
        self.pool = ThreadPoolExecutor(threads - 1) if threads > 1 else None

    def close(self):
        if self.pool is not None:
            self.pool.shutdown()

    def step(self, actions):
        self.half = 1 - self.half

        def work(lo, hi):
            return _copy(
                self.raw, self.closes, self.rows, self.lasts, self.units, self.equity, actions,
                self.out, self.half * self.number, self.rewards, self.width, self.ring, lo, hi,
            )  # fmt: skip

        others = [self.pool.submit(work, *limits) for limits in self.ranges[1:]]
        work(*self.ranges[0])
        for one in others:
            one.result()
        return self.out, self.rewards
