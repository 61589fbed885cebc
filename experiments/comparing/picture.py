"""Equity of several runs on the bars they have in common, and their drawdowns."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from tradegym.conf.errors import UserError
from tradegym.envs.curves import drawdowns
from tradegym.envs.rendering import style, ticks
from tradegym.envs.rendering.look import DEFAULT, Look
from tradegym.experiments.comparing.series import Series, align
from tradegym.experiments.comparing.tables import visible

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from tradegym.experiments.comparing.compare import Compared

    Array = NDArray[np.float64]

#: Runs that can be told apart in one picture.
MOST_RUNS = 12

_HEIGHT = 780
_ROOM_FOR_NAMES = 150  # units right of the panels
_LINE_OF_TEXT = 0.16  # inches


def plot_runs(
    series: Mapping[str, Series], title: str, *, baseline: str | None = None, look: Look = DEFAULT
) -> "Figure":
    """Plot the return of each run since the first common bar, and the fall below its peak.

    Parameters
    ----------
    series : mapping of str to Series
        By label; the first is drawn the strongest.
    title : str
        Headline.
    baseline : str, optional
        Label of a curve that is drawn as a thin line in the colour of the text.
    look : Look

    Returns
    -------
    Figure
        1200 x 780 pixels at 100 dpi. Bars of several episodes or folds are put one after the
        other.

    Raises
    ------
    UserError
        If there are more than `MOST_RUNS`, or no bars in common.
    """
    if len(series) > MOST_RUNS:
        raise UserError(f"--picture: at most {MOST_RUNS} curves fit, these are {len(series)}")
    if not series:
        raise UserError("--picture: none of the runs has an equity curve")
    times, returns = align(series)
    if not len(times):
        raise UserError("--picture: the runs have no test bars in common")
    shown = ticks.time_texts(times[[0, -1]])
    text = f"{shown[0]} to {shown[1]} · {ticks.count(len(times), 'return')} in common"
    fig, (growth, fall) = style.figure(
        _HEIGHT, title, text, panels=(2.4, 1), right=_ROOM_FOR_NAMES, look=look
    )
    days, in_time = _places(times)
    handles, labels, ends = [], [], []
    for index, (name, values) in enumerate(returns.items()):
        curve = np.cumprod(1.0 + values, dtype=np.float64)
        line = _line(look, index, len(returns), is_baseline=name == baseline)
        handles += growth.plot(days, curve - 1.0, **line)
        labels.append(f"{style.plain(name, 28)} ({curve[-1] - 1.0:+z.1%})")
        ends.append((float(curve[-1] - 1.0), name, line["color"]))
        drop = drawdowns(curve, 1.0)
        if index == 0:
            fall.fill_between(days, drop, color=line["color"], alpha=0.15, linewidth=0)
        fall.plot(days, drop, **(line | {"linewidth": 0.6 * line["linewidth"]}))
    growth.axhline(0.0, color=look.palette.muted, linewidth=0.9, linestyle=":", zorder=1)
    style.y_label(growth, "Total return")
    style.y_label(fall, "Drawdown")
    fall.set_ylim(min(fall.get_ylim()[0], -0.001), 0.0)
    for ax in (growth, fall):
        ticks.percent_axis(ax)
        if in_time:
            ticks.date_axis(ax, days)
        else:
            ticks.number_axis(ax, "x")
    if not in_time:
        style.x_label(fall, "Bars, one episode after the other")
    style.legend_row(fig, handles, labels)
    _name_ends(growth, ends)
    return fig


def _name_ends(ax: "Axes", ends: list[tuple[float, str, str]]) -> None:
    """Write each name where its curve ends, moved up or down so that none covers another."""
    low, high = ax.get_ylim()
    figure = ax.get_figure(root=True)
    inches = figure.get_figheight() if figure is not None else _HEIGHT / 100
    line = (high - low) * _LINE_OF_TEXT / (ax.get_position().height * inches)
    places = sorted(ends)
    heights = [value for value, _, _ in places]
    for _ in range(200):  # a few rounds are enough for a few names
        moved = False
        for below in range(len(heights) - 1):
            missing = line - (heights[below + 1] - heights[below])
            if missing > 1e-3 * line:
                heights[below] -= missing / 2
                heights[below + 1] += missing / 2
                moved = True
        if not moved:
            break
    for height, (_, name, color) in zip(heights, places, strict=True):
        ax.annotate(
            style.plain(name, 18),
            (1.0, height),
            xycoords=("axes fraction", "data"),
            xytext=(4, 0),
            textcoords="offset points",
            va="center",
            annotation_clip=False,
            **style.font(style.TICK_SIZE - 1, color),
        )


def _places(times: "NDArray[np.datetime64]") -> "tuple[Array, bool]":
    """Return where each bar is drawn: at its time, or at its number if times go back."""
    if np.all(np.diff(times) > np.timedelta64(0)):
        return ticks.days(times), True
    return np.arange(1, len(times) + 1, dtype=np.float64), False


def _line(look: Look, index: int, number: int, *, is_baseline: bool) -> dict[str, Any]:
    """Return the line of a curve: colours come again after seven, then with dashes."""
    if is_baseline and index:
        return {
            "color": look.palette.ink,
            "linestyle": style.DASHES[0],
            "linewidth": 1.5,
            "zorder": 3,
        }
    accents = look.palette.accents
    again = (index - 1) // len(accents) if index else 0
    color = accents[(index - 1) % len(accents)] if index else look.palette.equity
    weight = 2.2 if index == 0 else 1.5 if number <= 6 else 1.2
    return {
        "color": color,
        "linestyle": style.DASHES[again - 1] if again else "-",
        "linewidth": weight,
        "zorder": 4 if index == 0 else 3,
    }


def plot_compared(compared: "Compared", *, look: Look = DEFAULT) -> "Figure":
    """Plot the runs of a comparison, and the baseline that they were tested against.

    Raises
    ------
    UserError
        As `plot_runs`; also for runs of several seeds whose own directories are gone.
    """
    if not compared.series:
        raise UserError(
            "--picture: the runs have no equity curve of their own, and those of their seeds are "
            "not there"
        )
    series = dict(compared.series)
    baseline = None
    if compared.against in series:
        series = {compared.against: series[compared.against], **series}
    # The benchmark of the winner too, where no baseline was asked for and there is room for it.
    room = [compared.winner.against] if len(series) < MOST_RUNS else []
    for name in (compared.against, *room):
        if name not in series and baseline is None:
            found = _recorded(compared, name)
            if found is not None:
                baseline, series[name] = name, found
    markets = dict.fromkeys(visible(run.dataset_name) for run in compared.runs.values())
    title = f"{ticks.count(len(compared.runs), 'run')} on {', '.join(markets)}"
    if any(run.kind == "seeds" for run in compared.runs.values()):
        title += ": means over their seeds"
    if not compared.same_bars:
        title += ": NOT tested on the same bars"
    return plot_runs(series, title, baseline=baseline, look=look)


def _recorded(compared: "Compared", baseline: str) -> Series | None:
    """Return the returns of a baseline as the first run that played it has recorded them."""
    for configuration in compared.winner.configurations:
        found = configuration.series(baseline)
        if found:
            return found[0]
    return None
