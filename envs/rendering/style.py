"""Fonts, layout and legends of every picture, in one place."""

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.ticker import MaxNLocator

from tradegym.envs.rendering.look import DEFAULT, Look
from tradegym.envs.rendering.palette import BLUE, GREEN, LIGHT, ORANGE, PURPLE, SKY, VERMILLION
from tradegym.envs.rendering.sheet import LABEL_SIZE, UNIT, Sheet, look_at

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.axes._base import _AxesBase
    from matplotlib.figure import Figure
    from matplotlib.legend import Legend
    from matplotlib.text import Text
    from numpy.typing import NDArray

__all__ = [
    "AXIS", "BLUE", "DASHES", "DPI", "GREEN", "GRID", "INK", "LONG", "LONG_SHADE", "MUTED",
    "ORANGE", "PRICE", "PURPLE", "SERIES", "SHORT", "SHORT_SHADE", "SKY", "VERMILLION", "WIDTH",
]  # fmt: skip

# The colours of the default look, for pictures that have no other.
INK, MUTED, GRID, AXIS, PRICE = LIGHT.ink, LIGHT.muted, LIGHT.grid, LIGHT.axis, LIGHT.price
LONG, SHORT = LIGHT.up, LIGHT.down
LONG_SHADE, SHORT_SHADE = LIGHT.up_shade, LIGHT.down_shade

# One dash pattern for each further curve, so that colour is never the only sign.
DASHES: tuple[str | tuple[int, tuple[int, ...]], ...] = (
    (0, (6, 2)),
    (0, (4, 1, 1, 1)),
    (0, (2, 1)),
    (0, (8, 2, 2, 2)),
    (0, (1, 1)),
    (0, (5, 5)),
)
SERIES = tuple(zip(LIGHT.accents, DASHES, strict=True))

FAMILY = "DejaVu Sans"  # part of matplotlib, so that a picture looks the same on every machine
TITLE_SIZE = 15
TICK_SIZE = 10
NOTE_SIZE = 13

DPI = UNIT
WIDTH = 1200  # units
_LEFT, _RIGHT, _TOP, _BOTTOM = 105, 40, 78, 44  # units around the panels
_LEGEND_AT = 64  # units from the top
_EDGE = 24  # units left of the title, and right of it


def plain(text: str, limit: int = 60) -> str:
    """Return ``text`` shortened to ``limit`` characters, on one line and without mathtext.

    The middle is left out, because names often differ only in their last part.
    """
    line = " ".join(text.split())
    if len(line) > limit:
        tail = limit // 3
        line = f"{line[: limit - tail - 1].rstrip()}…{line[-tail:].lstrip()}"
    return line.replace("$", r"\$")


def figure(
    height: float,
    title: str,
    subtitle: str = "",
    *,
    width: float = WIDTH,
    panels: "Sequence[float]" = (1,),
    right: float = _RIGHT,
    left: float = _LEFT,
    bottom: float = _BOTTOM,
    look: Look = DEFAULT,
) -> "tuple[Sheet, list[Axes]]":
    """Return a figure with title and subtitle, and its stacked panels with a shared x axis.

    Parameters
    ----------
    height, width : float
        Hundredths of an inch.
    title, subtitle : str
        Written at the top left, shortened if they do not fit.
    panels : sequence of float
        Relative height of each panel, from the top.
    right, left, bottom : float
        Hundredths of an inch kept free around the panels.
    look : Look
        Resolution and colours.

    Returns
    -------
    tuple of (Sheet, list of Axes)
        The figure carries an Agg canvas and knows nothing of pyplot.
    """
    size = (width / UNIT, height / UNIT)
    fig = Sheet(size, look, panels, (left, right, _TOP, bottom))
    put_line(fig, 24, title, **font(TITLE_SIZE, look.palette.ink, "bold"))
    put_line(fig, 50, subtitle, **font(color=look.palette.muted))
    for ax in fig.panels:
        _dress(ax)
    return fig, fig.panels


def put_line(fig: Sheet, y: float, text: str, **look: Any) -> "Text":
    """Write a line of text ``y`` units below the top, shortened to the width of the sheet."""
    line = fig.put_text(_EDGE, y, plain(text, 400), va="center", **look)
    room = fig.wide - 2 * _EDGE
    for _ in range(4):  # what is left of a line may be wider than its mean character
        wide = fig.units(line.get_window_extent().width)
        if wide <= room:
            break
        line.set_text(plain(text, max(int(len(line.get_text()) * room / wide), 4)))
    return line


def font(size: float = LABEL_SIZE, color: str = MUTED, weight: str = "normal") -> dict[str, Any]:
    """Return the text properties of one size and colour."""
    return {"fontsize": size, "color": color, "fontweight": weight, "fontfamily": FAMILY}


def series(look: Look, index: int) -> dict[str, Any]:
    """Return colour and dashes of curve ``index``; the first has the equity's colour, solid."""
    if index == 0:
        return {"color": look.palette.equity, "linestyle": "-"}
    accents = look.palette.accents
    return {
        "color": accents[(index - 1) % len(accents)],
        "linestyle": DASHES[(index - 1) % len(DASHES)],
    }


