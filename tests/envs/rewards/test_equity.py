"""Terms that follow equity, by hand arithmetic; the account starts with 1000."""

import math

import numpy as np
import pytest
from reward_bars import START, equity_pays, pay, term

from tradegym.envs.strategies.rewards.bar_returns import BarReturns


def test_equity_change():
    paid = equity_pays(term("equity_change"), [1010.0, 990.0, 1200.0, -50.0])
    assert paid == pytest.approx([0.01, -0.02, 0.21, -1.25])


def test_log_return_sums_to_the_whole():
    paid = equity_pays(term("log_return"), [1010.0, 990.0, 1200.0, 400.0])
    assert paid[0] == pytest.approx(math.log(1.01))
    assert sum(paid) == pytest.approx(math.log(0.4))


def test_log_return_of_ruin_is_finite():
    one = term("log_return")
    assert pay(one, value=-50.0) == pytest.approx(math.log(1e-6))
    assert pay(one, value=-60.0) == 0.0


def test_differential_sharpe_by_hand():
    one = term("differential_sharpe", eta=0.5)
    # R = 0.1: no variance yet; then A = 0.05, B = 0.005.
    assert pay(one, value=1100.0) == 0.0
    # R = -0.1: dA = -0.15, dB = 0.005, variance 0.005 - 0.0025 = 0.05**2:
    # (0.005 * -0.15 - 0.5 * 0.05 * 0.005) / 0.05**3 = -0.000875 / 0.000125
    assert pay(one, value=990.0) == pytest.approx(-7.0)
    # R = 0: A = -0.025, B = 0.0075, dA = 0.025, dB = -0.0075, variance 0.006875:
    # 0.0075 * 0.025 - 0.5 * -0.025 * -0.0075 = 0.00009375
    assert pay(one, value=990.0) == pytest.approx(0.00009375 / 0.006875**1.5)


def test_differential_sharpe_is_the_derivative_of_the_sharpe_ratio():
    """D = dS / d eta at eta = 0 for S = A / sqrt(B - A**2)."""
    mean, square, change, eta = 0.002, 0.0001, -0.013, 1e-6

    def ratio(weight):
        first = mean + weight * (change - mean)
        second = square + weight * (change**2 - square)
        return first / math.sqrt(second - first**2)

    one = term("differential_sharpe")
    one._mean, one._square = mean, square
    expected = (ratio(eta) - ratio(-eta)) / (2 * eta)
    assert pay(one, value=START * (1 + change)) == pytest.approx(expected, rel=1e-6)


def test_differential_sharpe_stays_finite_when_nothing_moves():
    one = term("differential_sharpe")
    paid = equity_pays(one, [1001.0, 1000.0] + [1000.0] * 200_000)
    assert all(map(math.isfinite, paid))
    assert paid[-1] == 0.0
    assert all(map(math.isfinite, equity_pays(one, [0.0, -10.0, -20.0])))


def test_sharpe_by_hand():
    one = term("sharpe", window=4)
    # Returns (0, 0, 0, 0.1): mean 0.025, variance (3 * 0.025**2 + 0.075**2) / 4 = 3 * 0.025**2
    assert pay(one, value=1100.0) == pytest.approx(1 / math.sqrt(3))
    # Returns (0, 0, 0.1, -0.1)
    assert pay(one, value=990.0) == pytest.approx(0.0, abs=1e-12)


def test_sharpe_subtracts_the_risk_free_return():
    one = term("sharpe", window=4, risk_free=0.01)
    equity_pays(one, [1100.0, 990.0])
    # Returns (0, 0.1, -0.1, 0): mean 0, variance 0.02 / 4
    assert pay(one, value=990.0) == pytest.approx(-0.01 / math.sqrt(0.005))


def test_sharpe_without_variance():
    one = term("sharpe", window=2, risk_free=0.001, min_deviation=0.01)
    assert pay(one, value=1000.0) == pytest.approx(-0.001 / 0.01)
    # Two equal returns of 0.25: (0.25 - 0.001) / 0.01
    assert equity_pays(one, [1250.0, 1562.5])[-1] == pytest.approx(24.9)


def test_sortino_by_hand():
    one = term("sortino", window=4)
    # Returns (0, 0.1, -0.1, 0.1): mean 0.025, shortfall sqrt(0.1**2 / 4) = 0.05
    assert equity_pays(one, [1100.0, 990.0, 1089.0])[-1] == pytest.approx(0.5)


def test_sortino_with_target_and_risk_free_return():
    one = term("sortino", window=4, target=0.02, risk_free=0.005)
    # Shortfalls of (0, 0.1, -0.1, 0.1) below 0.02: (-0.02, 0, -0.12, 0)
    expected = (0.025 - 0.005) / math.sqrt((0.02**2 + 0.12**2) / 4)
    assert equity_pays(one, [1100.0, 990.0, 1089.0])[-1] == pytest.approx(expected)


def test_sortino_without_losses():
    one = term("sortino", window=4, min_deviation=0.001)
    assert pay(one, value=1000.0) == 0.0
    assert pay(one, value=1100.0) == pytest.approx(0.025 / 0.001)


@pytest.mark.parametrize("name", ["sharpe", "sortino"])
def test_ratios_do_not_drift(name):
    """After thousands of bars they are what the last window gives, to 1e-12."""
    rng = np.random.default_rng(3)
    values = START * np.exp(np.cumsum(rng.normal(0.0005, 0.01, 5000)))
    paid = equity_pays(term(name, window=250), values.tolist())
    returns = np.diff(values)[-250:] / values[-251:-1]
    below = np.sqrt(np.mean(np.minimum(returns, 0.0) ** 2))
    deviation = returns.std() if name == "sharpe" else below
    assert paid[-1] == pytest.approx(returns.mean() / deviation, rel=1e-12)


def test_returns_of_what_is_gone_are_nothing():
    returns = BarReturns(100.0)
    assert [returns.take(value) for value in (50.0, -10.0, -20.0, 30.0)] == [-0.5, -1.2, 0.0, 0.0]
