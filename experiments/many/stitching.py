"""One account out of episodes that were played one by one: the out-of-sample equity.

The account of each piece is scaled to the money that the piece before left (compounding); between
pieces it is flat. Every episode ends without a position, so each fold has paid for its way out.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from tradegym.envs.curves import drawdowns
from tradegym.envs.record import PRICES, EpisodeRecord

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from tradegym.envs.build import EnvBuilder

# Columns of money and of units; they grow with the account. Ratios and rewards do not.
_MONEY = {
    "bars": ("cash", "equity", "commission", "interest", "position"),
    "trades": ("size", "pnl", "commission", "interest", "pnl_net"),
    "orders": ("size", "filled", "commission"),
}
_SUMS = ("commission", "interest")


@dataclass(frozen=True, slots=True)
class Tables:
    """What one agent did in one episode, as its files say.

    Attributes
    ----------
    bars, trades, orders : pandas.DataFrame
        As in `EpisodeRecord`.
    """

    bars: "pd.DataFrame"
    trades: "pd.DataFrame"
    orders: "pd.DataFrame"


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a stitched account.

    Attributes
    ----------
    fold : int
        Number of the fold that was tested on it.
    rows : range
        Bars of the dataset.
    episode : Tables
        The episode that was played there; it may reach beyond ``rows``.
    """

    fold: int
    rows: range
    episode: Tables


@dataclass(frozen=True, slots=True)
class Stitched:
    """A stitched account.

    Attributes
    ----------
    record : EpisodeRecord
        From the first decision of the first piece to the last bar of the last.
    folds : pandas.Series
        Number of the fold of each bar, Int64; NA between pieces.
    """

    record: EpisodeRecord
    folds: "pd.Series[Any]"


def stitch(pieces: Sequence[Piece], builder: "EnvBuilder") -> Stitched:
    """Put pieces together to one account.

    The equity of bar t of piece k is ``V_t * E_k / B_k``: E_k is what the account holds when the
    piece begins, B_k what its own episode held then (at its first decision, or at the bar before
    where the piece begins in the middle of an episode). Positions, trades, orders and costs are
    scaled alike. An account that is ruined stays as it is.

    Parameters
    ----------
    pieces : sequence of Piece
        At least one, in order of time, without overlap.
    builder : EnvBuilder
        Has the dataset and the traded assets.

    Returns
    -------
    Stitched
    """
    import pandas as pd

    money: float | None = None
    begun = 0.0
    totals = dict.fromkeys(_SUMS, 0.0)
    parts: list[Tables] = []
    for piece in pieces:
        if money is not None and money <= 0:
            break
        found = _scaled(piece, money, totals, builder)
        if found is None:
            continue
        part, money, start = found
        begun = begun or start
        for name in _SUMS:
            totals[name] = float(part.bars[name].iloc[-1])
        parts.append(part)
    first = int(parts[0].bars.index[0])
    grid = np.arange(first, pieces[-1].rows.stop)
    bars = _fill(pd.concat([part.bars for part in parts]).reindex(grid), begun, builder)
    folds = pd.Series(pd.NA, index=grid, dtype="Int64", name="fold")
    for piece in pieces:
        folds.loc[piece.rows.start : piece.rows.stop - 1] = piece.fold
    record = EpisodeRecord(
        assets=builder.assets,
        start_cash=begun,
        bars_per_year=builder.dataset.bars_per_year,
        reason="RUIN" if money is not None and money <= 0 else "END_OF_DATA",
        action_names=builder.scheme().names,
        bars=bars.reset_index(drop=True),
        trades=_together([part.trades for part in parts]),
        orders=_renumbered([part.orders for part in parts]),
    )
    return Stitched(record, folds.reset_index(drop=True))


def rows_of(times: "pd.Series[Any]", builder: "EnvBuilder") -> "NDArray[np.int64]":
    """Return the rows of the dataset at some of its times (UTC)."""
    naive = times.dt.tz_convert("UTC").dt.tz_localize(None).to_numpy(dtype="datetime64[ns]")
    rows: NDArray[np.int64] = np.searchsorted(builder.dataset.times, naive)
    return rows


def _scaled(
    piece: Piece, money: float | None, totals: dict[str, float], builder: "EnvBuilder"
) -> tuple[Tables, float, float] | None:
    """Return a piece's part of its episode in the money of the account, with end and start.

    None where the episode had ended before.
    """
    whole = piece.episode.bars.set_index(rows_of(piece.episode.bars["time"], builder))
    bars = whole.loc[piece.rows.start : piece.rows.stop - 1].copy()
    if bars.empty:
        return None
    before = whole.loc[: piece.rows.start - 1].tail(1)
    base = float((bars if before.empty else before)["equity"].iloc[0])
    start = base if money is None else money
    factor = start / base
    for name in _SUMS:
        bars[name] -= 0.0 if before.empty else float(before[name].iloc[0])
    _scale(bars, "bars", factor)
    for name in _SUMS:
        bars[name] += totals[name]
    first, last = bars["time"].iloc[0], bars["time"].iloc[-1]
    tables = {}
    for name, column in (("trades", "closed"), ("orders", "created")):
        table = getattr(piece.episode, name)
        tables[name] = table[(table[column] >= first) & (table[column] <= last)].copy()
        _scale(tables[name], name, factor)
    part = Tables(bars, tables["trades"], tables["orders"])
    return part, float(bars["equity"].iloc[-1]), start


def _scale(table: "pd.DataFrame", kind: str, factor: float) -> None:
    for column in table.columns:
        if column in _MONEY[kind] or (kind == "bars" and column.startswith("position_")):
            table[column] = table[column] * factor


def _fill(bars: "pd.DataFrame", begun: float, builder: "EnvBuilder") -> "pd.DataFrame":
    """Fill the bars between pieces, in which nothing is held and nothing is decided."""
    import pandas as pd

    dataset = builder.dataset
    rows = bars.index.to_numpy()
    bars["time"] = pd.DatetimeIndex(dataset.times[rows]).tz_localize("UTC")
    for name in ("cash", "equity", *_SUMS):
        bars[name] = bars[name].ffill()
    bars["cash"] = bars["cash"].where(bars["exposure"].notna(), bars["equity"])
    for column in bars.columns:
        if column.startswith(("position", "reward")) or column == "exposure":
            bars[column] = bars[column].fillna(0.0)
    for asset in builder.assets:
        suffix = "" if "close" in bars else f"_{asset}"
        prices = dataset.ohlcv[rows, dataset.assets.index(asset)]
        for number, price in enumerate(PRICES):
            bars[f"{price}{suffix}"] = prices[:, number]
    equity = bars["equity"].to_numpy(dtype=np.float64)
    bars["drawdown"] = -100.0 * drawdowns(equity, begun)
    return bars


def _together(tables: "Sequence[pd.DataFrame]") -> "pd.DataFrame":
    import pandas as pd

    filled = [table for table in tables if len(table)]
    return pd.concat(filled, ignore_index=True) if filled else tables[0].reset_index(drop=True)


def _renumbered(tables: "Sequence[pd.DataFrame]") -> "pd.DataFrame":
    """Give orders numbers that go on from piece to piece, so that each has its own."""
    last = 0
    for table in tables:
        if len(table):
            table["ref"] = np.arange(last + 1, last + 1 + len(table))
            last += len(table)
    return _together(tables)
