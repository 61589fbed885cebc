import copy
import dataclasses
import hashlib
import pickle

import numpy as np
import pandas as pd
import pytest

from tradegym.conf.errors import UserError
from tradegym.envs.data.dataset import SECONDS_PER_YEAR, Dataset

DAY = np.timedelta64(1, "D")


def days(number):
    return np.datetime64("2000-01-01", "ns") + np.arange(number) * DAY


def test_keeps_what_it_was_given(make_bars):
    bars = make_bars(20, assets=2)
    dataset = Dataset.from_arrays("pair", days(20), bars, assets=["x", "y"])
    assert dataset.name == "pair"
    assert dataset.assets == ("x", "y")
    assert len(dataset) == 20
    assert dataset.times.dtype == np.dtype("datetime64[ns]")
    assert dataset.ohlcv.dtype == np.float64
    assert dataset.ohlcv.shape == (20, 2, 5)
    np.testing.assert_array_equal(dataset.ohlcv, bars)
    np.testing.assert_array_equal(dataset.times, days(20))


def test_one_asset_may_have_two_dimensions(make_bars):
    bars = make_bars(10)
    flat = Dataset.from_arrays("one", days(10), bars[:, 0])
    assert flat.assets == ("one",)
    assert flat == Dataset.from_arrays("one", days(10), bars)


@pytest.mark.parametrize("array", ["times", "ohlcv"])
@pytest.mark.parametrize(
    "remake",
    [lambda d: d, lambda d: d.slice(2, 8), copy.deepcopy, lambda d: pickle.loads(pickle.dumps(d))],
    ids=["built", "slice", "deepcopy", "pickle"],
)
def test_arrays_cannot_be_written_nor_made_writable(make_dataset, remake, array):
    values = getattr(remake(make_dataset(10)), array)
    with pytest.raises(ValueError, match="read-only"):
        values[0] = values[1]
    with pytest.raises(ValueError, match="WRITEABLE"):
        values.setflags(write=True)


def test_later_changes_of_the_input_do_not_reach_it(make_bars):
    times, bars = days(10), make_bars(10)
    dataset = Dataset.from_arrays("a", times, bars)
    kept = dataset.ohlcv.copy()
    bars[:], times[:] = 1.0, times[0]
    np.testing.assert_array_equal(dataset.ohlcv, kept)
    np.testing.assert_array_equal(dataset.times, days(10))


def test_fields_cannot_be_set(make_dataset):
    with pytest.raises(dataclasses.FrozenInstanceError):
        make_dataset(10).name = "other"


@pytest.mark.parametrize("remake", [copy.deepcopy, lambda d: pickle.loads(pickle.dumps(d))])
def test_copies_are_equal(make_dataset, remake):
    dataset = make_dataset(10, assets=("x", "y"))
    again = remake(dataset)
    assert again == dataset
    np.testing.assert_array_equal(again.ohlcv, dataset.ohlcv)
    np.testing.assert_array_equal(again.times, dataset.times)


def test_hash_is_that_of_the_documented_bytes(make_bars):
    bars = make_bars(10)
    dataset = Dataset.from_arrays("name", days(10), bars, ["ässet"])
    expected = hashlib.sha256(
        days(10).astype("<i8").tobytes() + bars.astype("<f8").tobytes() + "ässet\0".encode()
    )
    assert dataset.sha256 == expected.hexdigest()


def test_hash_is_stable():
    bars = np.tile([10.0, 12.0, 9.0, 11.0, 100.0], (3, 1))
    dataset = Dataset.from_arrays("fixed", days(3), bars)
    # A different value here means that stored runs no longer recognise their data.
    assert dataset.sha256 == "033c945783c0263210b6459da7acfce4e80bc749c8fdf04e469d6c7607281107"


def test_hash_ignores_memory_layout_and_name(make_bars):
    bars = make_bars(10, assets=2)
    reference = Dataset.from_arrays("a", days(10), bars, ["x", "y"]).sha256
    layouts = (np.asfortranarray(bars), bars.astype(">f8"), np.repeat(bars, 2, axis=0)[::2])
    for layout in layouts:
        assert Dataset.from_arrays("b", days(10), layout, ["x", "y"]).sha256 == reference
    other_unit = days(10).astype("datetime64[s]")
    assert Dataset.from_arrays("a", other_unit, bars, ["x", "y"]).sha256 == reference


