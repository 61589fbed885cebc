"""Picture of the newest bars: candles, or lines when there are many; one panel per asset."""

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, MaxNLocator

from tradegym.envs.rendering import style, ticks
from tradegym.envs.rendering.look import DEFAULT, Look
from tradegym.envs.rendering.sheet import UNIT, look_at

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from tradegym.envs.rendering.panels.common import Legend
    from tradegym.envs.rendering.sheet import Sheet

MAX_ASSETS = 6
_MOST_CANDLES = 150  # beyond this a candle is narrower than its border
_BODY = 0.34  # half the width of a candle, in bars


def human_figure(
    window: "NDArray[np.float64]",
    times: "NDArray[np.datetime64] | None" = None,
    title: str = "Price window",
    assets: "Sequence[str]" = (),
    look: Look = DEFAULT,
) -> "Sheet":
    """Draw a window of bars: candles up to 150 bars, else close with the range from low to high.

    Parameters
    ----------
    window : numpy.ndarray
        Shape [n, 4], or [n, A, 4] of several assets: open, high, low, close in price; bars that
        are not finite are left out. Of more than `MAX_ASSETS` assets the first are drawn.
    times : numpy.ndarray of datetime64, optional
        Close time of each bar, shape [n]; without it bars are counted back from the newest, 0.
    title : str
        Headline.
    assets : sequence of str
        Their names.
    look : Look
        Size and colours.

    Returns
    -------
    Sheet
        A figure of ``look.size_human``.

    Raises
    ------
    ValueError
        ``window`` has another shape, or ``times`` or ``assets`` another length.
    """
    bars = _by_asset(window, times, assets)
    shown = bars[:MAX_ASSETS]
    width, height = (UNIT * side for side in look.size_human)
    fig, axes = style.figure(
        height,
        title,
        _subtitle(bars, assets, times),
        width=width,
        panels=(1,) * len(shown),
        bottom=58,
        look=look,
    )
    legend: dict[str, Artist] = {}
    x = np.arange(1 - bars.shape[1], 1, dtype=np.float64)
    for index, (ax, one) in enumerate(zip(axes, shown, strict=True)):
        known = np.all(np.isfinite(one), axis=1)
        if not known.any():
            style.note(ax, "No bars yet")
        else:
            draw = _candles if bars.shape[1] <= _MOST_CANDLES else _lines
            for handle, label in zip(*draw(ax, x[known], one[known]), strict=True):
                legend.setdefault(label, handle)
        style.y_label(ax, "Price")
        ticks.number_axis(ax)
        if len(bars) > 1:
            style.panel_title(ax, assets[index], _summary(one[known]))
    axes[0].set_xlim(0.2 - max(len(x), 1), 0.8)
    _bar_axis(axes[-1], times)
    style.legend_row(fig, list(legend.values()), list(legend))
    return fig


def _by_asset(
    window: "NDArray[np.float64]",
    times: "NDArray[np.datetime64] | None",
    assets: "Sequence[str]",
) -> "NDArray[np.float64]":
    """Return the bars as [A, n, 4]."""
    bars = np.asarray(window, dtype=np.float64)
    if bars.ndim not in (2, 3) or bars.shape[-1] != 4 or 0 in bars.shape[1:]:
        raise ValueError(
            f"window has the shape {bars.shape}; it must be [bars, 4] or [bars, assets, 4] (OHLC)"
        )
    if times is not None and len(times) != len(bars):
        raise ValueError(f"{len(times)} times for {len(bars)} bars")
    bars = bars[:, np.newaxis] if bars.ndim == 2 else bars
    if len(assets) != bars.shape[1] and (assets or bars.shape[1] > 1):
        raise ValueError(f"{len(assets)} names for {bars.shape[1]} assets")
    return bars.transpose(1, 0, 2)


def _subtitle(
    bars: "NDArray[np.float64]",
    assets: "Sequence[str]",
    times: "NDArray[np.datetime64] | None",
) -> str:
    """Say what is shown: the asset with its prices, or the bars of several."""
    if len(bars) == 1:
        known = bars[0][np.all(np.isfinite(bars[0]), axis=1)]
        return " · ".join(filter(None, [*assets, ticks.count(len(known), "bar"), _summary(known)]))
    parts = [ticks.count(bars.shape[1], "bar"), ticks.count(len(bars), "asset")]
    if times is not None and len(times):
        parts.append("up to " + ticks.time_texts(times[-1:])[0])
    if len(bars) > MAX_ASSETS:
        parts.append(f"the first {MAX_ASSETS} are drawn")
    return " · ".join(parts)


def _summary(bars: "NDArray[np.float64]") -> str:
    if not len(bars):
        return ""
    first, last = bars[0, 0], bars[-1, 3]
    change = f" · change {last / first - 1.0:+z.2%}" if first > 0 else ""
    low, high, close = (ticks.number(v) for v in (bars[:, 2].min(), bars[:, 1].max(), last))
    return f"close {close} · low {low} · high {high}{change}"


def _candles(ax: "Axes", x: "NDArray[np.float64]", bars: "NDArray[np.float64]") -> "Legend":
    colors = look_at(ax).palette
    opens, highs, lows, closes = bars.T
    handles: list[Artist] = []
    labels: list[str] = []
    for label, mask, face, edge in (
        ("close at or above open", closes >= opens, colors.panel, colors.up),
        ("close below open", closes < opens, colors.down, colors.down),
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


def _lines(ax: "Axes", x: "NDArray[np.float64]", bars: "NDArray[np.float64]") -> "Legend":
    color = look_at(ax).palette.equity
    _, highs, lows, closes = bars.T
    band = ax.fill_between(x, lows, highs, color=color, alpha=0.28, linewidth=0)
    ax.plot(x, closes, color=color, linewidth=1.4)
    return [Line2D([], [], color=color, linewidth=1.4), band], ["close", "low to high"]


def _bar_axis(ax: "Axes", times: "NDArray[np.datetime64] | None") -> None:
    """Label whole bars: with their time, or counted back from the newest."""
    wide = ax.get_position().width * look_at(ax).size_human[0]
    bins = max(int(wide * 0.8), 2)
    ax.xaxis.set_major_locator(MaxNLocator(nbins=min(bins, 8), integer=True, min_n_ticks=1))
    if times is None:
        ticks.number_axis(ax, "x")
        style.x_label(ax, "Bars before the newest")
        return
    names = [text.replace(" ", "\n") for text in ticks.time_texts(times)]

    def name(x: float, _: int | None) -> str:
        place = round(x) + len(names) - 1
        return names[place] if 0 <= place < len(names) else ""

    ax.xaxis.set_major_formatter(FuncFormatter(name))


def render_human(
    window: "NDArray[np.float64]",
    times: "NDArray[np.datetime64] | None" = None,
    title: str = "Price window",
    assets: "Sequence[str]" = (),
    look: Look = DEFAULT,
) -> "NDArray[np.uint8]":
    """Draw a window of bars; see `human_figure`.

    Returns
    -------
    numpy.ndarray
        uint8 RGB, shape [height, width, 3]; by default [640, 1200, 3].
    """
    return style.to_rgb(human_figure(window, times, title, assets, look))
