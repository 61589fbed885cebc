"""Holm's correction of p-values for several tests."""

from collections.abc import Sequence


def holm(p_values: Sequence[float | None]) -> list[float | None]:
    """Return p-values that hold for all tests together.

    The smallest of m is multiplied by m, the next by m - 1, and so on; none is smaller than the
    one before it in that order, nor larger than 1. Undefined ones are not counted.

    Parameters
    ----------
    p_values : sequence of float or None

    Returns
    -------
    list of float or None
        In the order of the input.

    References
    ----------
    S. Holm, A Simple Sequentially Rejective Multiple Test Procedure, Scandinavian Journal of
    Statistics 6(2), 1979, 65-70.
    """
    known = sorted((p, place) for place, p in enumerate(p_values) if p is not None)
    adjusted: list[float | None] = [None] * len(p_values)
    least = 0.0
    for done, (p, place) in enumerate(known):
        least = max(least, min(1.0, (len(known) - done) * p))
        adjusted[place] = least
    return adjusted
