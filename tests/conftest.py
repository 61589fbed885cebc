import dataclasses
import os

import numpy as np
import pandas as pd
import pytest

from tradegym.envs.record import EpisodeRecord


def pytest_configure(config):
    """Keep the compiled engine from one session to the next, but not among the user's files."""
    cache = getattr(config, "cache", None)
    if cache is not None:
        os.environ.setdefault("NUMBA_CACHE_DIR", str(cache.mkdir("numba")))


ACTIONS = ("hold", "buy", "sell", "close")
FEE = 0.001


def _order(number, asset, created, executed, units, price, fee, status, kind):
    return {
        "ref": number,
        "asset": asset,
        "created": created,
        "executed": executed,
        "side": "buy" if units > 0 else "sell",
        "type": "market",
        "size": abs(units),
        "limit": np.nan,
        "filled": abs(units) if status == "Completed" else 0.0,
        "price": price,
        "commission": fee,
        "status": status,
        "kind": kind,
    }


def _walk(bars, rng, freq):
    """Random OHLC whose opens gap a little from the last close."""
    closes = 1200 * np.exp(np.cumsum(rng.normal(0.0003, 0.012, bars)))
    opens = np.concatenate(([1200.0], closes[:-1])) * np.exp(rng.normal(0, 0.002, bars))
    frame = pd.DataFrame(
        {
            "time": pd.date_range("2012-01-02", periods=bars, freq=freq, tz="UTC"),
            "open": opens,
            "high": np.maximum(opens, closes) * np.exp(np.abs(rng.normal(0, 0.003, bars))),
            "low": np.minimum(opens, closes) * np.exp(-np.abs(rng.normal(0, 0.003, bars))),
            "close": closes,
        }
    )
    frame["time"] = frame["time"].astype("datetime64[ns, UTC]")
    return frame


def simulate(bars=504, seed=0, *, trade_share=0.04, freq="B", asset="sp500", cash=10_000.0):
    """Trade at random on a random walk, with fills at the next open, and write the tables."""
    rng = np.random.default_rng(seed)
    frame = _walk(bars, rng, freq)
    start, paid, units, entry, pending = cash, 0.0, 0.0, None, 0.0
    rows: list[tuple[object, ...]] = []
    orders: list[dict[str, object]] = []
    trades: list[dict[str, object]] = []
    for t, bar in frame.iterrows():
        before = frame["time"][max(t - 1, 0)]
        target = 0.0 if t == bars - 1 else pending
        if t and target != units:
            price, change = bar["open"], target - units
            kind = "exit" if target == 0 else "entry" if units == 0 else "reversal"
            kind = "liquidation" if t == bars - 1 and kind == "exit" else kind
            fee = abs(change) * price * FEE
            cash, paid = cash - change * price - fee, paid + fee
            number = len(orders) + 1
            orders.append(
                _order(number, asset, before, bar["time"], change, price, fee, "Completed", kind)
            )
            if entry is not None:
                when, at, first = entry
                fees = abs(units) * (at + price) * FEE
                gross = units * (price - at)
                trades.append(
                    {
                        "asset": asset,
                        "direction": int(np.sign(units)),
                        "size": abs(units),
                        "opened": when,
                        "closed": bar["time"],
                        "entry_price": at,
                        "exit_price": price,
                        "bars": t - first,
                        "pnl": gross,
                        "commission": fees,
                        "interest": 0.0,
                        "pnl_net": gross - fees,
                    }
                )
            units, entry = target, (bar["time"], price, t) if target else None
        action = pd.NA if t >= bars - 2 else 0
        if action is not pd.NA and rng.random() < trade_share:
            action = int(rng.integers(1, 4))
            size = 0.8 * (cash + units * bar["close"]) / bar["close"]
            pending = (units, size, -size, 0.0)[action]
            if rng.random() < 0.1:  # refused for lack of money
                pending, when = units, bar["time"]
                number = len(orders) + 1
                orders.append(
                    _order(number, asset, when, pd.NaT, size, np.nan, 0.0, "Margin", "entry")
                )
        rows.append((cash, cash + units * bar["close"], units, action, paid))
    columns = ["cash", "equity", "position", "action", "commission"]
    frame = frame.join(pd.DataFrame(rows, columns=columns).astype({"action": "Int64"}))
    peaks = frame["equity"].cummax()
    frame["drawdown"] = 100 * (1 - frame["equity"] / peaks)
    frame["exposure"] = (frame["position"] * frame["close"]).abs() / frame["equity"]
    frame["interest"] = 0.0
    frame["reward"] = frame["equity"].diff().fillna(0.0) / start
    frame["reward_gain"] = frame["reward"]
    return EpisodeRecord(
        assets=(asset,),
        start_cash=start,
        bars_per_year=252.0,
        reason="END_OF_DATA",
        action_names=ACTIONS,
        bars=frame,
        trades=_table(trades, ["asset", "direction", "size", "opened", "closed", "pnl_net"]),
        orders=_table(orders, list(_order(0, "", 0, 0, 0, 0, 0, "", ""))),
    )


def _table(rows, columns):
    frame = pd.DataFrame(rows) if rows else pd.DataFrame(columns=columns)
    for name in {"created", "executed", "opened", "closed"} & set(frame.columns):
        frame[name] = pd.to_datetime(frame[name], utc=True)
    return frame


def with_equity(equity, start=None, bars_per_year=252.0):
    """A record whose account had these values, without trades."""
    record = simulate(len(equity), trade_share=0.0)
    bars = record.bars.assign(equity=np.asarray(equity, dtype=np.float64))
    start = float(equity[0]) if start is None else start
    return dataclasses.replace(record, bars=bars, start_cash=start, bars_per_year=bars_per_year)


@pytest.fixture(scope="session")
def _home(tmp_path_factory):
    return tmp_path_factory.mktemp("home")


@pytest.fixture(autouse=True)
def _no_files_of_the_user(_home, monkeypatch):
    """Keep caches and state of the user out of the tests, and the tests out of them."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(_home / "cache"))
    monkeypatch.setenv("XDG_STATE_HOME", str(_home / "state"))


@pytest.fixture
def make_record():
    """Build a seeded, consistent episode record: see `simulate`."""
    return simulate


@pytest.fixture
def record_of():
    """Build a record from equity values: see `with_equity`."""
    return with_equity
