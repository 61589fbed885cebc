"""Picture of the bars an agent sees: candles, or lines when there are many."""

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, MaxNLocator

from tradegym.envs.rendering import style, ticks

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

_MOST_CANDLES = 150  # beyond this a candle is narrower than its border
_BODY = 0.34  # half the width of a candle, in bars


def render_human(
    window: "NDArray[np.float64]",
    times: "NDArray[np.datetime64] | None" = None,
    title: str = "Price window",
) -> "NDArray[np.uint8]":
    """Draw a window of bars: candles up to 150 bars, else close with the range from low to high.

    Parameters
    ----------
    window : numpy.ndarray
        Shape [n, 4]: open, high, low, close in price; rows that are not finite are left out.
    times : numpy.ndarray of datetime64, optional
        Close time of each bar, shape [n]; without it bars are counted back from the newest, 0.
    title : str
        Headline.

    Returns
    -------
    numpy.ndarray
        uint8 RGB, shape [640, 1200, 3].

    Raises
    ------
    ValueError
        ``window`` is not [n, 4], or ``times`` has another length.
    """
    bars = np.asarray(window, dtype=np.float64)
    if bars.ndim != 2 or bars.shape[1] != 4:
        raise ValueError(f"window has the shape {bars.shape}; it must be [bars, 4] (OHLC)")
    if times is not None and len(times) != len(bars):
        raise ValueError(f"{len(times)} times for {len(bars)} bars")
    known = np.all(np.isfinite(bars), axis=1)
    fig, (ax,) = style.figure(640, title, _summary(bars[known]), bottom=58)
    x = np.arange(1 - len(bars), 1, dtype=np.float64)
    if not known.any():
        style.note(ax, "No bars yet")
    elif len(bars) <= _MOST_CANDLES:
        style.legend_row(fig, *_candles(ax, x[known], bars[known]))
    else:
        style.legend_row(fig, *_lines(ax, x[known], bars[known]))
    ax.set_xlim(0.2 - max(len(bars), 1), 0.8)
    _bar_axis(ax, times)
    style.y_label(ax, "Price")
    ticks.number_axis(ax)
    return style.to_rgb(fig)


def _summary(bars: "NDArray[np.float64]") -> str:
    if not len(bars):
        return "0 bars"
    first, last = bars[0, 0], bars[-1, 3]
    change = f" · change {last / first - 1.0:+z.2%}" if first > 0 else ""
    low, high, close = (ticks.number(v) for v in (bars[:, 2].min(), bars[:, 1].max(), last))
    return f"{ticks.count(len(bars), 'bar')} · close {close} · low {low} · high {high}{change}"


def _candles(
    ax: "Axes", x: "NDArray[np.float64]", bars: "NDArray[np.float64]"
) -> "tuple[list[Artist], list[str]]":
    opens, highs, lows, closes = bars.T
    handles: list[Artist] = []
    labels: list[str] = []
    for label, mask, face, edge in (
        ("close at or above open", closes >= opens, "white", style.LONG),
        ("close below open", closes < opens, style.SHORT, style.SHORT),
    ):
        if not mask.any():
            continue
        at, low, high = x[mask], lows[mask], highs[mask]
        bottom, top = np.minimum(opens, closes)[mask], np.maximum(opens, closes)[mask]
        wicks = np.stack([np.column_stack([at, low]), np.column_stack([at, high])], axis=1)
        ax.add_collection(LineCollection(list(wicks), colors=edge, linewidths=1.2, zorder=2))
        left, right = at - _BODY, at + _BODY
        bodies = np.stack(
            [
                np.column_stack(corner)
                for corner in ((left, bottom), (right, bottom), (right, top), (left, top))
            ],
            axis=1,
        )
        ax.add_collection(
            PolyCollection(list(bodies), facecolors=face, edgecolors=edge, linewidths=1.3, zorder=3)
        )
        handles.append(Patch(facecolor=face, edgecolor=edge, linewidth=1.3))
        labels.append(label)
    ax.autoscale_view()
    return handles, labels


def _lines(
    ax: "Axes", x: "NDArray[np.float64]", bars: "NDArray[np.float64]"
) -> "tuple[list[Artist], list[str]]":
    _, highs, lows, closes = bars.T
    band = ax.fill_between(x, lows, highs, color=style.SKY, alpha=0.4, linewidth=0)
    ax.plot(x, closes, color=style.BLUE, linewidth=1.4)
    return [Line2D([], [], color=style.BLUE, linewidth=1.4), band], ["close", "low to high"]


def _bar_axis(ax: "Axes", times: "NDArray[np.datetime64] | None") -> None:
    """Label whole bars: with their time, or counted back from the newest."""
    ax.xaxis.set_major_locator(MaxNLocator(nbins=8, integer=True, min_n_ticks=1))
    if times is None:
        ticks.number_axis(ax, "x")
        style.x_label(ax, "Bars before the newest")
        return
    names = [text.replace(" ", "\n") for text in ticks.time_texts(times)]

    def name(x: float, _: int | None) -> str:
        place = round(x) + len(names) - 1
        return names[place] if 0 <= place < len(names) else ""

    ax.xaxis.set_major_formatter(FuncFormatter(name))
