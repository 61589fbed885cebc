import itertools

import numpy as np
import pytest
from folds import bars_of, business_days, roles

from tradegym.conf.errors import UserError
from tradegym.conf.schema.split import SplitConfig
from tradegym.envs.data.splits import make_folds, make_split


def walking(kind="walk_forward", **values):
    return SplitConfig(kind=kind, **{"purge": 0, **values})


def test_five_sliding_folds_by_hand():
    config = walking(train_length=4, validation_length=2, test_length=2)
    folds = make_folds(config, business_days(17))
    assert [(*fold.train, *fold.validation, *fold.test) for fold in folds] == [
        (range(4), range(4, 6), range(6, 8)),
        (range(2, 6), range(6, 8), range(8, 10)),
        (range(4, 8), range(8, 10), range(10, 12)),
        (range(6, 10), range(10, 12), range(12, 14)),
        (range(8, 12), range(12, 14), range(14, 17)),  # one bar is left and joins
    ]
    assert [fold.number for fold in folds] == [0, 1, 2, 3, 4]


def test_expanding_folds_by_hand():
    config = walking("expanding", train_length=4, validation_length=2, test_length=5, purge=1)
    folds = make_folds(config, business_days(18))
    assert [(*fold.train, *fold.validation, *fold.test, *fold.purged) for fold in folds] == [
        (range(4), range(5, 7), range(8, 13), range(4, 5), range(7, 8)),
        (range(9), range(10, 12), range(13, 18), range(9, 10), range(12, 13)),
    ]


@pytest.mark.parametrize(
    ("remainder", "periods"),
    [
        ("extend", [range(6, 9), range(9, 14)]),
        ("short", [range(6, 9), range(9, 12), range(12, 14)]),
        ("drop", [range(6, 9), range(9, 12)]),
    ],
)
def test_what_becomes_of_the_last_bars(remainder, periods):
    config = walking(train_length=4, validation_length=2, test_length=3, remainder=remainder)
    assert [*(fold.test[0] for fold in make_folds(config, business_days(14)))] == periods


@pytest.mark.parametrize("remainder", ["extend", "short", "drop"])
def test_data_that_fit_exactly_have_no_remainder(remainder):
    config = walking(train_length=4, validation_length=2, test_length=3, remainder=remainder)
    tests = [fold.test[0] for fold in make_folds(config, business_days(12))]
    assert tests == [range(6, 9), range(9, 12)]


def test_a_stride_of_its_own_makes_tests_overlap_or_leave_gaps():
    config = walking(train_length=4, validation_length=0, test_length=4, stride=2)
    folds = make_folds(config, business_days(12))
    assert [fold.test for fold in folds] == [(range(4, 8),), (range(6, 10),), (range(8, 12),)]
    assert [fold.train for fold in folds] == [(range(4),), (range(2, 6),), (range(4, 8),)]
    config = walking(train_length=4, validation_length=0, test_length=2, stride=3, remainder="drop")
    tests = [fold.test[0] for fold in make_folds(config, business_days(12))]
    assert tests == [range(4, 6), range(7, 9), range(10, 12)]


def random_setting(rng):
    """A setting, and the number of bars it is for: often just enough, often too few."""
    train, validation, test, purge = (int(rng.integers(low, 30)) for low in (1, 0, 1, 0))
    config = walking(
        str(rng.choice(["walk_forward", "expanding"])),
        train_length=train,
        validation_length=validation,
        test_length=test,
        purge=purge if rng.random() < 0.5 else 0,
        stride=None if rng.random() < 0.7 else int(rng.integers(1, 40)),
        remainder=str(rng.choice(["extend", "short", "drop"])),
    )
    return config, int(rng.integers(3, 300))


