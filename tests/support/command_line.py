"""Arguments and small projects for tests of the command line."""

import json
from pathlib import Path

import numpy as np

SMALL = (
    "tracking=none",
    "split.train=0.9",
    "split.validation=0.05",
    "episode.duration=50",
    "train.total_timesteps=256",
    "train.n_envs=2",
    "train.eval_every=128",
    "agent.n_epochs=2",
    "agent.n_steps=64",
    "agent.batch_size=64",
    "eval.random_draws=2",
    "eval.resamples=0",
    "eval.report=false",
    "audit.mode=off",
)
"""A training of about a second, not in MLflow, without audit, judgement and report."""


def tree(folder: Path) -> dict[str, int]:
    """Every file and directory below, with its time of change."""
    return {str(path.relative_to(folder)): path.stat().st_mtime_ns for path in folder.rglob("*")}


def only_run(folder: Path) -> Path:
    """The directory of the only run below ``folder``."""
    (found,) = [path.parent for path in folder.glob("runs/*/run.json")]
    return found


def read(run: Path, name: str = "run.json"):
    return json.loads((run / name).read_text(encoding="utf-8"))


def csv_lines(bars: int = 400) -> list[str]:
    """A CSV file of daily bars that rise and fall, the header first."""
    days = np.datetime64("2001-01-01") + np.arange(bars)
    closes = 100 + 10 * np.sin(np.arange(bars) / 9) + np.arange(bars) / 40
    lines = ["date,open,high,low,close,volume"]
    for day, close in zip(days, closes, strict=True):
        lines.append(f"{day},{close:.2f},{close + 1:.2f},{close - 1:.2f},{close:.2f},1000")
    return lines


def edited(line: int, *cells: tuple[int, str]) -> str:
    """The same file with cells of one line changed, as text."""
    lines = csv_lines()
    changed = lines[line - 1].split(",")
    for position, value in cells:
        changed[position] = value
    lines[line - 1] = ",".join(changed)
    return "\n".join(lines) + "\n"


PROJECT = """
import backtrader as bt
import numpy as np
from gymnasium import spaces
from tradegym.envs.data.dataset import Dataset
from tradegym.envs.strategies.base import BaseStrategy


class Momentum(BaseStrategy):
    params = (
        ("period", 10),
        ("state_shape", {"momentum": spaces.Box(-np.inf, np.inf, (2,), np.float32)}),
        ("drawdown_call", None),
    )

    def set_datalines(self):
        self.average = bt.ind.SMA(self.data.close, period=self.p.period)

    def get_momentum_state(self):
        price = self.data.close[0]
        return np.array([price / self.average[0] - 1, self.position.size > 0], np.float32)


def waves():
    bars = np.arange(600)
    closes = 100 + 5 * np.sin(bars / 7)
    times = np.datetime64("2001-01-01", "ns") + bars * np.timedelta64(1, "D")
    table = np.stack([closes, closes + 1, closes - 1, closes, closes * 0 + 1], axis=1)
    return Dataset.from_arrays("waves", times, table[:, None, :])


def cerebro():
    cerebro = bt.Cerebro()
    cerebro.broker.setcash(555.0)
    cerebro.addsizer(bt.sizers.FixedSize, stake=1)
    cerebro.addstrategy(Momentum, period=5)
    return cerebro
"""
"""A user's module ``project`` with a strategy, a dataset and a Cerebro."""
