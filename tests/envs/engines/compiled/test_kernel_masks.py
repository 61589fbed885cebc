"""The kernel's masks are those of the choice schemes."""

from types import SimpleNamespace

import numpy as np
import pytest
from kernel_accounts import OPTIONS, draw_account, kernel_arrays, make_actions
from plain_kernel import plain_kernel

CASES = [
    (name, options) for name, listed in OPTIONS.items() if name != "weights" for options in listed
]


def kernel_mask(masks, account, scheme, row=0):
    shared, state = kernel_arrays(account, scheme, row=row)
    before = state.envs.copy(), state.books.copy()
    out = np.zeros(len(account.closes) * len(scheme.names), np.bool_)
    masks.masks(shared, state, 0, out)
    assert (before[0] == state.envs).all()
    assert (before[1] == state.books).all()
    return out.tolist()


def kernel_hold(masks, account, scheme):
    shared, state = kernel_arrays(account, scheme)
    return [masks.idle(shared, state, 0, asset) for asset in range(len(account.closes))]


@pytest.mark.parametrize(("name", "options"), CASES)
@pytest.mark.parametrize("n_assets", [1, 3])
def test_the_mask_is_that_of_the_scheme(name, options, n_assets):
    rng, (masks,) = np.random.default_rng(8), plain_kernel("masks")
    scheme, found = make_actions(name, n_assets, options), set()
    for _ in range(40):
        account = draw_account(rng, n_assets)
        expected = scheme.mask(account).tolist()
        assert kernel_mask(masks, account, scheme, row=int(rng.integers(3))) == expected
        found |= set(expected)
        holds = np.atleast_1d(scheme.hold(account)).tolist()
        assert kernel_hold(masks, account, scheme) == holds
    assert found == {True, False}


def test_at_least_one_choice_is_possible():
    masks, rng = plain_kernel("masks")[0], np.random.default_rng(1)
    scheme = make_actions("discrete", 1)
    scheme = type(scheme)(
        {**scheme.options, "portfolio_actions": ("buy", "close")}, scheme.assets, joint=False
    )
    account = draw_account(rng, 1)
    account.cash, account.held = 0.0, [0.0]
    assert scheme.mask(account).tolist() == kernel_mask(masks, account, scheme)
    assert any(kernel_mask(masks, account, scheme))


@pytest.fixture(scope="module")
def compiled_masks():
    numba = pytest.importorskip("numba")
    from tradegym.envs.engines.compiled.kernel import masks

    # Called from compiled code, as in an episode.
    return SimpleNamespace(
        masks=numba.njit(lambda *args: masks.masks(*args)),
        idle=numba.njit(lambda *args: masks.idle(*args)),
    )


@pytest.mark.slow
@pytest.mark.parametrize(("name", "options"), CASES)
def test_compiled_and_plain_masks_are_the_same(name, options, compiled_masks):
    rng, (plain,) = np.random.default_rng(9), plain_kernel("masks")
    scheme = make_actions(name, 2, options)
    for _ in range(100):
        account = draw_account(rng, 2)
        expected = kernel_mask(plain, account, scheme), kernel_hold(plain, account, scheme)
        assert kernel_mask(compiled_masks, account, scheme) == expected[0]
        assert kernel_hold(compiled_masks, account, scheme) == expected[1]
