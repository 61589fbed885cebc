"""Participation in the volume, worked out by hand."""

import numpy as np
import pytest
from plain_orders import bars, play

from tradegym.conf.errors import UserError
from tradegym.conf.schema.engine import EngineConfig
from tradegym.envs.data.dataset import Dataset
from tradegym.envs.engines.backtrader.costs import check_costs, new_broker
from tradegym.envs.engines.backtrader.fillers import check_volume


def broker(**keys):
    config = {"start_cash": 1e5, "broker_commission": 0.0, "volume_limit": 0.1} | keys
    return new_broker(EngineConfig(**config), ("a", "b"))


def volumes(*values):
    """Bars at 100, 101, ... with these volumes."""
    return bars(*[(100 + n, 100 + n, 100 + n, 100 + n, v) for n, v in enumerate(values)])


def fills(made, script, **frames):
    return [fill[:4] for fill in play(made, script, **frames).fills]


@pytest.mark.parametrize("sign", [1, -1])
def test_a_market_order_is_filled_over_several_bars(sign):
    frame = volumes(50, 50, 0, 35, 500, 500)
    got = fills(broker(), {0: lambda s: s.order("x", sign * 10)}, a=frame)
    assert got == [
        (1, "x", sign * 5, 101),
        (3, "x", sign * 3.5, 103),
        (4, "x", pytest.approx(sign * 1.5), pytest.approx(104)),
    ]


def test_parts_are_whole_lots():
    got = fills(broker(lot=2.0), {0: lambda s: s.order("x", 10)}, a=volumes(50, 59, 19, 70, 70))
    assert got == [(1, "x", 4, 101), (3, "x", 6, 103)]


def test_a_position_that_is_no_whole_number_of_lots_can_be_closed():
    script = {0: lambda s: s.order("in", 2.5), 1: lambda s: s.order("out", -2.5)}
    got = fills(broker(lot=1.0), script, a=volumes(27, 27, 27, 27))
    assert [fill[2] for fill in got] == [2.5, -2.5]


def test_a_rounding_error_does_not_wait_for_another_bar():
    script = {0: lambda s: s.order("x", 0.1 + 0.2)}
    log = play(broker(volume_limit=1.0), script, a=volumes(0.3, 0.3, 0.3))
    assert log.status_of("x")[-1] == "Completed"
    assert [fill[0] for fill in log.fills] == [1]


def test_orders_of_one_bar_share_its_volume():
    script = {0: lambda s: (s.order("x", 4), s.order("y", 4))}
    got = fills(broker(), script, a=volumes(50, 50, 50))
    assert got == [(1, "x", 4, 101), (1, "y", 1, 101), (2, "y", 3, 102)]


def test_assets_have_their_own_limits():
    script = {0: lambda s: (s.order("x", 8), s.order("y", 8, asset=1))}
    frame = volumes(50, 50, 50)
    made = broker(assets={"b": {"volume_limit": None}})
    assert fills(made, script, a=frame, b=frame) == [
        (1, "x", 5, 101),
        (1, "y", 8, 101),
        (2, "x", 3, 102),
    ]
    made = broker(volume_limit=None, assets={"b": {"volume_limit": 0.02}})
    assert fills(made, script, a=frame, b=frame)[:2] == [(1, "x", 8, 101), (1, "y", 1, 101)]


def test_the_limit_can_be_switched_off_during_a_run():
    def liquidate(s):
        s.broker.p.filler = None
        s.order("out", -5, _checksubmit=False)

    script = {0: lambda s: s.order("in", 5), 1: liquidate}
    assert fills(broker(), script, a=volumes(50, 50, 0, 50))[-1] == (2, "out", -5, 102)


def test_a_limit_order_waits_for_volume_at_its_price():
    script = {0: lambda s: s.order("x", 8, exectype=2, price=101)}
    frame = bars(100, (100, 100, 100, 100, 50), (110, 110, 110, 110, 50), (99, 99, 99, 99, 50))
    got = fills(broker(), script, a=frame)
    assert got == [(1, "x", 5, 100), (3, "x", 3, 99)]


def dataset(volume, price=100.0):
    rows = np.full((5, 2, 5), price)
    rows[:, 0, 4] = volume
    times = np.datetime64("2001-01-01", "ns") + np.arange(5) * np.timedelta64(1, "D")
    return Dataset.from_arrays("two", times, rows, ["a", "b"])


def test_an_asset_without_volume_is_refused():
    empty = dataset(0.0)
    check_volume(empty, ("a", "b"), None)
    check_volume(empty, ("b",), 0.1)
    check_volume(dataset([0, 0, 1, 0, 0]), ("a", "b"), 0.1)
    with pytest.raises(UserError, match=r"^engine.volume_limit: 0.1 needs volume, and 'a' has"):
        check_volume(empty, ("a", "b"), 0.1)


def test_costs_are_checked_against_the_dataset():
    config = EngineConfig(volume_limit=0.5, assets={"a": {"volume_limit": None}})
    check_costs(config, dataset(0.0), ("a", "b"))
    with pytest.raises(UserError, match="'a' has none"):
        check_costs(EngineConfig(volume_limit=0.5), dataset(0.0), ("a",))
    with pytest.raises(UserError, match=r"has no asset 'aa'; allowed: a, b; did you mean 'a'\?"):
        check_costs(EngineConfig(assets={"aa": {"spread": 1.0}}), dataset(1.0), ("a",))
    with pytest.raises(UserError, match=r"lowest price of 'a'; allowed: .* \+ slip_fixed < 90$"):
        check_costs(EngineConfig(slip_perc=0.1, spread=150, slip_fixed=15), dataset(1.0), ("a",))
    check_costs(EngineConfig(slip_perc=0.1, spread=150, slip_fixed=14), dataset(1.0), ("a",))
