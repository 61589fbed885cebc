"""A mask says what `decide` and the cash check say, over random accounts."""

import numpy as np
import pytest
from fake_account import FakeAccount
from hypothesis import given, settings
from hypothesis import strategies as st

from tradegym.conf.schema.actions import ActionsConfig
from tradegym.envs.strategies.actions import ACTION_SCHEMES, make_scheme

DISCRETE = tuple(name for name in ACTION_SCHEMES if name != "weights")
OPTIONS = {
    "bracket": {"shorts": True},
    "target": {"levels": (-1.0, -0.3, 0.0, 0.3, 1.0)},
    "sizes": {"size_of": "equity"},
}
PRICES = st.floats(0.5, 3000.0)
POSITIONS = st.sampled_from([0.0, 0.0, 1.0, 3.5, 40.0, -1.0, -2.5, -30.0])


@st.composite
def accounts(draw, assets):
    shorts = draw(st.booleans())
    positions = [draw(POSITIONS) for _ in range(assets)]
    return FakeAccount(
        cash=draw(st.floats(-100.0, 5000.0)),
        closes=tuple(draw(PRICES) for _ in range(assets)),
        positions=tuple(one if shorts else abs(one) for one in positions),
        units=draw(st.sampled_from([0.0, 0.7, 5.0])),
        lot=draw(st.sampled_from([0.0, 1.0])),
        shorts=shorts,
        waiting=frozenset(draw(st.sets(st.integers(0, assets - 1)))),
    )


def does_something_valid(decision, account):
    if decision.impossible or decision.refused:
        return False
    return all(account.affordable(one.asset, one.size, one.limit) for one in decision.requests)


def scheme_of(name, assets, joint):
    names = tuple(f"asset{i}" for i in range(assets))
    return make_scheme(ActionsConfig(scheme=name, **OPTIONS.get(name, {})).model_dump(), names,
                       joint=joint)  # fmt: skip


@pytest.mark.parametrize("name", DISCRETE)
@settings(max_examples=60, deadline=None)
@given(account=accounts(1))
def test_the_mask_of_one_asset(name, account):
    scheme = scheme_of(name, 1, joint=False)
    mask = scheme.mask(account)
    assert mask.dtype == np.bool_
    assert mask.tolist() == [
        does_something_valid(scheme.decide(number, account), account)
        for number in range(scheme.space.n)
    ]
    assert mask[scheme.hold(account)]


@pytest.mark.parametrize("name", DISCRETE)
@settings(max_examples=20, deadline=None)
@given(account=accounts(3))
def test_the_mask_of_several_assets(name, account):
    scheme = scheme_of(name, 3, joint=True)
    hold = scheme.hold(account)
    assert scheme.space.contains(hold)
    rows = scheme.mask(account).reshape(3, -1)
    passive = scheme.decide(hold, account)
    for asset in range(3):
        for number, allowed in enumerate(rows[asset]):
            action = hold.copy()
            action[asset] = number
            decision = scheme.decide(action, account)
            alone = [one for one in decision.requests if one.asset == asset]
            impossible = decision.impossible > passive.impossible
            refused = any(one == asset for one, _ in decision.refused)
            affordable = all(account.affordable(one.asset, one.size, one.limit) for one in alone)
            assert allowed == (not impossible and not refused and affordable)


@pytest.mark.parametrize("name", DISCRETE)
@settings(max_examples=60, deadline=None)
@given(account=accounts(2))
def test_what_is_asked_for_fits_the_account(name, account):
    scheme = scheme_of(name, 2, joint=True)
    for number in range(len(scheme.names)):
        decision = scheme.decide(np.array([number, number]), account)
        touched = [one.asset for one in decision.requests] + list(decision.cancel)
        assert len(touched) == len(set(touched))
        for one in decision.requests:
            assert one.size != 0.0
            after = account.position(one.asset) + one.size
            assert after >= -1e-9 or account.shorts


@settings(max_examples=60, deadline=None)
@given(
    account=accounts(2),
    entries=st.lists(st.floats(-1.0, 1.0, width=32), min_size=3, max_size=3),
    shorts=st.booleans(),
)
def test_weights_are_brought_to_within_the_threshold(account, entries, shorts):
    options = ActionsConfig(scheme="weights", shorts=shorts, threshold=0.03).model_dump()
    scheme = make_scheme(options, account.assets, joint=True)
    action = np.array(entries, dtype=np.float32)
    *weights, cash = scheme.values(action)
    assert sum(map(abs, weights)) + cash == pytest.approx(1.0)
    assert cash >= -1e-9
    decision = scheme.decide(action, account)
    changes = {one.asset: one.size for one in decision.requests}
    equity = account.equity
    for asset, weight in enumerate(weights):
        target = weight * 0.99 if equity > 0.0 else 0.0
        held = account.position(asset) + changes.get(asset, 0.0)
        missing = abs(target * max(equity, 0.0) - held * account.close(asset))
        if target < 0.0 and not account.shorts:
            assert asset not in changes
        elif target == 0.0:
            assert held == 0.0
        else:
            assert missing <= max(0.03 * equity, account.lot * account.close(asset)) * (1 + 1e-6)
