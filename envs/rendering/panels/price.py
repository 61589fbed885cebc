"""Panel of one asset's price with its trades."""

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from tradegym.envs.rendering import style, ticks
from tradegym.envs.rendering.panels.common import column, days, dots
from tradegym.envs.rendering.panels.fills import filled_orders, orders_of, refused_orders
from tradegym.envs.rendering.sheet import look_at

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from tradegym.envs.record import EpisodeRecord
    from tradegym.envs.rendering.panels.common import Legend


def draw_price(
    ax: "Axes", record: "EpisodeRecord", asset: str | None = None, *, results: bool = True
) -> "Legend":
    """Draw closes, filled orders at their fill prices, and shading where a position was held.

    Parameters
    ----------
    ax : Axes
        Panel to draw on.
    record : EpisodeRecord
        The episode.
    asset : str, optional
        Which one; the first traded one by default.
    results : bool
        Write into the labels how many orders of each kind the episode had, over all assets.

    Returns
    -------
    tuple of (list of Artist, list of str)
        Handles and labels for a legend, only of what is there.
    """
    colors = look_at(ax).palette
    bars = record.of(asset or record.asset)
    times, position = days(bars["time"]), column(bars, "position")
    handles: list[Artist] = list(
        ax.plot(times, column(bars, "close"), color=colors.price, linewidth=1.3, **dots(times))
    )
    labels = ["close"]
    for shade, mask, label in (
        (colors.up_shade, position > 0, "long"),
        (colors.down_shade, position < 0, "short"),
    ):
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
            handles.append(Patch(facecolor=shade, edgecolor=colors.axis, linewidth=0.5))
            labels.append(label)
    more = _draw_fills(ax, record, asset or record.asset, results)
    style.y_label(ax, "Price")
    ticks.number_axis(ax)
    ticks.date_axis(ax, times)
    return handles + more[0], labels + more[1]


def _spans(times: "NDArray[np.float64]", mask: "NDArray[np.bool_]") -> list[tuple[float, float]]:
    """Return (begin, length) of each run of True; a run begins one bar early, at the fill."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], mask, [False])).astype(np.int8)))
    return [
        (float(times[max(first - 1, 0)]), float(times[stop - 1] - times[max(first - 1, 0)]))
        for first, stop in edges.reshape(-1, 2)
    ]


def _draw_fills(ax: "Axes", record: "EpisodeRecord", asset: str, results: bool) -> "Legend":
    """Mark fills: up is a buy, down a sell; full opens a position, hollow closes one."""
    colors = look_at(ax).palette
    orders = orders_of(record.orders, asset)
    counts = {fill.label: len(rows) for fill, rows in filled_orders(record.orders)}
    size = _marker_size(orders)
    handles: list[Artist] = []
    labels: list[str] = []
    for fill, rows in filled_orders(orders):
        face, edge = fill.face(colors), fill.edge(colors)
        ax.plot(
            days(rows["executed"]),
            column(rows, "price"),
            linestyle="none",
            marker=fill.marker,
            markersize=size * fill.scale,
            markerfacecolor=face,
            markeredgecolor=edge if fill.hollow else colors.panel,
            markeredgewidth=(0.15 if fill.hollow else 0.05) * size,
            zorder=4 if fill.hollow else 3,
            label=fill.label,
        )
        handles.append(
            Line2D(
                [],
                [],
                linestyle="none",
                marker=fill.marker,
                markersize=8 * fill.scale,
                markerfacecolor=face,
                markeredgecolor=edge,
                markeredgewidth=1.3,
            )
        )
        labels.append(_counted(fill.label, counts[fill.label], results))
    refused = refused_orders(orders)
    if len(refused):
        handles += ax.plot(
            days(refused["created"]),
            np.full(len(refused), 0.02),
            transform=ax.get_xaxis_transform(),
            linestyle="none",
            marker="|",
            markersize=9,
            markeredgewidth=1.2,
            color=colors.muted,
            zorder=3,
            label="refused order",
        )
        labels.append(_counted("refused order", len(refused_orders(record.orders)), results))
    return handles, labels


def _counted(label: str, count: int, results: bool) -> str:
    return f"{label} ({count:,})" if results else label


def _marker_size(orders: "pd.DataFrame") -> float:
    """Return the size in points: smaller where there are many."""
    filled = int((orders["filled"] > 0).sum())
    return float(np.clip(14.0 - 1.2 * np.log2(1 + filled), 3.0, 10.0))
