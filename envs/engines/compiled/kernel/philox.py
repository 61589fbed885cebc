"""numpy's streams of random numbers in compiled code, bit for bit.

A stream is a row of 64-bit words: a buffer of numbers that were made ahead, and where it stands. It
gives what ``Generator(Philox(key, counter))`` gives: Philox4x64-10 (Salmon et al. 2011), whose
counter is raised before each block.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from tradegym.envs.engines.compiled.kernel.jit import (  # type: ignore[attr-defined]
    called,
    compiled,
    numba,
)

_ZERO, _ONE = np.uint64(0), np.uint64(1)
_HALF, _LOW = np.uint64(32), np.uint64(0xFFFFFFFF)
_MULTIPLIER_0 = np.uint64(0xD2E7470EE14C6C93)
_MULTIPLIER_1 = np.uint64(0xCA5A826395121157)
_WEYL_0 = np.uint64(0x9E3779B97F4A7C15)
_WEYL_1 = np.uint64(0xBB67AE8584CAA73B)

#: Numbers that are made ahead.
BUFFER = 64
_FULL = np.uint64(BUFFER)
# Places behind the buffer: of the next number, the block, the key, the counter's upper words, and
# the half of a number that is left, if one is.
_AT, _BLOCK, _KEY, _PART, _NAME, _HAS, _LEFT, _SIZE = range(BUFFER, BUFFER + 8)
#: Words of a stream.
STREAM_WORDS = 72

_ELEVEN = np.uint64(11)
_FRACTION = 1.0 / 9007199254740992.0

if numba is not None and not numba.config.DISABLE_JIT:
    from llvmlite import ir
    from numba.core import types
    from numba.core.extending import intrinsic

    @intrinsic
    def _product(typing_context: Any, a: Any, b: Any) -> Any:
        """Return the upper and the lower half of the product of two numbers of 64 bits."""
        halves = types.UniTuple(types.uint64, 2)  # type: ignore[attr-defined]

        def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
            # One product, not two: apart, the lower halves become vectors, at twice the cost.
            wide, word = ir.IntType(128), ir.IntType(64)
            product = builder.mul(builder.zext(args[0], wide), builder.zext(args[1], wide))
            upper = builder.trunc(builder.lshr(product, wide(64)), word)
            return context.make_tuple(builder, halves, [upper, builder.trunc(product, word)])

        return halves(types.uint64, types.uint64), generate

else:

    def _product(a: Any, b: Any) -> Any:  # type: ignore[misc]
        """Return the upper and the lower half of the product of two numbers of 64 bits."""
        product = int(a) * int(b)
        return np.uint64(product >> 64), np.uint64(product & 0xFFFFFFFFFFFFFFFF)


#: ``product(a, b)``: the upper and the lower half of the product of two numbers of 64 bits.
product: Callable[[Any, Any], Any] = _product


@compiled
def philox(key_0: Any, key_1: Any, block: Any, part: Any, name: Any, out: Any, at: int) -> None:
    """Write one block of four numbers.

    Parameters
    ----------
    key_0, key_1 : uint64
        The two words of the key.
    block, part, name : uint64
        First, third and fourth word of the counter; the second is 0.
    out : ndarray of uint64
        Its places ``at`` to ``at + 3`` are written.
    at : int
    """
    c0, c1, c2, c3 = block, _ZERO, part, name
    k0, k1 = key_0, key_1
    for _ in range(10):
        high_0, low_0 = product(_MULTIPLIER_0, c0)
        high_1, low_1 = product(_MULTIPLIER_1, c2)
        c0, c1, c2, c3 = high_1 ^ c1 ^ k0, low_1, high_0 ^ c3 ^ k1, low_0
        k0 += _WEYL_0
        k1 += _WEYL_1
    out[at], out[at + 1], out[at + 2], out[at + 3] = c0, c1, c2, c3


@compiled
def open_stream(stream: Any, key: Any, name: int, part: int) -> None:
    """Begin a stream; see `tradegym.envs.data.synthetic.streams.stream`."""
    stream[_AT] = _FULL
    stream[_BLOCK] = _ZERO
    stream[_KEY] = key
    stream[_PART] = np.uint64(part)
    stream[_NAME] = np.uint64(name)
    stream[_HAS] = _ZERO
    stream[_SIZE] = _FULL


@called
def refill(stream: Any) -> None:
    """Make numbers ahead; the buffer has been used up."""
    block, key, part, name = stream[_BLOCK], stream[_KEY], stream[_PART], stream[_NAME]
    # Of a size that the compiler does not know: it would write all blocks out, in every caller.
    for at in range(0, np.int64(stream[_SIZE]), 4):
        block += _ONE
        philox(key, _ZERO, block, part, name, stream, at)
    stream[_BLOCK] = block
    stream[_AT] = _ZERO


@compiled
def place(stream: Any) -> Any:
    """Return the place of the next number, which is there."""
    if stream[_AT] == _FULL:
        refill(stream)
    return stream[_AT]


@compiled
def move_to(stream: Any, at: Any) -> None:
    """Go on from this place."""
    stream[_AT] = at


@compiled
def next_word(stream: Any) -> Any:
    """Return the next number of 64 bits."""
    at = place(stream)
    stream[_AT] = at + _ONE
    return stream[at]


@compiled
def uniform(stream: Any) -> Any:
    """Return a number from 0 to 1, as ``Generator.random`` does."""
    return np.float64(np.int64(next_word(stream) >> _ELEVEN)) * _FRACTION


@compiled
def next_half(stream: Any) -> Any:
    """Return the next number of 32 bits, the lower half of a word first."""
    if stream[_HAS] != _ZERO:
        stream[_HAS] = _ZERO
        return stream[_LEFT]
    word = next_word(stream)
    stream[_HAS] = _ONE
    stream[_LEFT] = word >> _HALF
    return word & _LOW


@compiled
def whole(stream: Any, number: Any) -> Any:
    """Return a whole number below ``number``, which is between 1 and 2^32 - 1 (Lemire 2019).

    As ``Generator.integers(0, number)`` does.
    """
    if number == _ONE:
        return _ZERO
    scaled = next_half(stream) * number
    if (scaled & _LOW) < number:
        threshold = ((_LOW + _ONE) - number) % number
        while (scaled & _LOW) < threshold:
            scaled = next_half(stream) * number
    return scaled >> _HALF
