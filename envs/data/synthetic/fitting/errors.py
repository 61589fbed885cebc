"""Standard errors from the curvature of a log-likelihood."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

Objective = Callable[["NDArray[np.float64]"], float]


def standard_errors(
    negative: Objective, best: "NDArray[np.float64]", scale: "NDArray[np.float64]"
) -> list[float | None]:
    """Return the standard errors of a maximum-likelihood estimate.

    They are the roots of the diagonal of the inverse Hessian, by central differences.

    Parameters
    ----------
    negative : callable
        Parameters [P] to the negative log-likelihood.
    best : ndarray of float64, shape [P]
        Where it is least.
    scale : ndarray of float64, shape [P]
        A change of each parameter that matters a little: the size of the differences.

    Returns
    -------
    list of float or None
        One per parameter; all None where the curvature is not that of a minimum.
    """
    number = len(best)
    steps = np.diag(scale)
    hessian = np.empty((number, number))
    for i in range(number):
        for j in range(i + 1):
            corners = [
                sign_i * sign_j * negative(best + sign_i * steps[i] + sign_j * steps[j])
                for sign_i in (1, -1)
                for sign_j in (1, -1)
            ]
            hessian[i, j] = hessian[j, i] = sum(corners) / (4 * scale[i] * scale[j])
    try:
        variances = np.diag(np.linalg.inv(hessian))
    except np.linalg.LinAlgError:
        return [None] * number
    if not (np.isfinite(variances).all() and (variances > 0).all()):
        return [None] * number
    return [float(root) for root in np.sqrt(variances)]
