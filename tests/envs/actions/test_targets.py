import numpy as np
import pytest
from fake_account import FakeAccount
from gymnasium import spaces

from tradegym.conf.schema.actions import ActionsConfig
from tradegym.envs.strategies.actions import Decision, make_scheme
from tradegym.envs.strategies.orders import OrderRequest

NOTHING, IMPOSSIBLE = Decision(), Decision(impossible=1)
SHORT, FLAT, LONG = range(3)


def scheme_of(assets=("spx",), joint=False, **options):
    return make_scheme(ActionsConfig(**options).model_dump(), assets, joint=joint)


def asked(size, side, asset=0):
    return Decision((OrderRequest(asset, pytest.approx(size), side=side),))


class TestTarget:
    def target(self, assets=("spx",), joint=False, **options):
        return scheme_of(assets, joint, scheme="target", **options)

    def test_the_target_is_a_fraction_of_the_equity_without_the_reserve(self):
        scheme = self.target()
        assert scheme.names == ("short", "flat", "long")
        assert scheme.space == spaces.Discrete(3)
        account = FakeAccount(cash=1000.0, closes=(50.0,))
        assert scheme.decide(LONG, account) == asked(0.99 * 1000 / 50, "buy")
        assert scheme.decide(SHORT, account) == asked(-19.8, "sell")
        assert scheme.decide(FLAT, account) == NOTHING

    def test_the_order_is_what_is_missing(self):
        # equity 400 + 6 x 100 = 1000
        account = FakeAccount(cash=400.0, positions=(6.0,))
        scheme = self.target(levels=(-1, 0, 0.5, 1), reserve=0.0, threshold=0.0)
        assert scheme.names == ("short", "flat", "long 50%", "long")
        assert scheme.decide(0, account) == asked(-16.0, "sell")
        assert scheme.decide(1, account) == asked(-6.0, "close")
        assert scheme.decide(2, account) == asked(-1.0, "sell")
        assert scheme.decide(3, account) == asked(4.0, "buy")

    def test_a_small_difference_is_left_alone_but_not_towards_flat(self):
        # equity 1000, of which 3.5 % are held
        account = FakeAccount(cash=965.0, positions=(0.35,))
        scheme = self.target(levels=(0.0, 0.05, 0.1), reserve=0.0, threshold=0.02)
        assert scheme.decide(1, account) == NOTHING
        assert scheme.decide(2, account) == asked(0.65, "buy")
        assert scheme.decide(0, account) == asked(-0.35, "close")

    def test_several_assets_share_the_equity(self):
        scheme = self.target(("a", "b"), joint=True, reserve=0.1)
        account = FakeAccount(cash=1000.0, closes=(100.0, 10.0), positions=(0.0, 0.0))
        decision = scheme.decide(np.array([LONG, SHORT]), account)
        assert decision.requests == (
            OrderRequest(0, pytest.approx(4.5), side="buy"),
            OrderRequest(1, pytest.approx(-45.0), side="sell"),
        )

    def test_whole_lots_are_rounded_towards_flat(self):
        scheme = self.target(reserve=0.0, threshold=0.0)
        account = FakeAccount(cash=1050.0, lot=1.0)
        assert scheme.decide(LONG, account) == asked(10.0, "buy")
        assert scheme.decide(SHORT, account) == asked(-10.0, "sell")
        held = FakeAccount(cash=50.0, positions=(10.0,), lot=1.0)
        assert scheme.decide(LONG, held) == NOTHING

    def test_less_than_a_lot_is_a_refused_order(self):
        scheme, poor = self.target(), FakeAccount(cash=90.0, lot=1.0)
        assert scheme.decide(LONG, poor) == Decision(refused=((0, "buy"),))
        assert scheme.decide(SHORT, poor) == Decision(refused=((0, "sell"),))
        assert scheme.mask(poor).tolist() == [False, True, False]

    def test_levels_below_zero_need_shorts(self):
        assert self.target().decide(SHORT, FakeAccount(shorts=False)) == IMPOSSIBLE
        assert self.target().mask(FakeAccount(shorts=False)).tolist() == [False, True, True]

    def test_an_order_that_waits_for_another_target_is_cancelled(self):
        scheme, waits = self.target(), FakeAccount(waiting=frozenset({0}))
        assert scheme.decide(FLAT, waits) == Decision(cancel=(0,))
        assert scheme.decide(LONG, waits) == asked(9.9, "buy")

    def test_nothing_is_held_without_equity(self):
        assert self.target().decide(LONG, FakeAccount(cash=-300.0, positions=(2.0,))) == asked(
            -2.0, "close"
        )

    def test_hold_is_the_level_that_is_held(self):
        scheme = self.target()
        assert scheme.hold(FakeAccount()) == FLAT
        assert scheme.hold(FakeAccount(cash=10.0, positions=(9.9,))) == LONG
        # a short that has grown to 150 % of the equity is nearest to -1, which would reduce it
        assert scheme.hold(FakeAccount(cash=2500.0, positions=(-15.0,))) == SHORT

    def test_words(self):
        assert self.target(levels=(-0.5, 0.0, 1.0)).explain(0) == "target -50%"


