"""The functions of `tradegym.envs.data.synthetic.elementary` for single numbers.

The same operations in the same order give the same bits.
"""

import math
from typing import Any

import numpy as np

from tradegym.envs.engines.compiled.kernel.jit import called, compiled

_LN2_HIGH = 6.93147180369123816490e-01
_LN2_LOW = 1.90821492927058770002e-10
_LOG2_E = 1.4426950408889634
_MAGIC = 6755399441055744.0
_NEAR = 700.0
_E0, _E1, _E2 = 1 / 6, -1 / 360, 1 / 15120
_E3, _E4, _E5 = -1 / 604800, 1 / 23950080, -691 / 653837184000
_ONE_BITS = np.int64(1023 << 52)
_SHIFT = np.int64(52)


@compiled
def mantissa(x: Any, k: Any) -> Any:
    """Return e^x / 2^k."""
    high, low = x - k * _LN2_HIGH, k * _LN2_LOW
    r = high - low
    t = r * r
    c = t * _E5
    c = (c + _E4) * t
    c = (c + _E3) * t
    c = (c + _E2) * t
    c = (c + _E1) * t
    c = (c + _E0) * t
    c = r - c
    return 1.0 - ((low - r * c / (2.0 - c)) - high)


@compiled
def near_exponential(x: Any) -> Any:
    """Return e^x where the result is an ordinary number, |x| <= 700."""
    shifted = x * _LOG2_E + _MAGIC
    power = (np.float64(shifted).view(np.int64) << _SHIFT) + _ONE_BITS
    return mantissa(x, shifted - _MAGIC) * np.int64(power).view(np.float64)


@called
def far_exponential(x: Any) -> Any:
    """Return e^x where the result may be too large or small to be an ordinary number."""
    if x != x:
        return x
    if x > 710.0:
        return math.inf
    if x < -746.0:
        return 0.0
    k = x * _LOG2_E + _MAGIC - _MAGIC
    value, half = mantissa(x, k), math.floor(k * 0.5)
    # In two steps, of which only the second rounds: 2^k itself may be out of range.
    return value * math.ldexp(1.0, int(half)) * math.ldexp(1.0, int(k - half))


@compiled
def exponential(x: Any) -> Any:
    """Return e^x."""
    if abs(x) <= _NEAR:
        return near_exponential(x)
    return far_exponential(x)


@called
def exponentials(x: Any, number: int) -> None:
    """Put e^x in the place of each of the first numbers of an array in one dimension."""
    near = True
    for i in range(number):
        near = near and abs(x[i]) <= _NEAR
    if near:
        for i in range(number):
            x[i] = near_exponential(x[i])
    else:
        for i in range(number):
            x[i] = exponential(x[i])
