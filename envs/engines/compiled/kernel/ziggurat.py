"""Tables of the ziggurat method for normal and exponential numbers, as numpy cuts it.

Under the density ``f(x) = exp(-x^2 / 2)``, or ``exp(-x)``, lie 256 layers of equal area (Marsaglia
and Tsang 2000); the lowest has the tail beyond the edge R. With the layers' edges ``x[i]``, from
the top, a whole number n of so many bits becomes ``n * width[i]`` and lies wholly under the density
if it is below ``inside[i]``.
"""

from collections.abc import Callable
from decimal import Decimal, localcontext
from functools import cache

import numpy as np
from numpy.typing import NDArray

_LAYERS = 256
_DIGITS = 50
#: Edge of the lowest layer, and bits of the whole numbers.
NORMAL_EDGE, _NORMAL_BITS = 3.6541528853610087963519472518, 52
EXPONENTIAL_EDGE, _EXPONENTIAL_BITS = 7.6971174701310497140446280481, 53

# numpy's edges of the normal were worked out in float64. By how many units of the last place its
# widths differ from the exact ones:
_ROUNDED = (
    -9, -130, -40, -33, -28, -26, -26, -22, -22, -11, -10, -9, -8, -8, -8, -8, -8, -9, -8, -8,
    -9, -9, -9, -10, -9, -8, -8, -7, -8, -8, -8, -7, -8, -8, -7, -7, -8, -8, -6, -6, -6, -5, -5,
    -6, -5, -6, -5, -5, -5, -5, -6, -6, -3, -4, -4, -4, -4, -4, -4, -4, -3, -4, -3, -3, -3, -3,
    -4, -3, -4, -3, -3, -4, -3, -2, -2, -3, -3, -3, -4, -3, -3, -3, -3, -3, -3, -3, -2, -2, -2,
    -2, -2, -1, -1, -1, -1, -1, -2, -2, -1, -2, -2, -2, -2, -2, -1, -2, -2, -2, -2, -2, -3, -3,
    -3, -2, -2, -2, -1, -1, -2, -2, -2, -2, -1, -1, -1, -1, -1, -2, -2, -2, -1, -1, -2, -2, -2,
    -2, -2, -2, -2, -2, -3, -4, -4, -4, -3, -3, -3, -3, -2, -2, -2, -1, -1, -1, -1, -1, 0, 0, 0,
    0, 0, -1, -1, 0, -1, 0, -1, -1, -1, 0, 0, 0, 1, 2, 3, 3, 3, 2, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0,
    -1, 0, 0, 0, 0, 0, 0, -1, -1, -1, -1, -1, -2, -1, -2, -2, -2, -2, -2, -2, -1, -1, -1, -1,
    -1, 0, -1, -1, -1, 0, 0, 0, -1, -1, 0, 0, 0, 0, 0, 0, -1, 0, 0, -1, 0, -1, -1, -1, -1, -1,
    -1, -1, -1, 0, 1, 0, 1, 1, 1, 1, 1, 1, 0, 0, 0, 1, 1, 0,
)  # fmt: skip

Tables = tuple[NDArray[np.uint64], NDArray[np.float64], NDArray[np.float64]]


@cache
def normal_tables() -> Tables:
    """Return ``inside``, ``width`` and ``height``, the density at the edges, of the normal."""
    with localcontext() as context:
        context.prec = _DIGITS
        edge = Decimal("3.6541528853610087963519472518")
        # The tail is R times the Mills ratio's continued fraction of the density at R.
        ratio = Decimal(0)
        for n in range(4000, 0, -1):
            ratio = n / (edge + ratio)
        at_edge = (-edge * edge / 2).exp()
        area = edge * at_edge + at_edge / (edge + ratio)
        inside, width, height = _tables(
            edge,
            area,
            _NORMAL_BITS,
            lambda x: (-x * x / 2).exp(),
            lambda y: (-2 * y.ln()).sqrt(),
        )
    exact = width.view(np.int64)
    exact += np.array(_ROUNDED)
    return inside, width, height


@cache
def exponential_tables() -> Tables:
    """Return the same of the exponential distribution."""
    with localcontext() as context:
        context.prec = _DIGITS
        edge = Decimal("7.6971174701310497140446280481")
        area = (edge + 1) * (-edge).exp()
        return _tables(edge, area, _EXPONENTIAL_BITS, lambda x: (-x).exp(), lambda y: -y.ln())


def _tables(
    edge: Decimal,
    area: Decimal,
    bits: int,
    density: Callable[[Decimal], Decimal],
    inverse: Callable[[Decimal], Decimal],
) -> Tables:
    scale = Decimal(2**bits)
    inside = np.zeros(_LAYERS, np.uint64)
    width, height = np.empty(_LAYERS), np.empty(_LAYERS)
    y = density(edge)
    inside[0] = int(edge * y / area * scale)
    width[0], height[0] = area / y / scale, 1.0
    x = edge
    for i in range(_LAYERS - 1, 0, -1):
        width[i], height[i] = x / scale, y
        if i > 1:
            y += area / x
            above = inverse(y)
            inside[i] = int(above / x * scale)
            x = above
    return inside, width, height