class TestSizes:
    def sizes(self, assets=("spx",), joint=False, **options):
        given = {"sizes": (0.25, 1.0), "reserve": 0.0} | options
        return scheme_of(assets, joint, scheme="sizes", **given)

    def test_names(self):
        scheme = self.sizes()
        assert scheme.names == ("hold", "close", "buy 25%", "buy 100%", "sell 25%", "sell 100%")
        assert scheme.explain(2) == "buy 25%"

    def test_opening_is_a_fraction_of_the_cash(self):
        # 400 of cash and 6 x 100 held
        account = FakeAccount(cash=400.0, positions=(6.0,))
        assert self.sizes().decide(2, account) == asked(1.0, "buy")
        assert self.sizes(reserve=0.1).decide(3, account) == asked(3.6, "buy")
        assert self.sizes().decide(4, FakeAccount(cash=400.0)) == asked(-1.0, "sell")

    def test_or_of_the_equity(self):
        account = FakeAccount(cash=400.0, positions=(6.0,))
        assert self.sizes(size_of="equity").decide(2, account) == asked(2.5, "buy")
        assert self.sizes(size_of="equity").mask(account).tolist() == [
            True, True, True, False, True, True,
        ]  # fmt: skip

    def test_reducing_is_a_fraction_of_the_position(self):
        long, short = FakeAccount(positions=(6.0,)), FakeAccount(positions=(-6.0,))
        for size_of in ("cash", "equity"):
            scheme = self.sizes(size_of=size_of)
            assert scheme.decide(4, long) == asked(-1.5, "sell")
            assert scheme.decide(5, long) == asked(-6.0, "sell")
            assert scheme.decide(2, short) == asked(1.5, "buy")
            assert scheme.decide(3, short) == asked(6.0, "buy")

    def test_all_of_a_position_is_not_rounded(self):
        account = FakeAccount(positions=(2.5,), lot=1.0)
        assert self.sizes().decide(5, account) == asked(-2.5, "sell")
        assert self.sizes().decide(4, account) == Decision(refused=((0, "sell"),))

    def test_opening_a_short_needs_shorts(self):
        scheme = self.sizes()
        assert scheme.decide(4, FakeAccount(shorts=False)) == IMPOSSIBLE
        assert scheme.decide(4, FakeAccount(shorts=False, positions=(4.0,))) == asked(-1.0, "sell")

    def test_several_assets_share_the_cash(self):
        account = FakeAccount(cash=1000.0, closes=(100.0, 10.0), positions=(0.0, 0.0))
        decision = self.sizes(("a", "b"), joint=True).decide(np.array([3, 3]), account)
        assert [one.size for one in decision.requests] == [5.0, 50.0]

    def test_without_cash_nothing_is_bought(self):
        account = FakeAccount(cash=-1.0, positions=(1.0,))
        assert self.sizes().decide(2, account) == Decision(refused=((0, "buy"),))


