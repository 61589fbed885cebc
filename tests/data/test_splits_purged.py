import itertools
import math

import numpy as np
import pytest
from folds import bars_of, business_days, roles

from tradegym.conf.errors import UserError
from tradegym.conf.schema.split import SplitConfig
from tradegym.envs.data.splits import Reach, backtest_paths, make_folds, make_split


def combinatorial(groups, test_groups, **values):
    settings = {"purge": 0, "embargo": 0, "validation": 0.0, **values}
    return SplitConfig(kind="combinatorial", groups=groups, test_groups=test_groups, **settings)


def test_three_groups_by_hand():
    """The examples that skfolio's documentation gives for 12 bars."""
    bars = business_days(12)

    def trained(**gaps):
        folds = make_folds(combinatorial(3, 2, **gaps), bars)
        return [bars_of(fold.train) for fold in folds]

    assert trained() == [[8, 9, 10, 11], [4, 5, 6, 7], [0, 1, 2, 3]]
    assert trained(purge=1) == [[9, 10, 11], [5, 6], [0, 1, 2]]
    assert trained(embargo=1) == [[9, 10, 11], [5, 6, 7], [0, 1, 2, 3]]
    tests = [fold.test for fold in make_folds(combinatorial(3, 2), bars)]
    groups = [range(4), range(4, 8), range(8, 12)]
    assert tests == [*itertools.combinations(groups, 2)]


def test_one_group_at_a_time_is_purged_k_fold():
    config = SplitConfig(kind="purged", groups=3, purge=1, embargo=2, validation=0.0)
    folds = make_folds(config, business_days(16))
    assert [fold.test for fold in folds] == [(range(5),), (range(5, 10),), (range(10, 16),)]
    assert [fold.train for fold in folds] == [
        (range(8, 16),),
        (range(4), range(13, 16)),
        (range(9),),
    ]
    assert [bars_of(fold.purged) for fold in folds] == [[5], [4, 10], [9]]
    assert [bars_of(fold.embargo) for fold in folds] == [[6, 7], [11, 12], []]
    assert [fold.groups for fold in folds] == [(0,), (1,), (2,)]


def test_ten_groups_two_tested_make_45_folds_and_9_paths():
    bars = 5031
    folds = make_folds(combinatorial(10, 2, purge=20, embargo=10), business_days(bars))
    paths = backtest_paths(folds)
    assert len(folds) == 45 == math.comb(10, 2)
    assert len(paths) == 9 == 45 * 2 // 10
    assert len(folds[0].train) == 1
    for path in paths:
        tested = [folds[fold].test[folds[fold].groups.index(group)] for fold, group in path]
        assert bars_of(tested) == [*range(bars)]  # each bar once, in order
    assert len({step for path in paths for step in path}) == 90  # each tested group is used once


@pytest.mark.parametrize(("groups", "tested"), [(5, 1), (6, 3), (8, 7), (12, 2)])
def test_numbers_of_folds_and_paths(groups, tested):
    folds = make_folds(combinatorial(groups, tested), business_days(groups * 3 + 1))
    assert len(folds) == math.comb(groups, tested)
    assert len(backtest_paths(folds)) == math.comb(groups - 1, tested - 1)


def test_other_kinds_have_no_paths():
    assert backtest_paths(make_folds(SplitConfig(), business_days(50))) == ()


def random_setting(rng):
    groups = int(rng.integers(2, 9))
    gaps = {}
    for name in ("purge", "embargo"):
        gaps[name] = int(rng.integers(1, 12)) if rng.random() < 0.7 else 0
    validation = float(rng.uniform(0, 0.5)) if rng.random() < 0.5 else 0.0
    if groups == 2 or rng.random() < 0.3:
        return SplitConfig(kind="purged", groups=groups, validation=validation, **gaps)
    tested = int(rng.integers(1, groups))
    return combinatorial(groups, tested, validation=validation, **gaps)


