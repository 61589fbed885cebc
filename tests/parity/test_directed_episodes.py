"""Episodes of random actions where something rare is made to happen, against plain backtrader."""

from collections import Counter

import numpy as np
import parity
import pytest
from plain_backtrader import random_walk
from plain_cases import Case
from plain_costs import Fees

from tradegym.envs.data.dataset import Dataset

CASH = 10_000.0


def case_of(**changes):
    """One asset, a plain buy or sell of a few units, all costs of Fees left out."""
    settings = {
        "scheme": "discrete",
        "options": {"portfolio_actions": ["hold", "buy", "sell", "close"]},
        "assets": ("walk",),
        "joint": False,
        "cash": CASH,
        "sizing": "fixed",
        "sizes": (7.0,),
        "fees": (Fees(commission=0.001),),
    }
    return Case(**settings | changes)


def play(case, ohlcv, times, episodes=1, decisions=None):
    bars = len(ohlcv)
    decisions = decisions or (bars - 5) // case.skip
    env = parity.make(
        Dataset.from_arrays("walk", times, ohlcv[:, None, :], assets=case.assets),
        case,
        episode_duration=decisions,
        **{"split.train": (bars - 2) / bars, "split.validation": 1 / bars},
    )
    seeds = range(episodes)
    return sum((parity.check(env, case, seed, decisions) for seed in seeds), Counter())


@pytest.mark.parametrize("leverage", [1.0, 3.0])
def test_shorts_beyond_twice_their_entry_follow_the_formula(leverage):
    seen = Counter()
    for seed in range(3):
        times, ohlcv = random_walk(300, seed, drift=0.006)
        fees = Fees(commission=0.001, leverage=leverage, interest=0.05)
        case = case_of(
            options={"portfolio_actions": ["hold", "sell"]},
            sizes=(3.0,),
            fees=(fees,),
            max_orders=3,
            window=1000,
        )
        seen += play(case, ohlcv, times)
    assert seen["short_beyond_twice_entry"] > 300


@pytest.mark.parametrize("direction", [-1.0, 1.0])
def test_a_gap_takes_the_equity_below_zero(direction):
    times, ohlcv = random_walk(60, 5, volatility=0.002)
    ohlcv[30:, :4] *= np.exp(0.8 * direction)
    fees = Fees(commission=0.001, leverage=3.0, slip_perc=0.001)
    side = "buy" if direction < 0 else "sell"
    case = case_of(
        options={"portfolio_actions": ["hold", side]},
        sizing="equity_fraction",
        sizes=(1.3,),
        fees=(fees,),
    )
    seen = play(case, ohlcv, times)
    assert seen["ruin_below_zero"] == 1
    assert seen["equity below zero"] == 1
    assert seen["cash below zero"] == 1


def test_liquidation_ignores_the_volume():
    times, ohlcv = random_walk(80, 2)
    ohlcv[:, 4] = 3.0
    fees = Fees(commission=0.001, participation=1.0)
    case = case_of(options={"portfolio_actions": ["hold", "buy"]}, sizes=(20.0,), fees=(fees,))
    seen = play(case, ohlcv, times)
    assert seen["partly_filled"] > 10
    assert seen["liquidation"] == 1


def test_stop_and_take_profit_on_one_bar():
    times, ohlcv = random_walk(150, 4, volatility=0.01)
    ohlcv[:, 1] *= 1.05
    ohlcv[:, 2] /= 1.05
    for participation in (None, 0.005):
        case = case_of(
            scheme="bracket",
            options={"stop_loss": [0.01], "take_profit": [0.01], "shorts": True},
            fees=(Fees(commission=0.001, participation=participation),),
        )
        seen = play(case, ohlcv, times)
        assert seen["stop"] > 5
        assert seen["take"] == 0 or participation


@pytest.mark.parametrize("skip", [2, 5])
def test_skipped_frames_place_no_orders(skip):
    times, ohlcv = random_walk(300, 3)
    seen = play(case_of(skip=skip, sizes=(20.0,)), ohlcv, times)
    assert seen["fills"] > 25


@pytest.mark.parametrize("units", [137.436, 70.1, 0.7])
def test_rounding_errors_are_no_positions(units):
    """What was bought three times and sold three times is gone, to the last bit."""
    times, ohlcv = random_walk(250, 8, start=8.0)
    fees = Fees(kind="per_unit", commission=0.01, minimum=5.0)
    case = case_of(
        options={"portfolio_actions": ["sell", "hold", "buy"]}, sizes=(units,), fees=(fees,)
    )
    seen = play(case, ohlcv, times)
    assert seen["exit"] > 20
    assert seen["reversal"] == seen["crossed_zero"] == 0
