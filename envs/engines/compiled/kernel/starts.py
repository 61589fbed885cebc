"""Where random episodes start, drawn as numpy draws it.

``Generator(Philox(key=[key, stream])).integers(n)`` in compiled code, bit for bit: Philox4x64-10
(Salmon et al. 2011), whose counter begins at 1, and Lemire's bounded integers (2019) on the lower
and then the upper half of each number.
"""

from typing import Any

import numpy as np

from tradegym.envs.engines.compiled.kernel.jit import compiled, door
from tradegym.envs.engines.compiled.kernel.philox import philox

_LOW = np.uint64(0xFFFFFFFF)
_HALF = np.uint64(32)
_ONE = np.uint64(1)
_ZERO = np.uint64(0)


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
            philox(key, stream, block, _ZERO, _ZERO, words, 0)
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
