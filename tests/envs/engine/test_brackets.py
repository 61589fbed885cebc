"""Brackets: what is checked, which side wins, and what partial fills leave."""

import backtrader as bt
import pytest
from plain_orders import bars, play

from tradegym.conf.schema.engine import EngineConfig
from tradegym.envs.engines.backtrader.costs import new_broker


def broker(**keys):
    config = EngineConfig(**{"start_cash": 1000.0, "broker_commission": 0.0} | keys)
    return new_broker(config, ("a", "b"))


def enter(size=10, stop=90, take=120, **options):
    return {0: lambda s: s.bracket(size, stop, take, **options)}


def test_all_of_the_cash_can_go_into_a_bracket():
    # 10 units take all of the cash; backtrader's check opens a short by the take-profit, after
    # the stop has closed the position, and finds no cash for it.
    frame = bars(100, 100, (100, 130, 100, 125), 125)
    plain = bt.brokers.BackBroker(cash=1000.0, shortcash=False)
    assert "Margin" in play(plain, enter(), a=frame).status_of("take")
    log = play(broker(), enter(), a=frame)
    assert log.fills == [(1, "entry", 10, 100, 0), (2, "take", -10, 120, 0)]
    assert log.status_of("stop")[-1] == "Canceled"
    assert log.cash[-1] == log.value[-1] == pytest.approx(1200)


@pytest.mark.parametrize("last", [True, False])
def test_the_entry_is_checked_whatever_the_last_order_of_the_bracket_asks(last):
    def place(s):
        entry = s.order("entry", 11, transmit=False)
        s.order("stop", -11, exectype=bt.Order.Stop, price=90, parent=entry, transmit=False)
        s.order("take", -11, exectype=bt.Order.Limit, price=120, parent=entry, _checksubmit=last)

    log = play(broker(), {0: place}, a=bars(100, 100, 80, 130))
    assert log.fills == []
    assert log.status_of("entry") == ["Submitted", "Margin"]
    assert log.status_of("stop")[-1] == log.status_of("take")[-1] == "Canceled"
    assert log.positions[-1] == (0,)


def test_an_entry_that_a_gap_makes_too_dear_takes_its_children_with_it():
    log = play(broker(), enter(), a=bars(100, 101, 80, 130))
    assert log.fills == []
    assert log.status_of("entry")[-1] == "Margin"
    assert log.status_of("stop")[-1] == log.status_of("take")[-1] == "Canceled"


def test_an_entry_may_be_exempt_from_the_check():
    log = play(broker(), enter(11, check=False), a=bars(100, 90, 95))
    assert log.fills == [(1, "entry", 11, 90, 0)]


def test_children_are_live_from_the_bar_after_the_entry_and_the_stop_wins():
    frame = bars(100, (100, 130, 80, 100), (100, 130, 80, 100), 100)
    log = play(broker(), enter(), a=frame)
    assert log.fills == [(1, "entry", 10, 100, 0), (2, "stop", -10, 90, 0)]
    assert log.status_of("take")[-1] == "Canceled"


def test_a_short_bracket():
    frame = bars(100, 100, (100, 101, 75, 80))
    log = play(broker(), enter(-5, stop=110, take=80), a=frame)
    assert log.fills == [(1, "entry", -5, 100, 0), (2, "take", 5, 80, 0)]
    assert log.cash[-1] == pytest.approx(1000 + 5 * 20)


def test_a_cancelled_entry_cancels_its_children():
    def cancel(s):
        s.cancel(next(one for one in s.broker.pending if s.names[one.ref] == "entry"))

    options = {"exectype": bt.Order.Limit, "price": 95}
    log = play(broker(), {**enter(**options), 1: cancel}, a=bars(100, 100, 80))
    assert log.fills == []
    assert log.status_of("stop")[-1] == log.status_of("take")[-1] == "Canceled"


# -- with a volume limit of 4 units a bar -------------------------------------------------------

PARTS = {"volume_limit": 0.004}


