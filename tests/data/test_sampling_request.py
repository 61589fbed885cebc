"""What ``reset(options=...)`` may ask for."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from tradegym.conf.errors import UserError
from tradegym.envs.data.sampling import (
    EpisodeRequest,
    EpisodeSampler,
    SamplingOptions,
    parse_request,
)

TIMES = np.datetime64("2020-01-01", "ns") + np.arange(400) * np.timedelta64(1, "h")
BTGYM = {"get_new": True, "sample_type": 0, "timestamp": None, "b_alpha": 1, "b_beta": 1}


def sampler(part="train", rows=range(400), **options):
    options = {"decisions": 5} | options
    return EpisodeSampler(TIMES, (rows,), part, SamplingOptions(**options), warmup=3, skip_frame=1)


def decisions(chooser, draws=300, **wishes):
    request = parse_request(wishes)
    return {chooser.choose(key, request).decision for key in range(draws)}


def refusal(options):
    with pytest.raises(UserError) as caught:
        parse_request(options)
    return str(caught.value)


@pytest.mark.parametrize("options", [None, {}, {"episode_config": None}, {"start": None}])
def test_nothing_is_asked_for(options):
    assert parse_request(options) == EpisodeRequest()


def test_btgyms_mapping_and_its_keys_are_the_same():
    expected = EpisodeRequest(sample_type=0, b_alpha=1.0, b_beta=1.0)
    assert parse_request(BTGYM) == parse_request({"episode_config": BTGYM}) == expected


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"timestmp": 5}, "timestmp is not known; did you mean 'timestamp'?; allowed: get_new,"),
        ({"episode_config": {"b_alfa": 1}}, "episode_config.b_alfa is not known; did you mean 'b_"),
        ({"episode_config": {"start": 1}}, "episode_config.start is not known"),
        ({"episode_config": 5}, "episode_config=5 is not a mapping; allowed keys: get_new"),
        ({"b_beta": 1, "episode_config": {"b_beta": 2}}, "b_beta is given twice"),
        ({"get_new": "no"}, "get_new='no' is not valid; allowed: True or False"),
        ({"sample_type": 2}, "sample_type=2 is not valid; allowed: 0 (train) or 1 (test)"),
        ({"b_alpha": 0}, "b_alpha=0 is not valid; allowed: a number > 0"),
        ({"b_alpha": True}, "b_alpha=True"),
        ({"b_beta": float("nan")}, "b_beta=nan"),
        ({"b_beta": float("inf")}, "b_beta=inf"),
        ({"start": "yesterday"}, "start='yesterday' is not valid; allowed: a time such as"),
        ({"start": 1.5}, "start=1.5 is not valid"),
        ({"start": np.datetime64("NaT")}, "start=np.datetime64('NaT'"),
        ({"start": "9999-01-01"}, "start='9999-01-01'"),
        ({"timestamp": 1e12}, "timestamp=1000000000000.0 is not valid; allowed: a time"),
        ({"start": 5, "timestamp": 5}, "start and timestamp="),
        ({"start": 5, "get_new": False}, "start and get_new=False cannot be given together"),
    ],
)
def test_wrong_wishes(options, message):
    line = refusal(options)
    assert line.startswith("reset options: ")
    assert message in line
    assert line.isprintable()


@pytest.mark.parametrize(
    "moment",
    [
        "2020-01-02 07:00",
        "2020-01-02T09:00+02:00",
        dt.datetime(2020, 1, 2, 7),
        dt.datetime(2020, 1, 2, 2, tzinfo=dt.timezone(dt.timedelta(hours=-5))),
        pd.Timestamp("2020-01-02 08:00", tz="Europe/Berlin"),
        np.datetime64("2020-01-02T07"),
        np.datetime64("2020-01-02T06:00:00.000000001"),
    ],
)
def test_an_episode_starts_at_the_first_bar_from_a_time_on(moment):
    assert decisions(sampler(), 3, start=moment) == {31}


@pytest.mark.parametrize("row", [3, 77, np.int64(394 - 1)])
def test_an_episode_starts_at_a_row_whatever_the_rules_say(row):
    assert decisions(sampler(start_00=True, start_weekdays=(6,)), 3, start=row) == {int(row)}


@pytest.mark.parametrize("row", [-1, 0, 2, 394, 10_000, "2020-01-01 02:00", "2020-02-01"])
def test_a_start_that_leaves_the_part_is_refused(row):
    with pytest.raises(UserError) as caught:
        decisions(sampler(), 1, start=row)
    assert str(caught.value).endswith(
        "leaves no room for the episode and its warm-up in split.train; "
        "allowed: rows 3 to 393 (2020-01-01T03:00:00 to 2020-01-17T09:00:00)"
    )


def test_a_whole_part_may_be_started_anywhere():
    chooser = sampler(order="whole", decisions=None)
    found = chooser.choose(0, parse_request({"start": 300}))
    assert (found.start, found.stop) == (297, 400)


def test_the_last_episode_is_repeated():
    chooser = sampler()
    again = parse_request({"get_new": False})
    first = chooser.choose(1, again)  # there is none to repeat
    assert [chooser.choose(key, again) for key in range(5)] == [first] * 5
    assert chooser.choose(7) != first
    assert chooser.choose(8, again) == chooser.previous != first


def test_beta_of_one_reset():
    for rules in ({}, {"start_weekdays": (0, 2, 3, 5, 6)}):
        chooser = sampler(b_alpha=20, **rules)
        for _ in range(2):
            assert min(decisions(chooser)) > 200
            assert max(decisions(chooser, b_alpha=1, b_beta=30)) < 150


def test_beta_of_one_reset_counts_in_train_only():
    assert decisions(sampler("test"), 3, b_alpha=1, b_beta=1)
    with pytest.raises(UserError, match="this environment plays validation, where every start is"):
        decisions(sampler("validation"), 1, b_alpha=10)


@pytest.mark.parametrize(("part", "sample_type"), [("train", 1), ("validation", 0), ("test", 0)])
def test_btgyms_sample_type_must_be_the_part(part, sample_type):
    assert decisions(sampler(part), 1, sample_type=1 - sample_type)
    with pytest.raises(UserError, match=f"sample_type={sample_type} asks for .* plays {part}; "):
        decisions(sampler(part), 1, sample_type=sample_type)


@pytest.mark.parametrize("rules", [{}, {"start_00": True}, {"b_alpha": 3.0}])
def test_a_training_episode_ends_by_the_timestamp(rules):
    now = dt.datetime(2020, 1, 4, 12, tzinfo=dt.UTC).timestamp()
    found = decisions(sampler(**rules), timestamp=now)
    # 84 is the row of that time; 7 bars from the first decision on.
    last = 84 - 7 + 1
    assert found <= set(range(3, last + 1))
    assert last in found or rules.get("start_00")
    assert decisions(sampler(**rules), timestamp=str(TIMES[-1])) != found


def test_with_a_timestamp_beta_spans_what_is_known():
    found = decisions(sampler(b_alpha=50), timestamp=TIMES[100])
    assert 70 < min(found) <= max(found) == 94


def test_a_timestamp_before_any_episode_has_ended():
    with pytest.raises(UserError, match=r"train: the first one ends at 2020-01-01T09:00:00"):
        decisions(sampler(), 1, timestamp="2020-01-01 08:59")
    assert decisions(sampler(), 9, timestamp="2020-01-01 09:00") == {3}


def test_a_timestamp_needs_random_episodes():
    with pytest.raises(UserError, match=r"but episode.order=sequential; leave it out"):
        decisions(sampler(order="sequential"), 1, timestamp=TIMES[50])


def test_a_test_episode_starts_at_the_timestamp():
    assert decisions(sampler("test"), 5, timestamp=TIMES[50]) == {50}
    assert decisions(sampler("test", start_00=True), 5, timestamp=TIMES[50]) == {72}
    with pytest.raises(UserError, match=r"the last one starts at 2020-01-17T09:00:00"):
        decisions(sampler("test"), 1, timestamp=TIMES[394])
