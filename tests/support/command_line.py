"""Arguments and small projects for tests of the command line."""

import json
from pathlib import Path

import numpy as np

SMALL = (
    "tracking=none",
    "train.total_timesteps=512",
    "train.n_envs=2",
    "train.eval_every=256",
    "agent.n_steps=64",
    "agent.batch_size=64",
)
"""A training of about a second, not in MLflow."""


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
