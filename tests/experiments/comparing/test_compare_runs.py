"""Comparisons of stored runs, with numbers that are worked out here."""

import itertools

import numpy as np
import pytest
from stored_runs import PER_YEAR, make_folds, make_run, make_seeds, measured, returns_of, write_json

from tradegym.conf.errors import UserError
from tradegym.experiments.comparing.compare import DIFFERENT_BARS, compare_runs
from tradegym.experiments.comparing.differences import MISSING
from tradegym.experiments.comparing.selecting import label_runs, select_runs
from tradegym.experiments.comparing.series import align, read_series
from tradegym.experiments.comparing.stored import read_run


@pytest.fixture
def root(tmp_path):
    return tmp_path / "runs"


def runs(*paths):
    return [read_run(path) for path in paths]


class TestPaired:
    def test_the_difference_of_means_and_ratios_by_hand(self, root):
        first, second = returns_of(1), returns_of(2, drift=0.002)
        found = compare_runs(runs(make_run(root, "a", first), make_run(root, "b", second)))
        mean, sharpe = found.tests
        assert (mean.run, mean.against, mean.bars) == ("b", "a", 250)
        assert mean.difference == pytest.approx((second.mean() - first.mean()) * PER_YEAR)
        by_hand = measured(second)["sharpe"] - measured(first)["sharpe"]
        assert sharpe.difference == pytest.approx(by_hand, rel=5e-3)
        for one in found.tests:
            assert one.low < one.difference < one.high
            assert (one.p < 0.05) == (one.low > 0 or one.high < 0)

    def test_p_values_are_corrected_for_each_statistic(self, root):
        paths = [make_run(root, name, returns_of(n)) for n, name in enumerate("abc")]
        found = compare_runs(runs(*paths))
        for statistic in ("mean_return", "sharpe"):
            tests = [one for one in found.tests if one.statistic == statistic]
            small, large = sorted(tests, key=lambda one: one.p)
            assert small.p_holm == pytest.approx(min(1, 2 * small.p))
            assert large.p_holm == pytest.approx(max(small.p_holm, large.p))

    def test_what_both_have_in_common_is_compared(self, root):
        returns = returns_of(3, bars=100)
        long = make_run(root, "long", returns)
        short = make_run(root, "short", returns[10:] + 0.001, first="2020-01-11")
        found = compare_runs(runs(long, short))
        assert (found.bars, found.first) == (90, "2020-01-12T00:00")
        assert found.tests[0].difference == pytest.approx(0.001 * PER_YEAR)
        assert any("90 bars" in line and "short" in line for line in found.warnings)

    def test_equal_runs_have_no_p_value(self, root):
        returns = returns_of(4)
        found = compare_runs(runs(make_run(root, "a", returns), make_run(root, "b", returns)))
        assert [one.p for one in found.tests] == [None, None]

    def test_each_run_against_its_own_baseline(self, root):
        hold = returns_of(5)
        paths = [
            make_run(root, "a", returns_of(6), baseline=hold),
            make_run(root, "b", hold + 0.002, baseline=hold),
        ]
        found = compare_runs(runs(*paths), baseline="buy_and_hold")
        assert {one.against for one in found.tests} == {"buy_and_hold"}
        by_run = {one.run: one for one in found.tests if one.statistic == "mean_return"}
        assert by_run["b"].difference == pytest.approx(0.002 * PER_YEAR)
        assert list(found.metrics["sharpe"]) == ["a", "b", "buy_and_hold"]
        assert found.metrics["sharpe"]["buy_and_hold"].value == measured(hold)["sharpe"]

    def test_a_first_bar_that_lost_money_is_a_return(self, root):
        (run,) = runs(make_run(root, "a", [0.1, 0.1]))
        whole = read_series(run)
        np.testing.assert_allclose(whole.returns, [0.1, 0.1])
        write_json(
            run.path / "resolved.json", {"engine.start_cash": {"value": 2000.0, "origin": "x"}}
        )
        np.testing.assert_allclose(read_series(read_run(run.path)).returns, [-0.5, 0.1, 0.1])

    def test_a_ruined_account_ends_with_everything_lost(self, root):
        (run,) = runs(make_run(root, "a", [0.1, -1.2, 5.0]))
        np.testing.assert_allclose(read_series(run).returns, [0.1, -1.0])

    def test_bars_are_matched_by_time(self, root):
        one, other = runs(
            make_run(root, "a", [0.1, 0.2, 0.3]),
            make_run(root, "b", [0.4, 0.5, 0.6], first="2020-01-02"),
        )
        times, returns = align({"a": read_series(one), "b": read_series(other)})
        assert [str(time)[:10] for time in times] == ["2020-01-03", "2020-01-04"]
        np.testing.assert_allclose(returns["a"], [0.2, 0.3])
        np.testing.assert_allclose(returns["b"], [0.4, 0.5])


