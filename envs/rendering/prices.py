"""Picture of a dataset: prices and volume, with the parts of the split shaded."""

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

from tradegym.envs.data.splits import ROLES
from tradegym.envs.rendering import style, ticks
from tradegym.envs.rendering.buckets import Buckets, join_bars
from tradegym.envs.rendering.look import DEFAULT, Look
from tradegym.envs.rendering.palette import ORANGE, mix
from tradegym.envs.rendering.sheet import look_at

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from tradegym.envs.data.dataset import Dataset
    from tradegym.envs.data.splits import Fold
    from tradegym.envs.rendering.palette import Palette
    from tradegym.envs.rendering.sheet import Sheet

MAX_ASSETS = 1 + len(style.SERIES)
_COLUMNS = 1000  # the panels are about as many pixels wide
_LOG_FROM = 6.0  # highest over lowest price; above it equal heights stand for equal ratios
_FEW_BARS = 40  # up to here every bar gets a dot
_GAP_BARS, _GAP_SHARE = 10, 0.01  # of the whole time
_UNITS = ((1e9, " (billions)"), (1e6, " (millions)"))
_NARROW = 0.07  # share of the width that the name of a part needs


def _shades(colors: "Palette") -> dict[str, dict[str, Any]]:
    """Return how each role is shaded; what is taken out has lines in place of a colour."""
    taken_out = {"edgecolor": colors.axis, "linewidth": 0}
    return {
        "train": {"facecolor": colors.up_shade, "edgecolor": "none"},
        "validation": {"facecolor": mix(ORANGE, colors.panel, 0.16), "edgecolor": "none"},
        "test": {"facecolor": colors.down_shade, "edgecolor": "none"},
        "purged": {"facecolor": colors.panel, "hatch": "////", **taken_out},
        "embargo": {"facecolor": colors.grid, "hatch": "....", **taken_out},
    }


def draw_prices(dataset: "Dataset", fold: "Fold | None" = None, look: Look = DEFAULT) -> "Sheet":
    """Draw a dataset.

    One asset: its close, the range from low to high, and its volume. Several: their closes, each
    divided by its first and times 100; of more than `MAX_ASSETS` the first are drawn, and the
    picture says so.

    Parameters
    ----------
    dataset : Dataset
        Any number of bars; many are joined, extremes are kept.
    fold : Fold, optional
        Parts to shade.
    look : Look
        Resolution and colours.

    Returns
    -------
    Sheet
        12 x 6.8 inches; by default 1200 x 680 pixels.
    """
    shown = min(dataset.n_assets, MAX_ASSETS)
    gaps = _visible_gaps(dataset)
    parts = [join_bars(dataset.ohlcv[:, asset], _COLUMNS, gaps) for asset in range(shown)]
    has_volume = any(part.volume.any() for part in parts)
    fig, axes = style.figure(
        680,
        f"Prices of {dataset.name}",
        _subtitle(dataset, shown, parts[0]),
        panels=(3, 1) if has_volume else (1,),
        bottom=50,
        look=look,
    )
    broken = np.flatnonzero(np.isin(parts[0].starts, gaps))
    x = ticks.days(dataset.times[parts[0].rows])
    edges = ticks.days(dataset.times[[0, -1]])
    draw = _draw_one if dataset.n_assets == 1 else _draw_several
    handles, labels = draw(axes[0], dataset, parts, x, broken)
    if has_volume:
        _draw_volume(axes[1], parts, x, broken)
    ticks.date_axis(axes[-1], edges)
    if fold is not None:
        more = _shade(axes, fold, dataset.times, edges)
        handles, labels = handles + more[0], labels + more[1]
    style.x_label(axes[-1], "close of the bar (UTC)")
    style.legend_row(fig, handles, labels)
    return fig


def _subtitle(dataset: "Dataset", shown: int, part: Buckets) -> str:
    first, last = ticks.time_texts(dataset.times[[0, -1]])
    texts = [f"{first} to {last}", ticks.count(len(dataset), "bar")]
    if dataset.n_assets > 1:
        texts.append(ticks.count(dataset.n_assets, "asset"))
    if shown < dataset.n_assets:
        texts.append(f"the first {shown} are drawn")
    if part.bars > 1:
        mean = " (volume: their mean)" if part.volume.any() else ""
        texts.append(f"{part.bars:,} bars joined at each point{mean}")
    return " · ".join(texts)


def _draw_one(
    ax: "Axes",
    dataset: "Dataset",
    parts: list[Buckets],
    x: "NDArray[np.float64]",
    broken: "NDArray[np.int64]",
) -> "tuple[list[Artist], list[str]]":
    (part,) = parts
    low, high, close = (_cut(one, broken) for one in (part.low, part.high, part.close))
    x = _cut(x, broken)
    color = look_at(ax).palette.price
    band = ax.fill_between(x, low, high, color=color, alpha=0.3, linewidth=0.6, zorder=1.9)
    (line,) = ax.plot(x, close, color=color, linewidth=1.1, **_dots(x))
    _price_axis(ax, part.low.min(), part.high.max(), "Price")
    return [line, band], ["close", "low to high"]


