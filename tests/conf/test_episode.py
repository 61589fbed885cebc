"""The keys of episodes."""

from datetime import timedelta

import pytest

from tradegym.conf.errors import UserError
from tradegym.conf.resolve import resolve
from tradegym.conf.schema.duration import parse_duration
from tradegym.conf.schema.keys import flat_names


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("6h", timedelta(hours=6)),
        ("5min", timedelta(minutes=5)),
        ("1D", timedelta(days=1)),
        ("23h55min", timedelta(hours=23, minutes=55)),
        ("1d 12h", timedelta(days=1, hours=12)),
        ("0.5s", timedelta(milliseconds=500)),
        ("1.5w", timedelta(days=10.5)),
    ],
)
def test_durations(text, length):
    assert parse_duration(text) == length


@pytest.mark.parametrize("text", ["", "6", "h", "6m", "-6h", "6 hours", "1e3s", "h6", "6h,5min"])
def test_texts_that_are_no_durations(text):
    with pytest.raises(ValueError, match="is not a duration"):
        parse_duration(text)


@pytest.mark.parametrize("text", ["0h", "0d0min", "99999999999w"])
def test_durations_out_of_range(text):
    with pytest.raises(ValueError, match="is out of range"):
        parse_duration(text)


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("split.episode_duration=5", "did you mean 'episode.duration'?"),
        ("episode.duration=0", "episode.duration: 0 is out of range; allowed: an integer >= 1 or"),
        (
            "episode.duration=1.5",
            "episode.duration: 1.5 is not a number of decisions or a duration",
        ),
        ("episode.duration=0h", "episode.duration: '0h' is out of range"),
        ("episode.time_gap=6", "episode.time_gap: 6 is not a duration; allowed: a duration such"),
        ("episode.time_gap=6m", "episode.time_gap: '6m' is not a duration"),
        ("episode.start_weekdays=[1,1]", "episode.start_weekdays: [1, 1] names something twice"),
        ("episode.start_weekdays=[mon]", "episode.start_weekdays: 'mon' is not one of the choices"),
        ("episode.start_00=1", "episode.start_00: 1 is not true or false"),
        ("episode.b_beta=-1", "episode.b_beta: -1 is out of range; allowed: > 0"),
        ("episode.order=sequental", "did you mean 'sequential'?"),
        ("episode.time_gp=6h", "episode.time_gp: no such key; did you mean 'episode.time_gap'?"),
    ],
)
def test_wrong_values(override, message):
    with pytest.raises(UserError) as caught:
        resolve([override])
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("value", "duration"), [("5", 5), ("1e3", 1000), ("1d", "1d"), ("null", None)]
)
def test_lengths(value, duration):
    assert resolve([f"episode.duration={value}"]).config.episode.duration == duration


def test_weekdays_are_sorted():
    config = resolve(["episode.start_weekdays=[4,0,2]"]).config
    assert config.episode.start_weekdays == (0, 2, 4)


def test_btgyms_names():
    names = ("episode_duration", "time_gap", "start_weekdays", "start_00", "b_alpha", "b_beta")
    table = flat_names()
    assert [table[name] for name in names] == [
        "episode.duration", "episode.time_gap", "episode.start_weekdays", "episode.start_00",
        "episode.b_alpha", "episode.b_beta",
    ]  # fmt: skip
