"""Several assets on common times, with nothing from the future and nothing left unsaid."""

import numpy as np
import pytest

from tradegym.conf.errors import UserError
from tradegym.conf.schema.dataset import DatasetConfig
from tradegym.envs.data.dataset import Dataset
from tradegym.envs.data.join import join_assets
from tradegym.envs.data.sources import load_dataset

START = np.datetime64("2020-01-01", "ns")
HOUR = np.timedelta64(1, "h")


@pytest.fixture
def hourly(make_bars):
    """Bars that close at the given hours."""

    def make(name, hours, seed=0, length=1):
        hours = np.asarray(hours)
        return Dataset.from_arrays(
            name, START + hours * HOUR * length, make_bars(len(hours), 1, seed)
        )

    return make


def without(number, *missing):
    return [hour for hour in range(number) if hour not in missing]


def test_inner_keeps_common_times_and_says_what_it_left_out(hourly):
    a, b = hourly("a", without(20, 3, 4)), hourly("b", without(20, 7), seed=1)
    joined = join_assets("ab", {"x": a, "y": b}, "inner")
    assert joined.assets == ("x", "y")
    common = without(20, 3, 4, 7)
    np.testing.assert_array_equal(joined.times, START + np.array(common) * HOUR)
    for asset, one in enumerate((a, b)):
        rows = np.isin(one.times, joined.times)
        np.testing.assert_array_equal(joined.ohlcv[:, asset], one.ohlcv[rows, 0])
    assert joined.notes == (
        "x: 1 of 18 bars left out (inner join)",
        "y: 2 of 19 bars left out (inner join)",
    )


def test_equal_times_need_no_note(hourly):
    joined = join_assets("ab", {n: hourly(n, range(9), i) for i, n in enumerate("abc")}, "inner")
    assert (joined.ohlcv.shape, joined.notes) == ((9, 3, 5), ())


def test_inner_refuses_bars_of_different_lengths(hourly):
    parts = {"a": hourly("a", range(30)), "b": hourly("b", range(9), length=4)}
    with pytest.raises(UserError, match=r"different lengths \(a 3600 s, b 14400 s\)"):
        join_assets("ab", parts, "inner")


@pytest.mark.parametrize("how", ["inner", "asof"])
def test_too_few_common_bars_are_refused(hourly, how):
    parts = {"a": hourly("a", range(10)), "b": hourly("b", range(8, 18))}
    with pytest.raises(UserError, match=r"2 common bar\(s\).*a 2020-01-01T00:00:00 to 2020"):
        join_assets("ab", parts, how)


def test_asof_fills_with_the_last_close_and_counts(hourly):
    a, b = hourly("a", range(20)), hourly("b", without(20, 0, 5, 6, 11), seed=1)
    joined = join_assets("ab", {"a": a, "b": b}, "asof")
    np.testing.assert_array_equal(joined.times, a.times[1:])  # b has no bar before
    np.testing.assert_array_equal(joined.ohlcv[:, 0], a.ohlcv[1:, 0])
    last = b.ohlcv[list(b.times).index(START + 4 * HOUR), 0, 3]
    for hour in (5, 6):
        assert joined.ohlcv[hour - 1, 1].tolist() == [last, last, last, last, 0]
    present = np.isin(joined.times, b.times)
    np.testing.assert_array_equal(joined.ohlcv[present, 1], b.ohlcv[:, 0])
    assert joined.notes == (
        "a: 1 of 20 bars left out, since not all assets have bars then (asof join)",
        "b: 3 of 19 bars filled with its last close and no volume (asof join)",
    )


def test_asof_makes_one_bar_of_those_between_two_times(hourly):
    a, b = hourly("a", range(0, 40, 4), length=1), hourly("b", range(40), seed=1)
    joined = join_assets("ab", {"a": a, "b": b}, "asof")
    four = b.ohlcv[5:9, 0]  # those that close at 5, 6, 7 and 8
    assert joined.times[2] == START + 8 * HOUR
    assert joined.ohlcv[2, 1].tolist() == [
        four[0, 0], four[:, 1].max(), four[:, 2].min(), four[3, 3], four[:, 4].sum(),
    ]  # fmt: skip
    assert joined.notes == ()