def _draw_several(
    ax: "Axes",
    dataset: "Dataset",
    parts: list[Buckets],
    x: "NDArray[np.float64]",
    broken: "NDArray[np.int64]",
) -> "tuple[list[Artist], list[str]]":
    handles: list[Artist] = []
    curves = [100 * part.close / dataset.ohlcv[0, asset, 3] for asset, part in enumerate(parts)]
    for index, curve in enumerate(curves):
        line = style.series(look_at(ax), index) | {"linewidth": 1.3} | _dots(x)
        handles += ax.plot(_cut(x, broken), _cut(curve, broken), **line)
    together = np.concatenate(curves)
    _price_axis(ax, together.min(), together.max(), "Close, start = 100")
    return handles, list(dataset.assets[: len(parts)])


def _draw_volume(
    ax: "Axes", parts: list[Buckets], x: "NDArray[np.float64]", broken: "NDArray[np.int64]"
) -> None:
    if len(parts) == 1:
        scale, unit = next((one for one in _UNITS if parts[0].volume.max() >= one[0]), (1.0, ""))
        # After a gap a column begins one usual width before its close, not at the last one.
        width = float(np.median(np.diff(x))) if len(x) > 1 else 0.0
        volume = np.insert(parts[0].volume / scale, broken, 0.0)
        x = np.insert(x, broken, x[broken] - width)
        color = look_at(ax).palette.muted
        ax.fill_between(x, 0, volume, step="pre", color=color, linewidth=0.6, zorder=2)
        style.y_label(ax, f"Volume{unit}")
    else:
        for index, part in enumerate(parts):
            if part.volume.any():
                share = part.volume / part.volume.mean()
                line = style.series(look_at(ax), index) | {"linewidth": 0.8}
                ax.plot(_cut(x, broken), _cut(share, broken), **line)
        style.y_label(ax, "Volume / mean")
    ax.set_ylim(bottom=0)
    ticks.number_axis(ax)


def _price_axis(ax: "Axes", low: float, high: float, label: str) -> None:
    if high / low < _LOG_FROM:
        ticks.number_axis(ax)
    else:
        ax.set_yscale("log")
        steps = (1, 1.5, 2, 3, 4, 6, 8) if high / low < 20 else (1, 2, 5)
        ax.yaxis.set_major_locator(LogLocator(subs=steps, numticks=12))
        ax.yaxis.set_minor_locator(NullLocator())
        ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: ticks.number(value)))
        label += " (log scale)"
    ax.margins(y=0.09)  # room for the names of the parts
    style.y_label(ax, label)


def _visible_gaps(dataset: "Dataset") -> "NDArray[np.int64]":
    """Return the bars before which the line is broken: after a gap that can be seen."""
    steps = np.diff(dataset.times.view(np.int64))
    least = max(_GAP_BARS * dataset.bar_seconds * 1e9, _GAP_SHARE * float(steps.sum()))
    return np.flatnonzero(steps > np.int64(least)) + 1


def _cut(values: "NDArray[np.float64]", broken: "NDArray[np.int64]") -> "NDArray[np.float64]":
    return np.insert(values, broken, np.nan)


def _dots(x: "NDArray[np.float64]") -> dict[str, Any]:
    return {"marker": "o" if len(x) <= _FEW_BARS else "", "markersize": 4, "zorder": 3}


def _shade(
    axes: "list[Axes]",
    fold: "Fold",
    times: "NDArray[np.datetime64]",
    edges: "NDArray[np.float64]",
) -> "tuple[list[Artist], list[str]]":
    """Shade the ranges of each role; a bar's place is from the close before it to its own."""
    used = [role for role in ROLES if getattr(fold, role)]
    colors = look_at(axes[0]).palette
    shades = _shades(colors)
    for role in used:
        for one in getattr(fold, role):
            left, right = ticks.days(times[[max(one.start - 1, 0), one.stop - 1]])
            for ax in axes:
                ax.axvspan(left, right, zorder=0.4, **shades[role])
            axes[0].axvline(left, color=colors.axis, linewidth=0.8, zorder=0.5)
            if right - left > _NARROW * (edges[1] - edges[0]):
                axes[0].annotate(
                    role,
                    ((left + right) / 2, 1),
                    xycoords=axes[0].get_xaxis_transform(),
                    xytext=(0, -5),
                    textcoords="offset points",
                    ha="center",
                    va="top",
                    zorder=4,
                    **style.font(style.TICK_SIZE, colors.muted),
                )
    frame = {"edgecolor": colors.axis, "linewidth": 0.5}
    handles = [Patch(**(shades[role] | frame)) for role in used]
    return list(handles), [f"{role}: {ticks.count(fold.bars(role), 'bar')}" for role in used]
