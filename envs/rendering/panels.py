"""Panels that several pictures share: price with trades, position, equity, drawdown."""

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from tradegym.envs.curves import drawdowns
from tradegym.envs.rendering import style, ticks

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from tradegym.envs.record import EpisodeRecord

_FEW_BARS = 40  # up to here every bar gets a dot, so that even one bar is visible
# order kinds that open a position; a reversal closes one and opens the next
_OPENING = ("entry", "reversal")
_REFUSED = ("Margin", "Rejected")


def subtitle(record: "EpisodeRecord") -> str:
    """Return asset, period, bars, start money and the reason of the end, on one line."""
    parts = [style.plain(record.asset, 30)]
    if len(record.bars):
        first, last = ticks.time_texts(_utc(record.bars["time"].iloc[[0, -1]]))
        parts.append(f"{first} to {last}")
    parts += [ticks.count(len(record.bars), "bar"), f"start {ticks.number(record.start_cash)}"]
    return " · ".join([*parts, f"ended: {record.reason.replace('_', ' ').lower()}"])


def _utc(times: "pd.Series[Any]") -> "NDArray[np.datetime64]":
    naive = times.dt.tz_convert("UTC").dt.tz_localize(None)
    return np.asarray(naive.to_numpy(), dtype="datetime64[ns]")


def _days(times: "pd.Series[Any]") -> "NDArray[np.float64]":
    return ticks.days(_utc(times))


def draw_price(ax: "Axes", record: "EpisodeRecord") -> "tuple[list[Artist], list[str]]":
    """Draw closes, filled orders at their fill prices, and shading where a position was held.

    Parameters
    ----------
    ax : Axes
        Panel to draw on.
    record : EpisodeRecord
        The episode.

    Returns
    -------
    tuple of (list of Artist, list of str)
        Handles and labels for a legend, only of what is there.
    """
    times = _days(record.bars["time"])
    closes = record.bars["close"].to_numpy(dtype=np.float64)
    handles: list[Artist] = list(
        ax.plot(times, closes, color=style.PRICE, linewidth=1.3, marker=_dots(times), markersize=4)
    )
    labels = ["close"]
    for shade, mask, label in _shades(record):
        spans = _spans(times, mask)
        if spans:
            ax.broken_barh(
                spans,
                (0, 1),
                transform=ax.get_xaxis_transform(),
                facecolor=shade,
                edgecolor="none",
                zorder=0.5,
            )
            handles.append(Patch(facecolor=shade, edgecolor=style.AXIS, linewidth=0.5))
            labels.append(label)
    more = _draw_fills(ax, record)
    style.y_label(ax, "Price")
    ticks.number_axis(ax)
    ticks.date_axis(ax, times)
    return handles + more[0], labels + more[1]


def _shades(record: "EpisodeRecord") -> "list[tuple[str, NDArray[np.bool_], str]]":
    position = record.bars["position"].to_numpy(dtype=np.float64)
    return [
        (style.LONG_SHADE, position > 0, "long"),
        (style.SHORT_SHADE, position < 0, "short"),
    ]


