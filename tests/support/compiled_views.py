"""The same configurations behind both engines, for tests of what users see of the compiled one."""

from functools import cache

import numpy as np

from tradegym.conf.resolve import resolve
from tradegym.envs.build import EnvBuilder
from tradegym.envs.engines.compiled.batch import Autoreset, Batch

SHORT = ("engine=standard", "episode.duration=12", "strategy.state.time_dim=6")

#: What differs between kinds of infos, observations and actions.
SETUPS = {
    "one": ("dataset=sp500", "strategy=position", *SHORT),
    "flat": ("dataset=sp500", "strategy=btgym", "strategy.state.flat=true", *SHORT),
    "joint": ("dataset=indices", "strategy=portfolio", *SHORT),
    "several": ("dataset=indices", "strategy=standard", "strategy.actions.assets=all", *SHORT),
    "drawn": ("dataset=synthetic/gbm", "strategy=standard", *SHORT),
}


@cache
def builder_of(name, *overrides):
    return EnvBuilder(resolve([*SETUPS[name], *overrides]))


def batch_of(name, n=3, autoreset=Autoreset.SAME_STEP, **kwargs):
    return Batch(builder_of(name).batch_source("train"), n, autoreset=autoreset, **kwargs)


def assert_same_info(found, expected, *, but=()):
    """Compare keys and their order, types and values; money to rounding, all else exactly."""
    assert [key for key in found if key not in but] == [key for key in expected if key not in but]
    for key, value in expected.items():
        if key not in but:
            assert_same_value(found[key], value, key)


def assert_same_value(found, value, key=""):
    assert type(found) is type(value), key
    if isinstance(value, dict):
        assert_same_info(found, value)
    elif isinstance(value, np.ndarray):
        assert found.dtype == value.dtype, key
        assert found.shape == value.shape, key
        if value.dtype == object:
            assert found.tolist() == value.tolist(), key
        else:
            np.testing.assert_allclose(found, value, rtol=1e-6, atol=1e-9, err_msg=key)
    elif isinstance(value, float):
        np.testing.assert_allclose(found, value, rtol=1e-9, atol=1e-9, err_msg=key)
    else:
        assert found == value, key


def assert_same_observation(found, expected):
    if isinstance(expected, dict):
        assert list(found) == list(expected)
        for key, values in expected.items():
            assert_same_observation(found[key], values)
        return
    assert found.dtype == expected.dtype
    assert found.shape == expected.shape
    np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-9)
