"""numpy's random numbers of several distributions in compiled code, bit for bit.

Each function does what ``numpy.random.Generator`` does, in the same order, on a stream of `philox`.
"""

import math
from typing import Any

import numpy as np

from tradegym.envs.engines.compiled.kernel.jit import called, compiled
from tradegym.envs.engines.compiled.kernel.philox import (
    BUFFER,
    move_to,
    next_word,
    place,
    uniform,
)
from tradegym.envs.engines.compiled.kernel.ziggurat import (
    EXPONENTIAL_EDGE,
    NORMAL_EDGE,
    exponential_tables,
    normal_tables,
)

_INSIDE, _WIDTH, _HEIGHT = normal_tables()
_FAST_INSIDE, _FAST_WIDTH, _FAST_HEIGHT = exponential_tables()
_ONE, _EIGHT, _THREE, _LAYER = np.uint64(1), np.uint64(8), np.uint64(3), np.uint64(0xFF)
_BITS = np.uint64(0x000FFFFFFFFFFFFF)
_FULL = np.uint64(BUFFER)
_NORMAL_PER_EDGE = 0.27366123732975827203338247596


@called
def unlikely_normal(stream: Any, layer: Any, bits: Any, x: Any) -> Any:
    """Return a normal number from outside the layers' sure part, nan for none."""
    if layer > 0:
        step = _HEIGHT[layer - _ONE] - _HEIGHT[layer]
        if step * uniform(stream) + _HEIGHT[layer] < math.exp(-0.5 * x * x):
            return x
        return math.nan
    while True:
        beyond = -_NORMAL_PER_EDGE * math.log1p(-uniform(stream))
        other = -math.log1p(-uniform(stream))
        if other + other > beyond * beyond:
            if (bits >> _EIGHT) & _ONE:
                return -(NORMAL_EDGE + beyond)
            return NORMAL_EDGE + beyond


@compiled
def fill_normals(stream: Any, out: Any, number: int) -> None:
    """Write so many standard normal numbers."""
    i = 0
    while i < number:
        at = place(stream)
        while at < _FULL and i < number:
            word = stream[at]
            at += _ONE
            layer = word & _LAYER
            bits = (word >> _EIGHT >> _ONE) & _BITS
            x = np.float64(np.int64(bits)) * _WIDTH[layer]
            if (word >> _EIGHT) & _ONE:
                x = -x
            if bits >= _INSIDE[layer]:
                move_to(stream, at)
                x = unlikely_normal(stream, layer, bits, x)
                at = place(stream)
                if x != x:
                    continue
            out[i] = x
            i += 1
        move_to(stream, at)


@called
def normal(stream: Any) -> Any:
    """Return a standard normal number."""
    while True:
        word = next_word(stream)
        layer = word & _LAYER
        bits = (word >> _EIGHT >> _ONE) & _BITS
        x = np.float64(np.int64(bits)) * _WIDTH[layer]
        if (word >> _EIGHT) & _ONE:
            x = -x
        if bits < _INSIDE[layer]:
            return x
        x = unlikely_normal(stream, layer, bits, x)
        if x == x:
            return x


@called
def exponential(stream: Any) -> Any:
    """Return a standard exponential number."""
    while True:
        word = next_word(stream) >> _THREE
        layer = word & _LAYER
        bits = word >> _EIGHT
        x = np.float64(np.int64(bits)) * _FAST_WIDTH[layer]
        if bits < _FAST_INSIDE[layer]:
            return x
        if layer == 0:
            return EXPONENTIAL_EDGE - math.log1p(-uniform(stream))
        step = _FAST_HEIGHT[layer - _ONE] - _FAST_HEIGHT[layer]
        if step * uniform(stream) + _FAST_HEIGHT[layer] < math.exp(-x):
            return x


@called
def gamma(stream: Any, shape: float) -> Any:
    """Return a standard gamma number of a shape above 0 (Marsaglia and Tsang 2000)."""
    if shape == 1.0:
        return exponential(stream)
    if shape < 1.0:
        while True:
            u = uniform(stream)
            v = exponential(stream)
            if u <= 1.0 - shape:
                x = math.pow(u, 1.0 / shape)
                if x <= v:
                    return x
            else:
                y = -math.log((1.0 - u) / shape)
                x = math.pow(1.0 - shape + shape * y, 1.0 / shape)
                if x <= v + y:
                    return x
    b = shape - 1.0 / 3.0
    c = 1.0 / math.sqrt(9.0 * b)
    while True:
        x = normal(stream)
        v = 1.0 + c * x
        if v <= 0.0:
            continue
        v = v * v * v
        u = uniform(stream)
        if u < 1.0 - 0.0331 * (x * x) * (x * x):
            return b * v
        if u == 0.0 or math.log(u) < 0.5 * x * x + b * (1.0 - v + math.log(v)):
            return b * v
