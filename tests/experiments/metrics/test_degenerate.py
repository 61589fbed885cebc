"""Inputs of which most programs make inf, NaN or a crash."""

import dataclasses
import math

import numpy as np
import pandas as pd
import pytest

from tradegym.experiments.metrics import (
    compute_metrics,
    monthly_returns,
    trade_table,
    yearly_returns,
)

TRADE = {
    "asset": "sp500", "direction": 1, "size": 1.0, "opened": pd.Timestamp("2012-01-03", tz="UTC"),
    "closed": pd.Timestamp("2012-01-05", tz="UTC"), "entry_price": 100.0, "exit_price": 110.0,
    "bars": 2, "pnl": 10.0, "commission": 0.0, "interest": 0.0, "pnl_net": 10.0,
}  # fmt: skip

CURVES = {
    "empty": [],
    "one bar": [100.0],
    "two bars": [100.0, 101.0],
    "constant": [100.0] * 50,
    "constant growth": (100 * 1.01 ** np.arange(50)).tolist(),
    "constant loss": (100 * 0.99 ** np.arange(50)).tolist(),
    "ruin": [100.0, 50.0, 0.0],
    "ruin below zero": [100.0, 50.0, -20.0, -20.0],
    "loss on the first bar": [100.0, 90.0, 95.0],
    "not a number": [100.0, math.nan, 100.0],
    "infinite": [100.0, math.inf, 100.0],
    "nothing to start with": [0.0, 0.0, 0.0],
    "beyond floats": [1e-300, 1e300, 1e-300],
}


def finite(table):
    return all(value is None or math.isfinite(value) for value in table.values())


@pytest.mark.parametrize("rate", [0.0, 0.05, -0.5])
@pytest.mark.parametrize("name", CURVES)
def test_every_number_is_finite_or_none(name, rate, record_of):
    equity = CURVES[name]
    record = record_of(equity, start=None if equity else 100.0)
    for benchmark in (None, record, record_of(CURVES["constant"]), record_of([], start=100.0)):
        assert finite(compute_metrics(record, 1, benchmark, risk_free=rate).as_dict())
    for table in (monthly_returns(record), yearly_returns(record)):
        assert np.isfinite(table["return"].to_numpy(dtype=np.float64)).all()
    nothing = dataclasses.replace(record, trades=pd.DataFrame(columns=list(TRADE)))
    assert trade_table(nothing).empty


def test_ruin_is_flagged_and_total(record_of):
    found = compute_metrics(record_of(CURVES["ruin below zero"]))
    assert (found.ruined, found.total_return, found.max_drawdown) == (1.0, -1.0, -1.0)
    assert found.final_equity == -20.0
    for name in ("sharpe", "sharpe_low", "omega", "var_95", "skew", "calmar", "total_log_return"):
        assert getattr(found, name) is None
    assert compute_metrics(record_of([100.0, 50.0])).ruined == 0.0
    assert yearly_returns(record_of(CURVES["ruin below zero"]))["return"].tolist() == [-1.0]


def test_no_variance_has_no_shape_and_no_interval(record_of):
    found = compute_metrics(record_of(CURVES["constant growth"]))
    for name in ("sharpe", "sharpe_low", "sharpe_high", "skew", "kurtosis", "omega", "sortino"):
        assert getattr(found, name) is None
    assert (found.max_drawdown_length, found.n_returns) == (0.0, 49.0)
    assert found.var_95 == pytest.approx(0.01)


def test_a_single_trade_that_won(record_of):
    record = dataclasses.replace(record_of([100.0, 105.0, 110.0]), trades=pd.DataFrame([TRADE]))
    found = compute_metrics(record)
    assert (found.trades, found.win_rate, found.expectancy, found.mean_holding) == (1, 1, 10, 2)
    assert (found.profit_factor, found.payoff_ratio) == (None, None)


def test_a_single_trade_that_lost(record_of):
    trade = TRADE | {"pnl_net": -10.0}
    record = dataclasses.replace(record_of([100.0, 95.0, 90.0]), trades=pd.DataFrame([trade]))
    found = compute_metrics(record)
    assert (found.win_rate, found.profit_factor, found.payoff_ratio) == (0.0, 0.0, None)


def test_no_trades_have_no_rates(record_of):
    found = compute_metrics(record_of([100.0] * 3))
    names = ("win_rate", "profit_factor", "expectancy", "payoff_ratio", "mean_holding")
    assert [getattr(found, name) for name in names] == [None] * 5
    assert (found.trades, found.costs, found.slippage, found.turnover) == (0, 0, 0, 0)


def test_a_benchmark_of_other_bars_says_nothing(make_record):
    record, other = make_record(50, seed=1), make_record(50, seed=2)
    shifted = other.bars.assign(time=other.bars["time"] + pd.Timedelta(days=1))
    found = compute_metrics(record, None, dataclasses.replace(other, bars=shifted))
    assert (found.alpha, found.beta, found.information_ratio) == (None, None, None)
    assert compute_metrics(record, None, other).beta is not None
