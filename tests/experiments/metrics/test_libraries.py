"""The same numbers from quantstats, empyrical and ffn, and where these disagree.

Each library is needed only here, and takes seconds to import.
"""

import numpy as np
import pandas as pd
import pytest

from tradegym.experiments.metrics import compute_metrics, monthly_returns, yearly_returns

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]

EXACT = {"rel": 1e-9, "abs": 1e-12}


@pytest.fixture(scope="module")
def qs():
    return pytest.importorskip("quantstats.stats")


@pytest.fixture(scope="module")
def em():
    return pytest.importorskip("empyrical")


@pytest.fixture(scope="module")
def ffn():
    return pytest.importorskip("ffn")


def series(data):
    index = pd.DatetimeIndex(data[0])
    return pd.Series(data[1], index=index), pd.Series(data[1], index=index).pct_change().iloc[1:]


@pytest.fixture
def found(sp500, nasdaq, dated):
    return compute_metrics(dated(*sp500), None, dated(*nasdaq))


@pytest.fixture
def with_rate(sp500, nasdaq, dated):
    return compute_metrics(dated(*sp500), None, dated(*nasdaq), risk_free=0.02)


def test_equal_to_empyrical(em, found, with_rate, sp500, nasdaq):
    _, own = series(sp500)
    _, other = series(nasdaq)
    rate = 1.02 ** (1 / 252) - 1
    expected = {
        "total_return": em.cum_returns_final(own),
        "annual_return": em.annual_return(own, annualization=252),
        "annual_volatility": em.annual_volatility(own, annualization=252),
        "sharpe": em.sharpe_ratio(own, annualization=252),
        "sortino": em.sortino_ratio(own, annualization=252),
        "max_drawdown": em.max_drawdown(own),
        "calmar": em.calmar_ratio(own, annualization=252),
        "omega": em.omega_ratio(own),
        "var_95": em.value_at_risk(own, 0.05),
        "cvar_95": em.conditional_value_at_risk(own, 0.05),
        "tail_ratio": em.tail_ratio(own),
        "beta": em.beta(own, other),
        "information_ratio": em.excess_sharpe(own, other) * np.sqrt(252),
    }
    for name, value in expected.items():
        assert getattr(found, name) == pytest.approx(value, **EXACT), name
    assert with_rate.sharpe == pytest.approx(em.sharpe_ratio(own, risk_free=rate), **EXACT)


def test_equal_to_quantstats(qs, found, with_rate, sp500, nasdaq):
    prices, own = series(sp500)
    _, other = series(nasdaq)
    greeks = qs.greeks(own, other, periods=252)
    expected = {
        "total_return": qs.comp(own),
        "annual_return": qs.cagr(own, periods=252),
        "annual_volatility": qs.volatility(own, periods=252),
        "sharpe": qs.sharpe(own, periods=252),
        "sortino": qs.sortino(own, periods=252),
        "max_drawdown": qs.max_drawdown(prices),
        "calmar": qs.calmar(own),
        "omega": qs.omega(own),
        "tail_ratio": qs.tail_ratio(own),
        "alpha": greeks["alpha"],
        "beta": greeks["beta"],
        "information_ratio": qs.information_ratio(own, other) * np.sqrt(252),
    }
    for name, value in expected.items():
        assert getattr(found, name) == pytest.approx(value, **EXACT), name
    assert with_rate.sharpe == pytest.approx(qs.sharpe(own, rf=0.02, periods=252), **EXACT)
    assert with_rate.sortino == pytest.approx(qs.sortino(own, rf=0.02, periods=252), **EXACT)


def test_equal_to_ffn(ffn, found, sp500):
    prices, own = series(sp500)
    assert found.total_return == pytest.approx(ffn.calc_total_return(prices), **EXACT)
    assert found.sharpe == pytest.approx(ffn.calc_sharpe(own, nperiods=252), **EXACT)
    assert found.sortino == pytest.approx(ffn.calc_sortino_ratio(own, nperiods=252), **EXACT)
    assert found.max_drawdown == pytest.approx(ffn.calc_max_drawdown(prices), **EXACT)


def test_months_and_years_equal_to_empyrical(em, sp500, dated):
    record, (_, own) = dated(*sp500), series(sp500)
    years, months = yearly_returns(record), monthly_returns(record)
    expected = em.aggregate_returns(own, "yearly")
    assert years["year"].tolist() == expected.index.tolist()
    assert years["return"].tolist() == pytest.approx(expected.tolist(), **EXACT)
    expected = em.aggregate_returns(own, "monthly")
    assert list(zip(months["year"], months["month"], strict=True)) == expected.index.tolist()
    assert months["return"].tolist() == pytest.approx(expected.tolist(), **EXACT)