def _dress(ax: "Axes") -> None:
    colors = look_at(ax).palette
    ax.set_facecolor(colors.panel)
    ax.set_axisbelow(True)
    ax.grid(visible=colors.has_grid, color=colors.grid, linewidth=0.8)
    dress_ticks(ax)
    for side, spine in ax.spines.items():
        spine.set_visible(side in {"left", "bottom"})
        spine.set_color(colors.axis)
    offset = ax.xaxis.get_offset_text()
    offset.set(fontsize=TICK_SIZE, color=colors.muted, fontfamily=FAMILY)


def dress_ticks(ax: "_AxesBase") -> None:
    """Give the ticks of an axes their font and colours, and y ticks at round numbers."""
    colors = look_at(ax).palette
    ax.yaxis.set_major_locator(MaxNLocator(nbins=6, steps=[1, 2, 5, 10], min_n_ticks=2))
    ax.tick_params(
        labelsize=TICK_SIZE, labelcolor=colors.ink, color=colors.axis, labelfontfamily=FAMILY
    )


def y_label(ax: "Axes", text: str) -> None:
    """Name the y axis, at the same place in every panel."""
    ax.set_ylabel(text, **font(color=look_at(ax).palette.muted))
    figure = ax.get_figure(root=True)
    wide = figure.get_figwidth() * UNIT if figure is not None else WIDTH
    ax.yaxis.set_label_coords(-78 / (ax.get_position().width * wide), 0.5)


def x_label(ax: "Axes", text: str) -> None:
    """Name the x axis."""
    ax.set_xlabel(text, **font(color=look_at(ax).palette.muted))


def legend_row(fig: Sheet, handles: "Sequence[Artist]", labels: "Sequence[str]") -> None:
    """Write a legend below the subtitle, in as few rows as fit, and move the panels below it."""
    if not handles:
        return
    place = (16 / fig.wide, 1 - _LEGEND_AT / fig.high)
    legend = _widest(
        fig, fig, handles, labels, fig.wide - 32, loc="upper left", bbox_to_anchor=place
    )
    fig.top = _LEGEND_AT + fig.units(legend.get_window_extent().height) + 10
    fig.place()


def panel_legend(ax: "Axes", handles: "Sequence[Artist]", labels: "Sequence[str]") -> None:
    """Write a legend right above a panel, which gives way to it."""
    fig = ax.get_figure(root=True)
    if not handles or not isinstance(fig, Sheet):
        return
    wide = ax.get_position().width * fig.wide
    legend = _widest(fig, ax, handles, labels, wide, loc="lower left", bbox_to_anchor=(0.0, 1.0))
    fig.heads[fig.panels.index(ax)] = fig.units(legend.get_window_extent().height) - 6
    fig.place()


def _widest(
    fig: Sheet,
    owner: "Sheet | Axes",
    handles: "Sequence[Artist]",
    labels: "Sequence[str]",
    room: float,
    **place: Any,
) -> "Legend":
    """Return the legend with the most columns that are not wider than ``room`` units."""
    names = [plain(label, 42) for label in labels]
    for columns in range(len(names), 0, -1):
        # matplotlib fills column by column, people read row by row
        order = [i for first in range(columns) for i in range(first, len(names), columns)]
        legend = owner.legend(
            [handles[i] for i in order],
            [names[i] for i in order],
            ncols=columns,
            frameon=False,
            handlelength=2.2,
            columnspacing=1.5,
            borderpad=0.2,
            borderaxespad=0.0,
            labelcolor=fig.look.palette.ink,
            prop={"family": FAMILY, "size": TICK_SIZE},
            **place,
        )
        if fig.units(legend.get_window_extent().width) <= room or columns == 1:
            break
        legend.remove()
    return legend


def panel_title(ax: "Axes", name: str, text: str) -> None:
    """Write a name and a remark right above a panel, which gives way to them."""
    fig = ax.get_figure(root=True)
    if not isinstance(fig, Sheet):
        return
    colors = fig.look.palette
    first = ax.annotate(
        plain(name, 24), (0, 1), (0, 5), xycoords="axes fraction", textcoords="offset points",
        va="bottom", **font(LABEL_SIZE, colors.ink, "bold"),
    )  # fmt: skip
    ax.annotate(
        plain(text, max(int(0.11 * fig.wide), 12)), (1, 0), (10, 0), xycoords=first,
        textcoords="offset points", va="bottom", **font(color=colors.muted),
    )  # fmt: skip
    # The first panel has no gap above it.
    fig.heads[fig.panels.index(ax)] = 24.0 if ax is fig.panels[0] else 14.0
    fig.place()


def note(ax: "Axes", text: str) -> None:
    """Write a short remark in the middle of a panel that has nothing to show."""
    colors = look_at(ax).palette
    ax.text(
        0.5,
        0.5,
        plain(text, 100),
        transform=ax.transAxes,
        ha="center",
        va="center",
        backgroundcolor=colors.panel,
        **font(NOTE_SIZE, colors.muted),
    )


def to_rgb(fig: "Figure") -> "NDArray[np.uint8]":
    """Draw a figure of `figure` and return its pixels.

    Returns
    -------
    numpy.ndarray
        uint8 RGB, shape [height, width, 3]; a copy that the caller owns.
    """
    canvas = fig.canvas
    if not isinstance(canvas, FigureCanvasAgg):
        canvas = FigureCanvasAgg(fig)
    canvas.draw()  # type: ignore[no-untyped-call]
    rgba = canvas.buffer_rgba()  # type: ignore[no-untyped-call]
    return np.array(rgba, dtype=np.uint8)[:, :, :3].copy()
