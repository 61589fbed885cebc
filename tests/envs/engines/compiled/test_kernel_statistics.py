import numpy as np
import pytest
from kernel_bars import Kernel, Played, draw_bars
from plain_kernel import plain_kernel

from tradegym.envs.strategies.broker_stats import ALL_NAMES, NAMES

STATISTICS, REWARDS = plain_kernel("statistics", "rewards")


def both(bars, **options):
    return Played(**options), Kernel(STATISTICS, REWARDS, bars, **options)


@pytest.mark.parametrize(
    ("n_assets", "length", "names", "lower", "upper"),
    [
        (1, 4, NAMES, 10.0, 10.0),
        (1, 1, ALL_NAMES, None, 25.0),
        (1, 7, ("value", "cash", "max_unrealized_pnl"), 5.0, None),
        (3, 2, ALL_NAMES, 10.0, 10.0),
        (4, 5, ("weights", "gross_exposure", "exposure"), 10.0, 10.0),
    ],
)
def test_the_statistics_of_random_bars_are_those_of_the_strategy(
    n_assets, length, names, lower, upper
):
    options = {"n_assets": n_assets, "length": length, "names": names}
    options |= {"lower": lower, "upper": upper}
    bars = draw_bars(np.random.default_rng(length), 250, n_assets)
    played, kernel = both(bars, **options)
    for bar in bars:
        played.bar(bar)
        kernel.bar(bar)
        assert kernel.numbers() == pytest.approx(played.numbers(), rel=1e-12, abs=0.0)
        # Of one asset every sum has one part, and nothing may be rounded otherwise.
        tolerance = 0.0 if n_assets == 1 else 1e-6
        np.testing.assert_allclose(kernel.shown(), played.shown(), rtol=tolerance, atol=tolerance)


def test_the_bars_of_the_tests_include_ruin_and_trades_that_reverse():
    bars = draw_bars(np.random.default_rng(4), 250)
    assert any(bar["value"] <= 0.0 for bar in bars)
    assert any(bar["closed"] and any(bar["positions"]) for bar in bars)


def test_the_first_bar_fills_the_whole_window():
    bars = draw_bars(np.random.default_rng(0), 1)
    _, kernel = both(bars, length=5)
    kernel.bar(bars[0])
    window = kernel.shown()
    assert len(window) == 5
    assert (window == window[0]).all()
    assert window.any()


def test_the_statistics_that_rewards_need_are_kept_where_none_is_shown():
    bars = draw_bars(np.random.default_rng(1), 60)
    played, kernel = Played(), Kernel(STATISTICS, REWARDS, bars, names=())
    for bar in bars:
        played.bar(bar)
        kernel.bar(bar)
        assert kernel.numbers() == pytest.approx(played.numbers(), rel=1e-12, abs=0.0)
    assert not kernel.state.row.any()


def test_an_environment_leaves_the_others_alone():
    bars = draw_bars(np.random.default_rng(2), 30)
    _, kernel = both(bars)
    for bar in bars:
        kernel.bar(bar)
    assert not kernel.state.stats[0].any()
    assert kernel.state.envs[0] == np.zeros(1, kernel.state.envs.dtype)[0]
