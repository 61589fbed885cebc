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
_MANTISSA, _HALF_BITS = np.int64((1 << 52) - 1), np.int64(1022 << 52)
_HALF_EXPONENT = np.int64(1022)
_ROOT_HALF = 0.7071067811865476
_L0, _L1, _L2, _L3, _L4, _L5, _L6, _L7, _L8, _L9, _L10 = (2 / (2 * n + 1) for n in range(1, 12))
_S0, _S1, _S2, _S3, _S4, _S5, _S6, _S7, _S8, _S9, _S10, _S11 = (
    (-1) ** k * math.tau ** (2 * k + 1) / math.factorial(2 * k + 1) for k in range(12)
)


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


@compiled
def logarithm(x: Any) -> Any:
    """Return ln x of an ordinary number above 0."""
    bits = np.float64(x).view(np.int64)
    k = np.float64((bits >> _SHIFT) - _HALF_EXPONENT)
    mantissa = np.int64((bits & _MANTISSA) | _HALF_BITS).view(np.float64)
    small = mantissa < _ROOT_HALF
    f = (mantissa * 2.0 if small else mantissa) - 1.0
    k = k - 1.0 if small else k
    s = f / (f + 2.0)
    z = s * s
    rest = z * _L10
    rest = (rest + _L9) * z
    rest = (rest + _L8) * z
    rest = (rest + _L7) * z
    rest = (rest + _L6) * z
    rest = (rest + _L5) * z
    rest = (rest + _L4) * z
    rest = (rest + _L3) * z
    rest = (rest + _L2) * z
    rest = (rest + _L1) * z
    rest = (rest + _L0) * z
    half = f * f * 0.5
    rest = (rest + half) * s + k * _LN2_LOW
    return k * _LN2_HIGH - (half - rest - f)


@compiled
def sine_of_turns(x: Any) -> Any:
    """Return sin(2 pi x)."""
    r = x - (x + _MAGIC - _MAGIC)
    r = math.copysign(0.5, r) - r if abs(r) > 0.25 else r
    z = r * r
    value = z * _S11
    value = (value + _S10) * z
    value = (value + _S9) * z
    value = (value + _S8) * z
    value = (value + _S7) * z
    value = (value + _S6) * z
    value = (value + _S5) * z
    value = (value + _S4) * z
    value = (value + _S3) * z
    value = (value + _S2) * z
    value = (value + _S1) * z
    return min(max((value + _S0) * r, -1.0), 1.0)


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
