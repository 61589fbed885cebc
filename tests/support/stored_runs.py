"""Run directories as trainings, evaluations and experiments leave them, made from returns."""

import json
import os
from pathlib import Path

import numpy as np
import pandas as pd

SHA = "a" * 64
PER_YEAR = 252.0


def returns_of(seed: int, bars: int = 250, drift: float = 0.0005) -> np.ndarray:
    """Seeded normal returns of one per cent a bar."""
    return np.random.default_rng(seed).normal(drift, 0.01, bars)


def measured(returns, **more) -> dict[str, float | None]:
    """The metrics of returns, worked out here, and more."""
    returns = np.asarray(returns)
    deviation = returns.std(ddof=1) if len(returns) > 1 else 0.0
    curve = np.cumprod(np.concatenate(([1.0], 1 + returns)))
    return {
        "total_return": float(curve[-1] - 1),
        "sharpe": float(returns.mean() / deviation * PER_YEAR**0.5) if deviation else None,
        "max_drawdown": float((curve / np.maximum.accumulate(curve)).min() - 1),
        "trades": 3.0,
        "bars_per_year": PER_YEAR,
        **more,
    }


def write_json(path: Path, value) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value), encoding="utf-8")


def write_equity(folder: Path, returns, *, first="2020-01-01", cash=1000.0) -> None:
    """An ``equity.parquet`` whose first bar holds the start money."""
    folder.mkdir(parents=True, exist_ok=True)
    equity = cash * np.cumprod(np.concatenate(([1.0], 1 + np.asarray(returns))))
    times = pd.date_range(first, periods=len(equity), freq="D", tz="UTC")
    frame = pd.DataFrame({"time": times, "equity": equity, "episode": 1})
    frame.to_parquet(folder / "equity.parquet", index=False)


def config_of(**values) -> dict[str, dict[str, object]]:
    """A ``resolved.json``: defaults, and values of the command line."""
    defaults = {"agent.algorithm": "PPO", "engine.start_cash": 1000.0, "agent.gamma": 0.99}
    found = {
        key: {"value": value, "origin": "packaged agent/ppo", "note": ""}
        for key, value in defaults.items()
    }
    for key, value in values.items():
        found[key.replace("__", ".")] = {"value": value, "origin": "command line", "note": ""}
    return found


def info_of(directory: Path, name: str, kind: str, **more) -> dict[str, object]:
    """A ``run.json``."""
    return {
        "schema_version": 1,
        "id": directory.name,
        "name": name,
        "kind": kind,
        "status": "finished",
        "created": "2026-03-01T10:00:00.000000+00:00",
        "ended": "2026-03-01T10:01:30.000000+00:00",
        "pid": os.getpid(),
        "mlflow": None,
        "seed": 0,
        "dataset": {
            "name": "waves",
            "sha256": SHA,
            "bars": 1000,
            "bars_per_year": PER_YEAR,
            "train": {"bars": 600, "first": "2017-01-01", "last": "2018-12-31"},
            "test": {"bars": 251, "first": "2020-01-01", "last": "2020-09-07"},
        },
        **more,
    }


def make_run(
    root: Path, name: str, returns=None, *, baseline=None, config=None, first="2020-01-01", **info
) -> Path:
    """A finished training run whose test made ``returns``; without them, no result."""
    number = sum(1 for _ in root.glob("*")) if root.exists() else 0
    directory = root / f"20260301T10{number % 60:02d}00Z-{name}-{number:04x}"
    write_json(directory / "run.json", info_of(directory, name, "train", **info))
    write_json(directory / "resolved.json", config_of(**(config or {})))
    if returns is None:
        return directory
    test = {"agent": measured(returns)}
    folder = directory / "eval" / "2-test"
    write_equity(folder, returns, first=first)
    if baseline is not None:
        test["buy_and_hold"] = measured(baseline)
        write_equity(folder / "baselines" / "buy_and_hold", baseline, first=first)
    best = {"step": 256, "metric": "total_log_return", "value": 0.25}
    write_json(directory / "result.json", {"status": "finished", "best": best, "test": test})
    return directory


def make_seeds(root: Path, name: str, sharpes, *, hold=0.5, runs=(), **info) -> Path:
    """An experiment of several seeds with these Sharpe ratios; returns are a tenth of them.

    ``runs`` are the directories of its seeds, which are not there by default.
    """
    directory = root / f"20260302T100000Z-{name}-{len(name):04x}"
    values = list(sharpes)
    write_json(directory / "run.json", info_of(directory, name, "seeds", **info))
    write_json(directory / "resolved.json", config_of())
    tenth = [value / 10 for value in values]
    summary = {
        "sharpe": {"iqm": 1.0, "low": 0.5, "high": 1.5, "method": "stratified", "n": len(values)}
    }
    metrics = {
        "agent": {"sharpe": values, "total_return": tenth},
        "buy_and_hold": {"sharpe": [hold] * len(values), "total_return": [0.01] * len(values)},
    }
    seeds = list(range(len(values)))
    names = [run.name for run in runs]
    many = {"seeds": seeds, "runs": names, "metrics": metrics, "summary": summary}
    write_json(directory / "seeds.json", many)
    return directory


def make_folds(root: Path, name: str, returns, *, first="2020-01-01", **info) -> Path:
    """A walk-forward experiment of two folds with a stitched equity curve."""
    directory = root / f"20260303T100000Z-{name}-{len(name):04x}"
    write_json(directory / "run.json", info_of(directory, name, "folds", **info))
    write_json(directory / "resolved.json", config_of())
    write_equity(directory, returns, first=first)
    frame = pd.read_parquet(directory / "equity.parquet").rename(columns={"episode": "fold"})
    frame.to_parquet(directory / "stitched.parquet", index=False)
    (directory / "equity.parquet").unlink()
    half = measured(returns[: len(returns) // 2])
    folds = [
        {"fold": 1, "run": f"{name}-1", "test": ["2020-01-01", "2020-05-04"], "metrics": half},
        {"fold": 2, "run": f"{name}-2", "test": ["2020-05-05", "2020-09-07"], "metrics": half},
    ]
    write_json(directory / "folds.json", {"folds": folds, "stitched": measured(returns)})
    return directory
