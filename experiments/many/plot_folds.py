"""The out-of-sample equity of all folds: one stitched account, or the fan of many paths."""

from typing import TYPE_CHECKING, Any

import numpy as np

from tradegym.envs.rendering import style, ticks
from tradegym.envs.rendering.panels import draw_drawdown, draw_equity
from tradegym.envs.rendering.panels.account import gain
from tradegym.envs.rendering.panels.common import asset_names, days, utc

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from tradegym.envs.record import EpisodeRecord

_MOST_NUMBERED = 30


def plot_stitched(
    accounts: "Mapping[str, EpisodeRecord]", folds: "pd.Series[Any]", title: str
) -> "Figure":
    """Draw a stitched account with the borders of its folds, the baselines, and drawdowns.

    Parameters
    ----------
    accounts : mapping of str to EpisodeRecord
        By name; the first is the agent.
    folds : pandas.Series
        Number of the fold of each bar of the agent, NA between folds.
    title : str
        Headline.

    Returns
    -------
    Figure
        1200 x 780 units.
    """
    agent = next(iter(accounts.values()))
    number = int(folds.nunique())
    text = f"{_period(agent)} · {ticks.count(number, 'fold')}, each tested on bars it never saw"
    fig, (equity, drawdown) = style.figure(780, title, text, panels=(2.6, 1))
    handles, labels = draw_equity(equity, accounts)
    draw_drawdown(drawdown, accounts)
    _mark_folds([equity, drawdown], days(agent.bars["time"]), folds)
    style.legend_row(fig, handles, labels)
    return fig


def plot_paths(
    paths: "Sequence[EpisodeRecord]",
    first: "Mapping[str, EpisodeRecord]",
    title: str,
    name: str,
) -> "Figure":
    """Draw the accounts of several paths, their median and their spread, and the baselines.

    Parameters
    ----------
    paths : sequence of EpisodeRecord
        The agent on each path, all over the same bars.
    first : mapping of str to EpisodeRecord
        Agent and baselines on the first path; of the baselines buy and hold (the second) is
        drawn.
    title : str
        Headline.
    name : str
        Of the agent.

    Returns
    -------
    Figure
        1200 x 640 units.
    """
    bars = min(len(one.bars) for one in paths)
    curves = np.array([one.bars["equity"].to_numpy(dtype=np.float64)[-bars:] for one in paths])
    times = days(paths[0].bars["time"].iloc[-bars:])
    start = paths[0].start_cash
    ends = np.sort(curves[:, -1] / start - 1)
    text = (
        f"{_period(paths[0])} · {len(paths)} paths end at {ends[0]:+z.1%} to {ends[-1]:+z.1%}, "
        f"{np.mean(ends < 0):.0%} of them with a loss"
    )
    fig, (ax,) = style.figure(640, title, text)
    low, middle, high = np.quantile(curves, [0.05, 0.5, 0.95], axis=0)
    band = ax.fill_between(times, low, high, color=style.BLUE, alpha=0.15, linewidth=0)
    for curve in curves:
        (thin,) = ax.plot(times, curve, color=style.BLUE, alpha=0.35, linewidth=0.8, zorder=2)
    (median,) = ax.plot(times, middle, color=style.BLUE, linewidth=2.2, zorder=4)
    handles: list[Any] = [median, thin, band]
    labels = [f"{name}: median ({gain(middle, start)})", "each path", "5% to 95%"]
    for label, market in [*first.items()][1:2]:
        held = market.bars["equity"].to_numpy(dtype=np.float64)
        (line,) = ax.plot(
            days(market.bars["time"]), held, color=style.ORANGE, linewidth=1.6,
            linestyle=style.DASHES[0], zorder=3,
        )  # fmt: skip
        handles.append(line)
        labels.append(f"{label} ({gain(held, start)})")
    ax.axhline(start, color=style.MUTED, linewidth=0.9, linestyle=":", zorder=1)
    style.y_label(ax, "Equity (money)")
    ticks.number_axis(ax)
    ticks.date_axis(ax, times)
    style.legend_row(fig, handles, labels)
    return fig


def _mark_folds(
    panels: "Sequence[Axes]", times: "NDArray[np.float64]", folds: "pd.Series[Any]"
) -> None:
    numbers = folds.fillna(-1).to_numpy(dtype=np.int64)
    starts = [0, *(np.flatnonzero(np.diff(numbers)) + 1)]
    for place in starts:
        for ax in panels:
            ax.axvline(
                times[place], color=style.AXIS, linewidth=1.0, linestyle=(0, (3, 3)), zorder=1
            )
        if len(starts) <= _MOST_NUMBERED and numbers[place] >= 0:
            panels[0].annotate(
                f"fold {numbers[place]}" if place == 0 else str(numbers[place]),
                (times[place], 1.0), xycoords=("data", "axes fraction"), xytext=(4, -4),
                textcoords="offset points", va="top", **style.font(),
            )  # fmt: skip


def _period(record: "EpisodeRecord") -> str:
    first, last = ticks.time_texts(utc(record.bars["time"].iloc[[0, -1]]))
    return f"{asset_names(record.assets)} · {first} to {last}"
