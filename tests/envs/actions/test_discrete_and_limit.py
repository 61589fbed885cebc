import numpy as np
import pytest
from fake_account import FakeAccount
from gymnasium import spaces

from tradegym.conf.schema.actions import ActionsConfig
from tradegym.envs.strategies.actions import Decision, make_scheme, scheme_options_of
from tradegym.envs.strategies.orders import OrderRequest

ONE = ("spx",)
TWO = ("spx", "ndx")


def scheme_of(assets=ONE, joint=False, **options):
    return make_scheme(ActionsConfig(**options).model_dump(), assets, joint=joint)


def asked(size, asset=0, **rest):
    return Decision((OrderRequest(asset, size, **rest),))


HOLD, BUY, SELL, CLOSE = range(4)
NOTHING, IMPOSSIBLE = Decision(), Decision(impossible=1)


class TestDiscrete:
    def test_the_sizer_says_how_many_units(self):
        scheme, account = scheme_of(), FakeAccount(units=2.5)
        assert scheme.names == ("hold", "buy", "sell", "close")
        assert scheme.parts == ONE
        assert scheme.decide(HOLD, account) == NOTHING
        assert scheme.decide(BUY, account) == asked(2.5, side="buy")
        assert scheme.decide(SELL, account) == asked(-2.5, side="sell")

    @pytest.mark.parametrize("position", [3.0, -3.0])
    def test_close_is_for_the_whole_position(self, position):
        account = FakeAccount(positions=(position,))
        assert scheme_of().decide(CLOSE, account) == asked(-position, side="close")

    def test_close_without_a_position_is_impossible(self):
        assert scheme_of().decide(CLOSE, FakeAccount()) == IMPOSSIBLE

    def test_without_shorts_a_sell_ends_at_flat(self):
        scheme = scheme_of()
        assert scheme.decide(SELL, FakeAccount(shorts=False)) == IMPOSSIBLE
        some = FakeAccount(shorts=False, units=2.0, positions=(1.5,))
        assert scheme.decide(SELL, some) == asked(-1.5, side="sell")
        many = FakeAccount(shorts=False, units=2.0, positions=(5.0,))
        assert scheme.decide(SELL, many) == asked(-2.0, side="sell")

    def test_a_size_of_nothing_is_a_refused_order(self):
        nothing = FakeAccount(units=0.0)
        assert scheme_of().decide(BUY, nothing) == Decision(refused=((0, "buy"),))
        assert scheme_of().decide(SELL, nothing) == Decision(refused=((0, "sell"),))
        assert scheme_of().mask(nothing).tolist() == [True, False, False, False]

    def test_the_names_keep_their_order(self):
        scheme = scheme_of(portfolio_actions=("close", "hold"))
        assert scheme.space == spaces.Discrete(2)
        assert scheme.decide(0, FakeAccount(positions=(1.0,))) == asked(-1.0, side="close")
        assert scheme.hold(FakeAccount()) == 1

    def test_the_mask_leaves_out_what_cash_does_not_allow(self):
        # 9.99 units at 100 cost 999 and 0.999 of fees, 9.995 cost 1000.4995
        assert scheme_of().mask(FakeAccount(units=9.99)).tolist() == [True, True, True, False]
        assert scheme_of().mask(FakeAccount(units=9.995)).tolist() == [True, False, False, False]
        long = FakeAccount(units=9.995, cash=0.0, positions=(1.0,))
        assert scheme_of().mask(long).tolist() == [True, False, True, True]

    @pytest.mark.parametrize("number", [1, np.int64(1), np.array(1)])
    def test_any_integer_is_an_action(self, number):
        assert scheme_of().decide(number, FakeAccount()) == asked(2.0, side="buy")


