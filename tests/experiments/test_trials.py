"""The ledger of trainings and of uses of the test split."""

import json
import subprocess
import sys

import pytest

from tradegym.conf.errors import RunFailed
from tradegym.conf.resolve import resolve
from tradegym.envs.data.splits import Split
from tradegym.experiments import trials
from tradegym.experiments.trials import TrialCount, config_hash, split_hash

DATA = "d" * 64


def note(root, kind="train", config="a", *, data=DATA, seed=0, sharpe=None):
    trials.record(
        root,
        kind,
        run="20260101T000000Z-x",
        dataset_sha256=data,
        split_hash="s",
        config_hash=config,
        seed=seed,
        agent="PPO",
        sharpe=sharpe,
        bars=100,
    )


def test_without_a_ledger_there_were_no_trials(tmp_path):
    found = trials.count(tmp_path / "none", DATA)
    assert found == TrialCount()
    assert found.summary() == (
        "0 trainings of 0 configurations on this data; the test split was not used"
    )


def test_trainings_configurations_and_uses_of_the_test_split(tmp_path):
    root = tmp_path / "new" / "runs"
    for config in ("a", "a", "b", "c"):
        note(root, config=config)
    note(root, "test", "a")
    note(root, "test", "rule")  # a rule is never trained, but it was tried
    note(root, "test", "other", data="e" * 64)
    found = trials.count(root, DATA)
    assert (found.trainings, found.configurations, found.test_uses) == (4, 4, 2)
    assert found.summary() == (
        "4 trainings of 4 configurations on this data; the test split was used 2 times"
    )
    other = trials.count(root, "e" * 64)
    assert other.summary() == (
        "0 trainings of 1 configuration on this data; the test split was used once"
    )
    assert root.stat().st_mode & 0o777 == 0o700


def test_a_line_says_what_was_done(tmp_path):
    note(tmp_path, sharpe=0.05, seed=3)
    (line,) = (tmp_path / "ledger.jsonl").read_text().splitlines()
    found = json.loads(line)
    assert found.pop("time").endswith("+00:00")
    assert found == {
        "kind": "train",
        "run": "20260101T000000Z-x",
        "dataset_sha256": DATA,
        "split_hash": "s",
        "config_hash": "a",
        "seed": 3,
        "agent": "PPO",
        "sharpe": 0.05,
        "bars": 100,
    }


def test_one_sharpe_ratio_per_configuration(tmp_path):
    note(tmp_path, config="a", sharpe=0.1)
    note(tmp_path, config="a", sharpe=0.2, seed=1)
    note(tmp_path, config="b", sharpe=-0.1)
    note(tmp_path, config="c", sharpe=float("nan"))
    note(tmp_path, "test", "a", sharpe=9.0)
    assert trials.count(tmp_path, DATA).sharpes == (pytest.approx(0.15), -0.1)


def test_damaged_lines_are_counted_and_harm_nobody(tmp_path):
    note(tmp_path)
    path = tmp_path / "ledger.jsonl"
    whole = path.read_bytes()
    broken = [b"\xff\xfe", b"[1]", b'{"kind": "train"}', b'{"kind": "lunch"}', b"null"]
    path.write_bytes(whole + b"\n".join(broken) + b"\n\n" + whole[:50])  # the last one cut off
    note(tmp_path, config="b")
    found = trials.count(tmp_path, DATA)
    assert (found.trainings, found.configurations, found.damaged) == (2, 2, 6)
    assert found.summary().endswith("; 6 lines of the ledger cannot be read")
    assert found.as_dict()["summary"] == found.summary()


def test_processes_do_not_lose_each_others_lines(tmp_path):
    code = (
        "import sys; from pathlib import Path; from tradegym.experiments import trials\n"
        "for one in range(25):\n"
        "    trials.record(Path(sys.argv[1]), 'train', run='x' * 3000, dataset_sha256='d',"
        " split_hash='s', config_hash=sys.argv[2] + str(one), seed=one, agent='PPO')\n"
    )
    command = [sys.executable, "-c", code, str(tmp_path)]
    writers = [subprocess.Popen([*command, str(number)]) for number in range(4)]
    assert [writer.wait(timeout=120) for writer in writers] == [0] * 4
    found = trials.count(tmp_path, "d")
    assert (found.trainings, found.configurations, found.damaged) == (100, 100, 0)


def test_a_ledger_that_cannot_be_used_is_one_line(tmp_path):
    (tmp_path / "ledger.jsonl").mkdir()
    with pytest.raises(RunFailed, match=r"ledger.jsonl: cannot be written \(Is a directory\)"):
        note(tmp_path)
    with pytest.raises(RunFailed, match=r"ledger.jsonl: cannot be read \(Is a directory\)"):
        trials.count(tmp_path, DATA)


def hash_of(*overrides):
    return config_hash(resolve(list(overrides)))


@pytest.mark.parametrize(
    "same",
    [
        "seed=7",
        "name=other",
        "runs_root=elsewhere",
        "tracking=none",
        "render.dpi=50",
        "eval.episodes=3",
        "train.torch_threads=2",
    ],
)
def test_what_is_not_tried_does_not_count(same):
    assert hash_of(same) == hash_of()


@pytest.mark.parametrize(
    "different",
    [
        "agent.learning_rate=0.01",
        "agent=dqn",
        "train.total_timesteps=5000",
        "strategy=btgym",
        "strategy.state.features.RSI.timeperiod=7",
        "engine.broker_commission=0.01",
        "split.train=0.5",
    ],
)
def test_what_is_tried_counts(different):
    assert hash_of(different) != hash_of()


def test_folds_of_one_configuration_are_one_trial():
    assert hash_of("split=walk_forward", "split.fold=1") == hash_of("split=walk_forward")
    assert hash_of("split=walk_forward") != hash_of()


def test_the_hash_of_a_split_is_that_of_its_ranges():
    split = Split(range(10), range(10, 15), range(15, 20))
    assert split_hash(split) == split_hash(Split(range(10), (range(10, 15),), range(15, 20)))
    others = [
        Split(range(10), range(10, 15), range(15, 21)),
        Split(range(10), range(10, 14), range(15, 20)),
        Split(range(10), (range(10, 12), range(12, 15)), range(15, 20)),
        Split(range(10), range(0), range(15, 20)),
    ]
    assert len({split_hash(one) for one in [split, *others]}) == 5
