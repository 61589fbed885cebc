"""Probability of backtest overfitting by combinatorially symmetric cross-validation."""

from dataclasses import dataclass
from itertools import combinations
from math import comb
from typing import TYPE_CHECKING

import numpy as np

from tradegym.experiments.luck.sharpe import ROUNDING

if TYPE_CHECKING:
    from numpy.typing import NDArray

_ELEMENTS = 4_000_000  # of a table of combinations and strategies held at once


@dataclass(frozen=True, slots=True)
class Overfitting:
    """How well the best of several strategies in one half of the data does in the other.

    Attributes
    ----------
    probability : float
        PBO: share of the splits in which the best strategy of the first half is in the lower half
        of the second. Without any skill it is about 0.5, not 0.
    slope : float or None
        Of the regression of the Sharpe ratio out of sample on that in sample, over the splits.
    probability_of_loss : float
        Share of the splits in which the best strategy loses out of sample.
    splits : int
        ``C(S, S / 2)``.
    strategies : int
    bars : int
        Used bars, a multiple of the blocks; the oldest are left out.
    """

    probability: float
    slope: float | None
    probability_of_loss: float
    splits: int
    strategies: int
    bars: int


def pbo(returns: "NDArray[np.float64]", n_blocks: int = 16) -> Overfitting | None:
    """Return the probability of backtest overfitting (PBO).

    Parameters
    ----------
    returns : numpy.ndarray
        Simple returns of every strategy that was tried, shape [T, N].
    n_blocks : int
        Consecutive blocks S, even, 2 to 20. Each choice of half of them is one split.

    Returns
    -------
    Overfitting or None
        In each split the strategy with the best Sharpe ratio in sample has the rank w, 1 for the
        worst, of N out of sample; the PBO is the share of splits with ``ln(w / (N + 1 - w)) <=
        0``. Ties share a rank. A strategy without variance in a half counts as 0 there. None for
        less than 2 strategies or 2 bars per block, or with a value that is not finite.

    Raises
    ------
    ValueError
        ``n_blocks`` is odd, below 2 or above 20.

    References
    ----------
    D. H. Bailey, J. Borwein, M. Lopez de Prado and Q. J. Zhu, The Probability of Backtest
    Overfitting, Journal of Computational Finance 20(4), 2017, 39-69.
    """
    if n_blocks % 2 or not 2 <= n_blocks <= 20:
        raise ValueError(f"n_blocks={n_blocks}: an even number from 2 to 20")
    if returns.ndim != 2 or returns.shape[1] < 2 or not np.all(np.isfinite(returns)):
        return None
    bars, strategies = len(returns) // n_blocks * n_blocks, returns.shape[1]
    if bars < 2 * n_blocks:
        return None
    blocks = returns[-bars:].reshape(n_blocks, -1, strategies)
    sums, squares = blocks.sum(axis=1), (blocks**2).sum(axis=1)
    inside, outside, logits = [], [], []
    step = max(1, _ELEMENTS // strategies)
    # Halves with block 0 and their complements: every split is found in one of its two directions.
    chosen = _halves(n_blocks)
    for first in range(0, len(chosen), step):
        part = chosen[first : first + step]
        with_first = _sharpes(part @ sums, part @ squares, bars // 2)
        without = _sharpes((1 - part) @ sums, (1 - part) @ squares, bars // 2)
        for trained, tested in ((with_first, without), (without, with_first)):
            rows, best = np.arange(len(part)), trained.argmax(axis=1)
            score = tested[rows, best]
            below = np.count_nonzero(tested < score[:, None], axis=1)
            above = np.count_nonzero(tested > score[:, None], axis=1)
            rank = (below + strategies - above + 1) / 2  # the mean rank of those that tie
            logits.append(np.log(rank / (strategies + 1 - rank)))
            inside.append(trained[rows, best])
            outside.append(score)
    found, reached = np.concatenate(inside), np.concatenate(outside)
    centred = found - found.mean()
    spread = float(centred @ centred)
    return Overfitting(
        probability=float(np.mean(np.concatenate(logits) <= 0)),
        slope=float(centred @ reached) / spread if spread > ROUNDING else None,
        probability_of_loss=float(np.mean(reached < 0)),
        splits=2 * len(chosen),
        strategies=strategies,
        bars=bars,
    )


def _halves(n_blocks: int) -> "NDArray[np.float64]":
    """Return the halves of the blocks that hold block 0, one per row, as 0 and 1."""
    halves = np.zeros((comb(n_blocks, n_blocks // 2) // 2, n_blocks))
    halves[:, 0] = 1.0
    for row, others in zip(
        halves, combinations(range(1, n_blocks), n_blocks // 2 - 1), strict=True
    ):
        row[list(others)] = 1.0
    return halves


def _sharpes(
    sums: "NDArray[np.float64]", squares: "NDArray[np.float64]", n: int
) -> "NDArray[np.float64]":
    """Return Sharpe ratios per bar from sums and sums of squares of ``n`` returns."""
    variance = (squares - sums**2 / n) / (n - 1)
    known = variance > ROUNDING**2 + 1e-13 * squares / n
    return np.where(known, sums / n / np.sqrt(np.where(known, variance, 1.0)), 0.0)