def test_asof_uses_only_the_close_of_bars_that_began_before(hourly):
    a, b = hourly("a", range(40)), hourly("b", range(1, 10), seed=1, length=4)
    joined = join_assets("ab", {"a": a, "b": b}, "asof")
    row = int(np.searchsorted(joined.times, START + 8 * HOUR))
    close, volume = b.ohlcv[1, 0, 3:]
    assert joined.ohlcv[row, 1].tolist() == [close, close, close, close, volume]
    assert joined.ohlcv[row - 1, 1].tolist() == [*[b.ohlcv[0, 0, 3]] * 4, 0]
    assert any("of 9 bars that began before" in note for note in joined.notes)


@pytest.mark.parametrize("seed", range(20))
def test_asof_is_causal(make_bars, seed):
    rng = np.random.default_rng(seed)

    def irregular(shift):
        minutes = np.sort(rng.choice(3000, 400, replace=False)) + shift
        return START + minutes * np.timedelta64(60, "s")

    times = {"a": irregular(0), "b": irregular(0), "c": irregular(1000)}
    parts = {n: Dataset.from_arrays(n, t, make_bars(400, 1, seed)) for n, t in times.items()}
    whole = join_assets("x", parts, "asof")
    cut = whole.times[len(whole) // 2]
    changed = {}
    for name, one in parts.items():
        bars = one.ohlcv.copy()
        bars[one.times > cut] *= 3
        changed[name] = Dataset.from_arrays(name, one.times, bars)
    other = join_assets("x", changed, "asof")
    known = whole.times <= cut
    np.testing.assert_array_equal(other.ohlcv[known], whole.ohlcv[known])
    assert (other.ohlcv[~known] != whole.ohlcv[~known]).any()
    for asset, name in enumerate(parts):
        rows = np.searchsorted(parts[name].times, whole.times, side="right") - 1
        np.testing.assert_array_equal(whole.ohlcv[:, asset, 3], parts[name].ohlcv[rows, 0, 3])


def multi(**options):
    return load_dataset(DatasetConfig(source="multi", **options))


def test_indices_are_two_assets():
    dataset = load_dataset(DatasetConfig(source="indices"))
    assert (dataset.name, dataset.assets, len(dataset)) == ("indices", ("sp500", "nasdaq"), 5031)
    nasdaq = load_dataset(DatasetConfig(source="nasdaq"))
    np.testing.assert_array_equal(dataset.ohlcv[:, 1], nasdaq.ohlcv[:, 0])
    same = multi(assets={"sp500": {"source": "sp500"}, "nasdaq": {"source": "nasdaq"}})
    assert same.sha256 == dataset.sha256


def test_days_are_not_known_at_their_midnight(tmp_path):
    path = tmp_path / "hours.csv"
    hours = (np.datetime64("2018-01-01T00") + np.arange(1, 500)).astype(str)
    path.write_text("\n".join(f"{hour}:00,10,12,9,11,1" for hour in hours))
    own = {"filename": str(path)}
    with pytest.raises(UserError, match=r"set dataset\.assets\.spx\.timestamp=open"):
        multi(assets={"own": own, "spx": {"source": "sp500"}}, join="asof")
    spx = {"source": "sp500", "timestamp": "open"}
    joined = multi(assets={"own": own, "spx": spx}, join="asof")
    days = load_dataset(DatasetConfig(source="sp500"))
    second = int(np.searchsorted(days.times, np.datetime64("2018-01-02")))
    before, after = (
        joined.ohlcv[int(np.searchsorted(joined.times, np.datetime64(time))), 1, 3]
        for time in ("2018-01-02T23:00", "2018-01-03T00:00")
    )
    assert before == days.ohlcv[second - 1, 0, 3]
    assert after == days.ohlcv[second, 0, 3]
    days_of_own = own | {"resample": "1D"}
    with pytest.raises(UserError, match=r"set dataset\.assets\.spx\.timestamp=open"):
        multi(assets={"own": days_of_own, "spx": {"source": "sp500"}})
    assert len(multi(assets={"own": days_of_own, "spx": spx})) > 10


def test_a_fault_in_an_asset_names_its_key(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("\n".join(f"2020-01-{day:02d},10,12,9,11" for day in range(1, 9)))
    good = {"filename": str(path)}
    for wrong, message in (
        ({"filename": str(tmp_path / "b.csv")}, "dataset.assets.y.filename="),
        (good | {"timezone": "Mars"}, "dataset.assets.y.timezone=Mars is not a time zone"),
        (good | {"columns": {"open": "x"}}, "dataset.assets.y.columns.open=x is not a column"),
    ):
        with pytest.raises(UserError) as caught:
            multi(assets={"x": good, "y": wrong})
        assert message in str(caught.value)