def test_hash_sees_every_kind_of_change(make_bars):
    bars, times = make_bars(10), days(10)
    price, later = bars.copy(), times.copy()
    price[7, 0, 3] = np.nextafter(price[7, 0, 3], 0)
    later[-1] += np.timedelta64(1, "ns")
    datasets = [
        Dataset.from_arrays("a", times, bars, ["x"]),
        Dataset.from_arrays("a", times, price, ["x"]),
        Dataset.from_arrays("a", later, bars, ["x"]),
        Dataset.from_arrays("a", times, bars, ["z"]),
        Dataset.from_arrays("a", times[1:], bars[1:], ["x"]),
    ]
    assert len({dataset.sha256 for dataset in datasets}) == len(datasets)


def test_bar_length_and_bars_per_year_are_measured(make_bars):
    weekdays = pd.bdate_range("2001-01-01", "2010-12-31").to_numpy()
    dataset = Dataset.from_arrays("weekdays", weekdays, make_bars(len(weekdays)))
    assert dataset.bar_seconds == 86_400
    assert dataset.bars_per_year == pytest.approx(365.25 * 5 / 7, rel=1e-3)
    hours = np.datetime64("2001-01-01T00", "ns") + np.arange(500) * np.timedelta64(1, "h")
    hourly = Dataset.from_arrays("hourly", hours, make_bars(500))
    assert hourly.bar_seconds == 3600
    assert hourly.bars_per_year == pytest.approx(SECONDS_PER_YEAR / 3600)


def test_slice_is_a_view_of_the_same_bars(make_dataset):
    dataset = make_dataset(30, assets=("x", "y"))
    part = dataset.slice(10, 25)
    assert len(part) == 15
    assert (part.name, part.assets) == (dataset.name, dataset.assets)
    np.testing.assert_array_equal(part.ohlcv, dataset.ohlcv[10:25])
    assert np.shares_memory(part.ohlcv, dataset.ohlcv)
    assert part == Dataset.from_arrays(
        "demo", dataset.times[10:25], dataset.ohlcv[10:25], dataset.assets
    )
    assert dataset.slice(0, 30) == dataset


def test_slice_of_one_bar_keeps_the_bar_length(make_dataset):
    part = make_dataset(30).slice(4, 5)
    assert part.bar_seconds == 86_400
    assert part.bars_per_year == pytest.approx(365.25)


@pytest.mark.parametrize(("start", "stop"), [(-1, 5), (5, 5), (6, 5), (0, 31)])
def test_slice_outside_the_data_is_refused(make_dataset, start, stop):
    with pytest.raises(IndexError, match="demo"):
        make_dataset(30).slice(start, stop)


@pytest.mark.parametrize(
    ("times", "bars", "assets", "message"),
    [
        (np.arange(5), np.ones((5, 5)), None, "times are int64"),
        (["2020-01-01"] * 5, np.ones((5, 5)), None, "times are <U10"),
        (days(4), np.ones((5, 5)), None, "4 times but 5 rows"),
        (days(5), np.ones((5, 4)), None, "shape (5, 4)"),
        (days(5), np.ones(5), None, "shape (5,)"),
        (days(5), np.ones((5, 0, 5)), None, "shape (5, 0, 5)"),
        (days(5), [["a"] * 5] * 5, None, "not all numbers"),
        (days(5), np.ones((5, 2, 5)), None, "assets are [] for 2"),
        (days(5), np.ones((5, 2, 5)), ["x", "x"], "unique name"),
        (days(5), np.ones((5, 1, 5)), [""], "unique name"),
        (np.arange(2500, 2505).astype(str).astype("M8[Y]"), np.ones((5, 5)), None, "2500"),
    ],
)
def test_wrong_arrays_are_refused(times, bars, assets, message):
    with pytest.raises(UserError) as caught:
        Dataset.from_arrays("demo", times, bars, assets)
    assert "dataset 'demo'" in str(caught.value)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)
