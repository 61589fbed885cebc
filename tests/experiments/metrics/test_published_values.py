"""Numbers of known series that were published, measured with other programs, or worked out."""

import math

import numpy as np
import pytest

from tradegym.experiments.metrics import compute_metrics, sharpe_error


@pytest.fixture
def measured(sp500, nasdaq, dated):
    record, benchmark = dated(*sp500), dated(*nasdaq)
    return {rate: compute_metrics(record, None, benchmark, risk_free=rate) for rate in (0.0, 0.02)}


def test_the_sp500_without_a_risk_free_rate(measured):
    # as quantstats 0.0.86, empyrical-reloaded 0.7.1 and ffn 1.4.1 have them
    found = measured[0.0]
    expected = {
        "sharpe": 0.28273922904,
        "sortino": 0.39861402986,
        "annual_return": 0.03639554327,
        "annual_volatility": 0.19098207141,
        "max_drawdown": -0.56775387750,
        "calmar": 0.06410443805,
        "omega": 1.05448882071,
        "var_95": -0.01864332974,
        "cvar_95": -0.02860927042,
        "tail_ratio": 0.93462160993,
        "beta": 0.66939870253,
        "alpha": -0.00431610305,
        "information_ratio": -0.27245136977,
    }
    for name, value in expected.items():
        assert getattr(found, name) == pytest.approx(value, abs=5e-11), name
    assert found.n_returns == 5030


def test_the_sp500_with_a_risk_free_rate(measured):
    assert measured[0.02].sharpe == pytest.approx(0.17904674507, abs=5e-11)
    assert measured[0.02].sortino == pytest.approx(0.25135587708, abs=5e-11)
    assert measured[0.02].annual_return == measured[0.0].annual_return


def test_the_deepest_fall_of_the_sp500_took_from_2007_to_2013(sp500, measured):
    dates, closes = sp500
    peak, back = dates.index("2007-10-09"), dates.index("2013-03-28")
    assert closes[peak] == closes[:back].max()
    assert measured[0.0].max_drawdown_length == back - peak
    # the fall after the year 2000 was shallower and took longer
    first, again = dates.index("2000-03-24"), dates.index("2007-05-30")
    assert measured[0.0].longest_drawdown == again - first
    assert measured[0.0].max_drawdown_years == pytest.approx((back - peak) / 252)


@pytest.mark.parametrize(
    ("sharpe", "n", "error"),
    [(0.5, 12, 0.306), (1.0, 60, 0.158), (1.0, 250, 0.077)],
)
def test_the_standard_errors_of_lo(sharpe, n, error):
    # Lo 2002, table 1
    assert sharpe_error(sharpe, n) == pytest.approx(error, abs=5e-4)


def test_the_standard_error_with_skew_and_kurtosis():
    # Bailey and Lopez de Prado 2012: SR .458, T 24, skew -2.448, kurtosis 10.164
    expected = math.sqrt((1 + 2.448 * 0.458 + 9.164 / 4 * 0.458**2) / 24)
    assert sharpe_error(0.458, 24, -2.448, 10.164) == pytest.approx(expected)
    assert expected == pytest.approx(0.3294, abs=5e-4)


def test_the_interval_by_hand(record_of):
    # returns +10 %, -10 %, +20 %: mean 1/15, deviations 1/30, -1/6, 2/15
    found = compute_metrics(record_of([100, 110, 99, 118.8], bars_per_year=12.0))
    parts = np.array([1 / 30, -1 / 6, 2 / 15])
    m2, m3, m4 = (float(np.mean(parts**k)) for k in (2, 3, 4))
    skew, kurtosis = m3 / m2**1.5, m4 / m2**2
    assert (found.skew, found.kurtosis) == pytest.approx((skew, kurtosis))
    ratio = (1 / 15) / math.sqrt(m2 * 1.5)
    half = 1.959963985 * math.sqrt((1 - skew * ratio + (kurtosis - 1) / 4 * ratio**2) / 3)
    assert found.sharpe_low == pytest.approx((ratio - half) * math.sqrt(12))
    assert found.sharpe_high == pytest.approx((ratio + half) * math.sqrt(12))


def test_omega_and_tails_by_hand(record_of):
    # returns +10 %, -10 %, +20 %, -5 %
    found = compute_metrics(record_of([100, 110, 99, 118.8, 112.86]))
    assert found.omega == pytest.approx(0.3 / 0.15)
    assert found.var_95 == pytest.approx(-0.10 + 0.15 * 0.05)
    assert found.cvar_95 == pytest.approx(-0.10)
    assert found.tail_ratio == pytest.approx((0.10 + 0.85 * 0.10) / (0.10 - 0.15 * 0.05))


def test_a_risk_free_rate_is_compounded_per_bar(record_of):
    # 12 bars a year, 12.682503 % a year are exactly 1 % a bar
    found = compute_metrics(
        record_of([100, 110, 99, 118.8], bars_per_year=12.0), risk_free=1.01**12 - 1
    )
    deviation = math.sqrt((1 / 900 + 1 / 36 + 4 / 225) / 2)
    assert found.sharpe == pytest.approx((1 / 15 - 0.01) / deviation * math.sqrt(12))
    assert found.sortino == pytest.approx((1 / 15 - 0.01) / (0.11 / math.sqrt(3)) * math.sqrt(12))
    assert found.omega == pytest.approx((0.09 + 0.19) / 0.11)


@pytest.mark.parametrize(
    ("equity", "deepest", "longest"),
    [
        ([100, 90, 100, 110], 2, 2),
        ([100, 90, 80, 99], 3, 3),  # never back
        ([100, 99, 98, 97, 100, 50, 120], 2, 4),
        ([100, 101, 102], 0, 0),
        ([100, 100, 90, 95], 2, 2),  # from the last bar on the peak
    ],
)
def test_lengths_of_drawdowns(record_of, equity, deepest, longest):
    found = compute_metrics(record_of(equity))
    assert (found.max_drawdown_length, found.longest_drawdown) == (deepest, longest)
