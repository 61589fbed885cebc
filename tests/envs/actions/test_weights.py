import math

import numpy as np
import pytest
from fake_account import FakeAccount
from gymnasium import spaces

from tradegym.conf.errors import UserError
from tradegym.conf.schema.actions import ActionsConfig
from tradegym.envs.strategies.actions import Decision, make_scheme
from tradegym.envs.strategies.orders import OrderRequest

TWO = ("spx", "ndx")


def weights(assets=TWO, **options):
    given = {"reserve": 0.0} | options
    return make_scheme(ActionsConfig(scheme="weights", **given).model_dump(), assets, joint=True)


def account_of(cash, *positions, **rest):
    return FakeAccount(cash=cash, closes=(100.0, 10.0), positions=positions, **rest)


FLAT = account_of(1000.0, 0.0, 0.0)


def array(*entries):
    return np.array(entries, dtype=np.float32)


def asked(*sizes):
    return tuple(
        OrderRequest(asset, pytest.approx(size), side="buy" if size > 0 else "sell")
        for asset, size in enumerate(sizes)
    )


def test_spaces():
    assert weights().space == spaces.Box(-1.0, 1.0, (3,), np.float32)
    assert weights(shorts=True).space == spaces.Box(-1.0, 1.0, (3,), np.float32)
    assert weights(transform="simplex").space == spaces.Box(0.0, 1.0, (3,), np.float32)
    assert weights(("spx",)).space == spaces.Box(-1.0, 1.0, (2,), np.float32)
    assert weights().parts == ("spx", "ndx", "cash")
    assert weights().names == ()
    assert weights().mask(FLAT) is None


def test_softmax_of_five_times_the_entries():
    # e^1 : e^0 : e^0 = 2.718 : 1 : 1
    found = weights().values(array(0.2, 0.0, 0.0))
    assert found == pytest.approx((math.e / (math.e + 2), 1 / (math.e + 2), 1 / (math.e + 2)))
    assert weights().values(array(0.5, 0.5, 0.5)) == pytest.approx((1 / 3, 1 / 3, 1 / 3))


def test_softmax_can_say_nothing_but_cash():
    assert weights().values(array(-1.0, -1.0, 1.0)) == (0.0, 0.0, 1.0)
    decision = weights().decide(array(-1.0, -1.0, 1.0), account_of(900.0, 1.0, 0.0))
    assert decision == Decision((OrderRequest(0, -1.0, side="close"),))


def test_entries_of_the_simplex_are_weights():
    simplex = weights(transform="simplex")
    assert simplex.values(array(0.25, 0.5, 0.0)) == pytest.approx((0.25, 0.5, 0.25))
    assert simplex.values(array(1.0, 0.5, 0.5)) == pytest.approx((0.5, 0.25, 0.25))
    assert simplex.values(array(0.0, 0.0, 0.0)) == (0.0, 0.0, 1.0)


def test_with_shorts_the_absolute_entries_are_shared_out():
    shorts = weights(shorts=True)
    assert shorts.values(array(0.5, -0.25, 0.0)) == pytest.approx((0.5, -0.25, 0.25))
    assert shorts.values(array(1.0, -0.5, 0.5)) == pytest.approx((0.5, -0.25, 0.25))
    assert shorts.decide(array(0.5, -0.25, 0.0), FLAT).requests == asked(5.0, -25.0)


def test_the_orders_are_what_is_missing_after_the_reserve():
    simplex = weights(transform="simplex", reserve=0.1)
    assert simplex.decide(array(0.5, 0.5, 0.0), FLAT).requests == asked(4.5, 45.0)
    # equity 1000: 600 and 100 are held, 450 and 450 are wanted
    held = account_of(300.0, 6.0, 10.0)
    assert simplex.decide(array(0.5, 0.5, 0.0), held).requests == asked(-1.5, 35.0)


def test_small_differences_are_left_alone_except_towards_nothing():
    simplex = weights(transform="simplex", threshold=0.02)
    # 1.5 % and 51.5 % are held
    held = account_of(470.0, 0.15, 51.5)
    assert simplex.decide(array(0.02, 0.5, 0.0), held) == Decision()
    closing = Decision((OrderRequest(0, -0.15, side="close"),))
    assert simplex.decide(array(0.0, 0.5, 0.0), held) == closing


def test_an_order_that_waits_for_other_weights_is_cancelled():
    waits = account_of(1000.0, 0.0, 0.0, waiting=frozenset({1}))
    assert weights(transform="simplex").decide(array(0, 0, 1), waits) == Decision(cancel=(1,))


def test_whole_lots_and_weights_below_one():
    simplex = weights(transform="simplex")
    lots = account_of(150.0, 0.0, 0.0, lot=1.0)
    decision = simplex.decide(array(0.5, 0.5, 0.0), lots)
    assert decision.requests == (OrderRequest(1, 7.0, side="buy"),)
    assert decision.refused == ((0, "buy"),)


def test_shorts_are_impossible_where_the_asset_does_not_allow_them():
    only_long = account_of(1000.0, 0.0, 0.0, shorts=False)
    decision = weights(shorts=True).decide(array(0.5, -0.25, 0.0), only_long)
    assert decision == Decision(asked(5.0), impossible=1)


@pytest.mark.parametrize(
    ("options", "positions"),
    [
        ({}, (0.0, 0.0)),
        ({}, (4.0, 30.0)),
        ({}, (0.0, 400.0)),
        ({"transform": "simplex"}, (4.0, 30.0)),
        ({"shorts": True}, (4.0, -30.0)),
    ],
)
@pytest.mark.parametrize("threshold", [0.0, 0.02])
def test_hold_places_no_order(options, positions, threshold):
    scheme = weights(**options, threshold=threshold, reserve=0.01)
    account = account_of(1000.0, *positions)
    action = scheme.hold(account)
    assert scheme.space.contains(action)
    assert scheme.decide(action, account) == Decision()


def test_hold_stays_in_the_space_whatever_is_held():
    for account in (account_of(-5000.0, 2.0, 3.0), account_of(-100.0, 90.0, -300.0)):
        for options in ({}, {"transform": "simplex"}, {"shorts": True}):
            scheme = weights(**options)
            assert scheme.space.contains(scheme.hold(account))


def test_words():
    assert weights(shorts=True).explain(array(0.5, -0.25, 0.0)) == "spx 50%, ndx -25%, cash 25%"


def test_what_is_not_a_number_is_refused():
    with pytest.raises(UserError, match=r"action: \[nan, 0.0, 0.0\] is not a number"):
        weights().decide(array(np.nan, 0.0, 0.0), FLAT)