def expected_parts(config, bars, tested):
    """The train and the validation bars of a fold, bar by bar."""
    reach = config.purge + config.embargo
    free = [
        bar
        for bar in range(bars)
        if all(bar < period[0] - config.purge or bar > period[-1] + reach for period in tested)
    ]
    if not config.validation or not free:
        return free, []
    runs = np.split(free, np.flatnonzero(np.diff(free) > 1) + 1)
    run = [one for one in runs if len(one) == max(map(len, runs))][-1]
    validation = [*run[-max(1, int(config.validation * len(free) + 0.5)) :]]
    near = range(validation[0] - config.purge, validation[-1] + config.purge + 1)
    return [bar for bar in free if bar not in near], validation


def bars_by_fold(config, bars):
    """The bars of each tested group of each fold."""
    group_of = np.minimum(np.arange(bars) // (bars // config.groups), config.groups - 1)
    count = config.test_groups if config.kind == "combinatorial" else 1
    choices = itertools.combinations(range(config.groups), count)
    return [[np.flatnonzero(group_of == group) for group in chosen] for chosen in choices]


def test_a_thousand_random_settings_train_on_no_bar_inside_purge_and_embargo():
    rng = np.random.default_rng(20170201)
    datasets, violations, folds_seen, refused = {}, 0, 0, 0
    for _ in range(1000):
        config = random_setting(rng)
        bars = int(rng.integers(max(3, config.groups), 140))
        dataset = datasets.setdefault(bars, business_days(bars))
        tested = bars_by_fold(config, bars)
        expected = [expected_parts(config, bars, periods) for periods in tested]
        if not all(train for train, _ in expected):
            refused += 1
            with pytest.raises(UserError, match="leave no train bar in fold"):
                make_folds(config, dataset)
            continue
        folds = make_folds(config, dataset)
        for fold, periods, (train, validation) in zip(folds, tested, expected, strict=True):
            folds_seen += 1
            found = roles(fold, bars)
            assert "unused" not in found
            assert [*map(list, fold.test)] == [list(period) for period in periods]
            for period in periods:
                first = max(0, period[0] - config.purge)
                near = found[first : period[-1] + config.purge + config.embargo + 1]
                violations += np.count_nonzero((near == "train") | (near == "validation"))
            # ... and none is taken out without need.
            np.testing.assert_array_equal(np.flatnonzero(found == "train"), train)
            np.testing.assert_array_equal(np.flatnonzero(found == "validation"), validation)
    assert violations == 0
    assert folds_seen > 5000
    assert 0 < refused < 300


def test_no_train_decision_shares_a_bar_with_a_test_decision():
    """The automatic purge does what it is for: the bars of any two decisions are disjoint."""
    rng = np.random.default_rng(3)
    for _ in range(100):
        lookback, horizon = (int(rng.integers(0, 8)) for _ in range(2))
        config = combinatorial(4, int(rng.integers(1, 4)), purge="auto")
        bars = int(rng.integers(160, 200))
        for fold in make_folds(config, business_days(bars), lookback, horizon):
            tested = np.array(bars_of(fold.test))
            seen = np.zeros(bars + 100, dtype=bool)
            for shift in range(-lookback, horizon + 1):
                seen[tested + shift + 50] = True
            trained = np.array(bars_of(fold.train))
            for shift in range(-lookback, horizon + 1):
                assert not seen[trained + shift + 50].any()
            # ... and one bar less would not have been enough.
            closest = np.abs(trained[:, None] - tested[None, :]).min()
            assert closest == lookback + horizon + 1 == Reach(lookback, horizon).purge + 1


def test_validation_is_one_piece_from_the_end_of_the_longest_range():
    config = SplitConfig(kind="purged", groups=4, purge=2, embargo=3, validation=0.25)
    first, second, third, last = make_folds(config, business_days(80))
    assert (first.train, first.validation) == ((range(25, 64),), (range(66, 80),))
    assert (second.train, second.validation) == ((range(18), range(45, 65)), (range(67, 80),))
    assert (third.train, third.validation) == ((range(23), range(65, 80)), (range(25, 38),))
    assert (last.train, last.validation) == ((range(41),), (range(43, 58),))


def test_environments_get_several_ranges_and_touching_groups_as_one():
    config = combinatorial(4, 2, purge=1, fold=0)
    dataset = business_days(40)
    split = make_split(config, dataset)
    assert (split.train, split.test) == (range(21, 40), range(20))
    split = make_split(config.model_copy(update={"fold": 4}), dataset)  # groups 1 and 3
    assert split.train == (range(9), range(21, 29))
    assert split.test == (range(10, 20), range(30, 40))
    assert [split.bars(part) for part in ("train", "validation", "test")] == [17, 0, 20]


def test_a_purge_that_leaves_nothing_says_where_it_comes_from():
    config = combinatorial(10, 2, purge="auto", embargo="1%")
    with pytest.raises(UserError) as caught:
        make_folds(config, business_days(500), lookback=30, horizon=253)
    assert str(caught.value) == (
        "split.purge=283 bars (auto: lookback 30 + episode 253) and split.embargo=5 bars leave no "
        "train bar in fold 3, which tests 2 of 10 groups of 50 bars; give a smaller purge, fewer "
        "groups, shorter episodes, or more data"
    )


def test_more_groups_than_bars_are_refused():
    with pytest.raises(UserError, match=r"^split.groups: 10 groups of dataset 'demo' with 9 bars"):
        make_folds(combinatorial(10, 2), business_days(9))


@pytest.mark.parametrize(
    ("groups", "tested", "purge", "embargo", "bars"),
    [
        (10, 2, 0, 0, 5031), (10, 2, 30, 10, 5031), (10, 8, 5, 0, 333), (6, 3, 0, 4, 100),
        (3, 2, 1, 1, 17),
    ],
)  # fmt: skip
def test_equal_to_skfolio(groups, tested, purge, embargo, bars):
    selection = pytest.importorskip("skfolio.model_selection")
    theirs = selection.CombinatorialPurgedCV(groups, tested, purge, embargo)
    folds = make_folds(
        combinatorial(groups, tested, purge=purge, embargo=embargo), business_days(bars)
    )
    assert len(folds) == theirs.n_splits
    assert len(backtest_paths(folds)) == theirs.n_test_paths
    for fold, (train, tests) in zip(folds, theirs.split(np.zeros((bars, 1))), strict=True):
        np.testing.assert_array_equal(bars_of(fold.train), train)
        assert len(fold.test) == len(tests)
        for ours, other in zip(fold.test, tests, strict=True):
            np.testing.assert_array_equal(ours, other)
    theirs_by_path = {}
    for number, ids in enumerate(theirs.get_path_ids()):
        for group, path in zip(folds[number].groups, ids, strict=True):
            theirs_by_path.setdefault(path, {})[group] = number
    ours_by_path = [{group: fold for fold, group in path} for path in backtest_paths(folds)]
    assert ours_by_path == [theirs_by_path[path] for path in sorted(theirs_by_path)]


@pytest.mark.parametrize("expand", [False, True])
@pytest.mark.parametrize("reduce", [False, True])
@pytest.mark.parametrize(("bars", "train", "test", "purge"), [(101, 40, 10, 0), (100, 33, 7, 5)])
def test_walk_forward_equal_to_skfolio(expand, reduce, bars, train, test, purge):
    selection = pytest.importorskip("skfolio.model_selection")
    theirs = selection.WalkForward(
        test_size=test,
        train_size=train,
        expand_train=expand,
        reduce_test=reduce,
        purged_size=purge,
    )
    config = SplitConfig(
        kind="expanding" if expand else "walk_forward",
        train_length=train,
        validation_length=0,
        test_length=test,
        purge=purge,
        remainder="short" if reduce else "drop",
    )
    folds = make_folds(config, business_days(bars))
    for fold, (trained, tested) in zip(folds, theirs.split(np.zeros((bars, 1))), strict=True):
        np.testing.assert_array_equal(bars_of(fold.train), trained)
        np.testing.assert_array_equal(bars_of(fold.test), tested)
