import contextlib
from typing import Any, get_args

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tradegym.conf.errors import UserError
from tradegym.conf.schema.split import SplitConfig
from tradegym.envs.data.dataset import Dataset
from tradegym.envs.data.splits import SPLITS, make_split

FRACTIONS = st.floats(0.01, 0.98)


def daily(number):
    times = np.datetime64("2000-01-01", "ns") + np.arange(number) * np.timedelta64(1, "D")
    bars = np.broadcast_to([10.0, 12.0, 9.0, 11.0, 100.0], (number, 5))
    return Dataset.from_arrays("demo", times, bars)


def weekdays_of_2020():
    days = np.arange("2020-01-01", "2021-01-01", dtype="datetime64[D]")
    days = days[np.is_busday(days)]
    return Dataset.from_arrays("demo", days, np.ones((len(days), 5)))


def by_date(validation, test):
    return SplitConfig(kind="dates", validation_start=validation, test_start=test)


def assert_covers(split, bars):
    """Contiguous, disjoint, in order, without empty parts, and every bar once."""
    parts = [split.train, split.validation, split.test]
    assert all(len(part) > 0 and part.step == 1 for part in parts)
    assert [*split.train, *split.validation, *split.test] == list(range(bars))


@given(bars=st.integers(3, 3000), train=FRACTIONS, validation=FRACTIONS)
def test_holdout_covers_every_bar_once_or_is_refused(bars, train, validation):
    assume(train + validation < 1)
    config = SplitConfig(kind="holdout", train=train, validation=validation)
    dataset = daily(bars)
    if min(train, validation, 1 - train - validation) * bars < 1.001:  # may round to none
        with contextlib.suppress(UserError):
            assert_covers(make_split(config, dataset), bars)
        return
    split = make_split(config, dataset)
    assert_covers(split, bars)
    assert abs(len(split.train) - train * bars) <= 0.501
    assert abs(len(split.validation) - validation * bars) <= 1.001


@given(bars=st.integers(3, 3000), data=st.data())
def test_dates_cover_every_bar_once_and_keep_the_borders(bars, data):
    first = data.draw(st.integers(1, bars - 2))
    second = data.draw(st.integers(first + 1, bars - 1))
    dataset = daily(bars)
    days = [str(dataset.times[row].astype("datetime64[D]")) for row in (first, second)]
    split = make_split(by_date(*days), dataset)
    assert_covers(split, bars)
    assert split.validation.start == first
    assert split.test.start == second


def test_default_of_the_s_and_p_500_length():
    split = make_split(SplitConfig(), daily(5031))
    assert (len(split.train), len(split.validation), len(split.test)) == (3019, 1006, 1006)


def test_a_date_without_a_bar_starts_at_the_next_bar():
    dataset = weekdays_of_2020()
    split = make_split(by_date("2020-06-06", "2020-09-05"), dataset)  # two Saturdays
    assert dataset.times[split.validation.start] == np.datetime64("2020-06-08")
    assert dataset.times[split.test.start] == np.datetime64("2020-09-07")
    assert_covers(split, len(dataset))


@pytest.mark.parametrize(
    ("validation", "test", "named", "problem"),
    [
        ("2019-06-01", "2020-06-01", "split.validation_start=2019-06-01", "no bar for the train"),
        ("2020-01-01", "2020-06-01", "split.validation_start=2020-01-01", "no bar for the train"),
        ("2021-02-01", "2021-06-01", "split.validation_start=2021-02-01", "no bar for the test"),
        ("2020-06-01", "2021-06-01", "split.test_start=2021-06-01", "no bar for the test"),
        (
            "2020-06-06",
            "2020-06-07",
            "split.validation_start=2020-06-06",
            "validation part is empty",
        ),
    ],
)
def test_dates_that_leave_a_part_empty_show_the_range_of_the_data(validation, test, named, problem):
    with pytest.raises(UserError) as caught:
        make_split(by_date(validation, test), weekdays_of_2020())
    message = str(caught.value)
    assert named in message
    assert problem in message
    assert "dataset 'demo' covers 2020-01-01 to 2020-12-31" in message


class Unchecked:
    """Attributes of a configuration that nobody has validated."""

    def __init__(self, **values):
        self.__dict__.update(values)


@pytest.mark.parametrize(
    ("values", "named"),
    [
        (
            {"kind": "dates", "validation_start": "2020-09-01", "test_start": "2020-06-01"},
            "not before",
        ),
        (
            {"kind": "dates", "validation_start": "2020-06-01", "test_start": "2020-06-01"},
            "not before",
        ),
        (
            {"kind": "dates", "validation_start": "2020-06", "test_start": "2020-09-01"},
            "=2020-06 is not",
        ),
        (
            {"kind": "dates", "validation_start": None, "test_start": "2020-09-01"},
            "=None is not a date",
        ),
        (
            {"kind": "dates", "validation_start": "2020-02-30", "test_start": "2020-09-01"},
            "2020-02-30 is not",
        ),
        (
            {"kind": "dates", "validation_start": "0020-02-03", "test_start": "2020-09-01"},
            "0020-02-03 is not",
        ),
        (
            {"kind": "dates", "validation_start": "2020-W05-1", "test_start": "2020-09-01"},
            "YYYY-MM-DD",
        ),
        ({"kind": "holdout", "train": 0.0, "validation": 0.5}, "for the train part"),
        ({"kind": "holdout", "train": 0.5, "validation": 0.0}, "for the validation part"),
        ({"kind": "holdout", "train": 0.5, "validation": 0.5}, "for the test part"),
        ({"kind": "holdout", "train": 0.9, "validation": 0.9}, "for the test part"),
        ({"kind": "holdot"}, "did you mean 'holdout'"),
    ],
)
def test_wrong_settings_are_refused_in_one_line(values, named):
    config: Any = Unchecked(**values)
    with pytest.raises(UserError) as caught:
        make_split(config, weekdays_of_2020())
    message = str(caught.value)
    assert message.startswith("split.")
    assert named in message
    assert "\n" not in message


def test_few_bars_name_the_part_and_the_number():
    with pytest.raises(UserError, match=r"no bar for the validation part .* \(3 bars\)"):
        make_split(SplitConfig(), daily(3))


def test_every_kind_of_the_schema_is_registered():
    kinds = get_args(SplitConfig.model_fields["kind"].annotation)
    assert set(SPLITS) == set(kinds)


def test_a_part_of_one_bar_survives_rounding():
    config = SplitConfig(kind="holdout", train=0.375, validation=0.25)  # borders at 1.5 and 2.5
    split = make_split(config, daily(4))
    assert (split.train, split.validation, split.test) == (range(2), range(2, 3), range(3, 4))
