"""A training that cannot begin leaves no processes behind."""

import psutil
import pytest

from tradegym.conf.errors import UserError
from tradegym.conf.resolve import resolve
from tradegym.experiments.reporter import SilentReporter
from tradegym.experiments.training.run import train

WORKERS = ["engine.backend=backtrader", "train.env_workers=1", "train.n_envs=2"]


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ("agent.policy=CnnPolicy", "agent.policy: 'CnnPolicy'"),
        ("runs_root={folder}/taken", "cannot create a run there"),
    ],
)
def test_the_workers_of_a_training_that_cannot_begin_end(wrong, message, tmp_path):
    before = psutil.Process().children()
    (tmp_path / "taken").write_text("a file")
    overrides = [f"runs_root={tmp_path}", "tracking.backend=none", wrong.format(folder=tmp_path)]
    with pytest.raises(UserError, match=message) as caught:
        train(resolve([*WORKERS, *overrides]), SilentReporter())
    # The error holds the frames, so nothing is let go of by accident.
    assert caught.tb is not None
    assert psutil.Process().children() == before
