"""Was the winner picked by luck: which runs are configurations, and what they are held against."""

import json

import numpy as np
import pandas as pd
import pytest
from stored_runs import SHA, make_folds, make_run, make_seeds, returns_of

from tradegym.conf.resolve import resolve
from tradegym.experiments.comparing.compare import compare_runs
from tradegym.experiments.comparing.configurations import find_configurations
from tradegym.experiments.comparing.lining import line_up
from tradegym.experiments.comparing.series import Series
from tradegym.experiments.comparing.stored import read_run
from tradegym.experiments.comparing.winner import find_winner
from tradegym.experiments.trials import config_hash, hash_of_values, record


@pytest.fixture
def root(tmp_path):
    return tmp_path / "runs"


def stored(*paths):
    return {path.name: read_run(path) for path in paths}


def winner(*paths, baseline=None, **more):
    against = None if baseline is None or isinstance(baseline, str) else read_run(baseline)
    name = baseline if isinstance(baseline, str) else None
    runs = stored(*paths)
    return find_winner(runs, same_bars=True, against=against, baseline=name, per_year=252.0, **more)


def series(returns, first="2020-01-01", episodes=None):
    times = pd.date_range(first, periods=len(returns)).to_numpy().astype("datetime64[ns]")
    numbers = np.ones(len(returns), np.int64) if episodes is None else np.array(episodes)
    return Series(times, numbers, np.array(returns, dtype=float))


class TestLineUp:
    def test_the_mean_over_seeds_bar_by_bar(self):
        found = line_up({"a": [series([0.1, 0.2]), series([0.3, -0.2])], "b": [series([0.5, 0.7])]})
        np.testing.assert_allclose(found.returns["a"], [0.2, 0.0])
        np.testing.assert_allclose(found.returns["b"], [0.5, 0.7])
        assert found.ended == ()

    def test_who_ends_early_earns_nothing_from_then_on(self):
        found = line_up({"ruined": [series([0.1, -1.0])], "b": [series([0.1, 0.2, 0.3, 0.4])]})
        np.testing.assert_allclose(found.returns["ruined"], [0.1, -1.0, 0.0, 0.0])
        assert found.ended == ("ruined",)

    def test_who_begins_late_shortens_all(self):
        found = line_up({"a": [series([0.1, 0.2, 0.3])], "b": [series([5, 6], "2020-01-02")]})
        np.testing.assert_allclose(found.returns["a"], [0.2, 0.3])
        np.testing.assert_allclose(found.returns["b"], [5, 6])

    def test_a_bar_of_two_episodes_counts_once(self):
        one = series([0.1, 0.2])
        both = Series(
            np.concatenate((one.times, one.times)),
            np.array([1, 1, 2, 2]),
            np.array([0.1, 0.2, 0.3, 0.4]),
        )
        found = line_up({"a": [both], "b": [one]})
        np.testing.assert_allclose(found.returns["a"], [0.2, 0.3])


class TestConfigurations:
    def test_seeds_of_one_configuration_are_one(self, root):
        paths = [
            make_run(root, f"x{gamma}-{seed}", returns_of(seed), seed=seed,
                     config={"agent__gamma": gamma})
            for gamma in (0.9, 0.99)
            for seed in (0, 1, 2)
        ]  # fmt: skip
        found = find_configurations(stored(*paths))
        assert [len(one.seeds) for one in found] == [3, 3]
        assert found[0].label == f"{paths[0].name} (with 2 more seeds)"

    def test_the_same_run_twice_is_one_and_other_returns_of_one_seed_are_two(self, root):
        paths = [make_run(root, name, returns_of(1)) for name in "ab"]
        (same,) = find_configurations(stored(*paths))
        assert len(same.seeds) == 1
        other = make_run(root, "c", returns_of(2))
        assert len(find_configurations(stored(*paths, other))) == 2

    def test_runs_that_do_not_say_their_configuration_stay_apart(self, root):
        paths = [make_run(root, name, returns_of(k), seed=k) for k, name in enumerate("ab")]
        for path in paths:
            (path / "resolved.json").unlink()
        assert len(find_configurations(stored(*paths))) == 2

    def test_another_checkpoint_is_another_configuration(self, root):
        paths = [
            make_run(root, name, returns_of(k), seed=k, config={"eval__checkpoint": name})
            for k, name in enumerate(("best", "last"))
        ]
        assert len(find_configurations(stored(*paths))) == 2

    def test_the_hash_is_that_of_the_ledger(self):
        resolved = resolve(["agent.gamma=0.9", "seed=3", "name=x", "tracking=none"])
        text = json.loads(json.dumps(resolved.to_json()))
        values = {key: one["value"] for key, one in text.items() if not one["note"]}
        assert hash_of_values(values) == config_hash(resolved)
        assert config_hash(resolve(["agent.gamma=0.9", "seed=4"])) == config_hash(resolved)

    def test_an_experiment_of_several_seeds_is_read_from_its_runs(self, root):
        children = [make_run(root, f"s{k}", returns_of(k), seed=k) for k in range(3)]
        (children[2] / "eval" / "2-test" / "equity.parquet").unlink()
        parent = make_seeds(root, "s", [1, 2, 3], runs=children)
        (found,) = find_configurations(stored(parent))
        assert (len(found.seeds), found.missing) == (2, 1)
        other = make_seeds(root, "others", [1, 2], runs=[make_run(root, "o", returns_of(9))])
        text = " ".join(winner(parent, other).notes)
        assert "1 seed has no returns and is not in its mean" in text
        assert "each configuration is the mean over its seeds' returns" in text
        assert "different numbers of seeds" in text


