"""Nothing of validation or test reaches training: not a statistic, not a bar of an episode."""

import numpy as np
import plain_backtrader as plain
import pytest
from folds import bars_of

from tradegym.conf.errors import UserError
from tradegym.conf.resolve import resolve
from tradegym.envs.build import EnvBuilder
from tradegym.envs.data.dataset import Dataset

BARS = 600
TIME_DIM, LOOKBACK = 4, 3
WARMUP = TIME_DIM - 1 + LOOKBACK
KINDS = {
    "holdout": [],
    "dates": ["split.validation_start=2010-06-01", "split.test_start=2011-01-01"],
    "walk_forward": ["split.fold=2"],
    "expanding": ["split.fold=3"],
    "purged": ["split.groups=5", "split.fold=2"],
    "combinatorial": ["split.groups=6", "split.fold=7"],
    "combinatorial, nothing purged": [
        "split.groups=6", "split.fold=7", "split.purge=0", "split.embargo=0",
    ],
}  # fmt: skip


@pytest.fixture(scope="module")
def walk():
    _, ohlcv = plain.random_walk(BARS, 4)
    times = np.datetime64("2010-01-01", "ns") + np.arange(BARS) * np.timedelta64(1, "D")
    return Dataset.from_arrays("walk", times, ohlcv[:, None, :])


def builder_on(dataset, name):
    kind = name.partition(",")[0]
    overrides = [
        f"split={kind}",
        *KINDS[name],
        "strategy.state.modes=[raw,features,internal]",
        f"strategy.state.time_dim={TIME_DIM}",
        f"strategy.state.features.log_return.lookback={LOOKBACK}",
        "strategy.limits.drawdown_call=100",
        "episode.duration=8",
        "dataset.cls=hand:made",
    ]
    return EnvBuilder(resolve(overrides), {"dataset.cls": dataset})


def changed(dataset, kept, seed):
    """The same bars where ``kept``, wild ones elsewhere."""
    factors = np.exp(np.random.default_rng(seed).normal(0, 0.5, len(dataset)))
    factors[kept] = 1.0
    ohlcv = dataset.ohlcv.copy()
    ohlcv[:, :, :4] *= factors[:, None, None]
    return Dataset.from_arrays("other", dataset.times, ohlcv)


@pytest.fixture(scope="module")
def original(walk):
    """The environments on the walk, by the name of the split."""
    return {name: builder_on(walk, name) for name in KINDS}


@pytest.mark.parametrize("name", KINDS)
def test_what_training_sees_depends_on_train_bars_only(walk, original, name):
    builder = original[name]
    ranges = builder.split.ranges("train")
    other = builder_on(changed(walk, bars_of(ranges), 1), name)
    assert other.split == builder.split
    rows = [bar for one in ranges for bar in one[LOOKBACK:]]
    tested = [bar for one in builder.split.ranges("test") for bar in one[LOOKBACK:]]
    # The same values on train rows, after scaling, means the same mean and deviation.
    ours, theirs = (one.market.features.values for one in (builder, other))
    np.testing.assert_array_equal(ours[rows], theirs[rows])
    assert not np.array_equal(ours[tested], theirs[tested])  # the change was a change
    # They are the mean and the deviation of the train rows, and of all of them.
    values = ours[rows].astype(np.float64)
    np.testing.assert_allclose([values.mean(), values.std()], [0, 1], atol=1e-5)
    # Without the scale of train, the test rows would not change with the train bars.
    other = builder_on(changed(walk, bars_of(builder.split.ranges("test")), 2), name)
    assert not np.array_equal(ours[tested], other.market.features.values[tested])


@pytest.mark.parametrize("name", KINDS)
def test_training_episodes_are_the_same_when_everything_else_changes(walk, original, name):
    first = original[name]
    allowed = bars_of(first.split.ranges("train"))
    second = builder_on(changed(walk, allowed, 3), name)
    visited = set()
    for seed in range(6):
        one, other = (play(builder.env("train"), seed) for builder in (first, second))
        assert one.keys() == other.keys()
        for bar, (observation, reward) in one.items():
            visited.add(bar)
            assert reward == other[bar][1]
            for mode, values in observation.items():
                np.testing.assert_array_equal(values, other[bar][0][mode])
    assert visited <= set(allowed)
    # Warm-up lies inside the range too: no decision on the first bars of a range.
    for one in first.split.ranges("train"):
        assert not visited & set(one[:WARMUP])


@pytest.mark.parametrize("name", KINDS)
def test_whole_parts_are_played_inside_their_ranges(original, name):
    for part in ("validation", "test"):
        ranges = original[name].split.ranges(part)
        bars = [*play(original[name].env(part), 0)]
        (played,) = (one for one in ranges if bars[0] in one)
        assert (bars[0], bars[-1]) == (played.start + WARMUP, played[-1])


def play(env, seed):
    """One episode: observation and reward by bar."""
    rng = np.random.default_rng(seed)
    observation, info = env.reset(seed=seed)
    seen = {int(info["bar"]): (observation, 0.0)}
    while info["reason"] is None:
        observation, reward, _, _, info = env.step(int(rng.integers(4)))
        seen[int(info["bar"])] = (observation, reward)
    return seen


def test_the_purge_follows_the_windows_and_the_episode(walk):
    def purge(*overrides):
        options = ["split=purged", "split.groups=3", "split.embargo=0", "split.validation=0"]
        settings = [*options, "dataset.cls=hand:made", *overrides]
        split = EnvBuilder(resolve(settings), {"dataset.cls": walk}).split
        return split.ranges("train")[0].start - 200  # group 0 is tested: 200 bars

    short = ["episode.duration=10", "strategy.state.time_dim=5"]
    assert purge(*short) == (5 - 1 + 1) + (10 + 1)
    assert purge(*short, "strategy.state.time_dim=9") == (9 - 1 + 1) + (10 + 1)
    assert purge(*short, "strategy.state.features.log_return.lookback=6") == (5 - 1 + 6) + 11
    assert purge(*short, "episode.duration=25") == 5 + (25 + 1)
    assert purge(*short, "strategy.skip_frame=3") == 5 + (10 * 3 + 1)
    assert purge(*short, "strategy.state.modes=[raw]") == (5 - 1) + (10 + 1)
    assert purge(*short, "split.purge=7") == 7


def test_a_train_part_shorter_than_a_lookback_is_refused(walk):
    overrides = ["split.train=0.02", "strategy.state.features.log_return.lookback=12"]
    with pytest.raises(UserError) as caught:
        EnvBuilder(resolve([*overrides, "dataset.cls=hand:made"]), {"dataset.cls": walk})
    assert str(caught.value) == (
        "strategy.state.features.log_return: looks 12 bars back, but the longest range of the "
        "train part has 12 bars; use shorter periods or a longer split"
    )
