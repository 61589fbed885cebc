"""The rules about weekdays, days and gaps, against loops over the calendar."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradegym.conf.errors import UserError
from tradegym.envs.data.sampling import EpisodeSampler, SamplingOptions

HOUR = np.timedelta64(1, "h")
NANOSECONDS = 3_600 * 10**9


def hours(begin, end):
    return np.arange(np.datetime64(begin, "ns"), np.datetime64(end, "ns"), HOUR)


# Friday evening to Sunday evening there is no market.
WEEK = np.concatenate([hours("2017-01-09", "2017-01-13T22"), hours("2017-01-15T22", "2017-01-21")])


def drawn(times, draws=2_000, warmup=0, ranges=None, **options):
    chooser = EpisodeSampler(
        times,
        ranges or (range(len(times)),),
        "train",
        SamplingOptions(**options),
        warmup=warmup,
        skip_frame=1,
    )
    return [chooser.choose(key) for key in range(draws)]


def test_an_episode_from_friday_to_sunday_is_refused():
    """BTgym's test has its sign inverted, and accepts every episode over a weekend."""
    decisions, gap = 24, 6 * HOUR
    length = decisions + 2
    accepted, inverted, right = set(), set(), set()
    for first in range(len(WEEK) - length + 1):
        bars = WEEK[first : first + length]
        missing = bars[-1] - bars[0] - (length - 1) * HOUR
        if -missing < gap:
            inverted.add(first)
        if missing < gap:
            right.add(first)
        if np.diff(bars).max() <= gap:
            accepted.add(first)
    friday = int(np.searchsorted(WEEK, np.datetime64("2017-01-13T12")))
    assert friday in inverted  # what BTgym does
    assert friday not in right
    assert accepted == right < inverted

    with_gap = {one.decision for one in drawn(WEEK, decisions=decisions)}
    assert friday in with_gap
    found = {one.decision for one in drawn(WEEK, decisions=decisions, time_gap=6 * NANOSECONDS)}
    assert found == accepted


def test_a_gap_of_just_that_length_is_allowed():
    times = np.concatenate(
        [hours("2020-01-01", "2020-01-02"), hours("2020-01-02T05", "2020-01-03")]
    )
    exact = drawn(times, decisions=10, time_gap=6 * NANOSECONDS)
    less = drawn(times, decisions=10, time_gap=6 * NANOSECONDS - 1)
    # The last bar before the gap is row 23: a start at rows 13 to 23 reaches beyond it.
    assert {one.decision for one in exact} == set(range(43 - 12 + 1))
    assert {one.decision for one in less} == {*range(12 + 1), *range(24, 32)}


def test_the_warm_up_may_reach_over_a_gap():
    times = np.concatenate([hours("2020-01-01", "2020-01-02"), hours("2020-01-04", "2020-01-05")])
    found = drawn(times, warmup=5, decisions=3, time_gap=NANOSECONDS)
    assert {one.decision for one in found} == {*range(5, 20), *range(24, 44)}
    assert 19 in {one.start for one in found}


@pytest.mark.parametrize("weekdays", [(0,), (4,), (6,), (0, 2, 5)])
def test_episodes_start_on_the_chosen_weekdays(weekdays):
    times = hours("2019-12-25T03", "2020-02-03T07")
    found = {one.decision for one in drawn(times, 8_000, 9, decisions=5, start_weekdays=weekdays)}
    expected = {
        row
        for row in range(9, len(times) - 6)
        if times[row].astype("datetime64[s]").item().weekday() in weekdays
    }
    assert found == expected


def test_weekdays_before_1970():
    times = hours("1960-02-28", "1960-03-20")
    found = drawn(times, decisions=5, start_weekdays=(1,))
    days = {str(times[one.decision].astype("datetime64[D]")) for one in found}
    assert days == {"1960-03-01", "1960-03-08", "1960-03-15"}


def test_episodes_start_with_the_first_bar_of_a_day():
    times = np.delete(hours("2020-01-01T05", "2020-01-09"), [19, 20, 21, 70])
    found = {one.decision for one in drawn(times, decisions=4, start_00=True)}
    firsts = {}
    for row in range(len(times) - 5):
        firsts.setdefault(str(times[row])[:10], row)
    assert found == set(firsts.values())
    assert str(times[firsts["2020-01-02"]]) == "2020-01-02T03:00:00.000000000"


def test_the_first_bar_of_a_range_is_not_the_first_of_its_day():
    times = hours("2020-01-01", "2020-01-05")
    found = {
        one.decision for one in drawn(times, ranges=(range(30, 90),), decisions=4, start_00=True)
    }
    assert found == {48, 72}


@given(
    steps=st.lists(st.sampled_from([1, 1, 1, 1, 5, 30, 60]), min_size=30, max_size=120),
    gap=st.sampled_from([None, 1, 6, 40]),
    weekdays=st.sampled_from([(0, 1, 2, 3, 4, 5, 6), (0, 1), (5,)]),
    start_00=st.booleans(),
    warmup=st.integers(0, 4),
    length=st.integers(1, 8),
)
def test_all_rules_together_are_what_a_loop_finds(steps, gap, weekdays, start_00, warmup, length):
    times = np.datetime64("2021-03-01", "ns") + np.cumsum(steps) * HOUR
    part = range(7, len(times) - 2)
    expected = set()
    for row in range(part.start + warmup, part.stop - length - 1):
        bars = times[row : row + length + 2].astype("datetime64[h]")
        fits = bars[0].item().weekday() in weekdays
        fits &= gap is None or all(step <= gap * HOUR for step in np.diff(bars))
        fits &= (
            not start_00 or bars[0].item().date() != times[row - 1].astype("M8[s]").item().date()
        )
        if fits:
            expected.add(row)
    options = {
        "decisions": length,
        "time_gap": None if gap is None else gap * NANOSECONDS,
        "start_weekdays": weekdays,
        "start_00": start_00,
    }
    if expected:
        found = {one.decision for one in drawn(times, 40, warmup, (part,), **options)}
        assert found <= expected
    else:
        with pytest.raises(UserError, match="no episode can start"):
            drawn(times, 1, warmup, (part,), **options)


def test_without_a_start_each_option_says_how_many_it_excluded():
    # 2020-01-01 is a Wednesday; 72 hours, of which 72 - 5 - 3 + 1 can start an episode.
    times = np.concatenate([hours("2020-01-01", "2020-01-03"), hours("2020-01-04", "2020-01-05")])
    with pytest.raises(UserError) as caught:
        drawn(
            times,
            1,
            warmup=3,
            decisions=3,
            time_gap=NANOSECONDS,
            start_weekdays=(3, 6),
            start_00=True,
            ranges=(range(30, 72),),
        )
    assert str(caught.value) == (
        "split.train: no episode can start; of the 35 bars from which one fits, "
        "episode.time_gap=1h excludes 4, episode.start_weekdays=[3,6] excludes 20, "
        "episode.start_00=true excludes 34; loosen one of them, or shorten episode.duration"
    )