def _spans(times: "NDArray[np.float64]", mask: "NDArray[np.bool_]") -> list[tuple[float, float]]:
    """Return (begin, length) of each run of True; a run begins one bar early, at the fill."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], mask, [False])).astype(np.int8)))
    return [
        (float(times[max(first - 1, 0)]), float(times[stop - 1] - times[max(first - 1, 0)]))
        for first, stop in edges.reshape(-1, 2)
    ]


def _draw_fills(ax: "Axes", record: "EpisodeRecord") -> "tuple[list[Artist], list[str]]":
    """Mark fills: up is a buy, down a sell; full opens a position, hollow closes one."""
    orders = record.orders
    filled = orders[(orders["filled"] > 0) & orders["executed"].notna()]
    opening, liquidation = filled["kind"].isin(_OPENING), filled["kind"] == "liquidation"
    buys = filled["side"] == "buy"
    size = float(np.clip(14.0 - 1.2 * np.log2(1 + len(filled)), 3.0, 10.0))
    groups = (
        ("buy to open", buys & opening, "^", style.LONG, style.LONG),
        ("sell to open", ~buys & opening, "v", style.SHORT, style.SHORT),
        ("buy to close", buys & ~opening & ~liquidation, "^", "white", style.LONG),
        ("sell to close", ~buys & ~opening & ~liquidation, "v", "white", style.SHORT),
        ("liquidation", liquidation, "X", style.INK, style.INK),
    )
    handles: list[Artist] = []
    labels: list[str] = []
    for label, chosen, marker, face, edge in groups:
        rows = filled[chosen]
        if len(rows):
            when = _days(rows["executed"])
            price = rows["price"].to_numpy(dtype=np.float64)
            ax.plot(
                when,
                price,
                linestyle="none",
                marker=marker,
                markersize=size,
                markerfacecolor=face,
                markeredgecolor=edge if face == "white" else "white",
                markeredgewidth=(0.15 if face == "white" else 0.05) * size,
                zorder=4 if face == "white" else 3,
            )
            handles.append(
                Line2D(
                    [],
                    [],
                    linestyle="none",
                    marker=marker,
                    markersize=8,
                    markerfacecolor=face,
                    markeredgecolor=edge,
                    markeredgewidth=1.3,
                )
            )
            labels.append(f"{label} ({len(rows):,})")
    refused = orders[orders["status"].isin(_REFUSED)]
    if len(refused):
        when = _days(refused["created"])
        handles += ax.plot(
            when,
            np.full(len(refused), 0.02),
            transform=ax.get_xaxis_transform(),
            linestyle="none",
            marker="|",
            markersize=9,
            markeredgewidth=1.2,
            color=style.MUTED,
            zorder=3,
        )
        labels.append(f"refused order ({len(refused):,})")
    return handles, labels


def draw_position(ax: "Axes", record: "EpisodeRecord") -> None:
    """Draw the units held at each close, long and short in their own colours."""
    times = _days(record.bars["time"])
    position = record.bars["position"].to_numpy(dtype=np.float64)
    for color, units in (
        (style.LONG, np.maximum(position, 0.0)),
        (style.SHORT, np.minimum(position, 0.0)),
    ):
        ax.fill_between(times, units, step="pre", color=color, alpha=0.55, linewidth=0)
    ax.axhline(0.0, color=style.MUTED, linewidth=0.9)
    if not np.any(position):
        ax.set_ylim(-1.0, 1.0)
        style.note(ax, "No position held")
    style.y_label(ax, "Position (units)")
    ticks.number_axis(ax)
    ticks.date_axis(ax, times)


def draw_equity(
    ax: "Axes", records: "Mapping[str, EpisodeRecord]"
) -> "tuple[list[Artist], list[str]]":
    """Draw the equity of each record against time; the first is the one in focus.

    Parameters
    ----------
    ax : Axes
        Panel to draw on.
    records : mapping of str to EpisodeRecord
        Records by name, at least one; the first sets the dates and the line at its start money.

    Returns
    -------
    tuple of (list of Artist, list of str)
        One handle per record; its label ends with the total return.
    """
    focus = next(iter(records.values()))
    handles: list[Artist] = []
    labels: list[str] = []
    ruined = False
    for index, (name, record) in enumerate(records.items()):
        equity = record.bars["equity"].to_numpy(dtype=np.float64)
        handles += ax.plot(_days(record.bars["time"]), equity, **_line(index, record))
        labels.append(f"{style.plain(name, 28)} ({_gain(equity, record.start_cash)})")
        ruined = ruined or bool(np.any(equity <= 0))
    ax.axhline(focus.start_cash, color=style.MUTED, linewidth=0.9, linestyle=":", zorder=1)
    if ruined:
        ax.axhline(0.0, color=style.INK, linewidth=1.1, zorder=1)
    style.y_label(ax, "Equity (money)")
    ticks.number_axis(ax)
    ticks.date_axis(ax, _days(focus.bars["time"]))
    return handles, labels


def draw_drawdown(ax: "Axes", records: "Mapping[str, EpisodeRecord]") -> None:
    """Draw the fall below the running peak of each record in percent; the first is filled."""
    for index, record in enumerate(records.values()):
        equity = record.bars["equity"].to_numpy(dtype=np.float64)
        fall, times = drawdowns(equity, record.start_cash), _days(record.bars["time"])
        if index == 0:
            ax.fill_between(times, fall, color=style.BLUE, alpha=0.18, linewidth=0)
        ax.plot(times, fall, **(_line(index, record) | {"linewidth": 1.1}))
    low = ax.get_ylim()[0]
    ax.set_ylim(min(low, -0.001), 0.0)
    style.y_label(ax, "Drawdown")
    ticks.percent_axis(ax)
    ticks.date_axis(ax, _days(next(iter(records.values())).bars["time"]))


def _line(index: int, record: "EpisodeRecord") -> "dict[str, Any]":
    times = _days(record.bars["time"])
    if index == 0:
        look = {"color": style.BLUE, "linewidth": 2.0, "linestyle": "-", "zorder": 3}
    else:
        color, dashes = style.SERIES[(index - 1) % len(style.SERIES)]
        look = {"color": color, "linewidth": 1.4, "linestyle": dashes, "zorder": 2}
    return look | {"marker": _dots(times), "markersize": 4}


def _dots(times: "NDArray[np.float64]") -> str:
    return "o" if len(times) <= _FEW_BARS else ""


def _gain(equity: "NDArray[np.float64]", start: float) -> str:
    if not len(equity) or start <= 0 or not np.all(np.isfinite(equity)):
        return "undefined"
    if np.min(equity) <= 0:
        return "ruined"
    return f"{float(equity[-1]) / start - 1.0:+z,.1%}"
