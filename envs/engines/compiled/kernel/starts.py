"""Where random episodes start, drawn as numpy draws it.

``Generator(Philox(key=[key, stream])).integers(n)`` in compiled code, bit for bit: Philox4x64-10
(Salmon et al. 2011), whose counter begins at 1, and Lemire's bounded integers (2019) on the lower
and then the upper half of each number.
"""

from typing import Any

import numpy as np

from tradegym.envs.engines.compiled.kernel.jit import compiled, door

_LOW = np.uint64(0xFFFFFFFF)
_HALF = np.uint64(32)
_ONE = np.uint64(1)
_ZERO = np.uint64(0)
_MULTIPLIER_0 = np.uint64(0xD2E7470EE14C6C93)
_MULTIPLIER_1 = np.uint64(0xCA5A826395121157)
_WEYL_0 = np.uint64(0x9E3779B97F4A7C15)
_WEYL_1 = np.uint64(0xBB67AE8584CAA73B)


@compiled
def _high(a: Any, b: Any) -> Any:
    """Return the upper half of the product of two numbers of 64 bits."""
    a_low, a_high = a & _LOW, a >> _HALF
    b_low, b_high = b & _LOW, b >> _HALF
    low = a_low * b_low
    middle = a_high * b_low + (low >> _HALF)
    other = a_low * b_high + (middle & _LOW)
    return a_high * b_high + (middle >> _HALF) + (other >> _HALF)


@compiled
def philox(key: Any, stream: Any, block: Any, out: Any) -> None:
    """Write one block of four numbers.

    Parameters
    ----------
    key, stream : uint64
        The two words of the key.
    block : uint64
        First word of the counter, the others are 0.
    out : ndarray of uint64, shape [4]
    """
    c0, c1, c2, c3 = block, _ZERO, _ZERO, _ZERO
    k0, k1 = key, stream
    for _ in range(10):
        high_0, low_0 = _high(_MULTIPLIER_0, c0), _MULTIPLIER_0 * c0
        high_1, low_1 = _high(_MULTIPLIER_1, c2), _MULTIPLIER_1 * c2
        c0, c1, c2, c3 = high_1 ^ c1 ^ k0, low_1, high_0 ^ c3 ^ k1, low_0
        k0 += _WEYL_0
        k1 += _WEYL_1
    out[0], out[1], out[2], out[3] = c0, c1, c2, c3


@compiled
def bounded(key: Any, stream: Any, number: Any, words: Any) -> Any:
    """Return a number below ``number``, which is between 1 and 2^32 - 1.

    Parameters
    ----------
    key, stream, number : uint64
    words : ndarray of uint64, shape [4]
        Scratch.

    Returns
    -------
    uint64
    """
    if number == _ONE:
        return _ZERO
    threshold = ((_LOW + _ONE) - number) % number
    used, block = 8, _ZERO
    while True:
        if used == 8:
            block += _ONE
            philox(key, stream, block, words)
            used = 0
        word = words[used // 2]
        half = (word & _LOW) if used % 2 == 0 else (word >> _HALF)
        used += 1
        product = half * number
        if (product & _LOW) >= threshold:
            return product >> _HALF


@door
def draw_starts(
    keys: Any, stream: Any, counts: Any, begins: Any, candidates: Any, words: Any, out: Any
) -> None:
    """Draw a row for each key, all eligible ones equally likely.

    Parameters
    ----------
    keys : ndarray of uint64, shape [n]
    stream : uint64
        Second word of every key.
    counts : ndarray of int64, shape [R + 1]
        Eligible starts before each run and, last, in all.
    begins : ndarray of int64, shape [R]
        Position of the first candidate of each run.
    candidates : ndarray of int64, shape [P, 2]
        First row and number of each range of candidates.
    words : ndarray of uint64, shape [4]
        Scratch.
    out : ndarray of int64, shape [n]
        Rows of the first decisions.
    """
    number = np.uint64(counts[-1])
    for i in range(len(keys)):
        drawn = np.int64(bounded(keys[i], stream, number, words))
        run, above = 0, len(counts) - 1
        while above - run > 1:
            middle = (run + above) // 2
            if counts[middle] <= drawn:
                run = middle
            else:
                above = middle
        position = begins[run] + drawn - counts[run]
        part = 0
        while position >= candidates[part, 1]:
            position -= candidates[part, 1]
            part += 1
        out[i] = candidates[part, 0] + position
