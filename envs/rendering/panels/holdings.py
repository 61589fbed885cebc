"""Panels of what is held: units, shares of the equity, target weights."""

from typing import TYPE_CHECKING, Literal

import numpy as np
from matplotlib.patches import Patch

from tradegym.envs.rendering import style, ticks
from tradegym.envs.rendering.palette import mix
from tradegym.envs.rendering.panels.common import column, days
from tradegym.envs.rendering.sheet import look_at

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from tradegym.envs.record import EpisodeRecord
    from tradegym.envs.rendering.palette import Palette
    from tradegym.envs.rendering.panels.common import Legend


def draw_position(ax: "Axes", record: "EpisodeRecord") -> None:
    """Draw the units of the first asset held at each close, long and short in their colours."""
    colors = look_at(ax).palette
    bars = record.of(record.asset)
    times, position = days(bars["time"]), column(bars, "position")
    for color, units in (
        (colors.up, np.maximum(position, 0.0)),
        (colors.down, np.minimum(position, 0.0)),
    ):
        ax.fill_between(times, units, step="pre", color=color, alpha=0.55, linewidth=0)
    ax.axhline(0.0, color=colors.muted, linewidth=0.9)
    if not np.any(position):
        ax.set_ylim(-1.0, 1.0)
        style.note(ax, "No position held")
    style.y_label(ax, "Position (units)")
    ticks.number_axis(ax)
    ticks.date_axis(ax, times)


def draw_shares(ax: "Axes", record: "EpisodeRecord") -> "Legend":
    """Draw the market value of each position over the equity as areas, shorts below zero.

    Bars at which the equity is not above zero are left out.
    """
    equity = column(record.bars, "equity")
    solvent = np.where(equity > 0, equity, np.inf)
    tables = {asset: record.of(asset) for asset in record.assets}
    shares = {
        asset: column(bars, "position") * column(bars, "close") / solvent
        for asset, bars in tables.items()
    }
    handles = _stack(ax, days(record.bars["time"]), shares, "pre")
    style.y_label(ax, "Held")
    return handles, list(shares)


def draw_weights(ax: "Axes", record: "EpisodeRecord") -> "Legend":
    """Draw the target weights as stacked areas, those of shorts below zero.

    Between two decisions the last targets are shown, before the first one nothing.
    """
    names = [*record.assets, "cash"]
    targets = record.bars[[f"weight_{name}" for name in names]].ffill().fillna(0.0)
    weights = {name: column(targets, f"weight_{name}") for name in names}
    handles = _stack(ax, days(record.bars["time"]), weights, "post")
    ax.set_ylim(top=max(ax.get_ylim()[1], 1.0))
    style.y_label(ax, "Targets")
    return handles, names


def _stack(
    ax: "Axes",
    times: "NDArray[np.float64]",
    values: "dict[str, NDArray[np.float64]]",
    step: 'Literal["pre", "post"]',
) -> "list[Artist]":
    """Stack areas, the positive parts up and the negative parts down; return their handles."""
    colors = look_at(ax).palette
    handles: list[Artist] = []
    above, below = np.zeros(len(times)), np.zeros(len(times))
    for index, (name, value) in enumerate(values.items()):
        color = _area_color(colors, index, name)
        handles.append(Patch(facecolor=color, edgecolor="none"))
        for base, part in ((above, np.maximum(value, 0.0)), (below, np.minimum(value, 0.0))):
            if np.any(part):
                # A copy: the next area begins where this one ends.
                ax.fill_between(times, base.copy(), base + part, step=step, color=color, lw=0)
                base += part
    ax.axhline(0.0, color=colors.muted, linewidth=0.9)
    low, high = float(below.min(initial=0.0)), float(above.max(initial=0.0))
    room = 0.05 * (high - low) or 0.5
    ax.set_ylim(low - room if low < 0 else 0.0, high + room)
    if high == low:
        style.note(ax, "No position held")
    ticks.percent_axis(ax)
    ticks.date_axis(ax, times)
    return handles


def _area_color(colors: "Palette", index: int, name: str) -> str:
    """Return the colour of an area, paler than a line's; cash is grey."""
    if name == "cash":
        return colors.grid
    cycle = (colors.equity, *colors.accents)
    return mix(cycle[index % len(cycle)], colors.panel, 0.75)