def assert_sound(config, bars, folds):
    """What must hold for every setting, bar by bar."""
    train, validation, test = config.train_length, config.validation_length, config.test_length
    stride = config.stride or test
    tested = []
    for number, fold in enumerate(folds):
        found = roles(fold, bars)
        periods = [np.flatnonzero(found == role) for role in ("train", "validation", "test")]
        present = [period for period in periods if len(period)]
        assert len(present) == (3 if validation else 2)
        for earlier, later in itertools.pairwise(present):
            assert later[0] - earlier[-1] == config.purge + 1  # so many bars lie between
        assert all(np.all(np.diff(period) == 1) for period in present)
        grown = number * stride if config.kind == "expanding" else 0
        assert len(periods[0]) == train + grown
        assert len(periods[1]) == validation
        assert periods[0][0] == (0 if config.kind == "expanding" else number * stride)
        assert np.count_nonzero(found == "purged") == config.purge * (len(present) - 1)
        if number < len(folds) - 1 or config.remainder == "drop":
            assert len(periods[2]) == test
        tested.append(periods[2])
    first = tested[0][0]
    assert [period[0] for period in tested] == [first + n * stride for n in range(len(folds))]
    if config.remainder != "drop" and stride <= test:
        assert tested[-1][-1] == bars - 1
    if stride == test:
        joined = np.concatenate(tested)
        np.testing.assert_array_equal(joined, np.arange(first, joined[-1] + 1))
        assert bars - len(joined) - first < test  # nothing but an incomplete period is left


def test_a_thousand_random_settings_tile_the_data_and_keep_their_gaps():
    rng = np.random.default_rng(20170101)
    datasets, sound, folds_seen = {}, 0, 0
    for _ in range(1000):
        config, bars = random_setting(rng)
        dataset = datasets.setdefault(bars, business_days(bars))
        gaps = config.purge * (2 if config.validation_length else 1)
        fits = config.train_length + config.validation_length + config.test_length + gaps <= bars
        if not fits:
            with pytest.raises(UserError, match=r"^split.train_length=.* need \d+ bars"):
                make_folds(config, dataset)
            continue
        folds = make_folds(config, dataset)
        assert_sound(config, bars, folds)
        sound, folds_seen = sound + 1, folds_seen + len(folds)
    assert sound > 700
    assert folds_seen > 5000


def test_lengths_may_be_shares_and_calendar_time():
    dataset = business_days(2610)  # ten years of weekdays
    config = walking(train_length="50%", validation_length="6M", test_length="1Y")
    fold = make_folds(config, dataset)[0]
    assert fold.bars("train") == 1305
    assert abs(fold.bars("validation") - 130.5) < 1
    assert abs(fold.bars("test") - 261) < 1


def test_too_little_data_is_said_with_the_numbers():
    config = walking(train_length=10, validation_length=5, test_length=5, purge=3)
    with pytest.raises(UserError) as caught:
        make_folds(config, business_days(25))
    message = str(caught.value)
    assert "split.train_length=10" in message
    assert "need 26 bars with a purge of 3, but dataset 'demo' has 25" in message
    assert len(make_folds(config, business_days(26))) == 1


def test_the_automatic_purge_is_lookback_and_episode():
    config = walking(train_length=40, validation_length=10, test_length=10, purge="auto")
    fold = make_folds(config, business_days(200), lookback=7, horizon=5)[0]
    assert (fold.train, fold.validation) == ((range(40),), (range(52, 62),))
    assert fold.test == (range(74, 84),)


def test_environments_get_the_chosen_fold():
    config = walking(train_length=4, validation_length=2, test_length=2, fold=1)
    split = make_split(config, business_days(12))
    assert (split.train, split.validation, split.test) == (range(2, 6), range(6, 8), range(8, 10))


def test_a_fold_that_does_not_exist_is_refused_with_those_that_do():
    config = walking(train_length=4, validation_length=2, test_length=2, fold=3)
    with pytest.raises(UserError, match=r"^split.fold: 3 does not exist; .* makes 3 .* 0 to 2$"):
        make_split(config, business_days(12))


def test_without_validation_that_part_is_empty():
    config = walking(train_length=4, validation_length=0, test_length=2)
    split = make_split(config, business_days(12))
    assert bars_of(split.ranges("validation")) == []
    assert [split.bars(part) for part in ("train", "validation", "test")] == [4, 0, 2]
