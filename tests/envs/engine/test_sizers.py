"""Order sizes, worked out by hand."""

import pytest
from plain_orders import bars, play

from tradegym.conf.schema.engine import EngineConfig
from tradegym.envs.engines.backtrader.costs import add_sizer, new_broker


class Sizers:
    """Takes the sizer that is added to a Cerebro."""

    def addsizer(self, cls, **params):
        self.made = cls, params


def sizes(is_buy=True, close=(50.0, 20.0), **keys):
    """Sizes at the second bar for assets a and b; 2 units of a were bought at 25 before."""
    config = EngineConfig(**{"start_cash": 1000.0, "broker_commission": 0.0} | keys)
    catcher, found = Sizers(), []
    add_sizer(catcher, config)

    def look(s):
        found.extend(s.getsizing(data, isbuy=is_buy) for data in s.datas)

    frames = {"a": bars(25, (25, 50, 25, close[0])), "b": bars(close[1], close[1])}
    script = {0: lambda s: s.order("in", 2), 1: look}
    play(new_broker(config, ("a", "b")), script, sizer=catcher.made, **frames)
    return found


@pytest.mark.parametrize("is_buy", [True, False])
def test_fixed(is_buy):
    keys = {"sizing": "fixed", "fixed_stake": 3.0, "assets": {"b": {"fixed_stake": 7.5}}}
    assert sizes(is_buy, **keys) == [3.0, 7.5]
    assert sizes(is_buy, **keys, lot=2.0) == [2.0, 6.0]


def test_equity_fraction():
    # Equity: 950 of cash and 2 units at 50.
    keys = {"equity_fraction": 0.1, "assets": {"b": {"equity_fraction": 0.5, "lot": 1.0}}}
    assert sizes(**keys) == [pytest.approx(105 / 50), 26.0]


def test_cash_fraction():
    keys = {"sizing": "cash_fraction", "cash_fraction": 0.1, "assets": {"b": {"lot": 0.5}}}
    assert sizes(**keys) == [pytest.approx(95 / 50), pytest.approx(4.5)]


def test_an_equity_fraction_may_use_the_leverage():
    assert sizes(equity_fraction=3.0, leverage=4.0)[1] == pytest.approx(3 * 1050 / 20)


def test_no_size_without_equity_or_cash():
    config = {"start_cash": 1000.0, "broker_commission": 0.0, "borrow_interest": 3.65}
    for sizing, asked in (("equity_fraction", 0.5), ("cash_fraction", 0.5)):
        config_now = EngineConfig(**config, sizing=sizing, **{sizing: asked})
        catcher, found = Sizers(), []
        add_sizer(catcher, config_now)
        script = {
            0: lambda s: s.order("in", -10),
            3: lambda s, found=found: found.append(s.getsizing(s.data, isbuy=True)),
        }
        frame = bars(100, 100, 190, 260)
        play(new_broker(config_now, ("a",)), script, sizer=catcher.made, a=frame)
        assert found == [0.0]
