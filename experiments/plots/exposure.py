"""How much of the account was at risk in one episode."""

from typing import TYPE_CHECKING

import numpy as np

from tradegym.envs.rendering import style, ticks
from tradegym.envs.rendering.panels import draw_shares, subtitle
from tradegym.envs.rendering.panels.common import column, days

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from tradegym.envs.record import EpisodeRecord


def plot_exposure(record: "EpisodeRecord", title: str) -> "Figure":
    """Plot what is held in each asset, and all of it together, relative to the equity.

    Parameters
    ----------
    record : EpisodeRecord
        The episode.
    title : str
        Headline.

    Returns
    -------
    Figure
        1200 x 700 pixels: the value of each position (shorts below zero), and the gross exposure
        with its mean.
    """
    fig, (held, gross) = style.figure(700, title, subtitle(record), panels=(1.6, 1))
    style.legend_row(fig, *draw_shares(held, record))
    style.y_label(held, "Position / equity")
    _draw_gross(gross, record)
    return fig


def _draw_gross(ax: "Axes", record: "EpisodeRecord") -> None:
    times, exposure = days(record.bars["time"]), column(record.bars, "exposure")
    mean = float(np.mean(exposure)) if len(exposure) else 0.0
    ax.fill_between(times, exposure, step="pre", color=style.BLUE, alpha=0.25, linewidth=0)
    ax.plot(times, exposure, color=style.BLUE, linewidth=1.2, drawstyle="steps-pre")
    line = ax.axhline(mean, color=style.INK, linewidth=1.2, linestyle=":")
    ax.set_ylim(0.0, max(float(exposure.max(initial=0.0)), 0.01) * 1.08)
    if not np.any(exposure):
        style.note(ax, "No position held")
    style.y_label(ax, "Gross exposure")
    ticks.percent_axis(ax)
    ticks.date_axis(ax, times)
    style.panel_legend(ax, [line], [f"mean {mean:.1%}"])
