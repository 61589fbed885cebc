"""How often the whole comparison calls configurations without skill better, and finds one with."""

import numpy as np
import pytest
from stored_runs import make_run

from tradegym.experiments.comparing import testing
from tradegym.experiments.comparing.compare import compare_runs
from tradegym.experiments.comparing.stored import read_run

pytestmark = pytest.mark.slow

BARS = 250
CONFIGURATIONS = 5
SEEDS = 2
RUNS = 120


def experiment(root, rng, edge):
    """Runs of five configurations with two seeds each; ``edge`` a bar is in the last one."""
    hold = rng.normal(0.0003, 0.01, BARS)
    paths = []
    for number in range(CONFIGURATIONS):
        shared = rng.normal(edge * (number == CONFIGURATIONS - 1), 0.006, BARS)
        for seed in range(SEEDS):
            returns = hold + shared + rng.normal(0.0, 0.003, BARS)
            config = {"agent__gamma": 0.9 + number / 100}
            name = f"c{number}-{seed}"
            paths.append(
                make_run(root, name, returns, baseline=hold, config=config, seed=seed)
            )  # fmt: skip
    return compare_runs([read_run(path) for path in paths], metrics=["trades"]).winner


@pytest.fixture
def quick(monkeypatch):
    """The tests between two runs are not looked at here: draw few resamples for them."""
    monkeypatch.setattr(testing, "DRAWS", 50)


def test_without_skill_stepm_names_one_in_about_5_percent(tmp_path, quick):
    rng = np.random.default_rng(11)
    found = [experiment(tmp_path / str(run), rng, 0.0) for run in range(RUNS)]
    assert all(len(one.selection.superiority.compared) == CONFIGURATIONS for one in found)
    named = np.mean([bool(one.selection.superiority.superior) for one in found])
    assert named <= 0.11  # 5 % and three standard errors of 120 simulations
    assert np.mean([one.selection.superiority.spa_p < 0.05 for one in found]) <= 0.11
    assert np.mean([one.case == "beyond_luck" for one in found]) <= 0.05
    # The best of five is below the median in 3 of 5 by luck; 0.25 is the deviation of one PBO.
    pbo = [one.selection.overfitting.probability for one in found]
    assert np.mean(pbo) == pytest.approx(0.6, abs=3 * 0.25 / RUNS**0.5 + 0.03)


def test_a_planted_one_is_found(tmp_path, quick):
    rng = np.random.default_rng(12)
    found = [experiment(tmp_path / str(run), rng, 0.002) for run in range(30)]
    planted = [one.configurations[-1].label for one in found]
    hits = [
        label in one.selection.superiority.superior
        for label, one in zip(planted, found, strict=True)
    ]
    assert np.mean(hits) >= 0.9
    others = [set(one.selection.superiority.superior) - {label}
              for label, one in zip(planted, found, strict=True)]  # fmt: skip
    assert np.mean([bool(one) for one in others]) <= 0.15
    assert np.mean([one.selection.overfitting.probability for one in found]) <= 0.1
