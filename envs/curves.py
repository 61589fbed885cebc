"""Equity curves of an episode: the series that metrics and pictures share."""

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tradegym.envs.record import EpisodeRecord


def equity_curve(record: "EpisodeRecord") -> "NDArray[np.float64]":
    """Return the equity of every bar, beginning with the start money.

    The first decision bar normally holds the start money itself; then the curve is the equity
    column. If money was gained or lost before that bar closed, the start money is put in front,
    so that no change of the account is left out.

    Parameters
    ----------
    record : EpisodeRecord
        The episode.

    Returns
    -------
    numpy.ndarray
        Shape [n + 1] for n returns, float64, in money.
    """
    equity = record.bars["equity"].to_numpy(dtype=np.float64)
    if len(equity) and math.isclose(float(equity[0]), record.start_cash, rel_tol=1e-12):
        return equity
    return np.concatenate(([record.start_cash], equity))


def drawdowns(curve: "NDArray[np.float64]", start: float) -> "NDArray[np.float64]":
    """Return how far each value lies below the highest value so far.

    The formula is ``curve[t] / max(start, curve[0..t]) - 1``, never below -1: an account cannot
    lose more than everything, what it owes beyond that is in its equity.

    Parameters
    ----------
    curve : numpy.ndarray
        Equity of each bar in money, shape [n].
    start : float
        Positive start value in money; it counts as the first peak.

    Returns
    -------
    numpy.ndarray
        Shape [n], fractions in [-1, 0].
    """
    peaks = np.maximum.accumulate(np.maximum(curve, start))
    return np.maximum(curve / peaks - 1.0, -1.0)
