"""Where random episodes start: inside the part, and distributed as they should be."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from tradegym.conf.errors import UserError
from tradegym.envs.data.sampling import EpisodeSampler, SamplingOptions
from tradegym.envs.data.sampling.draw import beta_weights

HOURS = np.datetime64("2020-01-01T01", "ns") + np.arange(30_000) * np.timedelta64(1, "h")
# 0.1 % of right samplers would fail with another seed; these seeds do not.
P_VALUE = 1e-3


def sampler(part=range(20_000), warmup=3, skip_frame=1, name="train", times=HOURS, **options):
    ranges = (part,) if isinstance(part, range) else part
    return EpisodeSampler(
        times, ranges, name, SamplingOptions(**options), warmup=warmup, skip_frame=skip_frame
    )


def decisions(chooser, draws=10_000, seed=0):
    keys = np.random.default_rng(seed).integers(2**64, size=draws, dtype=np.uint64)
    return np.array([chooser.choose(int(key)).decision for key in keys])


@given(
    start=st.integers(0, 10_000),
    bars=st.integers(20, 500),
    warmup=st.integers(0, 5),
    skip_frame=st.integers(1, 3),
    data=st.data(),
    key=st.integers(0, 2**64 - 1),
    b_alpha=st.floats(0.01, 50),
)
def test_an_episode_is_inside_its_part(start, bars, warmup, skip_frame, data, key, b_alpha):
    part = range(start, start + bars)
    length = data.draw(st.integers(1, (bars - warmup - 2) // skip_frame))
    found = sampler(part, warmup, skip_frame, decisions=length, b_alpha=b_alpha).choose(key)
    assert part.start <= found.start < found.stop <= part.stop
    assert found.decision == found.start + warmup
    # One bar per decision and skipped bar, the bar before them, and the reserved bar.
    assert found.stop - found.decision == length * skip_frame + 2
    assert found.part == part


def test_an_episode_as_long_as_the_part_starts_with_it():
    chooser = sampler(range(100, 120), warmup=5, decisions=13)
    assert set(decisions(chooser, 50)) == {105}


def test_an_episode_that_does_not_fit_says_both_lengths():
    message = r"split.train: has 20 bars, but an episode of 14 decisions needs 21 \(5 of warm-up\)"
    with pytest.raises(UserError, match=message):
        sampler(range(100, 120), warmup=5, decisions=14)


def test_every_start_is_equally_likely():
    drawn = decisions(sampler(range(100, 130), warmup=4, decisions=5), 10_000)
    values, counts = np.unique(drawn, return_counts=True)
    np.testing.assert_array_equal(values, np.arange(104, 124))
    assert stats.chisquare(counts).pvalue > P_VALUE


@pytest.mark.parametrize(("b_alpha", "b_beta"), [(1, 1), (10, 0.8), (0.5, 0.5), (2, 5), (1, 3)])
def test_starts_follow_beta(b_alpha, b_beta):
    chooser = sampler(decisions=100, b_alpha=b_alpha, b_beta=b_beta)
    number = 20_000 - 3 - 102 + 1
    # Spread over its cell of 1/n, a discrete start is a draw from Beta.
    spread = np.random.default_rng(5).random(10_000)
    drawn = (decisions(chooser) - 3 + spread) / number
    assert stats.kstest(drawn, stats.beta(b_alpha, b_beta).cdf).pvalue > P_VALUE
    assert stats.kstest(drawn, stats.beta(1.2 * b_alpha, b_beta).cdf).pvalue < P_VALUE


@pytest.mark.parametrize(("b_alpha", "b_beta"), [(1, 1), (10, 0.8), (0.5, 0.7), (2, 5)])
def test_with_rules_starts_follow_beta_given_the_rules(b_alpha, b_beta):
    """The same as drawing from Beta again and again until the rules allow it, as BTgym does."""
    options = {"b_alpha": b_alpha, "b_beta": b_beta, "start_weekdays": (1, 4)}
    part, length = range(1000, 4000), 48 + 2
    drawn = decisions(sampler(part, decisions=48, **options))
    first, number = part.start + 3, len(part) - 3 - length + 1
    rng, tried = np.random.default_rng(9), []
    while len(tried) < 10_000:
        row = first + int(number * rng.beta(b_alpha, b_beta))
        if weekday(HOURS[row]) in (1, 4):
            tried.append(row)
    assert {weekday(moment) for moment in HOURS[drawn]} <= {1, 4}
    assert stats.ks_2samp(drawn, tried).pvalue > P_VALUE
    assert stats.ks_2samp(drawn, np.array(tried) - 120).pvalue < P_VALUE


def weekday(moment):
    return moment.astype("datetime64[D]").item().weekday()


def test_weights_are_the_probabilities_of_beta():
    from scipy.integrate import quad

    edges, b_alpha, b_beta = np.array([0.0, 0.1, 0.15, 0.8, 0.97, 1.0]), 3.0, 0.7
    weights = beta_weights(edges[:-1], edges[1:], b_alpha, b_beta)
    assert weights.sum() == pytest.approx(1.0)
    for span, weight in zip(itertools.pairwise(edges[:-1]), weights, strict=False):
        mass, _ = quad(stats.beta(b_alpha, b_beta).pdf, *span)
        assert weight == pytest.approx(mass, rel=1e-6)


@pytest.mark.parametrize(("b_alpha", "b_beta", "low"), [(80, 1, 0.0), (1, 80, 0.99)])
def test_weights_are_exact_far_from_where_beta_has_its_mass(b_alpha, b_beta, low):
    weight = beta_weights(np.array([low]), np.array([low + 0.01]), b_alpha, b_beta)[0]
    assert weight == pytest.approx(0.01**80, rel=1e-9)


@pytest.mark.parametrize(("b_alpha", "b_beta"), [(300, 1), (1, 300), (0.05, 0.05)])
def test_starts_in_a_far_tail_follow_beta_given_the_rules(b_alpha, b_beta):
    """The eligible day has next to none of the probability, and is one run."""
    chooser = sampler(range(170), decisions=5, start_weekdays=(5,), b_alpha=b_alpha, b_beta=b_beta)
    number = 170 - 3 - 7 + 1
    rows = np.array([row for row in range(3, 3 + number) if weekday(HOURS[row]) == 5])
    assert len(rows) == 24
    edges = (rows[:, None] - 3 + np.array([0, 1])) / number
    weights = beta_weights(edges[:, 0], edges[:, 1], b_alpha, b_beta)
    counts = (decisions(chooser)[:, None] == rows).sum(axis=0)
    expected = weights / weights.sum() * counts.sum()
    assert counts.sum() == 10_000
    rare = expected < 5
    if rare.any():
        counts = np.append(counts[~rare], counts[rare].sum())
        expected = np.append(expected[~rare], expected[rare].sum())
    assert stats.chisquare(counts, expected).pvalue > P_VALUE


def test_beta_without_probability_for_the_eligible_starts_is_an_error():
    chooser = sampler(b_alpha=1e5, decisions=5, start_weekdays=(2,), part=range(1000))
    with pytest.raises(UserError, match=r"episode.b_alpha=100000, episode.b_beta=1: the \d+ eligi"):
        chooser.choose(1)


def test_outside_train_every_start_is_equally_likely():
    chooser = sampler(range(100, 130), name="test", warmup=4, decisions=5, b_alpha=50)
    _, counts = np.unique(decisions(chooser, 10_000), return_counts=True)
    assert len(counts) == 20
    assert stats.chisquare(counts).pvalue > P_VALUE


def test_no_episode_crosses_from_one_range_to_another():
    ranges = (range(50), range(70, 100), range(100, 110), range(200, 290))
    drawn = decisions(sampler(ranges, warmup=4, decisions=10), 10_000)
    fits = [one for one in ranges if len(one) >= 16]
    allowed = [row for one in fits for row in range(one.start + 4, one.stop - 12 + 1)]
    values, counts = np.unique(drawn, return_counts=True)
    assert values.tolist() == allowed
    assert stats.chisquare(counts).pvalue > P_VALUE


def test_the_key_decides_alone():
    """Neither what was drawn before nor another sampler matters."""
    one, other = (sampler(decisions=20, start_weekdays=(0, 3), b_alpha=2) for _ in range(2))
    decisions(other, 10, seed=3)
    assert [one.choose(key) for key in (1, 2, 3)] == [other.choose(key) for key in (1, 2, 3)]
    assert len({one.choose(key).decision for key in range(50)}) > 40


def test_the_start_is_independent_of_what_else_is_drawn_from_the_key():
    """A synthetic market draws its path from the same key."""
    keys, number = range(1_000), 20_000 - 3 - 22 + 1
    chooser = sampler(decisions=20)
    drawn = [chooser.choose(key).decision - 3 for key in keys]
    path = (np.random.Generator(np.random.Philox(key=key)) for key in keys)
    others = [one.integers(number) for one in path]
    assert np.mean(np.equal(drawn, others)) < 0.01
    assert abs(np.corrcoef(drawn, others)[0, 1]) < 4 / np.sqrt(len(keys))
