"""Run directories with made-up results, written as training and evaluation write them."""

import json

import numpy as np
import pandas as pd

BASELINES = ("buy_and_hold", "sma_cross", "random")


def write_json(path, data):
    path.write_text(json.dumps(data), encoding="utf-8")


def make_bars(n=400, assets=("spx",), seed=0, drift=0.0003, start=10_000.0, freq="B"):
    """Return the bars of an episode that is always half invested."""
    rng = np.random.default_rng(seed)
    times = pd.date_range("2015-01-02", periods=n, freq=freq, tz="UTC")
    closes = {name: 100 * np.exp(np.cumsum(rng.normal(drift, 0.01, n))) for name in assets}
    market = np.mean([close / close[0] for close in closes.values()], axis=0)
    equity = start * (0.5 + 0.5 * market)
    reward = np.diff(np.log(equity), prepend=np.log(start))
    bars = {
        "time": times,
        "cash": np.full(n, start / 2),
        "equity": equity,
        "exposure": 1 - start / 2 / equity,
        "reward": reward,
        "reward_profit": 1.5 * reward,
        "reward_turnover": -0.5 * reward,
        "commission": np.linspace(0, 20, n),
        "interest": np.zeros(n),
        "drawdown": np.zeros(n),
    }
    for name, close in closes.items():
        tail = f"_{name}" if len(assets) > 1 else ""
        for key in ("open", "high", "low", "close"):
            bars[f"{key}{tail}"] = close
        position = np.full(n, start / 2 / 100 / len(assets))
        position[n // 3 : n // 2] *= -1
        bars[f"position{tail}"] = position
    return pd.DataFrame(bars)


def make_trades(bars, asset, count=6):
    rows = np.linspace(0, len(bars) - 2, count + 1).astype(int)
    times = bars["time"]
    return pd.DataFrame(
        {
            "asset": asset,
            "direction": [1 if k % 2 else -1 for k in range(count)],
            "size": 10.0,
            "opened": [times[row] for row in rows[:-1]],
            "closed": [times[row] for row in rows[1:]],
            "entry_price": 100.0,
            "exit_price": 101.0,
            "bars": np.diff(rows),
            "pnl": 10.0,
            "commission": 1.0,
            "interest": 0.0,
            "pnl_net": [100.0 * (k - count / 2 + 0.25) for k in range(count)],
        }
    )


def make_orders(bars, asset, count=12):
    rows = np.linspace(1, len(bars) - 1, count).astype(int)
    close = bars["close"] if "close" in bars else bars[f"close_{asset}"]
    return pd.DataFrame(
        {
            "ref": range(1, count + 1),
            "asset": asset,
            "created": [bars["time"][row - 1] for row in rows],
            "executed": [bars["time"][row] for row in rows],
            "side": ["buy" if k % 2 else "sell" for k in range(count)],
            "type": "market",
            "size": 10.0,
            "limit": np.nan,
            "filled": 10.0,
            "price": [close[row] for row in rows],
            "commission": 1.0,
            "status": "Completed",
            "kind": "entry",
        }
    )


def write_tables(folder, bars, assets=("spx",), fills=12):
    folder.mkdir(parents=True, exist_ok=True)
    bars.to_parquet(folder / "equity.parquet", index=False)
    trades = [make_trades(bars, name) for name in assets]
    orders = [make_orders(bars, name, fills) for name in assets]
    pd.concat(trades, ignore_index=True).to_parquet(folder / "trades.parquet", index=False)
    pd.concat(orders, ignore_index=True).to_parquet(folder / "orders.parquet", index=False)


def metrics_of(sharpe=0.5, **others):
    return {
        "total_return": 0.1234,
        "annual_return": 0.0456,
        "annual_volatility": 0.12,
        "sharpe": sharpe,
        "sortino": None,
        "max_drawdown": -0.21,
        "trades": 6.0,
        "bars": 400.0,
        "years": 1.59,
        "bars_per_year": 252.0,
        "reward": 0.1,
        "reward_profit": 0.15,
    } | others


def info_of(path, kind="train", status="finished", **others):
    return {
        "schema_version": 1,
        "id": path.name,
        "name": "demo",
        "kind": kind,
        "status": status,
        "created": "2026-01-02T03:04:05.000000+00:00",
        "ended": "2026-01-02T03:14:05.000000+00:00",
        "host": "secret-host",
        "pid": 1,
        "pid_start_time": 0.0,
        "mlflow": None,
        "seed": 7,
        "warnings": [],
        "provenance": {
            "command_line": "tradegym train dataset.filename=/home/someone/private/bars.csv",
            "cwd": "/home/someone/private",
            "git_commit": "0123456789abcdef",
            "git_dirty": True,
            "python": "3.12.1",
            "machine": "x86_64",
            "cpu_capability": "AVX2",
            "versions": {"tradegym": "9.9.9", "numpy": "2.0.0"},
        },
        "dataset": {
            "name": "spx",
            "sha256": "ab" * 32,
            "source": "/home/someone/private/bars.csv",
            "bars": 1000,
            "assets": ["spx"],
            "bars_per_year": 252.0,
            "train": {"bars": 600, "first": "2010-01-04", "last": "2012-05-01"},
            "validation": {"bars": 200, "first": "2012-05-02", "last": "2014-12-31"},
            "test": {"bars": 400, "first": "2015-01-02", "last": "2016-07-14"},
        },
    } | others


RESOLVED = {
    "agent.algorithm": {"value": "PPO", "origin": "packaged agent/ppo", "note": ""},
    "agent.gamma": {"value": 0.987, "origin": "command line", "note": ""},
    "engine.start_cash": {"value": 10000.0, "origin": "packaged engine/standard", "note": ""},
    "train.select": {"value": "sharpe", "origin": "preset experiment/quick", "note": ""},
}

AUDIT = {
    "status": "passed",
    "seconds": 1.23,
    "checks": [
        {"name": "perturbed", "passed": True, "detail": "8 cuts", "findings": []},
        {"name": "fills", "passed": True, "detail": "120 fills", "findings": []},
    ],
}


def luck_of(verdict="A careful sentence."):
    row = {
        "n": 399,
        "years": 1.58,
        "sharpe": 0.5,
        "low": -1.05,
        "high": 2.05,
        "psr_2012": 0.734,
        "psr_2025": 0.741,
        "min_track_record_years_2012": 10.9,
    }
    interval = {"low": -0.11, "high": 0.31, "level": 0.95, "method": "stationary bootstrap"}
    difference = {"value": 0.2, "low": -0.9, "high": 1.3, "p_value": 0.61}
    return {
        "verdict": verdict,
        "case": "indistinguishable",
        "agent": row,
        "baselines": {name: row | {"sharpe": 0.3} for name in BASELINES},
        "intervals": {
            "agent": {
                "total_return": interval,
                "sharpe": {"low": -1.05, "high": 2.05, "level": 0.95, "method": "bootstrap"},
            }
        },
        "difference": {
            "reference": "buy_and_hold",
            "sharpe": difference | {"p_value_corrected": 1.0},
            "mean_return": None,
        },
        "deflated": {
            "probability_2012": 0.123,
            "probability_2025": 0.125,
            "n_trials": 17,
            "unit": "configurations tried",
            "threshold": 1.61,
            "variance_source": "variance of the Sharpe ratios of the trials",
            "p_value_corrected": 1.0,
            "if_every_training_counts": {"n_trials": 42, "probability_2012": 0.05},
            "min_backtest_years": 3.2,
        },
        "superiority": {
            "benchmark": "buy_and_hold",
            "reality_check_p": 0.44,
            "spa_p": 0.39,
            "superior": [],
        },
        "ledger": {"trainings": 42, "configurations": 17, "test_uses": 9, "sharpes": [0.01]},
    }


def make_curves(path, points=20):
    rng = np.random.default_rng(1)
    lines = []
    for step in range(1, points + 1):
        for key in (
            "rollout/ep_rew_mean",
            "validation/sharpe",
            "validation/total_log_return",
            "train/loss",
            "train/value_loss",
        ):
            value = float(rng.normal(0.05 * step, 0.3))
            lines.append(json.dumps({"step": 1000 * step, "time": 0.0, "key": key, "value": value}))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def make_trained(root, name="20260102T030405Z-demo-0001", assets=("spx",), n=400, fills=12, **info):
    """Write a finished training run with everything in it."""
    path = root / name
    path.mkdir(parents=True)
    write_json(path / "run.json", info_of(path, **info))
    write_json(path / "resolved.json", RESOLVED)
    write_json(path / "audit.json", AUDIT)
    make_curves(path / "metrics.jsonl")
    table = {"agent": metrics_of()}
    table |= {name: metrics_of(0.3, total_return=0.08) for name in BASELINES}
    folder = path / "eval" / "2-test"
    write_tables(folder, make_bars(n, assets), assets, fills)
    for number, baseline in enumerate(BASELINES, 1):
        below = folder / "baselines" / baseline
        write_tables(below, make_bars(n, assets, seed=number), assets)
    write_json(folder / "luck.json", luck_of())
    write_json(
        path / "result.json",
        {
            "status": "finished",
            "error": None,
            "steps": 20000,
            "timing": {"training_seconds": 500.0, "total_seconds": 600.0},
            "best": {"step": 12000, "metric": "sharpe", "value": 0.8, "weights_sha256": "cd" * 32},
            "test": table,
        },
    )
    return path


def make_seeds(root, seeds=5, name="20260102T030405Z-many-0002"):
    """Write the parent of several seeds."""
    path = root / name
    path.mkdir(parents=True)
    rng = np.random.default_rng(3)
    write_json(path / "run.json", info_of(path, kind="seeds"))
    write_json(path / "resolved.json", RESOLVED)
    gains = [round(float(value), 6) for value in rng.normal(0.08, 0.09, seeds)]
    sharpes = [round(6 * value, 6) for value in gains]
    summary = {
        "total_return": {
            "iqm": 0.0812,
            "low": -0.021,
            "high": 0.171,
            "method": "Student's t of the mean",
            "std": 0.09,
            "min": min(gains),
            "max": max(gains),
            "n": seeds,
        },
        "sharpe": {
            "iqm": 0.45,
            "low": -0.1,
            "high": 1.0,
            "method": "Student's t of the mean",
            "std": 0.5,
            "min": min(sharpes),
            "max": max(sharpes),
            "n": seeds,
        },
    }
    write_json(
        path / "seeds.json",
        {
            "seeds": list(range(seeds)),
            "runs": [f"20260102T030405Z-demo-seed{seed}-000{seed}" for seed in range(seeds)],
            "metrics": {
                "agent": {"total_return": gains, "sharpe": sharpes},
                "buy_and_hold": {"total_return": [0.11] * seeds, "sharpe": [0.62] * seeds},
            },
            "summary": summary,
            "improvement": {
                "buy_and_hold": {
                    "metric": "total_return",
                    "probability": 0.4,
                    "low": 0.1,
                    "high": 0.8,
                }
            },
            "warning": f"{seeds} seeds are too few to tell skill from luck",
        },
    )
    table = {"agent": metrics_of(0.45), "buy_and_hold": metrics_of(0.62)}
    write_json(
        path / "result.json",
        {
            "status": "finished",
            "error": None,
            "kind": "seeds",
            "test": table,
            "statistic": "interquartile mean over seeds",
        },
    )
    return path


def make_folds(root, folds=4, name="20260102T030405Z-walk-0003"):
    """Write the parent of a walk-forward."""
    path = root / name
    path.mkdir(parents=True)
    write_json(path / "run.json", info_of(path, kind="folds"))
    write_json(path / "resolved.json", RESOLVED)
    bars = make_bars(400)
    marks = np.repeat(np.arange(folds), 400 // folds)
    table = bars[["time", "equity"]].assign(
        fold=pd.array(marks, dtype="Int64"), path=0, buy_and_hold=make_bars(400, seed=4)["equity"]
    )
    table.loc[table.index[400 // folds], "fold"] = pd.NA
    table.to_parquet(path / "stitched.parquet", index=False)
    entries = [
        {
            "fold": number,
            "run": f"20260102T030405Z-demo-fold{number}-000{number}",
            "status": "finished",
            "error": None,
            "test": [f"201{5 + number}-01-02T00:00:00", f"201{5 + number}-12-30T00:00:00"],
            "metrics": metrics_of(0.1 * number),
        }
        for number in range(folds)
    ]
    write_json(
        path / "folds.json",
        {
            "folds": entries,
            "stitched": metrics_of(0.4, sharpe_low=-1.2, sharpe_high=2.0),
            "baselines": {"buy_and_hold": metrics_of(0.6)},
            "paths": [
                {"path": number, "folds": [0, 1], "metrics": metrics_of(0.2 + 0.1 * number)}
                for number in range(3)
            ],
            "warning": None,
        },
    )
    write_json(path / "result.json", {"status": "finished", "error": None, "kind": "folds"})
    return path
