"""What was chosen in one episode: how often, or which weights when."""

from typing import TYPE_CHECKING

import numpy as np
from matplotlib import colormaps
from matplotlib.colors import to_hex
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from tradegym.envs.rendering import style, ticks
from tradegym.envs.rendering.palette import is_dark
from tradegym.envs.rendering.panels import draw_weights, subtitle

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from tradegym.envs.record import EpisodeRecord

#: Choices that mean the same in every scheme keep their colour.
_COLORS = {"hold": style.AXIS, "flat": style.AXIS, "cash": style.AXIS, "close": style.PURPLE}
_BUYING, _SELLING = ("buy", "long", "asset"), ("sell", "short")
_MAPS = {_BUYING: ("Blues", style.LONG), _SELLING: ("Oranges", style.SHORT)}
_OTHERS = (style.GREEN, style.SKY, style.ORANGE, style.MUTED)
_ROOM_FOR_TEXT = 0.045  # share below which a bar is too narrow for its number


def plot_actions(record: "EpisodeRecord", title: str) -> "Figure":
    """Plot the decisions of an episode.

    Parameters
    ----------
    record : EpisodeRecord
        The episode.
    title : str
        Headline.

    Returns
    -------
    Figure
        1200 pixels wide. Of weights: the targets over time. Of one asset: number and share of
        the decisions for each choice, in the order of the action space. Of several assets traded
        together: the shares of the choices for each asset.
    """
    if "weight_cash" in record.bars:
        return _weights(record, title)
    if "action" in record.bars:
        return _choices(record, title)
    return _choices_by_asset(record, title)


def _weights(record: "EpisodeRecord", title: str) -> "Figure":
    decisions = int(record.bars["weight_cash"].notna().sum())
    fig, (ax,) = style.figure(560, title, _subtitle(record, decisions))
    style.legend_row(fig, *draw_weights(ax, record))
    if not decisions:
        style.note(ax, "No decisions")
    return fig


def _choices(record: "EpisodeRecord", title: str) -> "Figure":
    counts = _count(record, "action")
    names, decisions = _names(record, len(counts)), int(counts.sum())
    height = 175 + max(2, len(names)) * 52
    fig, (ax,) = style.figure(
        height, title, _subtitle(record, decisions), left=_room(names), bottom=62
    )
    rows = np.arange(len(names))
    ax.barh(rows, counts, height=0.62, color=_colors(names))
    ax.set_yticks(rows, [style.plain(name, 22) for name in names])
    ax.set_ylim(max(2, len(names)) - 0.5, -0.5)
    ax.grid(visible=False, axis="y")
    widest = max(int(counts.max(initial=0)), 1)
    ax.set_xlim(0, widest * 1.16)
    for row, count in enumerate(counts):
        share = f"{count:,}  ({count / decisions:.1%})" if decisions else "0"
        ax.text(
            count + 0.01 * widest, row, share, va="center", **style.font(style.TICK_SIZE, style.INK)
        )
    ax.xaxis.set_major_locator(MaxNLocator(nbins=8, integer=True, min_n_ticks=1))
    ticks.number_axis(ax, "x")
    style.x_label(ax, "Decisions")
    if not decisions:
        style.note(ax, "No decisions")
    return fig


def _choices_by_asset(record: "EpisodeRecord", title: str) -> "Figure":
    counted = [_count(record, f"action_{asset}") for asset in record.assets]
    most = max(map(len, counted), default=0)
    counts = np.array([np.pad(one, (0, most - len(one))) for one in counted])
    decisions = int(counts.sum(axis=1).max(initial=0))
    shares = counts / max(decisions, 1)
    names, n_assets = _names(record, most), len(record.assets)
    fig, (ax,) = style.figure(
        175 + max(2, n_assets) * 62,
        title,
        _subtitle(record, decisions),
        left=_room(record.assets),
        bottom=62,
    )
    rows, starts = np.arange(n_assets), np.zeros(n_assets)
    colors = _colors(names)
    for share, color in zip(shares.T, colors, strict=True):
        ax.barh(rows, share, left=starts, height=0.62, color=color, edgecolor="white")
        ink = "white" if is_dark(color) else style.INK
        for row in rows[share >= _ROOM_FOR_TEXT]:
            middle = starts[row] + share[row] / 2
            look = style.font(style.TICK_SIZE, ink)
            ax.text(middle, row, f"{share[row]:.0%}", ha="center", va="center", **look)
        starts += share
    ax.set_yticks(rows, [style.plain(asset, 22) for asset in record.assets])
    ax.set_ylim(max(2, n_assets) - 0.5, -0.5)
    ax.grid(visible=False, axis="y")
    ax.set_xlim(0, 1)
    ticks.percent_axis(ax, "x")
    style.x_label(ax, "Share of the decisions")
    handles = [Patch(facecolor=color, edgecolor="none") for color in colors]
    style.legend_row(fig, handles, names)
    if not decisions:
        style.note(ax, "No decisions")
    return fig


def _subtitle(record: "EpisodeRecord", decisions: int) -> str:
    return f"{subtitle(record)} · {ticks.count(decisions, 'decision')}"


def _count(record: "EpisodeRecord", column: str) -> "NDArray[np.int64]":
    """Return how often each choice was made."""
    chosen = record.bars[column].dropna().to_numpy(dtype=np.int64)
    return np.bincount(chosen, minlength=len(record.action_names))


def _names(record: "EpisodeRecord", number: int) -> tuple[str, ...]:
    """Return a name for each of ``number`` choices."""
    names = record.action_names
    return names + tuple(f"action {one}" for one in range(len(names), number))


def _room(names: "Sequence[str]") -> int:
    """Return the pixels to the left that the longest name needs."""
    return max(170, 40 + 9 * max((min(len(name), 22) for name in names), default=0))


def _colors(names: "Sequence[str]") -> list[str]:
    """Return a colour for each choice: blues buy, oranges sell, further from grey by order."""
    colors: dict[str, str] = {}
    for words, (colormap, alone) in _MAPS.items():
        found = [name for name in names if name.split(" ")[0] in words]
        shades = [to_hex(shade) for shade in colormaps[colormap](np.linspace(0.4, 0.9, len(found)))]
        colors |= dict(zip(found, shades if len(found) > 1 else [alone], strict=False))
    others = [name for name in names if name not in colors and name not in _COLORS]
    cycle = [_OTHERS[index % len(_OTHERS)] for index in range(len(others))]
    colors |= dict(zip(others, cycle, strict=True))
    return [_COLORS.get(name) or colors[name] for name in names]
