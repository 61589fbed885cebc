import numpy as np
import pytest
from folds import business_days
from pydantic import ValidationError

from tradegym.conf.errors import UserError
from tradegym.conf.resolve import resolve
from tradegym.conf.schema.length import parse_length
from tradegym.conf.schema.split import SplitConfig
from tradegym.envs.data.dataset import Dataset
from tradegym.envs.data.splits.lengths import to_bars


@pytest.fixture(scope="module")
def hourly():
    """Two years of hours without a gap: 8766 bars a year."""
    times = np.datetime64("2020-01-01", "ns") + np.arange(17_532) * np.timedelta64(1, "h")
    return Dataset.from_arrays("hours", times, np.ones((len(times), 5)))


@pytest.mark.parametrize(
    ("value", "bars"),
    [
        (0, 0), (17, 17), ("0%", 0), ("10%", 1753), ("12.5%", 2192), ("100%", 17_532),
        ("1Y", 8766), ("0.5Y", 4383), ("6M", 4383), ("1M", 731), ("4W", 672), ("90D", 2160),
        ("1D", 24),
    ],
)  # fmt: skip
def test_lengths_of_hours(hourly, value, bars):
    """A year has 365.25 days of 24 hours."""
    assert to_bars("split.stride", value, hourly) == bars


def test_calendar_time_counts_the_bars_that_the_data_have():
    days = business_days(5218)  # 20 years of weekdays: 5 of 7 days
    assert to_bars("split.stride", "1Y", days) == 261
    assert to_bars("split.stride", "2W", days) == 10
    assert to_bars("split.stride", "1D", days) == 1


def test_less_than_a_bar_is_refused(hourly):
    daily = business_days(300)
    with pytest.raises(UserError) as caught:
        to_bars("split.embargo", "0.1%", daily)
    message = str(caught.value)
    assert message.startswith("split.embargo: 0.1% is less than one bar of dataset 'demo' (300 ")
    assert to_bars("split.embargo", "0.1%", hourly) == 18


@pytest.mark.parametrize("value", ["2y", "6m", "1h", "1Y6M", "ten", "", "-5", "-1D", "5.", "1e3D"])
def test_what_is_no_length(hourly, value):
    with pytest.raises(ValueError, match="is not a length"):
        parse_length(value)
    with pytest.raises(UserError, match="allowed: bars such as 252, a share of the data"):
        to_bars("split.stride", value, hourly)


@pytest.mark.parametrize(
    ("override", "line"),
    [
        (
            "split.train_length=2y",
            "split.train_length: '2y' is not a length; allowed: bars such as 252, a share of",
        ),
        ("split.train_length=0", "split.train_length: 0 is out of range; allowed: bars such as"),
        ("split.test_length=0%", "split.test_length: '0%' is out of range; allowed: bars such as"),
        ("split.stride=-3", "split.stride: -3 is out of range; allowed: bars such as"),
        ("split.test_length=120%", "split.test_length: '120%' is out of range"),
        ("split.test_length=true", "split.test_length: true is not a length"),
        ("split.purge=all", "split.purge: 'all' is not a length or auto; allowed: auto, bars such"),
        ("split.fold=-1", "split.fold: -1 is out of range; allowed: >= 0"),
        ("split.remainder=shrt", "split.remainder: 'shrt' is not one of the choices; allowed: "),
        (
            "split.embargo=10",
            "split.embargo: not used with split.kind=walk_forward; it needs split.kind=purged or c",
        ),
        ("split.train=0.5", "split.train: not used with split.kind=walk_forward; it needs "),
    ],
)
def test_mistakes_in_walk_forward_take_one_line(override, line):
    with pytest.raises(UserError) as caught:
        resolve(["split=walk_forward", override])
    message = str(caught.value)
    assert message.startswith(line)
    assert "\n" not in message


@pytest.mark.parametrize(
    ("overrides", "line"),
    [
        (
            ["split.test_groups=10"],
            "split.test_groups: 10 leaves no group for training; allowed: an integer >= 1 and < sp",
        ),
        (
            ["split.groups=40", "split.test_groups=20"],
            "split.groups: 40 with split.test_groups=20 makes 1.378e+11 folds; allowed: up to 10,0",
        ),
        (["split.groups=1"], "split.groups: 1 is out of range; allowed: >= 2"),
        (["split.validation=1"], "split.validation: 1 is out of range; allowed: >= 0 and < 1"),
        (["split.stride=10"], "split.stride: not used with split.kind=combinatorial; it needs "),
    ],
)
def test_mistakes_in_combinatorial_take_one_line(overrides, line):
    with pytest.raises(UserError) as caught:
        resolve(["split=combinatorial", *overrides])
    assert str(caught.value).startswith(line)


def test_holdout_still_needs_validation():
    with pytest.raises(UserError, match=r"^split.validation: 0 is out of range; .* > 0 and < 1$"):
        resolve(["split.validation=0"])


@pytest.mark.parametrize(
    ("given", "stored"), [(250, 250), (1e3, 1000), ("77", 77), ("2Y", "2Y"), ("10%", "10%")]
)
def test_lengths_that_are_right(given, stored):
    split = SplitConfig(kind="walk_forward", train_length=given, purge=given)
    assert (split.train_length, split.purge) == (stored, stored)


def test_zero_is_a_length_where_it_means_none():
    split = SplitConfig(kind="walk_forward", validation_length=0, purge=0)
    assert (split.validation_length, split.purge) == (0, 0)
    with pytest.raises(ValidationError):
        SplitConfig(kind="walk_forward", train_length=2.5)


@pytest.mark.parametrize("kind", ["walk_forward", "expanding", "purged", "combinatorial"])
def test_only_the_keys_of_the_kind_are_shown(kind):
    shown = {key for key in resolve([f"split={kind}"]).values if key.startswith("split.")}
    walking = {
        "split.kind", "split.fold", "split.train_length", "split.validation_length",
        "split.test_length", "split.stride", "split.remainder", "split.purge",
    }  # fmt: skip
    grouped = {
        f"split.{key}" for key in ("kind", "fold", "groups", "validation", "purge", "embargo")
    }
    expected = {
        "walk_forward": walking,
        "expanding": walking,
        "purged": grouped,
        "combinatorial": grouped | {"split.test_groups"},
    }
    assert shown == expected[kind]
