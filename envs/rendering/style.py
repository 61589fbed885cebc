"""Colours, fonts, sizes and layout of every picture, in one place."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.axes._base import _AxesBase
    from numpy.typing import NDArray

# Okabe and Ito (2008), "Color Universal Design": told apart with every kind of colour vision.
BLUE = "#0072B2"
ORANGE = "#E69F00"
VERMILLION = "#D55E00"
GREEN = "#009E73"
PURPLE = "#CC79A7"
SKY = "#56B4E9"

INK = "#1F2933"
MUTED = "#5F6B7A"
GRID = "#E3E7EB"
AXIS = "#B8C0C8"
PRICE = "#3D4852"

LONG = BLUE
SHORT = VERMILLION
LONG_SHADE = "#DCEBF5"
SHORT_SHADE = "#FBE6D8"

# One colour and one dash pattern for each further curve, so that colour is never the only sign.
SERIES: tuple[tuple[str, str | tuple[int, tuple[int, ...]]], ...] = (
    (VERMILLION, (0, (6, 2))),
    (GREEN, (0, (4, 1, 1, 1))),
    (PURPLE, (0, (2, 1))),
    (ORANGE, (0, (8, 2, 2, 2))),
    (SKY, (0, (1, 1))),
    (MUTED, (0, (5, 5))),
)

FAMILY = "DejaVu Sans"  # part of matplotlib, so that a picture looks the same on every machine
TITLE_SIZE = 15
LABEL_SIZE = 10.5
TICK_SIZE = 10
NOTE_SIZE = 13

DPI = 100
WIDTH = 1200  # pixels
_LEFT, _RIGHT, _TOP, _BOTTOM = 105, 40, 78, 44  # pixels around the panels
_LEGEND_AT = 64  # pixels from the top
_TITLE_CHARS = 92
_SUBTITLE_CHARS = 150


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
    height: int,
    title: str,
    subtitle: str = "",
    *,
    panels: Sequence[float] = (1,),
    right: int = _RIGHT,
    left: int = _LEFT,
    bottom: int = _BOTTOM,
) -> "tuple[Figure, list[Axes]]":
    """Return a figure with title and subtitle, and its stacked panels with a shared x axis.

    Parameters
    ----------
    height : int
        Pixels; the width is `WIDTH`.
    title, subtitle : str
        Written at the top left, shortened if they do not fit.
    panels : sequence of float
        Relative height of each panel, from the top.
    right, left, bottom : int
        Pixels kept free around the panels.

    Returns
    -------
    tuple of (Figure, list of Axes)
        The figure carries an Agg canvas and knows nothing of pyplot.
    """
    fig = Figure(figsize=(WIDTH / DPI, height / DPI), dpi=DPI, facecolor="white")
    FigureCanvasAgg(fig)
    axes = fig.subplots(
        len(panels),
        1,
        sharex=True,
        squeeze=False,
        gridspec_kw={"height_ratios": list(panels), "hspace": 0.12},
    )
    fig.subplots_adjust(
        left=left / WIDTH, right=1 - right / WIDTH, top=1 - _TOP / height, bottom=bottom / height
    )
    for y, text, look in (
        (24, plain(title, _TITLE_CHARS), font(TITLE_SIZE, INK, "bold")),
        (50, plain(subtitle, _SUBTITLE_CHARS), font()),
    ):
        fig.text(24 / WIDTH, 1 - y / height, text, va="center", **look)
    rows: list[Axes] = list(axes[:, 0])
    for ax in rows:
        _dress(ax)
    return fig, rows


def font(size: float = LABEL_SIZE, color: str = MUTED, weight: str = "normal") -> dict[str, Any]:
    """Return the text properties of one size and colour."""
    return {"fontsize": size, "color": color, "fontweight": weight, "fontfamily": FAMILY}


def _dress(ax: "Axes") -> None:
    ax.set_axisbelow(True)
    ax.grid(visible=True, color=GRID, linewidth=0.8)
    dress_ticks(ax)
    for side, spine in ax.spines.items():
        spine.set_visible(side in {"left", "bottom"})
        spine.set_color(AXIS)
    ax.xaxis.get_offset_text().set(fontsize=TICK_SIZE, color=MUTED, fontfamily=FAMILY)


def dress_ticks(ax: "_AxesBase") -> None:
    """Give the ticks of an axes their font and colours, and y ticks at round numbers."""
    ax.yaxis.set_major_locator(MaxNLocator(nbins=6, steps=[1, 2, 5, 10], min_n_ticks=2))
    ax.tick_params(labelsize=TICK_SIZE, labelcolor=INK, color=AXIS, labelfontfamily=FAMILY)


def y_label(ax: "Axes", text: str) -> None:
    """Name the y axis, at the same place in every panel."""
    ax.set_ylabel(text, **font())
    ax.yaxis.set_label_coords(-78 / (ax.get_position().width * WIDTH), 0.5)


def x_label(ax: "Axes", text: str) -> None:
    """Name the x axis."""
    ax.set_xlabel(text, **font())


def legend_row(fig: Figure, handles: "Sequence[Artist]", labels: Sequence[str]) -> None:
    """Write a legend below the subtitle, in as few rows as fit, and move the panels below it."""
    if not handles:
        return
    height = fig.get_figheight() * DPI
    names = [plain(label, 42) for label in labels]
    for columns in range(len(names), 0, -1):
        # matplotlib fills column by column, people read row by row
        order = [i for first in range(columns) for i in range(first, len(names), columns)]
        legend = fig.legend(
            [handles[i] for i in order],
            [names[i] for i in order],
            loc="upper left",
            bbox_to_anchor=(16 / WIDTH, 1 - _LEGEND_AT / height),
            ncols=columns,
            frameon=False,
            handlelength=2.2,
            columnspacing=1.5,
            borderpad=0.2,
            borderaxespad=0.0,
            labelcolor=INK,
            prop={"family": FAMILY, "size": TICK_SIZE},
        )
        box = legend.get_window_extent()
        if box.width <= WIDTH - 32 or columns == 1:
            fig.subplots_adjust(top=1 - (_LEGEND_AT + box.height + 10) / height)
            return
        legend.remove()


def note(ax: "Axes", text: str) -> None:
    """Write a short remark in the middle of a panel that has nothing to show."""
    ax.text(
        0.5,
        0.5,
        plain(text, 100),
        transform=ax.transAxes,
        ha="center",
        va="center",
        backgroundcolor="white",
        **font(NOTE_SIZE),
    )


def to_rgb(fig: Figure) -> "NDArray[np.uint8]":
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
