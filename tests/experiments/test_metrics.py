import csv
import dataclasses
import gzip
import importlib.util
import math
from pathlib import Path

import numpy as np
import pytest

from tradegym.experiments.metrics import METRICS, Metrics, compute_metrics, mean_metrics

SP500_TOTAL = 2506.850098 / 1228.099976 - 1


@pytest.fixture(scope="module")
def sp500_closes():
    """Closes 1999-2018 from the installed arch package, without importing it (3 seconds)."""
    spec = importlib.util.find_spec("arch")
    assert spec is not None
    assert spec.origin is not None
    path = Path(spec.origin).parent / "data" / "sp500" / "sp500.csv.gz"
    with gzip.open(path, "rt") as file:
        return [float(row["Close"]) for row in csv.DictReader(file)]


def test_reference_values_on_the_sp500(record_of, sp500_closes):
    found = compute_metrics(record_of(sp500_closes, bars_per_year=252.0))
    assert found.bars == 5031
    assert found.years == pytest.approx(5030 / 252)
    assert found.sharpe == pytest.approx(0.282739, abs=5e-7)
    assert found.sortino == pytest.approx(0.398614, abs=5e-7)
    assert found.annual_return == pytest.approx(0.036396, abs=5e-7)
    assert found.max_drawdown == pytest.approx(-0.567754, abs=5e-7)
    assert found.total_return == pytest.approx(SP500_TOTAL)
    assert found.total_log_return == pytest.approx(math.log1p(SP500_TOTAL))
    assert found.calmar == pytest.approx(0.036396 / 0.567754, abs=2e-6)


def test_hand_arithmetic(record_of):
    # returns +10 %, -10 %, +20 %: mean 1/15; deviations 1/30, -1/6, 2/15; P = 12
    found = compute_metrics(record_of([100, 110, 99, 118.8], bars_per_year=12.0))
    variance = (1 / 900 + 1 / 36 + 4 / 225) / 2
    assert found.total_return == pytest.approx(0.188)
    assert found.annual_return == pytest.approx(1.188**4 - 1)
    assert found.annual_volatility == pytest.approx(math.sqrt(variance * 12))
    assert found.sharpe == pytest.approx((1 / 15) / math.sqrt(variance) * math.sqrt(12))
    assert found.sortino == pytest.approx((1 / 15) / math.sqrt(0.01 / 3) * math.sqrt(12))
    assert found.max_drawdown == pytest.approx(-0.1)
    assert found.calmar == pytest.approx((1.188**4 - 1) / 0.1)
    assert (found.years, found.bars_per_year, found.final_equity) == (0.25, 12.0, 118.8)


def test_a_loss_on_the_first_bar_is_a_drawdown(record_of):
    assert compute_metrics(record_of([100, 90, 95])).max_drawdown == pytest.approx(-0.1)


def test_money_lost_before_the_first_bar_closed_counts(record_of):
    found = compute_metrics(record_of([90, 99], start=100.0))
    assert found.total_return == pytest.approx(-0.01)
    assert found.max_drawdown == pytest.approx(-0.1)
    assert found.years == pytest.approx(2 / 252)


def test_trades_orders_and_commission_agree_with_a_recount(make_record):
    record = make_record(504, seed=4, trade_share=0.1)
    found = compute_metrics(record)
    wins = [trade.pnl_net > 0 for trade in record.trades.itertuples()]
    held = [units != 0 for units in record.bars["position"]]
    assert found.trades == len(wins) > 10
    assert 0 < sum(wins) / len(wins) == found.win_rate != 1
    assert 0 < sum(held) / 504 == found.exposure != 1
    assert found.commission == pytest.approx(record.orders["commission"].sum())
    assert found.rejected == sum(record.orders["status"] == "Margin") > 0
    worth = [abs(bar.position * bar.close) / bar.equity for bar in record.bars.itertuples()]
    assert found.mean_exposure == pytest.approx(sum(worth) / 504)


def test_exposure_is_that_of_all_assets_together(make_record):
    record = make_record(4, trade_share=0)
    # long one asset and short another: 50 % + 30 %, whatever the net position
    bars = record.bars.drop(columns=["position", "close"]).assign(exposure=[0.0, 0.8, 1.2, 0.0])
    found = compute_metrics(dataclasses.replace(record, assets=("a", "b"), bars=bars))
    assert found.exposure == 0.5
    assert found.mean_exposure == pytest.approx(0.5)


def test_interest_and_commission_are_what_was_paid_to_the_end(make_record):
    record = make_record(3, trade_share=0)
    bars = record.bars.assign(commission=[0.0, 2.0, 2.5], interest=[0.0, 0.25, 0.75])
    found = compute_metrics(dataclasses.replace(record, bars=bars))
    assert (found.commission, found.interest) == (2.5, 0.75)


def test_the_reward_and_its_terms_are_summed(make_record):
    record = make_record(3, trade_share=0)
    bars = record.bars.drop(columns="reward_gain").assign(
        reward=[0.0, 0.5, -2.0], reward_log_return=[0.0, 1.0, -1.0], reward_drawdown=[0, -0.5, -1.0]
    )
    found = compute_metrics(dataclasses.replace(record, bars=bars))
    assert found.reward == -1.5
    assert found.reward_terms == {"log_return": 0.0, "drawdown": -1.5}
    table = found.as_dict()
    assert (table["reward_log_return"], table["reward_drawdown"]) == (0.0, -1.5)


