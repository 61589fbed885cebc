"""Trades on the price."""

from typing import TYPE_CHECKING, Any, cast

import numpy as np

from tradegym.envs.rendering.ticks import count, time_texts
from tradegym.experiments.report.blocks import (
    Block,
    Cell,
    Figure,
    Key,
    Table,
    Text,
    cells,
    missing,
    plain_table,
)
from tradegym.experiments.report.files import AGENT, RunFiles
from tradegym.experiments.report.sections.registry import section
from tradegym.experiments.report.sections.series import read_out, seconds
from tradegym.experiments.report.svg.chart import Chart
from tradegym.experiments.report.svg.dates import time_scale
from tradegym.experiments.report.svg.scale import plain, signed, value_scale
from tradegym.experiments.report.svg.thin import evenly

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd

    from tradegym.experiments.report.episode import Episode

_MOST_ASSETS = 4
_MOST_FILLS = 1200
_MANY_FILLS = 120  # from here on the marks are small, and beside the price instead of on it
_LARGEST = 5


@section("trades", "Trades")
def trades(run: RunFiles) -> list[Block] | None:
    """Return the price of each asset with the fills, and the trades that mattered most."""
    episode = run.episodes.get(AGENT)
    if episode is None:
        return None if run.is_many else [missing("Trades", "no table of the test's bars")]
    blocks: list[Block] = []
    shown = episode.assets[:_MOST_ASSETS]
    blocks += [
        _chart(run, episode, asset, half=len(shown) > 1)
        for asset in shown
        if episode.of_asset("close", asset) is not None
    ]
    if len(episode.assets) > len(shown):
        blocks.append(
            Text(
                f"Drawn: {len(shown)} of {len(episode.assets)} assets, in the order of the data.",
                "note",
            )
        )
    if not blocks:
        blocks.append(missing("Prices"))
    if len(episode.trades):
        blocks += _extremes(episode.trades)
    else:
        blocks.append(Text("No trade was closed in this evaluation.", "note"))
    return blocks


def _chart(run: RunFiles, episode: "Episode", asset: str, *, half: bool) -> Figure:
    x = seconds(episode.times)
    close = episode.of_asset("close", asset)
    position = episode.of_asset("position", asset)
    assert close is not None
    chart = Chart(
        f"Price of {asset} with the fills of the agent",
        time_scale(episode.times),
        value_scale([close], plain),
        200 if half else 260,
    )
    if position is not None:
        for first, end, direction in _held(position):
            chart.band(x[first], x[min(end, len(x) - 1)], "long" if direction > 0 else "short")
    chart.line(x, close, "price")
    fills = {side: _fills(episode, asset, side) for side in ("buy", "sell")}
    many = sum(map(len, fills.values())) > _MANY_FILLS
    total, drawn = 0, 0
    for side, found in fills.items():
        rows = evenly(len(found), _MOST_FILLS // 2) if len(found) else np.zeros(0, dtype=np.int64)
        total, drawn = total + len(found), drawn + len(rows)
        part = found.iloc[rows]
        if len(part):
            times = np.asarray(part["executed"].to_numpy(), dtype="datetime64[s]")
            price = part["price"].to_numpy(dtype=np.float64)
            texts = [
                f"{side} {signed(f'{size:,.6g}')} at {signed(f'{at:,.6g}')}, {when}"
                for size, at, when in zip(part["filled"], price, time_texts(times), strict=True)
            ]
            symbol = f"{side}-small" if many else side
            chart.marks(seconds(times), price, symbol, texts)
    caption = f"{count(total, 'fill')}. Shaded: bars with a position."
    if many:
        caption += " Buys stand below the price, sells above it."
    if drawn < total:
        caption += f" {drawn:,} of the fills are drawn, evenly spread."
    texts_of = {asset: ("price", [signed(f"{value:,.6g}") for value in close])}
    if position is not None:
        texts_of["position"] = ("muted", [signed(f"{value:,.6g}") for value in position])
    legend = (
        Key("close", "price"),
        Key("buy", "buy"),
        Key("sell", "sell"),
        Key("long", "long"),
        *((Key("short", "short"),) if position is not None and np.any(position < 0) else ()),
    )
    return Figure(
        f"Price of {asset} and fills",
        chart.svg(),
        caption,
        legend,
        read_out(x, time_texts(episode.times), texts_of),
        run.picture("trades.png"),
        half,
    )


def _held(position: "np.ndarray[tuple[int], np.dtype[np.float64]]") -> list[tuple[int, int, int]]:
    """Return first bar, bar after the last, and direction of each time in the market."""
    signs = np.sign(np.nan_to_num(position)).astype(np.int64)
    edges = np.flatnonzero(np.diff(signs)) + 1
    firsts, ends = np.append(0, edges), np.append(edges, len(signs))
    return [(int(a), int(b), int(signs[a])) for a, b in zip(firsts, ends, strict=True) if signs[a]]


def _fills(episode: "Episode", asset: str, side: str) -> "pd.DataFrame":
    orders = episode.orders
    needed = {"asset", "executed", "side", "filled", "price"}
    if not needed <= set(orders.columns):
        return orders.iloc[:0]
    mask = (orders["asset"] == asset) & (orders["side"] == side)
    mask &= orders["executed"].notna() & orders["price"].notna() & (orders["filled"] > 0)
    found = orders[mask]
    if getattr(found["executed"].dt, "tz", None) is None:
        return found
    return found.assign(executed=found["executed"].dt.tz_convert("UTC").dt.tz_localize(None))


def _extremes(table: "pd.DataFrame") -> list[Block]:
    """Return the best and the worst trades."""
    needed = {"asset", "direction", "size", "opened", "closed", "bars", "pnl_net"}
    if not needed <= set(table.columns):
        return [missing("Trades by size", "an older table")]
    ordered = table.sort_values("pnl_net", ascending=False, kind="stable")
    gains, losses = ordered[ordered["pnl_net"] > 0], ordered[ordered["pnl_net"] <= 0].iloc[::-1]
    return [
        _trades_table(title, part.head(_LARGEST))
        for title, part in (("Largest gains", gains), ("Largest losses", losses))
        if len(part)
    ]


def _trades_table(title: str, table: "pd.DataFrame") -> Table:
    rows = [
        cells(
            Cell(
                f"{row.asset} {'long' if row.direction > 0 else 'short'}",
                f"{row.opened:%Y-%m-%d} to {row.closed:%Y-%m-%d}",
            ),
            f"{row.bars:,}",
            signed(f"{row.size:,.6g}"),
            signed(f"{row.pnl_net:+,.2f}"),
        )
        for row in cast("Iterable[Any]", table.itertuples())
    ]
    return plain_table((title, "Bars", "Units", "Net profit"), rows, half=True)