# -- where they disagree ----------------------------------------------------------------------


def test_a_yearly_rate_given_to_empyrical_is_taken_per_bar(em, with_rate, sp500):
    _, own = series(sp500)
    assert em.sharpe_ratio(own, risk_free=0.02) < -20
    # dividing by the bars instead of taking the root is close, and wrong
    assert em.sharpe_ratio(own, risk_free=0.02 / 252) == pytest.approx(0.178017, abs=5e-7)
    assert with_rate.sharpe == pytest.approx(0.179047, abs=5e-7)


def test_quantstats_has_the_value_at_risk_of_a_normal_distribution(qs, found, sp500):
    _, own = series(sp500)
    assert qs.var(own) == pytest.approx(-0.019575, abs=5e-7)
    assert found.var_95 == pytest.approx(-0.018643, abs=5e-7)
    assert qs.cvar(own) == pytest.approx(-0.024602, abs=5e-7)
    assert found.cvar_95 == pytest.approx(-0.028609, abs=5e-7)


def test_win_rates_of_days_with_and_without_those_that_did_not_move(qs, found, sp500):
    _, own = series(sp500)
    assert qs.win_rate(own) == pytest.approx(0.531530, abs=5e-7)
    assert float((own > 0).mean()) == pytest.approx(0.531213, abs=5e-7)
    assert found.win_rate is None  # trades, not days, and there were none


def test_ffn_counts_calendar_days(ffn, found, sp500):
    prices, _ = series(sp500)
    assert ffn.calc_cagr(prices) == pytest.approx(0.036342, abs=5e-7)
    assert found.annual_return == pytest.approx(0.036396, abs=5e-7)


def test_ffn_forgets_the_start_money(ffn, record_of):
    assert ffn.calc_max_drawdown(pd.Series([90.0, 95.0])) == 0.0
    assert compute_metrics(record_of([100, 90, 95])).max_drawdown == pytest.approx(-0.1)


def test_skew_and_kurtosis_of_others_are_corrected_for_the_sample(qs, found, sp500):
    _, own = series(sp500)
    n, excess = len(own), found.kurtosis - 3
    corrected = found.skew * np.sqrt(n * (n - 1)) / (n - 2)
    assert qs.skew(own) == pytest.approx(corrected, **EXACT)
    corrected = (n - 1) / ((n - 2) * (n - 3)) * ((n + 1) * excess + 6)
    assert qs.kurtosis(own) == pytest.approx(corrected, **EXACT)


def test_alpha_of_empyrical_is_compounded(em, found, sp500, nasdaq):
    (_, own), (_, other) = series(sp500), series(nasdaq)
    compounded = (1 + found.alpha / 252) ** 252 - 1
    assert em.alpha(own, other, annualization=252) == pytest.approx(compounded, **EXACT)


def test_constant_growth_has_no_ratio_here_and_a_huge_one_there(qs, em, record_of):
    constant = pd.Series([0.01] * 50)
    assert qs.sharpe(constant) > 1e15
    assert np.isinf(em.sharpe_ratio(constant))
    assert compute_metrics(record_of(100 * 1.01 ** np.arange(51))).sharpe is None


def test_backtraders_default_sharpe_ratio_is_of_whole_years(found, sp500):
    import backtrader as bt

    prices, _ = series(sp500)
    bars = dict.fromkeys(("open", "high", "low", "close"), prices)

    class Hold(bt.Strategy):
        def next(self):
            if len(self) == 1:
                self.buy(size=814)

    def run(**options):
        cerebro = bt.Cerebro()
        cerebro.broker.setcash(1e6)
        cerebro.broker.set_coc(True)  # as if bought at the first close
        cerebro.addstrategy(Hold)
        cerebro.adddata(bt.feeds.PandasData(dataname=pd.DataFrame(bars)))
        cerebro.addanalyzer(bt.analyzers.SharpeRatio, _name="sharpe", **options)
        (strategy,) = cerebro.run(stdstats=False)
        return strategy.analyzers.sharpe.get_analysis()["sharperatio"]

    # 20 yearly returns above 1 %, their deviation with ddof 0
    assert run() == pytest.approx(0.248378, abs=2e-6)
    # daily returns; 0.03 % of the money is not invested
    daily = run(timeframe=bt.TimeFrame.Days, annualize=True, riskfreerate=0.0)
    assert daily == pytest.approx(0.282728, abs=2e-6)
    assert found.sharpe == pytest.approx(0.282739, abs=5e-7)
