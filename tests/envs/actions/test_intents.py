import pytest
from fake_account import FakeAccount

from tradegym.envs.strategies.actions import Decision, decide_intents
from tradegym.envs.strategies.orders import OrderIntent, OrderRequest

TWO = FakeAccount(cash=1000.0, closes=(100.0, 10.0), positions=(0.0, 5.0))


def sizes(decision):
    return [one.size for one in decision.requests]


def test_a_buy_is_for_a_fraction_of_the_cash():
    decision = decide_intents((OrderIntent.invest(0.9),), FakeAccount(cash=1000.0))
    assert decision == Decision((OrderRequest(0, 9.0, side="buy"),))
    lots = FakeAccount(cash=1000.0, lot=4.0)
    assert sizes(decide_intents((OrderIntent.invest(0.9),), lots)) == [8.0]


def test_each_takes_its_fraction_of_the_same_cash():
    both = (OrderIntent.invest(0.5, asset=0), OrderIntent.invest(0.25, asset=1))
    assert sizes(decide_intents(both, TWO)) == [5.0, 25.0]


def test_together_they_never_ask_for_more_than_all_of_it():
    both = (OrderIntent.invest(1.0, asset=0), OrderIntent.invest(1.0, asset=1))
    assert sizes(decide_intents(both, TWO)) == [5.0, 50.0]


def test_close_is_for_the_whole_position():
    decision = decide_intents((OrderIntent.close(1),), TWO)
    assert decision == Decision((OrderRequest(1, -5.0, side="close"),))
    assert decide_intents((OrderIntent.close(0),), TWO) == Decision()


def test_hold_is_nothing_however_often():
    assert decide_intents((OrderIntent.hold(), OrderIntent.hold()), TWO) == Decision()
    assert decide_intents((), TWO) == Decision()


def test_less_than_a_lot_is_a_refused_order():
    poor = FakeAccount(cash=90.0, lot=1.0)
    assert decide_intents((OrderIntent.invest(1.0),), poor) == Decision(refused=((0, "buy"),))


@pytest.mark.parametrize(
    ("intents", "message"),
    [
        ((OrderIntent.close(0), OrderIntent.invest(1.0, asset=0)), "more than one order"),
        ((OrderIntent.close(2),), "assets are numbered 0 to 1"),
    ],
)
def test_mistakes(intents, message):
    with pytest.raises(ValueError, match=message):
        decide_intents(intents, TWO)


def test_a_target_brings_the_position_to_a_share_of_the_equity():
    # equity 1000 + 2 * 50 = 1100; half of it at 50 are 11 units, 2 of which are held
    account = FakeAccount(cash=1000.0, closes=(50.0,), positions=(2.0,))
    assert sizes(decide_intents((OrderIntent.target(0.5),), account)) == [pytest.approx(9.0)]
    assert sizes(decide_intents((OrderIntent.target(-0.5),), account)) == [pytest.approx(-13.0)]
    assert sizes(decide_intents((OrderIntent.target(0.0),), account)) == [-2.0]
    lots = FakeAccount(cash=1000.0, closes=(50.0,), positions=(2.0,), lot=4.0)
    assert sizes(decide_intents((OrderIntent.target(0.5),), lots)) == [pytest.approx(6.0)]


def test_a_target_takes_nothing_from_the_cash_that_others_share():
    account = FakeAccount(cash=1000.0, closes=(50.0, 10.0), positions=(0.0, 0.0))
    both = (OrderIntent.target(0.9, 0), OrderIntent.invest(0.5, 1))
    assert sizes(decide_intents(both, account)) == [pytest.approx(18.0), pytest.approx(50.0)]


def test_a_short_target_where_shorts_are_not_allowed_is_impossible():
    account = FakeAccount(shorts=False)
    assert decide_intents((OrderIntent.target(-0.5),), account) == Decision(impossible=1)
    with pytest.raises(ValueError, match="it must be a number"):
        OrderIntent.target(float("nan"))