def test_impossible_actions_are_those_that_the_environment_counted(make_record):
    record = make_record(3, trade_share=0)
    assert compute_metrics(record, 7).impossible == 7.0
    assert compute_metrics(record).impossible is None


def test_means_are_over_the_episodes_in_which_a_number_is_defined(record_of):
    flat, growing = record_of([100.0] * 4), record_of([100, 110, 99, 118.8])
    both = mean_metrics([compute_metrics(flat, 1), compute_metrics(growing, 4)])
    assert both.total_return == pytest.approx(0.094)
    assert both.sharpe == compute_metrics(growing).sharpe
    assert both.win_rate is None
    assert both.impossible == 2.5
    # the rewards of the record are of its prices, not of the equity that was put in
    assert both.reward_terms["gain"] == pytest.approx(both.reward)


@pytest.mark.parametrize(
    ("status", "counted"),
    [
        ("Margin", 1),
        ("Rejected", 1),
        ("Partial", 1),
        ("Refused", 1),
        ("Completed", 0),
        ("Canceled", 0),
        ("Expired", 0),
    ],
)
def test_which_orders_count_as_rejected(make_record, status, counted):
    record = make_record(504, seed=4)
    orders = record.orders.iloc[[0]].assign(status=status)
    assert compute_metrics(dataclasses.replace(record, orders=orders)).rejected == counted


def test_a_trade_that_only_pays_its_costs_is_not_won(make_record):
    record = make_record(504, seed=4)
    trades = record.trades.iloc[[0]].assign(pnl=5.0, commission=5.0, pnl_net=0.0)
    assert compute_metrics(dataclasses.replace(record, trades=trades)).win_rate == 0.0


@pytest.mark.parametrize("equity", [[100, 50, 0], [100, 50, -20], [100, -5, 3]])
def test_ruin_loses_everything_and_has_no_ratios(record_of, equity):
    found = compute_metrics(record_of(equity))
    assert (found.total_return, found.annual_return, found.max_drawdown) == (-1, -1, -1)
    assert found.final_equity == equity[-1]
    for name in ("total_log_return", "annual_volatility", "sharpe", "sortino", "calmar"):
        assert getattr(found, name) is None


def test_no_variance_has_no_sharpe_and_no_sortino(record_of):
    flat = compute_metrics(record_of([100.0] * 50))
    assert (flat.total_return, flat.annual_volatility, flat.max_drawdown) == (0, 0, 0)
    assert (flat.sharpe, flat.sortino, flat.calmar, flat.win_rate) == (None, None, None, None)
    growing = compute_metrics(record_of(100 * 1.01 ** np.arange(50)))
    assert growing.annual_return == pytest.approx(1.01**252 - 1)
    assert (growing.sharpe, growing.sortino, growing.calmar) == (None, None, None)


def test_one_return_has_no_ratios(record_of):
    found = compute_metrics(record_of([100, 90]))
    assert found.total_return == pytest.approx(-0.1)
    assert (found.annual_volatility, found.sharpe, found.sortino) == (None, None, None)


@pytest.mark.parametrize(
    ("equity", "per_year"),
    [
        ([100], 252),
        ([100, 101], 252),
        ([100, 200, 400], 525_600),
        ([100, math.nan, 100], 252),
        ([100, math.inf, 100], 252),
        ([100, 101, 99], math.nan),
        ([100, 101, 99], 0),
        ([0, 0, 0], 252),
        ([1e-300, 1e300, 1e-300], 252),
        ([100, 0, 100], 252),
        ([], 252),
    ],
)
def test_every_number_is_finite_or_none(record_of, equity, per_year):
    start = None if equity else 100.0
    found = compute_metrics(record_of(equity, start=start, bars_per_year=per_year)).as_dict()
    assert all(value is None or math.isfinite(value) for value in found.values())
    assert found["bars"] == len(equity)


def test_too_fast_growth_to_write_down_is_undefined(record_of):
    assert compute_metrics(record_of([100, 200, 400], bars_per_year=525_600)).annual_return is None


def test_the_table_describes_every_field_and_only_fields():
    fields = [field.name for field in dataclasses.fields(Metrics) if field.name != "reward_terms"]
    assert sorted(METRICS) == sorted(fields)
    assert len({spec.label for spec in METRICS.values()}) == len(METRICS)


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("total_return", 0.1234, "+12.34%"),
        ("total_return", -0.000001, "+0.00%"),
        ("total_return", 123456.0, "1.23e+07%"),
        ("max_drawdown", -0.5, "-50.00%"),
        ("sharpe", 0.28274, "0.283"),
        ("final_equity", 12345.678, "12,345.68"),
        ("trades", 1234.0, "1,234"),
        ("calmar", None, "undefined"),
    ],
)
def test_text_of_a_value(name, value, text):
    assert METRICS[name].text(value) == text
