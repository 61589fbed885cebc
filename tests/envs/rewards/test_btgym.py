"""BTgym's reward, repaired and as it was; profits in units of start_cash * (d + t) / 100."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reward_bars import profit_bar, term, total

from tradegym.conf.errors import UserError

#: A trade whose open profit rises by 0.01 a bar.
RAMP = (0.01, 0.02, 0.03, 0.04, 0.05)


def round_trip(realized, path=RAMP):
    """The bars of one trade and of its closing."""
    bars = [profit_bar(gain, duration=bar) for bar, gain in enumerate(path, start=1)]
    return [*bars, profit_bar(0.0, realized, closed=True)]


@pytest.mark.parametrize(
    ("name", "gamma", "realized", "expected"),
    [
        # Open bars pay 10 * (gamma * phi' - phi): 0.099 + 0.098 + 0.097 + 0.096 + 0.095 = 0.485.
        ("btgym_original", 0.99, 0.05, 0.485 + 0.5),
        ("btgym_original", 0.99, 0.0, 0.485),
        # The closing bar takes back 10 * phi = 0.5.
        ("btgym", 0.99, 0.05, 0.485 - 0.5 + 0.5),
        ("btgym", 0.99, 0.0, 0.485 - 0.5),
        # Without a discount the open bars pay 0.5 and nothing but the result remains.
        ("btgym_original", 1.0, 0.05, 0.5 + 0.5),
        ("btgym_original", 1.0, 0.0, 0.5),
        ("btgym", 1.0, 0.05, 0.5),
        ("btgym", 1.0, 0.0, 0.0),
    ],
)
def test_a_profit_that_is_taken_and_one_that_is_lost_again(name, gamma, realized, expected):
    earned = total(term(name, gamma=gamma), round_trip(realized), skip=1)
    assert earned == pytest.approx(expected, abs=1e-12)


def test_the_repaired_reward_bar_by_bar():
    one = term("btgym", gamma=0.9)
    paid = [total(one, [bar], 1) for bar in round_trip(0.02, (0.03, -0.01))]
    # 10 * (0.9 * 0.03 - 0); 10 * (0.9 * -0.01 - 0.03); 10 * (0 + 0.01 + 0.02)
    assert paid == pytest.approx([0.27, -0.39, 0.3])


def test_the_potential_is_the_mean_of_the_step():
    one = term("btgym", gamma=1.0, skip=2)
    bars = [profit_bar(0.01, duration=1), profit_bar(0.03, duration=2)]
    assert total(one, bars, 2) == pytest.approx(10 * 0.02)
    # Reversed within the step: the bars before belong to another trade.
    bars = [profit_bar(0.07, duration=3), profit_bar(-0.01, 0.06, duration=4, closed=True)]
    assert total(one, bars, 2) == pytest.approx(10 * (-0.01 - 0.02 + 0.06))


@given(
    trips=st.lists(st.lists(st.floats(-0.5, 0.5), min_size=1, max_size=12), min_size=1, max_size=4),
    gamma=st.sampled_from([1.0, 0.99, 0.9]),
    skip=st.integers(1, 5),
)
def test_shaping_telescopes(trips, gamma, skip):
    """Whenever the account is flat, the discounted sum of the shaping so far is 0."""
    one = term("btgym", gamma=gamma, skip=skip)
    discounted, discount = 0.0, 1.0
    for path in trips:
        bars = round_trip(path[-1], path)
        for number, bar in enumerate(bars, start=1):
            one.on_bar(bar)
            if number % skip == 0 or number == len(bars):
                one.collect()
                discounted += discount * one.shaping
                discount *= gamma
        assert abs(discounted) < 1e-12


@pytest.mark.parametrize("skip", [1, 2, 3, 7])
def test_realised_profit_survives_skipped_bars(skip):
    """Ten trades of 0.01 each are paid in full however many bars a decision covers."""
    bars = [bar for _ in range(10) for bar in round_trip(0.01, (0.005,))]
    assert total(term("btgym", gamma=1.0, skip=skip), bars, skip) == pytest.approx(10 * 10 * 0.01)


def test_the_original_windows_by_hand():
    """Three bars per decision; a flat bar, then open profits of 1, 2, 3, ... thousandths."""
    one = term("btgym_original", gamma=0.5, skip=3, avg_period=8)
    profits = [0.0, 0.001, 0.002, 0.003, 0.004, 0.005, 0.006, 0.007, 0.008]
    bars = [profit_bar(gain, duration=bar) for bar, gain in enumerate(profits)]
    # n = 2 < 3: no potential before, mean(1, 2) now
    assert total(one, bars[:3], 3) == pytest.approx(10 * 0.5 * 0.0015)
    # 3 <= n = 5 < 6: u[-8:-3] is (0, 0, 0, 1, 2), three of them from before the trade
    assert total(one, bars[3:6], 3) == pytest.approx(10 * (0.5 * 0.004 - 0.0006))
    # n = 8 >= 6
    assert total(one, bars[6:], 3) == pytest.approx(10 * (0.5 * 0.007 - 0.004))


def test_the_original_loses_what_it_does_not_remember():
    """Seven bars in the step, but only what its last two realised is summed."""
    one = term("btgym_original", gamma=1.0, skip=2, avg_period=3)
    bars = [profit_bar(0.0, 0.01, closed=True) for _ in range(7)]
    for bar in bars:
        one.on_bar(bar)
    assert one.collect() == pytest.approx(10 * 2 * 0.01)


def _old_formula(unrealized, realized, duration, skip, gamma, keep):
    """Written anew from the description of the old formula, on whole histories."""
    u, r = np.array([0.0] * keep + unrealized)[-keep:], np.array([0.0] * keep + realized)[-keep:]
    f1 = 0.0
    if duration and duration < skip:
        f1 = gamma * np.average(u[-duration:]) - 0
    elif duration and duration < 2 * skip:
        f1 = gamma * np.average(u[-skip:]) - np.average(u[-(skip + duration) : -skip])
    elif duration:
        f1 = gamma * np.average(u[-skip:]) - np.average(u[-2 * skip : -skip])
    return 10.0 * f1 + 10.0 * r[-skip:].sum()


@pytest.mark.parametrize("seed", range(20))
def test_the_original_agrees_with_a_second_implementation_to_the_bit(seed):
    rng = np.random.default_rng(seed)
    skip = int(rng.integers(1, 13))
    keep = skip + int(rng.integers(1, 20))
    gamma = float(rng.choice([1.0, 0.99, 0.9]))
    one = term("btgym_original", gamma=gamma, skip=skip, avg_period=keep)
    unrealized, realized, duration = [], [], 0
    for number in range(1, 241):
        duration = 0 if rng.random() < 0.1 else duration + int(rng.random() < 0.8)
        unrealized.append(float(rng.normal(0, 0.1)) if duration else 0.0)
        realized.append(float(rng.normal(0, 0.1)) if rng.random() < 0.2 else 0.0)
        one.on_bar(profit_bar(unrealized[-1], realized[-1], duration))
        if number % skip == 0:
            assert one.collect() == _old_formula(unrealized, realized, duration, skip, gamma, keep)


def test_the_original_refuses_windows_of_nothing():
    with pytest.raises(UserError, match="avg_period: 4 is too few with skip_frame=4, BTgym paid"):
        term("btgym_original", skip=4)
    term("btgym_original", skip=3)
