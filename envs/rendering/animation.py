"""Frames of an episode that grows from its first bar to its last."""

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import Collection
from matplotlib.dates import date2num
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle

from tradegym.envs.rendering import style, ticks
from tradegym.envs.rendering.episode import episode_figure
from tradegym.envs.rendering.look import DEFAULT, Look
from tradegym.envs.rendering.panels.common import column, utc

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from tradegym.envs.record import EpisodeRecord
    from tradegym.envs.rendering.sheet import Sheet

    Show = Callable[[float], None]

_STATUS_AT = 50.0  # units below the top


def spread(count: int, most: int) -> "NDArray[np.int64]":
    """Return at most ``most`` numbers of 0 to ``count - 1``, evenly spaced, with both ends."""
    steps = np.linspace(0, count - 1, min(count, max(most, 1)))
    return np.unique(steps.round().astype(np.int64)) if most > 1 else np.array([count - 1])


def episode_frames(
    record: "EpisodeRecord", most: int = 120, look: Look = DEFAULT
) -> "Iterator[NDArray[np.uint8]]":
    """Draw an episode as it grows; the axes show all of it from the start.

    One figure is laid out once. For a frame, only what is drawn in it is changed and drawn again
    over the saved background.

    Parameters
    ----------
    record : EpisodeRecord
        The episode, at least one bar.
    most : int
        Frames at most; they are evenly spaced, and the last one shows the whole episode.
    look : Look
        Size and colours.

    Yields
    ------
    numpy.ndarray
        uint8 RGB, shape [height, width, 3], one array that is used again for the next frame.
    """
    figure = episode_figure(record, look, results=False)
    texts, times = _status(record), np.asarray(date2num(utc(record.bars["time"])))  # type: ignore[no-untyped-call]
    growing = _Growing(figure)
    for bar in spread(len(times), most):
        yield growing.frame(float(times[bar]), texts(int(bar)))


def _status(record: "EpisodeRecord") -> "Callable[[int], str]":
    """Return the function that says in a line how things stand at a bar."""
    stamps = ticks.time_texts(utc(record.bars["time"]))
    equity = column(record.bars, "equity")
    total, start = len(stamps), record.start_cash

    def text(bar: int) -> str:
        parts = [
            stamps[bar],
            f"bar {bar + 1:,} of {total:,}",
            f"equity {ticks.number(equity[bar])}",
        ]
        if start > 0:
            parts.append(f"{equity[bar] / start - 1:+z.1%}")
        if bar == total - 1:
            parts.append(f"ended: {record.reason.replace('_', ' ').lower()}")
        return " · ".join(parts)

    return text


class _Growing:
    """A figure whose curves end at a moment that moves.

    Parameters
    ----------
    figure : Sheet
        A complete picture whose panels share an x axis of times.
    """

    def __init__(self, figure: "Sheet") -> None:
        self._canvas = figure.canvas
        if not isinstance(self._canvas, FigureCanvasAgg):
            raise TypeError("frames need a figure with an Agg canvas")
        colors = figure.look.palette
        self._figure = figure
        self._moving: list[tuple[Axes, list[Artist]]] = []
        self._shows: list[Show] = []
        for ax in figure.panels:
            # Limits are those of the whole episode, whatever is shown of it.
            ax.set_autoscale_on(False)
            self._moving.append((ax, self._take_over(ax)))
            cursor = ax.axvline(0.0, color=colors.muted, linewidth=0.8, zorder=2.6)
            cursor.set_animated(True)
            self._moving[-1][1].append(cursor)
            self._shows.append(lambda now, line=cursor: line.set_xdata([now, now]))  # type: ignore[misc]
        self._status = figure.put_text(
            24, _STATUS_AT, "", va="center", **style.font(color=colors.muted)
        )
        self._status.set_animated(True)
        self._canvas.draw()  # type: ignore[no-untyped-call]
        self._background = self._canvas.copy_from_bbox(figure.bbox)  # type: ignore[no-untyped-call]

    def _take_over(self, ax: "Axes") -> "list[Artist]":
        """Find what is drawn along the times of a panel, and how to show only a part of it."""
        found: list[Artist] = []
        for artist in sorted(ax.get_children(), key=lambda one: one.get_zorder()):
            if isinstance(artist, Line2D) and _is_along_x(artist, ax):
                self._shows.append(_growing_line(artist))
            elif isinstance(artist, Collection):
                self._shows.append(_growing_area(artist, ax))
            else:
                continue
            artist.set_animated(True)
            found.append(artist)
        return found

    def frame(self, now: float, text: str) -> "NDArray[np.uint8]":
        """Draw the figure up to a time in float days."""
        for show in self._shows:
            show(now)
        self._status.set_text(style.plain(text, int(0.14 * self._figure.wide)))
        canvas: Any = self._canvas
        canvas.restore_region(self._background)
        for ax, artists in self._moving:
            for artist in artists:
                ax.draw_artist(artist)
        self._figure.draw_artist(self._status)
        return np.asarray(canvas.buffer_rgba(), dtype=np.uint8)[:, :, :3]


def _is_along_x(line: Line2D, ax: "Axes") -> bool:
    """Tell whether x of a line is a time, not a place in the panel."""
    along_x, _ = line.get_transform().contains_branch_seperately(ax.transData)
    return bool(along_x)


def _growing_line(line: Line2D) -> "Show":
    x, y = (np.array(values, dtype=np.float64) for values in line.get_data(orig=False))

    def show(now: float) -> None:
        stop = int(np.searchsorted(x, now, side="right"))
        line.set_data(x[:stop], y[:stop])

    return show


def _growing_area(area: Collection, ax: "Axes") -> "Show":
    """Cut an area off at the time; its clip covers the panel up to there."""
    left, right = ax.get_xlim()
    low, high = ax.get_ylim()
    window = Rectangle((left, low), right - left, high - low, transform=ax.transData)
    area.set_clip_path(window)

    def show(now: float) -> None:
        window.set_width(max(now - left, 0.0))
        area.set_clip_path(window)

    return show
