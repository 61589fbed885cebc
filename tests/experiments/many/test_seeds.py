"""What is said of several seeds, worked out by hand."""

import pytest

from tradegym.conf.resolve import resolve
from tradegym.experiments.many import kind_of
from tradegym.experiments.many.reading import values_of
from tradegym.experiments.many.seeds import aggregate, seeds_of


def made(*returns, held=0.5):
    return [
        {
            "agent": {"total_return": value, "sharpe": None if value is None else 2 * value},
            "buy_and_hold": {"total_return": held, "sharpe": 1.0},
        }
        for value in returns
    ]


def test_values_of_several_tests_stay_in_order_and_holes_are_undefined():
    values = values_of([*made(0.1), {}, *made(0.3)])
    assert values["agent"] == {"total_return": [0.1, None, 0.3], "sharpe": [0.2, None, 0.6]}
    assert values["buy_and_hold"]["sharpe"] == [1.0, None, 1.0]


def test_ten_seeds_have_a_bootstrap_interval_of_the_interquartile_mean():
    found = aggregate(values_of(made(*(number / 10 for number in range(1, 11)))))
    total = found["summary"]["total_return"]
    # Without the two lowest and the two highest: 0.3 to 0.8.
    assert total["iqm"] == pytest.approx(0.55)
    assert (total["min"], total["max"], total["n"]) == (0.1, 1.0, 10)
    assert total["std"] == pytest.approx(0.30276503540974914)
    assert 0.1 < total["low"] < 0.55 < total["high"] < 1.0
    assert "bootstrap" in total["method"]
    assert found["warning"] is None
    # 0.6 to 1.0 are above what holding earned, and 0.5 ties with it.
    better = found["improvement"]["buy_and_hold"]
    assert better["probability"] == pytest.approx(0.55)
    assert 0.2 < better["low"] < 0.55 < better["high"] < 0.9


def test_few_seeds_have_an_interval_of_student_and_a_warning():
    found = aggregate(values_of(made(0.1, 0.2, 0.3)))
    total = found["summary"]["total_return"]
    # 0.2 -+ 4.302653 * 0.1 / sqrt(3)
    assert (total["low"], total["high"]) == pytest.approx((-0.0484138, 0.4484138), abs=1e-6)
    assert "Student" in total["method"]
    assert found["warning"].startswith("3 seeds are too few")
    assert found["improvement"]["buy_and_hold"] == {
        "metric": "total_return", "probability": 0.0, "low": None, "high": None
    }  # fmt: skip


def test_undefined_values_are_left_out_and_one_seed_has_no_interval():
    found = aggregate(values_of(made(0.1, None)))
    total = found["summary"]["total_return"]
    assert (total["iqm"], total["n"], total["low"], total["std"]) == (0.1, 1, None, None)
    assert found["warning"].startswith("1 seed is too few")


def test_nothing_is_said_of_no_test_and_nobody_is_held_against_a_bound():
    assert aggregate(values_of([{}, {}]))["summary"] == {}
    tests = [{"agent": {"total_return": 0.1}, "perfect_foresight": {"total_return": 9.0}}]
    assert aggregate(values_of(tests))["improvement"] == {}


@pytest.mark.parametrize(
    ("given", "seeds"),
    [
        (["seeds=3"], (0, 1, 2)),
        (["seeds=2", "seed=7"], (7, 8)),
        (["seeds=[5,3]"], (5, 3)),
        (["seed=4"], (4,)),
    ],
)
def test_which_seeds_a_configuration_means(given, seeds):
    assert seeds_of(resolve(given).config) == seeds


@pytest.mark.parametrize(
    ("given", "kind"),
    [
        ([], None),
        (["seeds=1"], "seeds"),
        (["split=walk_forward"], "folds"),
        (["split=purged"], "folds"),
        (["split=walk_forward", "split.fold=3"], None),
        (["split=walk_forward", "split.fold=0", "seeds=2"], "seeds"),
    ],
)
def test_when_a_configuration_asks_for_several_trainings(given, kind):
    assert kind_of(resolve(given).config) == kind