class TestDifferentBars:
    @pytest.mark.parametrize("what", ["data", "bars"])
    def test_no_test_but_a_loud_warning(self, what, root):
        one = make_run(root, "a", returns_of(1))
        info = read_run(one).info["dataset"]
        changed = {
            "data": info | {"sha256": "b" * 64, "name": "other"},
            "bars": info | {"test": {"bars": 251, "first": "2020-01-01", "last": "2021-01-01"}},
        }[what]
        other = make_run(root, "b", returns_of(2), dataset=changed)
        found = compare_runs(runs(one, other))
        assert (found.same_bars, found.tests, found.bars) == (False, (), 0)
        assert found.warnings[0] == DIFFERENT_BARS
        assert set(found.metrics["sharpe"]) == {"a", "b"}

    def test_other_training_bars_are_only_noted(self, root):
        one = make_run(root, "a", returns_of(1))
        info = read_run(one).info["dataset"]
        train = {"bars": 300, "first": "2018-01-01", "last": "2018-12-31"}
        other = make_run(root, "b", returns_of(2), dataset=info | {"train": train})
        found = compare_runs(runs(one, other))
        assert found.same_bars
        assert found.tests
        assert any("different train bars" in line for line in found.notes)


def test_only_keys_that_differ_are_named(root):
    one = make_run(root, "a", returns_of(1), config={"agent__gamma": 0.9})
    other = make_run(root, "b", returns_of(2), config={"agent__gamma": 0.8, "agent__clip": 0.2})
    found = compare_runs(runs(one, other)).configuration
    assert found == {
        "agent.gamma": {"a": 0.9, "b": 0.8},
        "agent.clip": {"a": MISSING, "b": 0.2},
    }


def test_intervals_come_from_the_evaluation_where_it_kept_them(root):
    one, other = make_run(root, "a", returns_of(1)), make_run(root, "b", returns_of(2))
    kept = {"sharpe": {"low": -9.0, "high": 9.0, "method": "kept"}}
    write_json(one / "eval" / "2-test" / "luck.json", {"intervals": {"agent": kept}})
    found = compare_runs(runs(one, other)).metrics["sharpe"]
    assert (found["a"].low, found["a"].high, found["a"].method) == (-9.0, 9.0, "kept")
    assert found["b"].low < found["b"].value < found["b"].high


def test_sorted_by_a_metric_the_best_first(root):
    paths = [make_run(root, name, returns_of(1) + n / 1000) for n, name in enumerate("abc")]
    paths.append(make_run(root, "empty", status="failed"))
    found = compare_runs(runs(*paths), sort="sharpe", metrics=["sharpe"])
    assert list(found.runs) == ["c", "b", "a", "empty"]
    assert {one.against for one in found.tests} == {"a"}
    assert any("empty has no result" in line for line in found.warnings)


