"""Picture of one observation array: curves for a few columns, an image for many."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.ticker import FuncFormatter, MaxNLocator

from tradegym.envs.rendering import style, ticks

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.lines import Line2D
    from numpy.typing import NDArray

_MOST_CURVES = 7


def render_state(
    array: "NDArray[np.float64]", key: str, columns: Sequence[str] | None = None
) -> "NDArray[np.uint8]":
    """Draw one entry of an observation: up to 7 columns as curves, more as an image.

    Curves share one panel if their ranges are alike, else each has its own.

    Parameters
    ----------
    array : numpy.ndarray
        Shape [n, m]: n bars, the newest last, of m columns; [n] counts as one column. Values
        that are not finite are left out.
    key : str
        Name of the entry.
    columns : sequence of str, optional
        Name of each column; their numbers without it.

    Returns
    -------
    numpy.ndarray
        uint8 RGB, shape [640, 1200, 3].

    Raises
    ------
    ValueError
        ``array`` has more than 2 dimensions or ``columns`` another length.
    """
    values = np.array(array, dtype=np.float64)
    if values.ndim > 2:
        raise ValueError(f"{key}: {values.ndim} dimensions cannot be drawn; at most 2 can")
    values = values.reshape(-1, 1) if values.ndim < 2 else values
    names = (
        list(columns) if columns is not None else [f"column {i}" for i in range(values.shape[1])]
    )
    if len(names) != values.shape[1]:
        raise ValueError(f"{key}: {len(names)} names for {values.shape[1]} columns")
    values[~np.isfinite(values)] = np.nan
    draw = _curves if values.shape[1] <= _MOST_CURVES else _image
    return draw(values, f"State: {key}", _summary(values), names)


def _summary(values: "NDArray[np.float64]") -> str:
    bars, columns = values.shape
    size = f"{ticks.count(bars, 'bar')} of {ticks.count(columns, 'column')}"
    known = values[np.isfinite(values)]
    if not len(known):
        return f"{size} · no finite value"
    low, high = ticks.number(float(known.min())), ticks.number(float(known.max()))
    missing = values.size - len(known)
    note = f" · {missing:,} not finite" if missing else ""
    return f"{size} · from {low} to {high}{note}"


def _curves(
    values: "NDArray[np.float64]", title: str, summary: str, names: list[str]
) -> "NDArray[np.uint8]":
    bars, columns = values.shape
    shared = _alike(values)
    fig, axes = style.figure(
        640, title, summary, panels=(1,) * (1 if shared else columns), bottom=58
    )
    x = np.arange(1 - bars, 1, dtype=np.float64)
    handles: list[Line2D] = []
    for index in range(columns):
        ax = axes[0 if shared else index]
        color, dashes = (style.BLUE, "-") if index == 0 else style.SERIES[index - 1]
        handles += ax.plot(
            x,
            values[:, index],
            color=color,
            linestyle=dashes if shared else "-",
            linewidth=1.6,
            marker="o" if bars <= 40 else "",
            markersize=3.5,
        )
    for ax in axes:
        if len(axes) > 3:
            ax.yaxis.set_major_locator(MaxNLocator(nbins=3, min_n_ticks=2))
        ticks.number_axis(ax)
    _bars_back(axes[-1])
    if shared:
        style.y_label(axes[0], "Value")
    style.legend_row(fig, handles, names)
    if not columns or not bars:
        style.note(axes[0], "Empty")
    return style.to_rgb(fig)


def _alike(values: "NDArray[np.float64]") -> bool:
    """Whether all columns are readable on one scale: none is flat only because another is wide."""
    known = [column[np.isfinite(column)] for column in values.T]
    known = [column for column in known if len(column)]
    if len(known) < 2:
        return True
    total = max(c.max() for c in known) - min(c.min() for c in known)
    return all(np.ptp(column) >= 0.1 * total for column in known)


def _image(
    values: "NDArray[np.float64]", title: str, summary: str, names: list[str]
) -> "NDArray[np.uint8]":
    if not len(values):
        values = np.full((1, values.shape[1]), np.nan)
    bars, columns = values.shape
    fig, (ax,) = style.figure(640, title, summary, bottom=58, left=170, right=130)
    ax.grid(visible=False)
    known = values[np.isfinite(values)]
    low, high = (float(known.min()), float(known.max())) if len(known) else (0.0, 1.0)
    if low < 0 < high:  # white is zero
        high = max(-low, high)
        low, cmap = -high, "RdBu_r"
    else:
        cmap = "cividis"
    image = ax.imshow(
        np.ma.masked_invalid(values.T),
        aspect="auto",
        interpolation="nearest",
        extent=(0.5 - bars, 0.5, columns - 0.5, -0.5),
        cmap=cmap,
        vmin=low,
        vmax=high if high > low else low + 1.0,
    )
    ax.set_facecolor(style.AXIS)  # shows through where a value is missing
    ax.yaxis.set_major_locator(MaxNLocator(nbins=min(columns, 24), integer=True))
    ax.yaxis.set_major_formatter(
        FuncFormatter(
            lambda y, _: style.plain(names[round(y)], 18) if 0 <= round(y) < columns else ""
        )
    )
    bar = fig.colorbar(image, cax=fig.add_axes((1090 / style.WIDTH, 58 / 640, 0.016, 504 / 640)))
    style.dress_ticks(bar.ax)
    bar.outline.set_visible(False)
    ticks.number_axis(bar.ax)
    _bars_back(ax)
    return style.to_rgb(fig)


def _bars_back(ax: "Axes") -> None:
    ax.xaxis.set_major_locator(MaxNLocator(nbins=10, integer=True, min_n_ticks=1))
    ticks.number_axis(ax, "x")
    style.x_label(ax, "Bars before the newest")
