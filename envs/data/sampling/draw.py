"""Draws a random start.

The start of an episode is distributed as in BTgym: of n candidates number ``floor(n X)`` with X
from Beta(b_alpha, b_beta), drawn again until the rules allow it. That is the Beta distribution
*conditioned* on the eligible starts: candidate k has the weight ``F((k+1)/n) - F(k/n)``, where F
is the distribution function of Beta, and the eligible ones share the probability in proportion to
their weights. The draw here has that distribution, without trying again: first a run of eligible
starts by its weight, then X inside the run by the inverse of F.
"""

from typing import TYPE_CHECKING

import numpy as np

from tradegym.conf.errors import UserError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tradegym.envs.data.sampling.starts import Starts


class StartDraw:
    """Draws eligible starts; keeps the weights of the runs that were used last.

    Parameters
    ----------
    starts : Starts
    """

    def __init__(self, starts: "Starts") -> None:
        self._starts = starts
        self._table_of: tuple[float, float, int] | None = None
        self._table: NDArray[np.float64] = np.empty(0)

    def __call__(
        self, rng: np.random.Generator, b_alpha: float, b_beta: float, candidates: int | None = None
    ) -> int:
        """Draw a row.

        Parameters
        ----------
        rng : numpy.random.Generator
        b_alpha, b_beta : float
            Parameters of Beta, above 0.
        candidates : int, optional
            Draw among the first so many candidates only, of which one at least is eligible.

        Raises
        ------
        UserError
            If Beta gives the eligible starts no probability that a float64 can hold.
        """
        starts = self._starts
        number = starts.number if candidates is None else candidates
        eligible = starts.eligible_before(number)
        if b_alpha == b_beta == 1:
            return starts.eligible(int(rng.integers(eligible)))
        if eligible == number:
            return starts.row(min(int(number * rng.beta(b_alpha, b_beta)), number - 1))
        table = self._cumulated(b_alpha, b_beta, number, eligible)
        drawn = rng.random() * table[-1]
        # The product may be rounded up to the total, which belongs to the last run with a weight.
        run = int(min(np.searchsorted(table, drawn, "right"), np.searchsorted(table, table[-1])))
        begin, end = int(starts.begins[run]), min(int(starts.ends[run]), number)
        drawn = _inside(begin / number, end / number, b_alpha, b_beta, rng.random())
        return starts.row(min(max(int(number * drawn), begin), end - 1))

    def _cumulated(
        self, b_alpha: float, b_beta: float, number: int, eligible: int
    ) -> "NDArray[np.float64]":
        """Return the cumulated weights of the runs among the first candidates."""
        if self._table_of != (b_alpha, b_beta, number):
            begins = self._starts.begins
            begins = begins[: np.searchsorted(begins, number)]
            ends = np.minimum(self._starts.ends[: len(begins)], number)
            table = np.cumsum(beta_weights(begins / number, ends / number, b_alpha, b_beta))
            if not table[-1] > 0:
                raise UserError(
                    f"episode.b_alpha={b_alpha:g}, episode.b_beta={b_beta:g}: the {eligible} "
                    f"eligible starts lie where this Beta distribution has no probability; use "
                    f"values nearer to 1"
                )
            self._table, self._table_of = table, (b_alpha, b_beta, number)
        return self._table


def beta_weights(
    low: "NDArray[np.float64]", high: "NDArray[np.float64]", b_alpha: float, b_beta: float
) -> "NDArray[np.float64]":
    """Return the probability of each interval under Beta.

    Parameters
    ----------
    low, high : ndarray of float64, shape [R]
        Limits of the intervals, between 0 and 1.
    b_alpha, b_beta : float
        Parameters of Beta.

    Returns
    -------
    ndarray of float64, shape [R]
    """
    # scipy takes a while to import, and few runs need it.
    from scipy.special import betainc, betaincc

    # Above the mean the complement is the small number, and differences of it are exact.
    below = betainc(b_alpha, b_beta, high) - betainc(b_alpha, b_beta, low)
    above = betaincc(b_alpha, b_beta, low) - betaincc(b_alpha, b_beta, high)
    weights: NDArray[np.float64] = np.where(low < _mean(b_alpha, b_beta), below, above)
    return weights


def _inside(low: float, high: float, b_alpha: float, b_beta: float, share: float) -> float:
    """Return where ``share`` of the probability between ``low`` and ``high`` has been passed."""
    from scipy.special import betainc, betaincc, betainccinv, betaincinv

    if low < _mean(b_alpha, b_beta):
        function, inverse = betainc, betaincinv
    else:
        function, inverse = betaincc, betainccinv
    first, last = function(b_alpha, b_beta, low), function(b_alpha, b_beta, high)
    return float(inverse(b_alpha, b_beta, first + share * (last - first)))


def _mean(b_alpha: float, b_beta: float) -> float:
    return b_alpha / (b_alpha + b_beta)
