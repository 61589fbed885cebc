"""Trades, costs, turnover, the benchmark, months and years, by hand."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from tradegym.experiments.metrics import (
    compute_metrics,
    mean_metrics,
    monthly_returns,
    spread_metrics,
    trade_table,
    yearly_returns,
)


def order(bars, row, **values):
    """An order that was created on the bar before the one on which it filled."""
    times = bars["time"]
    return {
        "asset": "sp500", "created": times[row - 1], "executed": times[row], "type": "market",
        "limit": np.nan, "status": "Completed", "commission": 0.0,
    } | values  # fmt: skip


@pytest.fixture
def record(make_record):
    """Six bars with known opens and no trades."""
    plain = make_record(6, trade_share=0.0)
    return dataclasses.replace(
        plain, bars=plain.bars.assign(open=[100.0, 101.0, 102.0, 103.0, 104.0, 105.0])
    )


def with_orders(record, *orders):
    return dataclasses.replace(record, orders=pd.DataFrame(list(orders)))


def test_slippage_is_the_distance_to_the_base_price(record):
    bars = record.bars
    found = compute_metrics(
        with_orders(
            record,
            order(bars, 1, side="buy", filled=2.0, price=101.5),  # 2 * 0.5
            order(bars, 2, side="sell", filled=3.0, price=101.0),  # 3 * 1
            order(bars, 3, side="buy", type="limit", limit=102.0, filled=1.0, price=102.0),
            order(bars, 3, side="buy", type="limit", limit=109.0, filled=1.0, price=103.5),  # 0.5
            order(bars, 4, side="sell", type="stop", limit=103.0, filled=1.0, price=102.0),  # 1
            order(bars, 4, side="sell", type="stop", limit=106.0, filled=1.0, price=103.0),  # 1
            order(bars, 5, side="buy", filled=0.0, price=np.nan, status="Margin"),
        )
    )
    assert found.slippage == pytest.approx(1 + 3 + 0 + 0.5 + 1 + 1)
    assert found.rejected == 1


def test_a_market_order_that_took_several_bars_hides_its_slippage(record):
    late = order(record.bars, 3, side="buy", filled=2.0, price=102.5)
    late["created"] = record.bars["time"][0]
    found = compute_metrics(with_orders(record, late))
    assert (found.slippage, found.costs) == (None, None)


def test_costs_are_commission_interest_and_slippage(record):
    bars = record.bars.assign(commission=np.arange(6.0), interest=np.arange(6.0) / 10)
    record = dataclasses.replace(record, bars=bars)
    found = compute_metrics(
        with_orders(record, order(bars, 1, side="buy", filled=2.0, price=101.5))
    )
    assert found.costs == pytest.approx(5 + 0.5 + 1)


def test_turnover_is_half_of_what_is_traded(record):
    bars = record.bars.assign(equity=[1000.0] * 6)
    record = dataclasses.replace(record, bars=bars, start_cash=1000.0, bars_per_year=10.0)
    orders = [
        order(bars, 1, side="buy", filled=5.0, price=100.0),
        order(bars, 3, side="sell", filled=5.0, price=120.0),
    ]
    # 500 + 600 over half a year
    assert compute_metrics(with_orders(record, *orders)).turnover == pytest.approx(550 / 1000 / 0.5)


def test_trades_by_hand(make_record):
    plain = make_record(40, seed=3, trade_share=0.5)
    trades = plain.trades.iloc[:4].assign(
        pnl_net=[30.0, -10.0, 10.0, -5.0],
        bars=[1, 2, 3, 6],
        size=[1.0, 2.0, 1.0, 1.0],
        entry_price=[100.0, 50.0, 200.0, 50.0],
    )
    record = dataclasses.replace(plain, trades=trades)
    found = compute_metrics(record)
    assert found.profit_factor == pytest.approx(40 / 15)
    assert found.expectancy == pytest.approx(6.25)
    assert found.payoff_ratio == pytest.approx(20 / 7.5)
    assert found.mean_holding == 3.0
    table = trade_table(record)
    assert table["return_net"].tolist() == pytest.approx([0.3, -0.1, 0.05, -0.1])
    assert table["won"].tolist() == [True, False, True, False]
    assert table["cumulative"].tolist() == [30.0, 20.0, 30.0, 25.0]


def test_twice_the_benchmark_has_a_beta_of_two(record_of):
    moves = np.array([0.02, -0.01, 0.03, 0.0, -0.02])
    benchmark = record_of(100 * np.cumprod([1, *(1 + moves)]))
    found = compute_metrics(
        record_of(100 * np.cumprod([1, *(1 + 2 * moves + 0.001)])), 0, benchmark
    )
    assert found.beta == pytest.approx(2.0)
    assert found.alpha == pytest.approx(0.252)
    spread = moves + 0.001
    expected = spread.mean() / spread.std(ddof=1) * np.sqrt(252)
    assert found.information_ratio == pytest.approx(expected)


def test_staying_out_has_no_beta_and_the_benchmark_itself_has_one(record_of):
    benchmark = record_of([100.0, 102.0, 101.0, 105.0])
    flat = compute_metrics(record_of([100.0] * 4), 0, benchmark)
    assert (flat.beta, flat.alpha) == (0.0, 0.0)
    same = compute_metrics(benchmark, 0, benchmark)
    assert (same.beta, same.alpha) == (pytest.approx(1.0), pytest.approx(0.0))
    assert same.information_ratio is None


def test_an_episode_that_ends_early_is_compared_on_its_own_bars(record_of):
    long = [100.0, 102.0, 101.0, 105.0, 50.0, 200.0]
    found = compute_metrics(record_of([100.0, 102.0, 101.0, 105.0]), 0, record_of(long))
    assert found.beta == pytest.approx(1.0)


def test_months_and_years_compound_to_the_whole(dated):
    dates = ["2012-11-29", "2012-11-30", "2012-12-03", "2012-12-31", "2013-02-01"]
    record = dated(dates, [100.0, 110.0, 99.0, 121.0, 60.5])
    months = monthly_returns(record)
    assert list(zip(months["year"], months["month"], strict=True)) == [
        (2012, 11), (2012, 12), (2013, 2)
    ]  # fmt: skip
    assert months["return"].tolist() == pytest.approx([0.1, 0.1, -0.5])
    years = yearly_returns(record)
    assert years["year"].tolist() == [2012, 2013]
    assert years["return"].tolist() == pytest.approx([0.21, -0.5])


def test_money_that_was_lost_before_the_first_close_counts_in_the_first_month(record_of):
    months = monthly_returns(record_of([90.0, 99.0], start=100.0))
    assert months["return"].tolist() == pytest.approx([-0.01])


def test_the_spread_is_over_the_episodes_that_define_a_number(record_of):
    found = [compute_metrics(record_of(one)) for one in ([100, 110], [100, 130], [100, 120])]
    assert mean_metrics(found).total_return == pytest.approx(0.2)
    assert spread_metrics(found).total_return == pytest.approx(0.1)
    assert spread_metrics(found).sharpe is None
    assert spread_metrics(found[:1]).total_return is None
