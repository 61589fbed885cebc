"""Two months of EUR/USD minutes, trained on from the command line; skipped without the files."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tradegym.experiments.baselines import BASELINES

FOLDER = Path(
    os.environ.get("TRADEGYM_SHARED_DATA", Path(__file__).resolve().parents[3] / "shared" / "data")
)
FILES = [FOLDER / "histdata" / f"DAT_ASCII_EURUSD_M1_2017{month}.csv" for month in ("01", "02")]
BARS = 31_500 + 28_779


@pytest.mark.slow
@pytest.mark.skipif(
    not all(file.is_file() for file in FILES), reason="the folder with real files is not there"
)
def test_minutes_of_two_files_are_trained_on_and_tested(tmp_path):
    done = subprocess.run(
        [
            *(sys.executable, "-m", "tradegym", "train", "dataset=histdata"),
            f"dataset.filename=[{','.join(map(str, FILES))}]",
            "episode.duration=1d",
            "strategy.skip_frame=10",
            "train.total_timesteps=3000",
            "train.n_envs=2",
            "train.eval_every=3000",
            "agent.n_steps=128",
            "agent.batch_size=128",
            "tracking=none",
        ],
        cwd=tmp_path,
        env={**os.environ, "PYTHONSAFEPATH": "1"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert "PPO (step 3,072)" in done.stdout
    (run,) = [path.parent for path in tmp_path.glob("runs/*/run.json")]

    dataset = json.loads((run / "run.json").read_text(encoding="utf-8"))["dataset"]
    assert dataset["bars"] == BARS
    assert dataset["train"]["first"] == "2017-01-02T07:01:00"
    assert dataset["test"]["last"] == "2017-03-01T04:59:00"
    assert sum(dataset[part]["bars"] for part in ("train", "validation", "test")) == BARS

    result = json.loads((run / "result.json").read_text(encoding="utf-8"))
    assert result["status"] == "finished"
    assert result["test"].keys() == {"agent", *BASELINES}
    for name, metrics in result["test"].items():
        assert np.isfinite([metrics["total_return"], metrics["max_drawdown"]]).all(), name
        assert metrics["bars"] == result["test"]["agent"]["bars"] > 12_000

    (table,) = run.glob("eval/*-test/equity.parquet")
    steps = np.diff(pd.read_parquet(table)["time"].to_numpy()) / np.timedelta64(1, "s")
    assert np.median(steps) == steps.min() == 60
    assert (run / "plots" / "equity.png").stat().st_size > 10_000
