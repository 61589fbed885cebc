"""The picture of `tradegym data plot`: what is joined, broken and shaded."""

import numpy as np
import pytest
from folds import business_days

from tradegym.conf.resolve import resolve
from tradegym.envs.data.dataset import Dataset
from tradegym.envs.data.splits import make_folds
from tradegym.envs.rendering.buckets import join_bars
from tradegym.envs.rendering.prices import draw_prices


def minutes(bars, gap_at):
    """Minutes with a gap of two days in them."""
    step = np.full(bars, 60)
    step[gap_at] += 2 * 86_400
    times = np.datetime64("2020-01-01", "ns") + np.cumsum(step).astype("timedelta64[s]")
    close = 100 + np.sin(np.arange(bars) / 50)
    ohlcv = np.stack([close, close + 1, close - 1, close, np.full(bars, 5.0)], axis=1)
    return Dataset.from_arrays("demo", times, ohlcv)


def test_joined_bars_keep_every_extreme():
    ohlcv = np.random.default_rng(0).uniform(1, 2, (1003, 5))
    found = join_bars(ohlcv, 100, np.array([500]))
    assert found.bars == 11
    assert 500 in found.starts
    assert found.rows[-1] == 1002
    assert found.high.max() == ohlcv[:, 1].max()
    assert found.low.min() == ohlcv[:, 2].min()
    lengths = found.rows - found.starts + 1
    assert lengths.sum() == 1003
    assert lengths.max() == 11
    assert found.volume @ lengths == pytest.approx(ohlcv[:, 4].sum())
    assert np.array_equal(found.close, ohlcv[found.rows, 3])


def test_few_bars_are_not_joined():
    found = join_bars(np.ones((7, 5)), 100, np.array([3]))
    assert found.bars == 1
    assert found.rows.tolist() == list(range(7))


@pytest.mark.parametrize("bars", [900, 5000])
def test_the_line_is_broken_where_there_are_no_bars(bars):
    ax = draw_prices(minutes(bars, 700)).axes[0]
    drawn = ax.lines[0].get_ydata()
    assert np.isnan(drawn).sum() == 1


def test_weekends_do_not_break_the_line_of_daily_bars():
    ax = draw_prices(business_days(60)).axes[0]
    assert not np.isnan(ax.lines[0].get_ydata()).any()


def test_every_part_of_the_fold_is_in_the_legend():
    dataset = business_days(1000)
    (fold,) = make_folds(resolve().config.split, dataset)
    texts = [text.get_text() for text in draw_prices(dataset, fold).legends[0].get_texts()]
    assert texts[2:] == ["train: 600 bars", "validation: 200 bars", "test: 200 bars"]


def test_a_wide_range_of_prices_is_drawn_on_a_log_scale():
    dataset = minutes(300, 100)
    bars = dataset.ohlcv[:, 0].copy()
    assert draw_prices(dataset).axes[0].get_yscale() == "linear"
    bars[150:, :4] *= 10
    tall = Dataset.from_arrays("tall", dataset.times, bars)
    assert draw_prices(tall).axes[0].get_yscale() == "log"


def test_volume_has_a_panel_only_if_there_is_any():
    dataset = minutes(100, 50)
    silent = dataset.ohlcv[:, 0].copy()
    silent[:, 4] = 0
    assert len(draw_prices(dataset).axes) == 2
    assert len(draw_prices(Dataset.from_arrays("silent", dataset.times, silent)).axes) == 1


def test_many_assets():
    bars = np.ones((50, 9, 5))
    dataset = Dataset.from_arrays(
        "many", business_days(50).times, bars, [f"a{i}" for i in range(9)]
    )
    fig = draw_prices(dataset)
    assert len(fig.axes[0].lines) == 7
    assert any("the first 7 are drawn" in text.get_text() for text in fig.texts)
