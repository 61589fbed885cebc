"""Shocks of several assets that move together.

The sums are written out, since a library of matrices adds in an order of its own.
"""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Mix(Protocol):
    """Makes correlated shocks of independent ones."""

    def __call__(self, shocks: "NDArray[np.float64]") -> "NDArray[np.float64]":
        """Return a new array for shocks ``[..., A]``."""


@dataclass(frozen=True, slots=True)
class AlikeMix:
    """Every two assets have the same correlation.

    The columns of the Cholesky factor are then the same number below the diagonal, and asset i's
    shock is ``sum over k < i of below[k] z[k] + diagonal[i] z[i]``.

    Attributes
    ----------
    below, diagonal : ndarray of float64, shape [A]
    """

    below: "NDArray[np.float64]"
    diagonal: "NDArray[np.float64]"

    @classmethod
    def of(cls, rho: float, assets: int) -> "AlikeMix":
        """Return it for a correlation above ``-1 / (assets - 1)`` and below 1."""
        below, diagonal, squares = [], [], 0.0
        for _ in range(assets):
            root = math.sqrt(max(1.0 - squares, 0.0))
            rest = (rho - squares) / root if root > 0.0 else 0.0
            below.append(rest)
            diagonal.append(root)
            squares += rest * rest
        return cls(np.array(below), np.array(diagonal))

    def __call__(self, shocks: "NDArray[np.float64]") -> "NDArray[np.float64]":
        """See `Mix`."""
        sums = np.cumsum(shocks * self.below, axis=-1)
        mixed: NDArray[np.float64] = shocks * self.diagonal
        mixed[..., 1:] += sums[..., :-1]
        return mixed


@dataclass(frozen=True, slots=True)
class MatrixMix:
    """Any correlations.

    Attributes
    ----------
    lower : ndarray of float64, shape [A, A]
        Lower Cholesky factor of the correlation of the shocks.
    """

    lower: "NDArray[np.float64]"

    @classmethod
    def of(cls, correlation: tuple[tuple[float, ...], ...]) -> "MatrixMix":
        """Return it for a positive definite matrix."""
        return cls(np.linalg.cholesky(np.array(correlation)).astype(np.float64))

    def __call__(self, shocks: "NDArray[np.float64]") -> "NDArray[np.float64]":
        """See `Mix`."""
        mixed: NDArray[np.float64] = shocks[..., :1] * self.lower[:, 0]
        for k in range(1, len(self.lower)):
            mixed[..., k:] += shocks[..., k : k + 1] * self.lower[k:, k]
        return mixed
