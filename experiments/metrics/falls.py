"""How deep the equity fell and how long it took to recover."""

from typing import TYPE_CHECKING

import numpy as np

from tradegym.envs.curves import drawdowns

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Values that differ by less are the same height: an account that only holds cash is not falling.
_LEVEL = 1e-12


def max_drawdown(curve: "NDArray[np.float64]") -> float:
    """Return the deepest fall below an earlier peak, the start value included.

    Parameters
    ----------
    curve : numpy.ndarray
        Equity, shape [n + 1], with a positive start.

    Returns
    -------
    float
        ``min_t (V_t / max_{s <= t} V_s - 1)``: a negative fraction, 0 without any fall.

    References
    ----------
    M. Magdon-Ismail and A. Atiya, Maximum Drawdown, Risk Magazine 17(10), 2004, 99-102.
    """
    return float(np.min(drawdowns(curve, float(curve[0]))))


def drawdown_lengths(curve: "NDArray[np.float64]") -> tuple[int, int]:
    """Return the length of the deepest drawdown and that of the longest, both in bars.

    Parameters
    ----------
    curve : numpy.ndarray
        Equity, shape [n + 1], with a positive start.

    Returns
    -------
    tuple of int
        From the last bar on the peak to the first bar that is back there, or to the last bar;
        both 0 without a fall.
    """
    falls = drawdowns(curve, float(curve[0]))
    under = falls < -_LEVEL
    if not under.any():
        return 0, 0
    padded = np.concatenate(([False], under, [False]))
    edges = np.flatnonzero(padded[1:] != padded[:-1])
    # The bar before the first one below is on the peak; one that never recovers ends with the data.
    peaks, ends = edges[::2] - 1, np.minimum(edges[1::2], len(curve) - 1)
    deepest = int(np.searchsorted(peaks, int(np.argmin(falls)), side="left")) - 1
    return int(ends[deepest] - peaks[deepest]), int(np.max(ends - peaks))