class TestBenchmark:
    def test_buy_and_hold_where_all_have_it(self, root):
        hold = returns_of(9)
        gains = [0 * hold, returns_of(1, drift=0.0), returns_of(2, drift=0.003)]
        paths = [make_run(root, str(k), hold + one, baseline=hold) for k, one in enumerate(gains)]
        found = winner(*paths)
        assert found.against == "buy_and_hold"
        # The first is buy and hold itself.
        assert found.selection.superiority.compared == tuple(path.name for path in paths[1:])
        assert found.selection.superiority.superior == (paths[2].name,)
        assert found.selection.best == paths[2].name

    def test_else_the_first_run(self, root):
        paths = [make_run(root, str(k), returns_of(k)) for k in range(3)]
        found = winner(*paths)
        assert found.against == paths[0].name
        assert len(found.selection.sharpes) == 3
        assert found.selection.superiority.compared == tuple(path.name for path in paths[1:])

    def test_a_run_that_is_named_cannot_win(self, root):
        paths = [make_run(root, str(k), returns_of(k) + 0.01 * (k == 1)) for k in range(3)]
        found = winner(*paths, baseline=paths[1])
        assert found.against == paths[1].name
        assert set(found.selection.sharpes) == {paths[0].name, paths[2].name}

    def test_each_against_its_own_recording(self, root):
        cheap, dear = returns_of(1), returns_of(1) - 0.001
        noise = returns_of(2, drift=0.0)
        paths = [
            make_run(root, "cheap", cheap + noise, baseline=cheap),
            make_run(root, "dear", dear + noise, baseline=dear),
        ]
        found = winner(*paths).selection.superiority
        alone = winner(paths[0]).selection.superiority
        # Both gain the same noise above what buy and hold cost them.
        assert found.spa_p == pytest.approx(alone.spa_p, abs=0.05)
        assert found.superior == alone.superior == ()

    def test_without_the_baseline_they_are_named(self, root):
        paths = [
            make_run(root, "a", returns_of(1), baseline=returns_of(3)),
            make_run(root, "b", returns_of(2)),
        ]
        found = winner(*paths, baseline="buy_and_hold")
        assert found.selection.superiority.compared == (paths[0].name,)
        assert any("which they did not record" in one for one in found.notes)

    def test_nothing_to_hold_against(self, root):
        paths = [make_run(root, "a", returns_of(1)), make_run(root, "b", status="failed")]
        found = winner(*paths, baseline=paths[0])
        assert found.case == "untested"
        assert "no run has returns to hold against" in found.text


def test_the_ledgers_of_all_roots_are_counted(root, tmp_path):
    paths = [make_run(root, "a", returns_of(1)), make_run(tmp_path / "two", "b", returns_of(2))]
    for folder, names in ((root, "xy"), (tmp_path / "two", "yz")):
        for name in names:
            record(folder, "test", run=name, dataset_sha256=SHA, split_hash="s", config_hash=name,
                   seed=0, agent="PPO", sharpe=0.1, bars=250)  # fmt: skip
    found = winner(*paths)
    assert (found.ledger.configurations, found.ledger.test_uses) == (3, 4)
    assert found.selection.n_trials == 3


def test_other_bars_are_no_choice(root):
    one = make_run(root, "a", returns_of(1))
    other = make_run(root, "b", returns_of(2), dataset=read_run(one).dataset | {"sha256": "c"})
    found = compare_runs([read_run(one), read_run(other)]).winner
    assert (found.case, found.selection) == ("untested", None)
    assert found.text.endswith("the runs were not tested on the same bars.")


def test_a_damaged_ledger_is_said(root):
    paths = [make_run(root, str(k), returns_of(k)) for k in range(2)]
    (root / "ledger.jsonl").mkdir()
    found = winner(*paths)
    assert any("ledger of trials cannot be read" in one for one in found.notes)


def test_folds_are_judged_by_their_stitched_accounts(root):
    paths = [make_folds(root, name, returns_of(k)) for k, name in enumerate(("one", "others"))]
    found = compare_runs([read_run(path) for path in paths]).winner
    assert len(found.selection.sharpes) == 2
    assert found.selection.bars == 250


def test_a_value_that_is_no_number_is_left_out(root):
    returns = returns_of(1)
    broken = make_run(root, "broken", returns)
    file = broken / "eval" / "2-test" / "equity.parquet"
    frame = pd.read_parquet(file)
    frame.loc[5, "equity"] = np.nan
    frame.to_parquet(file, index=False)
    paths = [broken, *(make_run(root, str(k), returns_of(k)) for k in (2, 3))]
    found = winner(*paths)
    assert set(found.selection.sharpes) == {path.name for path in paths[1:]}
    assert any(one.endswith(f"left out: {broken.name}") for one in found.notes)
