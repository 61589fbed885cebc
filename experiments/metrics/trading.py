"""What was traded, and what it cost."""

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from tradegym.envs.record import EpisodeRecord

# What a volume limit cuts is cancelled in the end: a partial fill that stays lacked margin.
_REFUSED = frozenset({"Margin", "Partial", "Refused", "Rejected"})


def trade_values(record: "EpisodeRecord") -> dict[str, float | None]:
    """Return the numbers of the closed round trips.

    Parameters
    ----------
    record : EpisodeRecord

    Returns
    -------
    dict
        ``trades``, ``win_rate``, ``profit_factor``, ``expectancy`` (money), ``payoff_ratio`` and
        ``mean_holding`` (bars), with p the net profit of a trade: ``sum(max(p, 0)) / sum(max(-p,
        0))``, ``mean(p)``, ``mean(p | p > 0) / mean(-p | p < 0)``. None without a trade; the two
        quotients also without a loss, the last also without a win.

    References
    ----------
    R. Pardo, The Evaluation and Optimization of Trading Strategies, 2nd ed., Wiley 2008.
    """
    trades = record.trades
    if not len(trades):
        return {"trades": 0.0}
    profits = trades["pnl_net"].to_numpy(dtype=np.float64)
    won, lost = profits[profits > 0], -profits[profits < 0]
    found: dict[str, float | None] = {
        "trades": float(len(trades)),
        "win_rate": len(won) / len(profits),
        "expectancy": float(np.mean(profits)),
    }
    if len(lost):
        found["profit_factor"] = float(won.sum() / lost.sum())
    if len(lost) and len(won):
        found["payoff_ratio"] = float(np.mean(won) / np.mean(lost))
    if "bars" in trades:
        found["mean_holding"] = float(np.mean(trades["bars"].to_numpy(dtype=np.float64)))
    return found


def exposure_values(record: "EpisodeRecord") -> dict[str, float | None]:
    """Return ``exposure`` (share of bars with a position) and ``mean_exposure``."""
    exposure = np.abs(record.bars["exposure"].to_numpy(dtype=np.float64))
    if not len(exposure):
        return {}
    return {
        "exposure": float(np.mean(exposure != 0)),
        "mean_exposure": float(np.mean(exposure)),
    }


def cost_values(record: "EpisodeRecord") -> dict[str, float | None]:
    """Return commission, interest, spread and slippage, their sum, and the rejected orders."""
    bars, orders = record.bars, record.orders
    found: dict[str, float | None] = {
        name: float(bars[name].iloc[-1]) if len(bars) else 0.0
        for name in ("commission", "interest")
    }
    slippage = slippage_cost(record)
    found["slippage"] = slippage
    if slippage is not None:
        found["costs"] = (found["commission"] or 0.0) + (found["interest"] or 0.0) + slippage
    rejected = sum(status in _REFUSED for status in orders["status"].tolist())
    found["rejected"] = float(rejected)
    return found


def traded_value(record: "EpisodeRecord") -> float:
    """Return what was bought and sold, both sides added; money."""
    orders = record.orders
    filled = orders["filled"].to_numpy(dtype=np.float64)
    prices = orders["price"].to_numpy(dtype=np.float64)
    done = filled > 0
    return float(np.sum(filled[done] * prices[done]))


def slippage_cost(record: "EpisodeRecord") -> float | None:
    """Return what the fills were worse than their base prices; money.

    Parameters
    ----------
    record : EpisodeRecord

    Returns
    -------
    float or None
        ``sum(units * (price - base))`` for buys and ``sum(units * (base - price))`` for sells. The
        base price is the open of the bar of the fill; for a limit or stop order whose price lies
        beyond that open, its own price. None where a market order was filled over several bars
        (a volume limit), since the tables have only its mean price.

    References
    ----------
    A. F. Perold, The Implementation Shortfall, Journal of Portfolio Management 14(3), 1988, 4-9.
    """
    orders = record.orders
    done = orders["filled"].to_numpy(dtype=np.float64) > 0
    if not done.any():
        return 0.0
    times = _nanoseconds(record.bars["time"])
    rows = np.searchsorted(times, _nanoseconds(orders["executed"])[done])
    placed = np.searchsorted(times, _nanoseconds(orders["created"])[done])
    if not len(times) or rows.max() >= len(times):
        return None
    market = orders["type"].to_numpy()[done] == "market"
    if np.any(market & (rows > placed + 1)):
        return None
    opens = _opens(record, orders["asset"].to_numpy()[done], rows)
    side = np.where(orders["side"].to_numpy()[done] == "buy", 1.0, -1.0)
    own = np.where(market, opens, orders["limit"].to_numpy(dtype=np.float64)[done])
    # A buy limit below the open is filled at its price, and so is a buy stop above it.
    stop = orders["type"].to_numpy()[done] == "stop"
    worse = np.where(side > 0, np.maximum(opens, own), np.minimum(opens, own))
    better = np.where(side > 0, np.minimum(opens, own), np.maximum(opens, own))
    base = np.where(stop, worse, better)
    filled = orders["filled"].to_numpy(dtype=np.float64)[done]
    prices = orders["price"].to_numpy(dtype=np.float64)[done]
    return float(np.sum(filled * side * (prices - base)))


def _opens(
    record: "EpisodeRecord", assets: "NDArray[np.object_]", rows: "NDArray[np.intp]"
) -> "NDArray[np.float64]":
    """Return the open of each fill's asset and bar."""
    if "open" in record.bars:
        return record.bars["open"].to_numpy(dtype=np.float64)[rows]
    found = np.empty(len(rows))
    for asset in record.assets:
        mine = assets == asset
        found[mine] = record.bars[f"open_{asset}"].to_numpy(dtype=np.float64)[rows[mine]]
    return found


def _nanoseconds(times: "pd.Series[pd.Timestamp]") -> "NDArray[np.int64]":
    import pandas as pd

    return pd.DatetimeIndex(times).as_unit("ns").asi8