class TestSeeds:
    def test_differences_by_hand(self, root):
        one = make_seeds(root, "one", range(1, 13))
        other = make_seeds(root, "others", [value + 3 for value in range(1, 13)])
        found = compare_runs(runs(one, other))
        (test,) = [one for one in found.tests if one.statistic == "sharpe"]
        assert test.difference == pytest.approx(3)
        assert test.low < 3 < test.high
        pairs = itertools.product(range(4, 16), range(1, 13))
        won = [(a > b) + 0.5 * (a == b) for a, b in pairs]
        assert test.improvement == pytest.approx(sum(won) / 144)
        assert found.metrics["sharpe"]["one"].value == pytest.approx(6.5)
        assert (found.metrics["sharpe"]["one"].low, found.metrics["sharpe"]["one"].high) == (
            0.5,
            1.5,
        )

    def test_few_seeds_have_welchs_interval(self, root):
        # means 2 and 6, variances 1 and 4, 3 seeds each: error sqrt(5/3), 50/17 degrees
        one, other = make_seeds(root, "one", [1, 2, 3]), make_seeds(root, "others", [4, 6, 8])
        found = compare_runs(runs(one, other))
        (test,) = [one for one in found.tests if one.statistic == "sharpe"]
        assert (test.low + test.high) / 2 == pytest.approx(4)
        # t of 0.975 with 50/17 = 2.941 degrees is 3.2187
        assert (test.high - test.low) / 2 == pytest.approx(3.2187 * (5 / 3) ** 0.5, rel=1e-3)
        assert test.improvement == 1.0
        assert any("fewer than 10 seeds" in line for line in found.warnings)

    def test_against_the_baseline(self, root):
        one, other = make_seeds(root, "one", [0, 1, 1]), make_seeds(root, "others", [1, 1, 1])
        found = compare_runs(runs(one, other), baseline="buy_and_hold")
        sharpe = {test.run: test for test in found.tests if test.statistic == "sharpe"}
        assert sharpe["one"].improvement == pytest.approx(2 / 3)
        assert sharpe["others"].improvement == 1.0

    def test_not_with_a_single_run(self, root):
        paths = make_seeds(root, "many", [1, 2, 3]), make_run(root, "single", returns_of(1))
        with pytest.raises(UserError, match=r"several seeds.*single.*one run"):
            compare_runs(runs(*paths))


def test_folds_are_compared_by_their_stitched_accounts(root):
    first, second = returns_of(1), returns_of(2)
    found = compare_runs(runs(make_folds(root, "one", first), make_folds(root, "others", second)))
    assert (found.same_bars, found.bars) == (True, 250)
    assert found.tests[0].difference == pytest.approx((second.mean() - first.mean()) * PER_YEAR)
    mixed = compare_runs(runs(make_folds(root, "folds", first), make_run(root, "x", second)))
    assert not mixed.same_bars
    assert mixed.tests == ()


class TestSelect:
    def test_patterns_labels_and_other_files(self, root, monkeypatch):
        paths = [make_run(root, name, returns_of(1)) for name in ("sma-1", "sma-2", "other")]
        (root / "mlflow.db").write_text("")
        (root / "damaged").mkdir()
        (root / "damaged" / "run.json").write_text("{")
        found, warnings = select_runs(root, ["sma-*"])
        assert [run.path for run in found] == paths[:2]
        assert not warnings
        monkeypatch.chdir(root.parent)
        found, warnings = select_runs(root, sorted(f"runs/{path.name}" for path in root.iterdir()))
        assert {run.name for run in found} == {"sma-1", "sma-2", "other"}
        assert warnings == ["not runs, left out: damaged (damaged run.json), mlflow.db"]

    def test_the_same_run_counts_once(self, root):
        path = make_run(root, "a", returns_of(1))
        found, _ = select_runs(root, ["a", path.name, str(path), "last"])
        assert len(found) == 1

    def test_equal_names_get_the_end_of_the_directory(self, root):
        paths = [make_run(root, "same", returns_of(1)) for _ in range(2)]
        labels = label_runs(runs(*paths))
        assert labels == ["same-0000", "same-0001"]
        found, _ = select_runs(root, labels)
        assert [run.path for run in found] == paths