class TestJoint:
    def test_each_asset_has_its_own_choice(self):
        scheme = scheme_of(TWO, joint=True)
        account = FakeAccount(closes=(100.0, 50.0), positions=(0.0, -4.0))
        assert scheme.space == spaces.MultiDiscrete([4, 4])
        assert scheme.parts == TWO
        assert scheme.decide(np.array([BUY, CLOSE]), account).requests == (
            OrderRequest(0, 2.0, side="buy"),
            OrderRequest(1, 4.0, side="close"),
        )
        assert scheme.decide([CLOSE, HOLD], account) == IMPOSSIBLE
        assert scheme.mask(account).tolist() == [True, True, True, False, True, True, True, True]
        assert scheme.hold(account).tolist() == [HOLD, HOLD]
        assert scheme.explain(np.array([BUY, CLOSE])) == "spx: buy; ndx: close"
        assert scheme.values(np.array([BUY, CLOSE])) == (BUY, CLOSE)

    def test_one_asset_may_be_traded_jointly(self):
        scheme = scheme_of(joint=True)
        assert scheme.space == spaces.MultiDiscrete([4])
        assert scheme.decide(np.array([BUY]), FakeAccount()) == asked(2.0, side="buy")

    def test_impossible_and_refused_are_counted_per_asset(self):
        account = FakeAccount(closes=(1.0,) * 3, positions=(0.0, 0.0, 1.0), units=0.0)
        scheme = scheme_of(("a", "b", "c"), joint=True)
        decision = scheme.decide(np.array([CLOSE, CLOSE, BUY]), account)
        assert decision == Decision(impossible=2, refused=((2, "buy"),))


class TestBTgymActions:
    def test_names_mean_the_discrete_scheme(self):
        options = scheme_options_of(["hold", "sell"])
        assert options["scheme"] == "discrete"
        assert make_scheme(options, ONE).names == ("hold", "sell")

    @pytest.mark.parametrize("nothing", [None, (), []])
    def test_no_names_mean_weights(self, nothing):
        options = scheme_options_of(nothing)
        space = make_scheme(options, TWO).space
        assert space == spaces.Box(0.0, 1.0, (3,), np.float32)

    def test_without_hold_there_is_still_a_choice(self):
        scheme = make_scheme(scheme_options_of(("buy", "close")), ONE)
        poor = FakeAccount(cash=1.0)
        assert scheme.hold(poor) == 1
        assert scheme.mask(poor).tolist() == [False, True]


class TestLimit:
    def limits(self, **options):
        return scheme_of(scheme="limit", offsets=(0.0, 0.01), **options)

    def test_prices_lie_below_and_above_the_close(self):
        scheme, account = self.limits(), FakeAccount(closes=(200.0,), units=1.0)
        assert scheme.names == (
            "hold", "close", "cancel", "buy +0%", "buy -1%", "sell +0%", "sell +1%",
        )  # fmt: skip
        wanted = [(3, 1.0, 200.0), (4, 1.0, 198.0), (5, -1.0, 200.0), (6, -1.0, 202.0)]
        for number, size, limit in wanted:
            side = "buy" if size > 0 else "sell"
            decision = scheme.decide(number, account)
            assert decision == asked(size, limit=pytest.approx(limit), expiry=5, side=side)
        assert scheme.explain(4) == "buy, limit 1% below the close"

    def test_an_order_may_wait_until_it_is_replaced(self):
        decision = self.limits(expiry=None).decide(3, FakeAccount())
        assert decision == asked(2.0, limit=100.0, expiry=None, side="buy")

    def test_cancel_needs_an_order_that_waits(self):
        scheme, waits = self.limits(), FakeAccount(waiting=frozenset({0}))
        assert scheme.decide(2, waits) == Decision(cancel=(0,))
        assert scheme.decide(2, FakeAccount()) == IMPOSSIBLE
        assert scheme.mask(waits).tolist()[2]
        assert not scheme.mask(FakeAccount()).tolist()[2]
        assert scheme.hold(waits) == 0

    def test_close_is_at_the_market(self):
        scheme = self.limits()
        assert scheme.decide(1, FakeAccount(positions=(2.0,))) == asked(-2.0, side="close")
        assert scheme.decide(1, FakeAccount()) == IMPOSSIBLE

    def test_cash_is_checked_at_the_limit(self):
        # 10 units cost 1001 at 100 and 990.99 at 99
        assert self.limits().mask(FakeAccount(units=10.0)).tolist()[3:5] == [False, True]

    def test_without_shorts_a_sell_ends_at_flat(self):
        account = FakeAccount(shorts=False, units=5.0, positions=(2.0,))
        decision = self.limits().decide(5, account)
        assert decision == asked(-2.0, limit=100.0, expiry=5, side="sell")
