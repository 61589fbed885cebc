"""numpy's random numbers in compiled code, bit for bit."""

import numba
import numpy as np
import pytest

from tradegym.envs.data.synthetic import elementary as arrays
from tradegym.envs.data.synthetic.streams import stream
from tradegym.envs.engines.compiled.kernel import draws, elementary, philox

KEY = 2**64 - 12345


@numba.njit
def _draw(buffer, key, kind, shape, out):
    philox.open_stream(buffer, key, 1, 3)
    if kind == 0:
        draws.fill_normals(buffer, out, len(out))
        return
    for i in range(len(out)):
        if kind == 1:
            out[i] = draws.gamma(buffer, shape)
        elif kind == 2:
            out[i] = draws.exponential(buffer)
        elif kind == 3:
            out[i] = philox.whole(buffer, np.uint64(shape))
        elif i % 3 == 0:
            out[i] = philox.uniform(buffer)
        elif i % 3 == 1:
            out[i] = draws.normal(buffer)
        else:
            out[i] = philox.whole(buffer, np.uint64(7))


def drawn(kind, number, shape=1.0):
    out = np.empty(number)
    buffer = np.zeros(philox.STREAM_WORDS, np.uint64)
    _draw(buffer, np.uint64(KEY), kind, shape, out)
    return out


def numpys():
    return stream(KEY, "shocks", 3)


def test_three_million_normals_are_numpys():
    # All layers of the ziggurat, and some eight hundred numbers of its tail.
    assert np.array_equal(drawn(0, 3_000_000), numpys().standard_normal(3_000_000))


@pytest.mark.parametrize("shape", [0.2, 0.9, 1.0, 1.0001, 2.5, 300.0])
def test_gammas_are_numpys(shape):
    assert np.array_equal(drawn(1, 30_000, shape), numpys().standard_gamma(shape, 30_000))


def test_exponentials_are_numpys():
    assert np.array_equal(drawn(2, 300_000), numpys().standard_exponential(300_000))


@pytest.mark.parametrize("number", [1, 2, 7, 14400, 2**31 + 5, 2**32 - 1])
def test_whole_numbers_are_numpys(number):
    assert np.array_equal(drawn(3, 30_000, number), numpys().integers(0, number, 30_000))


def test_numbers_of_several_kinds_from_one_stream_are_numpys():
    generator, expected = numpys(), []
    for i in range(3000):
        if i % 3 == 0:
            expected.append(generator.random())
        elif i % 3 == 1:
            expected.append(generator.standard_normal())
        else:
            expected.append(float(generator.integers(0, 7)))
    assert drawn(4, 3000).tolist() == expected


@numba.njit
def _apply(kind, x):
    if kind == 0:
        elementary.exponentials(x, len(x))
    for i in range(len(x)):
        if kind == 1:
            x[i] = elementary.logarithm(x[i])
        elif kind == 2:
            x[i] = elementary.sine_of_turns(x[i])


@pytest.mark.parametrize(("low", "high"), [(-1, 1), (-700, 700), (-760, 720)])
def test_the_exponential_is_the_same_for_arrays_and_numbers(low, high):
    x = np.random.default_rng(1).uniform(low, high, 50_000)
    if high > 700:
        x[:5] = np.inf, -np.inf, np.nan, 709.782712893384, -745.1332191019411
    found = x.copy()
    _apply(0, found)
    assert np.array_equal(found.view(np.int64), arrays.exponential(x.copy()).view(np.int64))


def test_logarithm_and_sine_are_the_same_for_arrays_and_numbers():
    x = np.random.default_rng(2).uniform(1e-300, 2.0, 50_000)
    x[:1000] = 10.0 ** np.linspace(-300, 300, 1000)
    found = x.copy()
    _apply(1, found)
    assert np.array_equal(found, arrays.logarithm(x.copy()))
    x = np.random.default_rng(3).uniform(-100, 100_000, 50_000)
    x[:4] = 0.25, -0.25, 0.5, 7.75
    found = x.copy()
    _apply(2, found)
    assert np.array_equal(found, arrays.sine_of_turns(x.copy()))
