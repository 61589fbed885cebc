"""An agent beside a benchmark on the same bars."""

import math
from typing import TYPE_CHECKING

import numpy as np

from tradegym.experiments.metrics.growth import ROUNDING, per_bar

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tradegym.envs.record import EpisodeRecord


def relative_values(
    record: "EpisodeRecord", benchmark: "EpisodeRecord", risk_free: float = 0.0
) -> dict[str, float | None]:
    """Return ``alpha``, ``beta`` and ``information_ratio``.

    Parameters
    ----------
    record, benchmark : EpisodeRecord
        Episodes that begin on the same bar; where one ends earlier, the common bars count.
    risk_free : float
        Risk-free rate a year, fraction; f is the rate per bar that compounds to it.

    Returns
    -------
    dict
        ``beta = cov(r - f, b - f) / var(b - f)``, ``alpha = (mean(r - f) - beta mean(b - f)) P``
        and ``mean(r - b) / std(r - b, ddof=1) sqrt(P)``. Empty where the episodes begin on
        different bars, under 2 common returns, or after ruin; a number without variance behind it
        is None.

    References
    ----------
    M. C. Jensen, The Performance of Mutual Funds in the Period 1945-1964, Journal of Finance
    23(2), 1968, 389-416; T. H. Goodwin, The Information Ratio, Financial Analysts Journal 54(4),
    1998, 34-43.
    """
    per_year = record.bars_per_year
    pair = common_returns(record, benchmark)
    if pair is None or not (math.isfinite(per_year) and per_year > 0):
        return {}
    own, others = pair
    rate = per_bar(risk_free, per_year)
    found: dict[str, float | None] = {}
    spread = own - others
    deviation = float(np.std(spread, ddof=1))
    if deviation > ROUNDING:
        found["information_ratio"] = float(np.mean(spread)) / deviation * math.sqrt(per_year)
    centred = others - np.mean(others)
    variance = float(np.mean(centred * centred))
    if variance > ROUNDING**2:
        beta = float(np.mean((own - np.mean(own)) * centred)) / variance
        excess = float(np.mean(own)) - rate - beta * (float(np.mean(others)) - rate)
        found |= {"beta": beta, "alpha": excess * per_year}
    return found


def common_returns(
    record: "EpisodeRecord", benchmark: "EpisodeRecord"
) -> "tuple[NDArray[np.float64], NDArray[np.float64]] | None":
    """Return the simple returns of both on their common bars, each of shape [n], n at least 2.

    None where they begin on different bars, have fewer, or one of them was ruined.
    """
    first, second = record.bars, benchmark.bars
    n = min(len(first), len(second))
    if n == 0 or first["time"].iloc[0] != second["time"].iloc[0]:
        return None
    pair = [_returns(one, n) for one in (record, benchmark)]
    if any(not np.all(np.isfinite(one)) or np.min(one) <= -1.0 for one in pair):
        return None
    # The first bar normally holds the start money itself: no return of either.
    skip = int(all(abs(one[0]) <= ROUNDING for one in pair))
    return (pair[0][skip:], pair[1][skip:]) if n - skip >= 2 else None


def _returns(record: "EpisodeRecord", n: int) -> "NDArray[np.float64]":
    equity = record.bars["equity"].to_numpy(dtype=np.float64)[:n]
    before = np.concatenate(([record.start_cash], equity[:-1]))
    with np.errstate(all="ignore"):
        returns: NDArray[np.float64] = equity / before - 1.0
    return returns
