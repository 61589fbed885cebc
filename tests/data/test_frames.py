import numpy as np
import pandas as pd
import pytest

from tradegym.conf.errors import UserError
from tradegym.envs.data.dataset import Dataset


@pytest.fixture
def frame(make_bars):
    bars = make_bars(12)[:, 0]
    index = pd.date_range("2020-01-01", periods=12, freq="D")
    return pd.DataFrame(bars, index=index, columns=["Open", "HIGH", "low", "Close", "Volume"])


def test_reads_columns_in_any_case_and_order(frame):
    dataset = Dataset.from_frame(frame[["Volume", "Close", "Open", "low", "HIGH"]], "demo")
    np.testing.assert_array_equal(dataset.ohlcv[:, 0], frame.to_numpy())
    np.testing.assert_array_equal(dataset.times, frame.index.to_numpy())
    assert dataset.assets == ("demo",)


def test_volume_may_be_absent(frame):
    assert (Dataset.from_frame(frame.drop(columns="Volume"), "demo").ohlcv[..., 4] == 0).all()


def test_zones_are_converted_to_utc(frame):
    local = frame.tz_localize("America/New_York")
    dataset = Dataset.from_frame(local, "demo")
    assert dataset.times[0] == np.datetime64("2020-01-01T05:00")


def test_times_may_be_a_column(frame):
    by_column = Dataset.from_frame(frame.reset_index(names="date"), "demo")
    assert by_column == Dataset.from_frame(frame, "demo")
    named = frame.reset_index(names="when")
    assert Dataset.from_frame(named, "demo", columns={"datetime": "when"}) == by_column


def test_columns_may_be_named(frame):
    renamed = frame.rename(columns={"Close": "last"})
    assert Dataset.from_frame(renamed, "demo", {"close": "last"}) == Dataset.from_frame(
        frame, "demo"
    )


def test_the_frame_is_not_changed(frame):
    before = frame.copy()
    Dataset.from_frame(frame, "demo")
    pd.testing.assert_frame_equal(frame, before)


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda f: f.drop(columns="Close"), "no column for 'close'"),
        (lambda f: f.reset_index(drop=True), "no column for 'datetime'"),
        (lambda f: f.assign(date="2020-01-01").reset_index(drop=True), "pandas.to_datetime"),
        (lambda f: f.assign(Close="x"), "'Close' is not numeric"),
        (lambda f: f[::-1], "from new to old"),
        (lambda f: f.to_numpy(), "pandas DataFrame"),
        (lambda f: pd.concat({"a": f}, axis=1), "one level of columns"),
        (lambda f: f.assign(Close=f["Close"].mask(f["Close"] == f["Close"].iloc[3])), "row 3"),
    ],
)
def test_wrong_frames_are_refused(frame, spoil, message):
    with pytest.raises(UserError) as caught:
        Dataset.from_frame(spoil(frame), "demo")
    assert "dataset 'demo'" in str(caught.value)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)
