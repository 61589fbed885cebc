"""Functions in plain arithmetic, whose results are the same bits on every machine.

The vector units of processors, and the libraries of operating systems, round the last bit of
exponentials and the like each in their own way. Paths are to be the same everywhere, and the same
in compiled code (`tradegym.envs.engines.compiled.kernel.elementary`), which does the same
operations in the same order: sums, products and quotients, each rounded once.
"""

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

# ln 2 in two parts; the first has few enough bits for exact products with exponents.
_LN2_HIGH = 6.93147180369123816490e-01
_LN2_LOW = 1.90821492927058770002e-10
_LOG2_E = 1.4426950408889634
#: Adding it rounds to a whole number, which is then in the lowest bits.
_MAGIC = 6755399441055744.0
_NEAR = 700.0
# x coth(x / 2) - 2 = sum of B_2k x^2k / (2k)!, with the Bernoulli numbers B.
_EVEN = (1 / 6, -1 / 360, 1 / 15120, -1 / 604800, 1 / 23950080, -691 / 653837184000)
_ONE_BITS = 1023 << 52


def exponential(x: Array) -> Array:
    """Return e^x, wrong by less than a unit of the last place.

    ``x = k ln 2 + r`` (Cody and Waite 1980) and ``e^r = 1 + 2r / (r coth(r / 2) - r)``.

    Parameters
    ----------
    x : ndarray of float64
        Overwritten: in C order it is the result.
    """
    flat = x.reshape(-1)
    fine = bool(flat.size) and flat.max() <= _NEAR and flat.min() >= -_NEAR
    far = None if fine else np.flatnonzero(~(np.abs(flat) <= _NEAR))
    values = None if far is None else flat[far]
    if far is not None:
        flat[far] = 0.0
    for start in range(0, len(flat), _BLOCK):
        _near(flat[start : start + _BLOCK])
    if far is not None and values is not None:
        flat[far] = [_far(value) for value in values.tolist()]
    return flat.reshape(x.shape)


# Numbers that are worked on at a time: they stay in the cache.
_BLOCK = 8192


def _near(x: Array) -> None:
    """Do it where the result is an ordinary number, in place."""
    k = x * _LOG2_E
    k += _MAGIC
    power = k.view(np.int64) << 52  # only the exponent is left
    power += _ONE_BITS
    k -= _MAGIC
    low = k * _LN2_LOW
    k *= _LN2_HIGH
    high = np.subtract(x, k, out=x)
    r = np.subtract(high, low, out=k)
    t = r * r
    c = t * _EVEN[5]
    for factor in _EVEN[4::-1]:
        c += factor
        c *= t
    np.subtract(r, c, out=c)
    r *= c
    np.subtract(2.0, c, out=c)
    r /= c
    low -= r
    low -= high
    np.subtract(1.0, low, out=x)
    x *= power.view(np.float64)


def _far(x: float) -> float:
    """Do it for a number whose result may be too large or small to be an ordinary one."""
    if math.isnan(x):
        return x
    if x > 710.0:
        return math.inf
    if x < -746.0:
        return 0.0
    k = x * _LOG2_E + _MAGIC - _MAGIC
    high, low = x - k * _LN2_HIGH, k * _LN2_LOW
    r = high - low
    t = r * r
    c = t * _EVEN[5]
    for factor in _EVEN[4::-1]:
        c += factor
        c *= t
    c = r - c
    value = 1.0 - ((low - r * c / (2.0 - c)) - high)
    try:
        return math.ldexp(value, int(k))
    except OverflowError:
        return math.inf


def logarithm(x: Array) -> Array:
    """Return ln x of ordinary numbers above 0, wrong by less than a unit of the last place.

    ``x = 2^k (1 + f)`` and ``ln(1 + f) = 2 artanh(s), s = f / (2 + f)``.
    """
    f, exponent = np.frexp(x)
    small = (f < _ROOT_HALF).astype(np.float64)
    k = exponent - small
    # Twice as large where it is small, exactly.
    small *= f
    f += small
    f -= 1.0
    s = f + 2.0
    np.divide(f, s, out=s)
    z = s * s
    rest = z * _ODD[-1]
    for factor in _ODD[-2::-1]:
        rest += factor
        rest *= z
    half = f * f
    half *= 0.5
    rest += half
    rest *= s
    rest += k * _LN2_LOW
    half -= rest
    half -= f
    k *= _LN2_HIGH
    k -= half
    return k


_ROOT_HALF = 0.7071067811865476
_ODD = tuple(2 / (2 * n + 1) for n in range(1, 12))


def sine_of_turns(x: Array) -> Array:
    """Return sin(2 pi x), wrong by about a unit of the last place of 1; |x| < 2^51."""
    r = x + _MAGIC
    r -= _MAGIC
    np.subtract(x, r, out=r)
    # Exact: past a quarter turn the way back is as high.
    r = np.where(np.abs(r) > 0.25, np.copysign(0.5, r) - r, r)
    z = r * r
    value: Array = z * _SINE[-1]
    for factor in _SINE[-2:0:-1]:
        value += factor
        value *= z
    value += _SINE[0]
    value *= r
    return np.clip(value, -1.0, 1.0, out=value)


# (2 pi)^n / n! with the signs of the sine's series, n = 1, 3, 5, ...
_SINE = tuple((-1) ** k * math.tau ** (2 * k + 1) / math.factorial(2 * k + 1) for k in range(12))


def each(function: Callable[[float], float], x: Array) -> Array:
    """Return a function of `math` for each number: a few, so that their bits are those of libm."""
    return np.array([_tolerant(function, value) for value in x.tolist()])


def _tolerant(function: Callable[[float], float], value: float) -> float:
    try:
        return function(value)
    except OverflowError:
        return math.inf
    except ValueError:
        return math.nan


def power(base: float, exponent: float) -> float:
    """Return base^exponent as libm has it, infinite where it is too large."""
    try:
        return math.pow(base, exponent)
    except OverflowError:
        return math.inf
