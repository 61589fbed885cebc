import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradegym.conf.errors import UserError
from tradegym.envs.data.sampling import sample_start

PARTS = st.builds(
    lambda start, bars: range(start, start + bars), st.integers(0, 10_000), st.integers(1, 500)
)


@given(part=PARTS, data=st.data(), seed=st.integers(0, 2**32 - 1))
def test_the_episode_is_always_inside_the_part(part, data, seed):
    needed = data.draw(st.integers(1, len(part)))
    start = sample_start(part, needed, np.random.default_rng(seed))
    assert isinstance(start, int)
    episode = range(start, start + needed)
    assert episode[0] in part
    assert episode[-1] in part


@given(part=PARTS, seed=st.integers(0, 2**32 - 1))
def test_an_episode_as_long_as_the_part_starts_with_it(part, seed):
    assert sample_start(part, len(part), np.random.default_rng(seed)) == part.start


@given(part=PARTS, more=st.integers(1, 1000))
def test_an_episode_that_does_not_fit_says_both_lengths(part, more):
    with pytest.raises(UserError) as caught:
        sample_start(part, len(part) + more, np.random.default_rng(0))
    message = str(caught.value)
    assert f"needs {len(part) + more} bars" in message
    assert f"has {len(part)};" in message
    assert "split.episode_duration" in message


def test_every_start_is_equally_likely():
    rng = np.random.default_rng(7)
    part, needed, draws = range(100, 130), 11, 40_000
    starts = np.array([sample_start(part, needed, rng) for _ in range(draws)])
    values, counts = np.unique(starts, return_counts=True)
    np.testing.assert_array_equal(values, np.arange(100, 120))
    expected = draws / len(values)
    chi_square = ((counts - expected) ** 2 / expected).sum()
    assert chi_square < 43.8  # 0.1 % of 19 degrees of freedom


def test_the_seed_decides():
    draws = [
        [sample_start(range(5000), 252, rng) for _ in range(50)]
        for rng in (np.random.default_rng(seed) for seed in (3, 3, 4))
    ]
    assert draws[0] == draws[1] != draws[2]


@pytest.mark.parametrize(("part", "needed"), [(range(10), 0), (range(0, 10, 2), 3)])
def test_wrong_calls_are_refused(part, needed):
    with pytest.raises(ValueError, match="bars_needed"):
        sample_start(part, needed, np.random.default_rng(0))
