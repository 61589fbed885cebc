"""Records of made-up episodes: one asset, several, or weights."""

import numpy as np
import pandas as pd

from tradegym.envs.record import EpisodeRecord

ORDER = {
    "ref": 0,
    "asset": "",
    "created": pd.NaT,
    "executed": pd.NaT,
    "side": "",
    "type": "market",
    "size": 0.0,
    "limit": np.nan,
    "filled": 0.0,
    "price": np.nan,
    "commission": 0.0,
    "status": "",
    "kind": "",
}


def walk(bars, rng):
    """Closes, and opens, highs and lows around them."""
    closes = 1200 * np.exp(np.cumsum(rng.normal(0.0004, 0.012, bars)))
    opens = np.concatenate(([1200.0], closes[:-1])) * np.exp(rng.normal(0, 0.002, bars))
    highs = np.maximum(opens, closes) * np.exp(np.abs(rng.normal(0, 0.003, bars)))
    lows = np.minimum(opens, closes) * np.exp(-np.abs(rng.normal(0, 0.003, bars)))
    return {"open": opens, "high": highs, "low": lows, "close": closes}


def episode(
    bars=504,
    seed=0,
    *,
    assets=("sp500",),
    weights=False,
    share=0.04,
    terms=("log_return", "drawdown"),
    freq="B",
    cash=10_000.0,
):
    """Trade at random at the next open; weights are targets of every tenth bar."""
    rng = np.random.default_rng(seed)
    times = pd.Series(pd.date_range("2012-01-02", periods=bars, freq=freq, tz="UTC"))
    times = times.astype("datetime64[ns, UTC]")
    columns = {"time": times}
    orders, money, worth = [], np.full(bars, cash), np.zeros(bars)
    for asset in assets:
        prices = walk(bars, rng)
        held = _trade(asset, prices, times, rng, share, cash / len(assets), orders, money)
        worth = worth + held * prices["close"]
        suffix = "" if assets == ("sp500",) else f"_{asset}"
        columns |= {f"{name}{suffix}": values for name, values in prices.items()}
        columns[f"position{suffix}"] = held
        if not weights:
            chosen = np.where(rng.random(bars) < share, 1, 0)
            columns[f"action{suffix}"] = pd.array(chosen, dtype="Int64")
    equity = money + worth
    columns |= {"cash": money, "equity": equity, "exposure": np.abs(worth) / equity}
    peaks = np.maximum.accumulate(np.maximum(equity, cash))
    columns["drawdown"] = 100 * (1 - equity / peaks)
    gains = np.diff(np.log(equity), prepend=np.log(cash))
    parts = {term: gains if i == 0 else -0.001 * np.abs(gains) * i for i, term in enumerate(terms)}
    columns |= {f"reward_{term}": part for term, part in parts.items()}
    columns["reward"] = sum(parts.values(), np.zeros(bars))
    columns["commission"] = columns["interest"] = np.zeros(bars)
    if weights:
        columns |= _targets(bars, assets, rng)
    return EpisodeRecord(
        assets=tuple(assets),
        start_cash=cash,
        bars_per_year=252.0,
        reason="END_OF_DATA",
        action_names=() if weights else ("hold", "buy", "sell", "close"),
        bars=pd.DataFrame(columns),
        trades=pd.DataFrame(columns=["asset", "direction", "pnl_net"]),
        orders=_orders(orders),
    )


def _trade(asset, prices, times, rng, share, cash, orders, money):
    """Change the position at some opens; note the orders and what is paid for them."""
    held, units = np.zeros(len(times)), 0.0
    for t in range(len(times)):
        last = t == len(times) - 1
        target = units
        if t and (last or rng.random() < share):
            target = 0.0 if last else rng.choice([-1, 0, 1]) * 0.8 * cash / prices["open"][t]
        change = target - units
        if change:
            kind = "exit" if target == 0 else "entry" if units == 0 else "reversal"
            kind = "liquidation" if last else kind
            if kind == "exit":
                kind = str(rng.choice(["exit", "stop_loss", "take_profit"], p=[0.6, 0.2, 0.2]))
            add_order(orders, asset, times, t, change, prices["open"][t], kind)
            money[t:] -= change * prices["open"][t]
            units = target
        held[t] = units
    return held


def add_order(orders, asset, times, t, change, price, kind, status="Completed"):
    """Note an order that filled at bar ``t``, or was refused there."""
    done = status == "Completed"
    orders.append(
        ORDER
        | {
            "ref": len(orders) + 1,
            "asset": asset,
            "created": times[t - 1],
            "executed": times[t] if done else pd.NaT,
            "side": "buy" if change > 0 else "sell",
            "size": abs(change),
            "filled": abs(change) if done else 0.0,
            "price": price if done else np.nan,
            "status": status,
            "kind": kind,
        }
    )


def _orders(rows):
    frame = pd.DataFrame(rows or [ORDER])
    for name in ("created", "executed"):
        frame[name] = pd.to_datetime(frame[name], utc=True)
    return frame if rows else frame.iloc[:0]


def _targets(bars, assets, rng):
    drawn = rng.dirichlet(np.ones(len(assets) + 1), bars)
    drawn[np.arange(bars) % 10 != 0] = np.nan
    return {f"weight_{name}": drawn[:, i] for i, name in enumerate([*assets, "cash"])}