class TestBsh:
    def bsh(self, assets=("spx",), joint=False, **options):
        return scheme_of(assets, joint, scheme="bsh", **options)

    def test_all_in_and_all_out(self):
        scheme = self.bsh(reserve=0.02)
        assert scheme.names == ("cash", "asset")
        assert scheme.space == spaces.Discrete(2)
        assert scheme.decide(1, FakeAccount(cash=1000.0)) == asked(9.8, "buy")
        assert scheme.decide(0, FakeAccount(positions=(9.8,))) == asked(-9.8, "close")

    def test_what_is_already_so_places_nothing(self):
        flat, invested = FakeAccount(), FakeAccount(cash=20.0, positions=(9.8,))
        assert self.bsh().decide(0, flat) == NOTHING
        assert self.bsh().decide(1, invested) == NOTHING
        assert self.bsh().hold(flat) == 0
        assert self.bsh().hold(invested) == 1

    def test_going_out_cancels_an_entry_that_waits(self):
        waits = FakeAccount(waiting=frozenset({0}))
        assert self.bsh().decide(0, waits) == Decision(cancel=(0,))

    def test_cash_is_shared_by_the_assets_that_are_not_held(self):
        scheme = self.bsh(("a", "b"), joint=True, reserve=0.0)
        closes = (100.0, 10.0)
        both = FakeAccount(cash=1000.0, closes=closes, positions=(0.0, 0.0))
        assert [one.size for one in scheme.decide(np.array([1, 1]), both).requests] == [5.0, 50.0]
        assert [one.size for one in scheme.decide(np.array([1, 0]), both).requests] == [5.0]
        second = FakeAccount(cash=500.0, closes=closes, positions=(5.0, 0.0))
        assert scheme.decide(np.array([1, 1]), second) == asked(50.0, "buy", asset=1)

    def test_less_than_a_lot_is_a_refused_order(self):
        poor = FakeAccount(cash=90.0, lot=1.0)
        assert self.bsh().decide(1, poor) == Decision(refused=((0, "buy"),))
        assert self.bsh().mask(poor).tolist() == [True, False]


class TestBracket:
    def bracket(self, **options):
        given = {"stop_loss": (0.02, 0.04), "take_profit": (0.03,)} | options
        return scheme_of(scheme="bracket", **given)

    def entry(self, size, stop, take, side):
        prices = {"stop_loss": pytest.approx(stop), "take_profit": pytest.approx(take)}
        return Decision((OrderRequest(0, size, **prices, side=side),))

    def test_names(self):
        assert self.bracket().names == ("hold", "close", "long 2%/3%", "long 4%/3%")
        assert self.bracket(shorts=True).names[4:] == ("short 2%/3%", "short 4%/3%")
        assert self.bracket(shorts=True).explain(5) == "short, stop 4%, take 3%"

    def test_prices_lie_on_both_sides_of_the_close(self):
        scheme, account = self.bracket(shorts=True), FakeAccount(closes=(200.0,), units=1.0)
        assert scheme.decide(3, account) == self.entry(1.0, 192.0, 206.0, "buy")
        assert scheme.decide(4, account) == self.entry(-1.0, 204.0, 194.0, "sell")

    def test_an_entry_covers_the_whole_position(self):
        scheme = self.bracket(shorts=True)
        short, long = FakeAccount(positions=(-3.0,)), FakeAccount(positions=(3.0,))
        assert scheme.decide(2, short) == self.entry(5.0, 98.0, 103.0, "buy")
        assert scheme.decide(4, long) == self.entry(-5.0, 102.0, 97.0, "sell")
        assert scheme.decide(2, long) == IMPOSSIBLE
        assert scheme.decide(4, short) == IMPOSSIBLE

    def test_close_and_hold(self):
        long = FakeAccount(positions=(3.0,), waiting=frozenset({0}))
        assert self.bracket().decide(0, long) == NOTHING
        assert self.bracket().decide(1, long) == asked(-3.0, "close")
        assert self.bracket().decide(1, FakeAccount()) == IMPOSSIBLE

    def test_shorts_must_be_allowed_by_the_asset_too(self):
        assert self.bracket(shorts=True).decide(4, FakeAccount(shorts=False)) == IMPOSSIBLE

    def test_a_size_of_nothing_is_a_refused_order(self):
        account = FakeAccount(units=0.0)
        assert self.bracket(shorts=True).decide(4, account) == Decision(refused=((0, "sell"),))
