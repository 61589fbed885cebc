"""Picture of one observation array: curves for a few columns, an image for many."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.ticker import FuncFormatter, MaxNLocator

from tradegym.envs.rendering import style, ticks
from tradegym.envs.rendering.look import DEFAULT, Look
from tradegym.envs.rendering.sheet import UNIT

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.lines import Line2D
    from numpy.typing import NDArray

    from tradegym.envs.rendering.sheet import Sheet

_MOST_CURVES = 7  # more are drawn as an image, unless the look says otherwise
_MOST_NAMES = 24
_BAR = 70  # units from the colour bar to the right edge


def state_figure(
    array: "NDArray[np.float64]",
    key: str,
    columns: Sequence[str] | None = None,
    look: Look = DEFAULT,
) -> "Sheet":
    """Draw one entry of an observation: up to 7 columns as curves, more as an image.

    ``look.as_image`` decides in place of their number. Curves share one panel if their ranges
    are alike or there are more than 7, else each has its own.

    Parameters
    ----------
    array : numpy.ndarray
        Shape [n, m]: n bars, the newest last, of m columns; [n] counts as one column, [n, a, m]
        as a times m. Values that are not finite are left out.
    key : str
        Name of the entry.
    columns : sequence of str, optional
        Name of each of the m columns; their numbers without it.
    look : Look
        Size, colours, and whether to draw an image.

    Returns
    -------
    Sheet
        A figure of ``look.size_state``.

    Raises
    ------
    ValueError
        ``array`` has more than 3 dimensions or ``columns`` another length.
    """
    values, names = _flat(np.array(array, dtype=np.float64), key, columns)
    values[~np.isfinite(values)] = np.nan
    as_image = values.shape[1] > _MOST_CURVES if look.as_image is None else look.as_image
    draw = _image if as_image and values.shape[1] else _curves
    return draw(values, f"State: {key}", _summary(values), names, look)


def _flat(
    values: "NDArray[np.float64]", key: str, columns: Sequence[str] | None
) -> "tuple[NDArray[np.float64], list[str]]":
    """Return the array as [bars, columns] and the name of each column."""
    if values.ndim > 3:
        raise ValueError(f"{key}: {values.ndim} dimensions cannot be drawn; at most 3 can")
    values = values.reshape(-1, 1) if values.ndim < 2 else values
    names = [f"column {i}" for i in range(values.shape[-1])] if columns is None else list(columns)
    if len(names) != values.shape[-1]:
        raise ValueError(f"{key}: {len(names)} names for {values.shape[-1]} columns")
    if values.ndim == 3:
        groups = values.shape[1]
        names = [f"{i} {name}" if groups > 1 else name for i in range(groups) for name in names]
        values = values.reshape(len(values), len(names))
    return values, names


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


def _sheet(title: str, summary: str, look: Look, **layout: Any) -> "tuple[Sheet, list[Axes]]":
    width, height = (UNIT * side for side in look.size_state)
    return style.figure(height, title, summary, width=width, bottom=58, look=look, **layout)


def _curves(
    values: "NDArray[np.float64]", title: str, summary: str, names: list[str], look: Look
) -> "Sheet":
    bars, columns = values.shape
    shared = columns > _MOST_CURVES or _alike(values)
    fig, axes = _sheet(title, summary, look, panels=(1,) * (1 if shared else columns))
    x = np.arange(1 - bars, 1, dtype=np.float64)
    handles: list[Line2D] = []
    for index in range(columns):
        line = style.series(look, index) | ({} if shared else {"linestyle": "-"})
        handles += axes[0 if shared else index].plot(
            x,
            values[:, index],
            linewidth=1.6 if columns <= _MOST_CURVES else 1.0,
            marker="o" if bars <= 40 and columns <= _MOST_CURVES else "",
            markersize=3.5,
            **line,
        )
    for ax in axes:
        ticks.number_axis(ax)
    _bars_back(axes[-1])
    if shared:
        style.y_label(axes[0], "Value")
    if columns > _MOST_NAMES:
        more = columns - _MOST_NAMES
        names = [*names[: _MOST_NAMES - 1], f"{names[_MOST_NAMES - 1]} and {more} more"]
    style.legend_row(fig, handles[:_MOST_NAMES], names)
    if not columns or not bars:
        style.note(axes[0], "Empty")
    return fig


def _alike(values: "NDArray[np.float64]") -> bool:
    """Whether all columns are readable on one scale: none is flat only because another is wide."""
    known = [column[np.isfinite(column)] for column in values.T]
    known = [column for column in known if len(column)]
    if len(known) < 2:
        return True
    total = max(c.max() for c in known) - min(c.min() for c in known)
    return all(np.ptp(column) >= 0.1 * total for column in known)


def _image(
    values: "NDArray[np.float64]", title: str, summary: str, names: list[str], look: Look
) -> "Sheet":
    if not len(values):
        values = np.full((1, values.shape[1]), np.nan)
    bars, columns = values.shape
    fig, (ax,) = _sheet(title, summary, look, left=170, right=130)
    ax.grid(visible=False)
    known = values[np.isfinite(values)]
    low, high = (float(known.min()), float(known.max())) if len(known) else (0.0, 1.0)
    signed = low < 0 < high
    if signed:  # the middle of the colours is zero
        high = max(-low, high)
        low = -high
    image = ax.imshow(
        np.ma.masked_invalid(values.T),
        aspect="auto",
        interpolation="nearest",
        extent=(0.5 - bars, 0.5, columns - 0.5, -0.5),
        cmap=look.cmap or ("RdBu_r" if signed else "cividis"),
        vmin=low,
        vmax=high if high > low else low + 1.0,
    )
    ax.set_facecolor(look.palette.axis)  # shows through where a value is missing
    ax.yaxis.set_major_locator(MaxNLocator(nbins=min(columns, 24), integer=True))
    ax.yaxis.set_major_formatter(
        FuncFormatter(
            lambda y, _: style.plain(names[round(y)], 18) if 0 <= round(y) < columns else ""
        )
    )
    place = ax.get_position()
    at = (1 - (_BAR + 40) / fig.wide, place.y0, 19 / fig.wide, place.height)
    bar = fig.colorbar(image, cax=fig.add_axes(at))
    style.dress_ticks(bar.ax)
    bar.outline.set_visible(False)
    ticks.number_axis(bar.ax)
    _bars_back(ax)
    return fig


def _bars_back(ax: "Axes") -> None:
    ax.xaxis.set_major_locator(MaxNLocator(nbins=10, integer=True, min_n_ticks=1))
    ticks.number_axis(ax, "x")
    style.x_label(ax, "Bars before the newest")


def render_state(
    array: "NDArray[np.float64]",
    key: str,
    columns: Sequence[str] | None = None,
    look: Look = DEFAULT,
) -> "NDArray[np.uint8]":
    """Draw one entry of an observation; see `state_figure`.

    Returns
    -------
    numpy.ndarray
        uint8 RGB, shape [height, width, 3]; by default [640, 1200, 3].
    """
    return style.to_rgb(state_figure(array, key, columns, look))