def test_children_close_what_a_partial_entry_has_opened():
    # 4 on each of bars 1 and 2. The low of bar 2 reaches the stop, but the entry has had the
    # volume of that bar. From bar 3 on the stop is a market order for what the entry leaves.
    frame = bars(100, 100, (100, 101, 89, 95), 96, 97, 98, 98)
    log = play(broker(**PARTS), enter(), a=frame)
    assert log.fills == [
        (1, "entry", 4, 100, 0),
        (2, "entry", 4, 100, 0),
        (3, "entry", 2, 96, 0),
        (3, "stop", -2, 96, 0),
        (4, "stop", -4, 97, 0),
        (5, "stop", -4, 98, 0),
    ]
    assert log.positions[-1] == (0,)
    assert log.status_of("take")[-1] == "Canceled"


def test_a_child_that_closes_all_that_is_open_cancels_the_rest_of_the_entry():
    options = {"exectype": bt.Order.Limit, "price": 99}
    log = play(broker(**PARTS), enter(**options), a=bars(100, 99, (118, 125, 118, 118), 99, 80))
    assert log.fills == [(1, "entry", 4, 99, 0), (2, "take", -4, 120, 0)]
    assert log.status_of("entry")[-1] == log.status_of("stop")[-1] == "Canceled"


def test_after_a_partial_stop_the_take_profit_closes_only_the_rest():
    # Bar 4 reaches the stop with volume for 4 of 10. On bar 5 the open is above the take-profit
    # too, but the stop is first in the queue, by now as a market order.
    rows = [(100, 100, 100, 100, volume) for volume in (1000, 1000, 1000, 1e4)]
    rows += [(100, 100, 89, 95, 1000), (125, 126, 124, 125, 1000), (125, 126, 124, 125, 1e4)]
    log = play(broker(**PARTS), enter(), a=bars(*rows))
    assert log.fills[-3:] == [
        (4, "stop", -4, 90, 0),
        (5, "stop", -4, 125, 0),
        (6, "stop", -2, 125, 0),
    ]
    assert log.positions[-1] == (0,)


def test_after_a_partial_take_profit_the_stop_closes_only_the_rest():
    rows = [(100, 100, 100, 100, 1e4)] * 2
    rows += [(100, 121, 100, 110, 1000), (100, 100, 80, 85, 1e4)]
    log = play(broker(**PARTS), enter(), a=bars(*rows))
    assert log.fills[1:] == [(2, "take", -4, 120, 0), (3, "stop", -6, 90, 0)]
    assert log.positions[-1] == (0,)
    assert log.status_of("take")[-1] == "Canceled"


def test_what_a_cancelled_entry_has_opened_keeps_its_stop():
    def cancel(s):
        s.cancel(next(one for one in s.broker.pending if s.names[one.ref] == "entry"))

    frame = bars(100, 100, 100, (100, 100, 85, 85))
    log = play(broker(**PARTS), {**enter(), 1: cancel}, a=frame)
    assert log.fills == [(1, "entry", 4, 100, 0), (3, "stop", -4, 90, 0)]
    assert log.status_of("entry")[-1] == "Canceled"


def test_what_a_refused_entry_has_opened_keeps_its_stop():
    # The second part of the entry costs more than is left.
    frame = bars(100, 100, 160, (100, 100, 85, 85))
    log = play(broker(**PARTS), enter(take=200), a=frame)
    assert log.fills == [(1, "entry", 4, 100, 0), (3, "stop", -4, 90, 0)]
    assert log.status_of("entry")[-1] == "Margin"


def test_children_of_a_reversal_close_only_what_it_opens():
    # From +6 to -4: the first part of 4 only closes, the second closes 2 and opens 2. The stop
    # is live from the bar after that: the high of bar 5 does not reach it yet.
    script = {0: lambda s: s.order("long", 6), 3: lambda s: s.bracket(-10, 110, 80, check=False)}
    reached = (100, 112, 100, 100)
    frame = bars(100, 100, 100, 100, 100, reached, 100, reached)
    log = play(broker(**PARTS), script, a=frame)
    assert [fill[:3] for fill in log.fills[2:]] == [
        (4, "entry", -4),
        (5, "entry", -4),
        (6, "entry", -2),
        (7, "stop", 4),
    ]
    assert log.positions[-1] == (0,)
