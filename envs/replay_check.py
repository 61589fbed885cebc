"""Compares the accounts and the fills of a replay with those of the trace."""

from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tradegym.envs.strategies.trace import FILL, MARKET

#: How far two amounts may be apart, as a fraction of the amount.
TOLERANCE: Final = 1e-9

#: Amounts below this (money, units) are compared as if they were this large.
_MONEY_FLOOR: Final = 1.0
_FILL_FLOOR: Final = 1e-6


def largest_difference(market: pd.DataFrame, bars: pd.DataFrame) -> float:
    """Return the largest difference of the equity at a bar, money.

    Parameters
    ----------
    market : pandas.DataFrame
        The trace's MARKET events.
    bars : pandas.DataFrame
        `tradegym.envs.replay.Replay.bars`.
    """
    differences = bars["value"].to_numpy()[_rows(market, bars)] - market["value"].to_numpy()
    return float(np.abs(differences).max())


def find_mismatch(trace: pd.DataFrame, bars: pd.DataFrame, fills: pd.DataFrame) -> str | None:
    """Return the first difference in the accounts, else in the fills, in words.

    Parameters
    ----------
    trace : pandas.DataFrame
    bars, fills : pandas.DataFrame
        Of the replay.
    """
    found = _account_mismatch(trace[trace["kind"] == MARKET], bars)
    return found or _fill_mismatch(trace[trace["kind"] == FILL], fills)


def _rows(market: pd.DataFrame, bars: pd.DataFrame) -> NDArray[np.int64]:
    rows: NDArray[np.int64] = market["bar"].to_numpy() - bars["bar"].iloc[0]
    return rows


def _account_mismatch(market: pd.DataFrame, bars: pd.DataFrame) -> str | None:
    rows = _rows(market, bars)
    held = bars[[f"position_{asset}" for asset in market["asset"].unique()]].to_numpy(dtype=float)
    columns = pd.factorize(market["asset"])[0]
    replayed = {
        "value": bars["value"].to_numpy()[rows],
        "cash": bars["cash"].to_numpy()[rows],
        "position": held[rows, columns],
    }
    for column, now in replayed.items():
        wrong = _wrong(market[column].to_numpy(), now, _MONEY_FLOOR)
        if wrong.size:
            what = "equity" if column == "value" else column
            return f"{what} differs at {_told(market, column, now, int(wrong[0]))}"
    return None


def _fill_mismatch(traced: pd.DataFrame, fills: pd.DataFrame) -> str | None:
    if len(traced) != len(fills):
        return f"the trace has {len(traced)} fills, the replay {len(fills)}"
    for column in ("bar", "order", "asset"):
        if list(traced[column]) != list(fills[column]):
            return f"the fills are not of the same {column}s as in the trace"
    for column in ("size", "price", "commission"):
        now = fills[column].to_numpy(dtype=float)
        wrong = _wrong(traced[column].to_numpy(), now, _FILL_FLOOR)
        if wrong.size:
            return f"the {column} of a fill differs at {_told(traced, column, now, int(wrong[0]))}"
    return None


def _told(events: pd.DataFrame, column: str, replayed: NDArray[np.float64], index: int) -> str:
    event: Any = events.iloc[index]
    return (
        f"bar {event['bar']} ({event['time']}): {event[column]:.12g} in the trace, "
        f"{replayed[index]:.12g} replayed"
    )


def _wrong(
    traced: NDArray[np.float64], replayed: NDArray[np.float64], floor: float
) -> NDArray[np.int64]:
    """Return where two amounts differ by more than rounding; NaN differs from everything."""
    near = np.abs(traced - replayed) <= TOLERANCE * np.maximum(floor, np.abs(traced))
    return np.flatnonzero(~near)
