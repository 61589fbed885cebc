"""How often each action was chosen in one episode."""

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.ticker import MaxNLocator

from tradegym.envs.rendering import style, ticks
from tradegym.envs.rendering.panels import subtitle

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from tradegym.envs.record import EpisodeRecord

_COLORS = {"hold": style.AXIS, "buy": style.LONG, "sell": style.SHORT, "close": style.PURPLE}


def plot_actions(record: "EpisodeRecord", title: str) -> "Figure":
    """Plot the number and share of decisions for each action, in the order of the action space.

    Parameters
    ----------
    record : EpisodeRecord
        The episode.
    title : str
        Headline.

    Returns
    -------
    Figure
        1200 pixels wide, as high as the number of actions needs.
    """
    names = record.action_names
    chosen = record.bars["action"].dropna().to_numpy(dtype=np.int64)
    counts = np.bincount(chosen, minlength=len(names))
    names += tuple(f"action {number}" for number in range(len(names), len(counts)))
    height = 175 + max(2, len(names)) * 52
    fig, (ax,) = style.figure(
        height,
        title,
        f"{subtitle(record)} · {ticks.count(len(chosen), 'decision')}",
        left=170,
        bottom=62,
    )
    rows = np.arange(len(names))
    colors = [_COLORS.get(name, style.SKY) for name in names]
    ax.barh(rows, counts, height=0.62, color=colors)
    ax.set_yticks(rows, [style.plain(name, 16) for name in names])
    ax.set_ylim(max(2, len(names)) - 0.5, -0.5)
    ax.grid(visible=False, axis="y")
    widest = max(int(counts.max(initial=0)), 1)
    ax.set_xlim(0, widest * 1.16)
    for row, count in enumerate(counts):
        share = f"{count:,}  ({count / len(chosen):.1%})" if len(chosen) else "0"
        ax.text(
            count + 0.01 * widest, row, share, va="center", **style.font(style.TICK_SIZE, style.INK)
        )
    ax.xaxis.set_major_locator(MaxNLocator(nbins=8, integer=True, min_n_ticks=1))
    ticks.number_axis(ax, "x")
    style.x_label(ax, "Decisions")
    if not len(chosen):
        style.note(ax, "No decisions")
    return fig
