"""Panels of the account: equity and drawdown."""

from typing import TYPE_CHECKING, Any

import numpy as np

from tradegym.envs.curves import drawdowns
from tradegym.envs.rendering import style, ticks
from tradegym.envs.rendering.panels.common import column, days, dots
from tradegym.envs.rendering.sheet import look_at

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from tradegym.envs.record import EpisodeRecord
    from tradegym.envs.rendering.panels.common import Legend


def draw_equity(
    ax: "Axes", records: "Mapping[str, EpisodeRecord]", *, results: bool = True
) -> "Legend":
    """Draw the equity of each record against time; the first is the one in focus.

    Parameters
    ----------
    ax : Axes
        Panel to draw on.
    records : mapping of str to EpisodeRecord
        Records by name, at least one; the first sets the dates and the line at its start money.
    results : bool
        End each label with the total return.

    Returns
    -------
    tuple of (list of Artist, list of str)
        One handle per record.
    """
    colors = look_at(ax).palette
    focus = next(iter(records.values()))
    handles: list[Artist] = []
    labels: list[str] = []
    ruined = False
    for index, (name, record) in enumerate(records.items()):
        equity = column(record.bars, "equity")
        handles += ax.plot(days(record.bars["time"]), equity, **_line(ax, index, record))
        label = style.plain(name, 28)
        labels.append(f"{label} ({gain(equity, record.start_cash)})" if results else label)
        ruined = ruined or bool(np.any(equity <= 0))
    ax.axhline(focus.start_cash, color=colors.muted, linewidth=0.9, linestyle=":", zorder=1)
    if ruined:
        ax.axhline(0.0, color=colors.ink, linewidth=1.1, zorder=1)
    style.y_label(ax, "Equity (money)")
    ticks.number_axis(ax)
    ticks.date_axis(ax, days(focus.bars["time"]))
    return handles, labels


def draw_drawdown(ax: "Axes", records: "Mapping[str, EpisodeRecord]") -> None:
    """Draw the fall below the running peak of each record in percent; the first is filled."""
    color = look_at(ax).palette.drawdown
    for index, record in enumerate(records.values()):
        fall = drawdowns(column(record.bars, "equity"), record.start_cash)
        times, line = days(record.bars["time"]), _line(ax, index, record)
        if index == 0:
            ax.fill_between(times, fall, color=color, alpha=0.18, linewidth=0)
            line["color"] = color
        ax.plot(times, fall, **(line | {"linewidth": 1.1}))
    low = ax.get_ylim()[0]
    ax.set_ylim(min(low, -0.001), 0.0)
    style.y_label(ax, "Drawdown")
    ticks.percent_axis(ax)
    ticks.date_axis(ax, days(next(iter(records.values())).bars["time"]))


def _line(ax: "Axes", index: int, record: "EpisodeRecord") -> dict[str, Any]:
    weight = {"linewidth": 2.0, "zorder": 3} if index == 0 else {"linewidth": 1.4, "zorder": 2}
    marks = dots(days(record.bars["time"]))
    return {**style.series(look_at(ax), index), **weight, **marks}


def gain(equity: "NDArray[np.float64]", start: float) -> str:
    """Return the total return in words."""
    if not len(equity) or start <= 0 or not np.all(np.isfinite(equity)):
        return "undefined"
    if np.min(equity) <= 0:
        return "ruined"
    return f"{float(equity[-1]) / start - 1.0:+z,.1%}"
