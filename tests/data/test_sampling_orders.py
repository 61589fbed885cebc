"""Episodes one after another, and whole parts."""

import itertools

import numpy as np
import pytest

from tradegym.conf.errors import UserError
from tradegym.envs.data.sampling import EpisodeSampler, SamplingOptions

TIMES = np.datetime64("2020-01-01", "ns") + np.arange(400) * np.timedelta64(1, "h")


def sampler(*ranges, warmup=3, skip_frame=1, **options):
    return EpisodeSampler(
        TIMES, ranges, "train", SamplingOptions(**options), warmup=warmup, skip_frame=skip_frame
    )


def bars(chooser, number):
    return [(one.start, one.stop) for one in (chooser.choose(key) for key in range(number))]


@pytest.mark.parametrize("skip_frame", [1, 3])
def test_sequential_episodes_join_at_their_last_bar(skip_frame):
    chooser = sampler(range(10, 90), order="sequential", decisions=5, skip_frame=skip_frame)
    found = [chooser.choose(key) for key in range(4)]
    assert found[0].decision == 13
    for one, following in itertools.pairwise(found):
        assert following.decision == one.stop - 1


def test_sequential_episodes_begin_again_at_the_end():
    # 7 bars from the first decision on, 6 from one to the next: 3, 9, 15; 21 would need 28 bars.
    chooser = sampler(range(27), order="sequential", decisions=5)
    assert bars(chooser, 5) == [(0, 10), (6, 16), (12, 22), (0, 10), (6, 16)]


def test_sequential_episodes_obey_the_rules():
    chooser = sampler(range(400), order="sequential", decisions=20, start_00=True)
    assert [chooser.choose(0).decision for _ in range(4)] == [24, 48, 72, 96]
    chooser = sampler(range(400), order="sequential", decisions=30, start_00=True)
    assert [chooser.choose(0).decision for _ in range(4)] == [24, 72, 120, 168]


def test_sequential_episodes_go_on_in_the_next_range():
    chooser = sampler(range(20), range(30, 45), order="sequential", decisions=5)
    assert [chooser.choose(0).decision for _ in range(5)] == [3, 9, 33, 3, 9]


def test_a_restart_begins_again():
    chooser = sampler(range(100), order="sequential", decisions=5)
    first = bars(chooser, 3)
    chooser.restart()
    assert bars(chooser, 3) == first


def test_whole_parts_are_played_in_turn():
    chooser = sampler(range(20), range(30, 45), order="whole", decisions=None)
    assert bars(chooser, 3) == [(0, 20), (30, 45), (0, 20)]


def test_a_whole_part_ignores_the_other_options():
    options = SamplingOptions("random", 500, 1, (6,), start_00=True, b_alpha=3).whole()
    assert options == SamplingOptions(order="whole")


def test_a_range_too_short_to_be_played_is_an_error():
    with pytest.raises(UserError, match=r"split.train: has 5 bars, but an episode needs 6 \(3 of"):
        sampler(range(20), range(30, 35), order="whole")
