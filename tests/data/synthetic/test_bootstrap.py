import numpy as np
import pytest

from tradegym.conf.errors import UserError
from tradegym.conf.schema.process import ProcessConfig
from tradegym.envs.data.dataset import Dataset
from tradegym.envs.data.packaged import load_packaged
from tradegym.envs.data.synthetic.bootstrap import draw_rows, load_series
from tradegym.envs.data.synthetic.process import make_process


def test_rows_come_in_blocks_of_geometric_length():
    rows = draw_rows(200_000, 1000, 20.0, np.random.default_rng(1))
    followed = (np.diff(rows) % 1000 == 1).mean()
    assert followed == pytest.approx(1 - 1 / 20 * (1 - 1 / 1000), abs=0.003)
    assert (np.bincount(rows, minlength=1000) > 100).all()
    ends = np.flatnonzero(np.diff(rows) % 1000 != 1)
    lengths = np.diff(ends)
    assert (lengths == 1).mean() == pytest.approx(1 / 20, abs=0.01)
    assert lengths.std() == pytest.approx(np.sqrt(19 * 20), rel=0.08)


def test_every_bar_is_a_real_one_and_gaps_are_kept():
    series = load_packaged("sp500")
    drawn = make_process(ProcessConfig(kind="bootstrap", start_price=100.0)).draw(1, 2000)
    assert drawn.ohlcv[0, 0, 0] == pytest.approx(100)
    assert drawn.assets == ("sp500",)
    bars, real = drawn.ohlcv[1:, 0], series.ohlcv[1:, 0]
    ranges, real_ranges = bars[:, 1] / bars[:, 2], real[:, 1] / real[:, 2]
    rows = np.array([np.abs(real_ranges - one).argmin() for one in ranges])
    np.testing.assert_array_equal(bars[:, 4], real[rows, 4])
    last, real_last = drawn.ohlcv[:-1, 0, 3:4], series.ohlcv[:-1, 0, 3:4]
    np.testing.assert_allclose(bars[:, :4] / last, real[rows, :4] / real_last[rows], rtol=1e-9)


def test_moments_are_those_of_the_series(log_returns):
    real = log_returns(load_packaged("sp500"))[:, 0]
    r = log_returns(make_process(ProcessConfig(kind="bootstrap")).draw(5, 40_000))[:, 0]
    assert r.mean() == pytest.approx(real.mean(), abs=4 * real.std() / np.sqrt(20_000))
    assert r.std() == pytest.approx(real.std(), rel=0.06)
    x, y = r**2 - (r**2).mean(), real**2 - (real**2).mean()
    # A lag of 5 stays within a block with chance (1 - 1/20)^5.
    kept = x[5:] @ x[:-5] / (x @ x) / (y[5:] @ y[:-5] / (y @ y))
    assert kept == pytest.approx(0.95**5, abs=0.2)


def test_bars_from_a_day_on_can_be_kept_out():
    series = load_series("nasdaq", "2005-01-01")
    assert series.times[-1] < np.datetime64("2005-01-01")
    assert series == load_packaged("nasdaq").slice(0, len(series))
    with pytest.raises(UserError, match=r"process\.until: 1999-01-05 leaves 1 bars of sp500"):
        load_series("sp500", "1999-01-05")


def test_assets_keep_their_common_rows(make_dataset):
    series = make_dataset(300, assets=("a", "b"))
    process = make_process(ProcessConfig(kind="bootstrap"), load=lambda *_: series)
    drawn = process.draw(1, 500)
    assert drawn.assets == ("a", "b")
    pairs = {tuple(row) for row in series.ohlcv[1:, :, 4]}
    assert {tuple(row) for row in drawn.ohlcv[:, :, 4]} <= pairs


def test_times_go_on_in_the_calendar_of_the_series():
    drawn = make_process(ProcessConfig(kind="bootstrap")).draw(1, 12_000)
    series = load_packaged("sp500")
    np.testing.assert_array_equal(drawn.times[: len(series)], series.times)
    assert (np.diff(drawn.times) > np.timedelta64(0)).all()
    weekday = (drawn.times.astype("datetime64[D]").astype(int) + 3) % 7
    assert weekday.max() == 4
    assert drawn.bars_per_year == pytest.approx(series.bars_per_year, rel=0.01)


def test_a_csv_file_can_be_the_series(write_csv):
    process = make_process(ProcessConfig(kind="bootstrap", series=write_csv()))
    assert isinstance(process.draw(1, 20), Dataset)
