"""The project's own exponential, logarithm and sine, against numbers of high precision."""

import math
from decimal import Decimal, localcontext

import numpy as np
import pytest

from tradegym.envs.data.synthetic.elementary import exponential, logarithm, sine_of_turns


def worst(found, x, exact):
    """Return the largest error in units of the last place."""
    most = Decimal(0)
    with localcontext() as context:
        context.prec = 40
        for one, value in zip(found.tolist(), x.tolist(), strict=True):
            right = exact(Decimal(value))
            most = max(most, abs(Decimal(one) - right) / Decimal(math.ulp(float(right))))
    return float(most)


@pytest.mark.parametrize(
    ("low", "high"),
    [(-1e-9, 1e-9), (-1, 1), (-40, 40), (-700, 700), (-745, -699), (699, 709.78)],
)
def test_the_exponential_is_wrong_by_less_than_a_unit_of_the_last_place(low, high):
    x = np.random.default_rng(1).uniform(low, high, 3000)
    assert worst(exponential(x.copy()), x, lambda value: value.exp()) < 1.0


def test_the_ends_of_the_exponential_are_those_of_libm():
    x = np.array([np.inf, -np.inf, np.nan, 709.79, -745.2, 1e300, -1e300, 0.0, -0.0])
    expected = [np.inf, 0.0, np.nan, np.inf, 0.0, np.inf, 0.0, 1.0, 1.0]
    np.testing.assert_array_equal(exponential(x.copy()), expected)
    edge = np.array([709.782712893384, -745.1332191019411])
    np.testing.assert_allclose(exponential(edge.copy()), [math.exp(one) for one in edge])


@pytest.mark.parametrize("shape", [(0,), (3, 1, 2), (20_000,)])
def test_the_exponential_takes_any_shape_and_each_number_for_itself(shape):
    x = np.random.default_rng(2).normal(size=shape)
    found = exponential(x.copy())
    assert found.shape == shape
    singly = [exponential(np.array([one]))[0] for one in x.ravel()[:50]]
    assert found.ravel()[:50].tolist() == singly
    turned = exponential(np.asfortranarray(x))
    np.testing.assert_array_equal(turned, found)


def test_far_numbers_leave_the_others_as_they_are():
    x = np.linspace(-3, 3, 100)
    alone = exponential(x.copy())
    together = exponential(np.append(x, 1000.0))
    np.testing.assert_array_equal(together[:-1], alone)


def test_the_logarithm_is_wrong_by_less_than_a_unit_of_the_last_place():
    x = np.exp(np.random.default_rng(3).uniform(-30, 30, 3000))
    x = np.concatenate([x, 1 + np.linspace(-0.3, 0.3, 1001)])
    assert worst(logarithm(x.copy()), x, lambda value: value.ln()) < 1.0


def test_the_sine_is_right_to_the_last_place_of_1_and_never_beyond_it():
    x = np.concatenate([np.linspace(-2, 2, 4001), np.arange(1000) + 0.25])
    right = [math.sin(math.tau * (one - round(one))) for one in x.tolist()]
    np.testing.assert_allclose(sine_of_turns(x), right, rtol=0, atol=5e-16)
    assert np.abs(sine_of_turns(x)).max() <= 1.0
