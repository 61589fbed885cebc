"""Scales, ticks and thinning of the charts, and accounts that are hard to draw."""

import re

import numpy as np
import pandas as pd
import pytest
from report_runs import make_bars, make_trained, write_tables

from tradegym.experiments.report import write_report
from tradegym.experiments.report.svg.chart import Chart
from tradegym.experiments.report.svg.dates import time_scale
from tradegym.experiments.report.svg.scale import percent, plain, step_scale, value_scale
from tradegym.experiments.report.svg.thin import thin

# Neither in text nor as a coordinate.
NOT_A_NUMBER = re.compile(r"\b(nan|inf)\b", re.IGNORECASE)


def hyphens(text):
    return text.replace("\N{MINUS SIGN}", "-")


def html_of(path):
    return hyphens(write_report(path).html.read_text(encoding="utf-8"))


def test_thin_keeps_the_ends_and_every_extreme():
    values = np.zeros(50_000)
    values[12_345], values[23_456], values[34_567] = 9.0, -7.0, np.nan
    rows = thin(values)
    assert len(rows) < 2200
    assert {0, 49_999, 12_345, 23_456} <= set(rows.tolist())
    assert np.all(np.diff(rows) > 0)
    assert thin(np.arange(100.0)).tolist() == list(range(100))


def test_value_scale():
    scale = value_scale([np.array([0.02, 0.98, np.nan])], percent, scale=100.0)
    assert (scale.low, scale.high) == (0.0, 1.0)
    assert [tick.text for tick in scale.ticks] == ["0%", "20%", "40%", "60%", "80%", "100%"]
    assert [tick.at for tick in scale.ticks] == pytest.approx([0, 0.2, 0.4, 0.6, 0.8, 1.0])
    # The tick below -1.03 is far: the scale ends a little below the value instead.
    scale = value_scale([np.array([-1.03, 1.0])], plain, most=4)
    assert scale.low == pytest.approx(-1.03 - 0.04 * 2.03)
    assert [hyphens(tick.text) for tick in scale.ticks] == ["-1", "0", "1"]


@pytest.mark.parametrize(
    "values", [[], [np.nan], [5.0], [0.0, 0.0], [1e-300, 2e-300], [1e12, 3e12]]
)
def test_value_scale_of_odd_values(values):
    scale = value_scale([np.array(values, dtype=float)], plain)
    assert scale.low < scale.high
    assert all(-1e-9 <= tick.at <= 1 + 1e-9 for tick in scale.ticks)
    assert scale.ticks


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        ("2015-01-02", "2018-12-31", ["Jul 2015", "Jan 2016"]),
        ("1999-06-01", "2018-12-31", ["2000", "2005"]),
        ("2015-01-02", "2015-03-20", ["2 Jan", "16 Jan"]),
        ("2015-01-02T09:30", "2015-01-02T16:00", ["2 Jan 10:00", "11:00"]),
    ],
)
def test_time_ticks(first, last, expected):
    scale = time_scale(np.array([first, last], dtype="datetime64[s]"))
    assert [tick.text for tick in scale.ticks][:2] == expected
    assert all(0 <= tick.at <= 1 for tick in scale.ticks)
    assert 2 <= len(scale.ticks) <= 12


def test_one_moment_and_one_step():
    assert time_scale(np.array(["2015-01-02"], dtype="datetime64[s]")).ticks
    assert step_scale(2048.0, 2048.0).low < 2048


def test_a_line_is_interrupted_where_nothing_is_known():
    x = np.arange(5.0)
    scale = step_scale(0.0, 4.0)
    chart = Chart("t<itle", scale, value_scale([x], plain))
    chart.line(x, np.array([0.0, 1.0, np.nan, 3.0, 4.0]), "s0")
    svg = chart.svg()
    assert 'd="M0.0 1000.0L250.0 750.0M750.0 250.0L1000.0 0.0"' in svg
    assert "<title>t&lt;itle</title>" in svg


def account(tmp_path, change, n=40, **options):
    path = make_trained(tmp_path, n=n)
    bars = make_bars(n, **options)
    change(bars)
    write_tables(path / "eval" / "2-test", bars)
    return path, html_of(path)


def test_a_ruined_account(tmp_path):
    def ruin(bars):
        bars.loc[20:, ["equity", "exposure"]] = [-50.0, 0.0]

    _, page = account(tmp_path, ruin)
    assert "-100.0" in page
    assert not NOT_A_NUMBER.search(page)


def test_equity_that_is_not_finite(tmp_path):
    def spoil(bars):
        bars["equity"] = np.nan

    _, page = account(tmp_path, spoil)
    assert "Monthly returns: not recorded" in page
    assert not NOT_A_NUMBER.search(page)


def test_one_bar_and_no_trades(tmp_path):
    path = make_trained(tmp_path, n=40)
    folder = path / "eval" / "2-test"
    for name in ("equity", "trades", "orders"):
        table = pd.read_parquet(folder / f"{name}.parquet")
        table.iloc[: 1 if name == "equity" else 0].to_parquet(folder / f"{name}.parquet")
    page = html_of(path)
    assert "No trade was closed in this evaluation." in page
    assert "0 fills" in page


def test_months_are_those_of_the_tables(tmp_path):
    # 3 bars: 10,000 at the start, 10,500 at the end of January, 9,450 at the end of February.
    path = make_trained(tmp_path, n=40)
    bars = make_bars(3).assign(
        time=pd.to_datetime(["2015-01-02", "2015-01-30", "2015-02-27"], utc=True),
        equity=[10_000.0, 10_500.0, 9_450.0],
    )
    bars.to_parquet(path / "eval" / "2-test" / "equity.parquet", index=False)
    page = html_of(path)
    assert "Jan 2015: +5.00%" in page
    assert "Feb 2015: -10.00%" in page
    assert "<title>2015: -5.50%" in page


def test_several_episodes(tmp_path):
    path = make_trained(tmp_path, n=40)
    folder = path / "eval" / "2-test"
    both = [make_bars(40, seed=seed).assign(episode=seed + 1) for seed in (0, 1)]
    pd.concat(both, ignore_index=True).to_parquet(folder / "equity.parquet", index=False)
    page = html_of(path)
    assert "The first of 2 episodes" in page


def test_foresight_does_not_flatten_the_others(tmp_path):
    path = make_trained(tmp_path, n=40)
    bars = make_bars(40)
    bars["equity"] = bars["equity"] * np.linspace(1, 1e6, 40)
    write_tables(path / "eval" / "2-test" / "baselines" / "perfect_foresight", bars)
    page = html_of(path)
    assert "Perfect foresight (bound) is left out" in page


def test_many_fills_stand_beside_the_price_and_few_on_it(tmp_path):
    for fills, symbol in ((20, "buy"), (200, "buy-small")):
        page = html_of(make_trained(tmp_path, str(fills), n=400, fills=fills))
        assert f'<use href="#{symbol}"' in page
        assert ("Buys stand below the price, sells above it." in page) == (fills > 120)
    # y grows downwards: the small marks keep 5.7 pixels from the place of the fill.
    assert 'id="buy-small" class="mark-buy" d="M0 5.7' in page
    assert 'id="sell-small" class="mark-sell" d="M0 -5.7' in page
