"""Paths through the folds, and how metrics are spread over them."""

import pytest
from folds import business_days

from tradegym.conf.schema.split import SplitConfig
from tradegym.envs.data.splits import make_folds
from tradegym.experiments.many.folds import distribution, median_test, paths_of


def folds_of(kind, bars, **options):
    return make_folds(SplitConfig(kind=kind, purge=0, **options), business_days(bars))


def test_walk_forward_is_one_path_of_all_test_periods():
    folds = folds_of(
        "walk_forward", 12, train_length=4, validation_length=2, test_length=2
    )  # fmt: skip
    (path,) = paths_of(folds)
    assert path.stretches == ((0, range(6, 8)), (1, range(8, 10)), (2, range(10, 12)))


def test_purged_folds_are_one_path_and_combinatorial_ones_several():
    options = {"groups": 3, "embargo": 0, "validation": 0.0}
    (path,) = paths_of(folds_of("purged", 9, **options))
    assert path.stretches == ((0, range(3)), (1, range(3, 6)), (2, range(6, 9)))
    # Folds test groups 01, 02 and 12: each group twice, so two paths.
    paths = paths_of(folds_of("combinatorial", 9, **options))
    assert [path.stretches for path in paths] == [
        ((0, range(3)), (0, range(3, 6)), (1, range(6, 9))),
        ((1, range(3)), (2, range(3, 6)), (2, range(6, 9))),
    ]


def test_distribution_over_paths():
    found = distribution([{"sharpe": one, "calmar": None} for one in (-1.0, 0.0, 1.0, 2.0, 3.0)])
    assert found["sharpe"] == {
        "n": 5, "mean": 1.0, "std": pytest.approx(1.5811388300841898), "min": -1.0, "max": 3.0,
        "below_zero": 0.2, "q05": pytest.approx(-0.8), "median": 1.0, "q95": pytest.approx(2.8),
    }  # fmt: skip
    assert found["calmar"]["n"] == 0
    assert found["calmar"]["median"] is None


def test_median_of_paths():
    tests = [{"agent": {"sharpe": one, "calmar": None}} for one in (3.0, 1.0, None)]
    assert median_test(tests) == {"agent": {"sharpe": 2.0, "calmar": None}}
