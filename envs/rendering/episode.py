"""Picture of a whole episode: price with trades, holdings, account, reward terms."""

from typing import TYPE_CHECKING

from tradegym.envs.rendering import style
from tradegym.envs.rendering.look import DEFAULT, Look
from tradegym.envs.rendering.panels import (
    draw_drawdown,
    draw_equity,
    draw_position,
    draw_price,
    draw_rewards,
    draw_shares,
    draw_weights,
    subtitle,
)
from tradegym.envs.rendering.panels.common import asset_names
from tradegym.envs.rendering.sheet import UNIT

if TYPE_CHECKING:
    import numpy as np
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from tradegym.envs.record import EpisodeRecord
    from tradegym.envs.rendering.panels.common import Legend
    from tradegym.envs.rendering.sheet import Sheet

MAX_ASSETS = 6
_PRICES = 3.0  # relative height of the price panel, or of all of them together
_MORE_PRICES = 0.9  # by which each further asset adds to it
_BELOW = (1.0, 1.8, 0.9, 1.1)  # position, equity, drawdown, reward


def episode_figure(
    record: "EpisodeRecord", look: Look = DEFAULT, *, results: bool = True
) -> "Sheet":
    """Draw a finished episode.

    Parameters
    ----------
    record : EpisodeRecord
        The episode; any length, with or without trades. Of more than `MAX_ASSETS` assets the
        prices of the first are drawn, and the picture says so.
    look : Look
        Size and colours.
    results : bool
        Write counts and results of the whole episode into title and legends.

    Returns
    -------
    Sheet
        A figure of ``look.size_episode``.
    """
    shown = record.assets[:MAX_ASSETS]
    prices = _PRICES + _MORE_PRICES * (len(shown) - 1)
    width, height = (UNIT * side for side in look.size_episode)
    fig, axes = style.figure(
        height,
        f"Episode on {asset_names(record.assets)}",
        _remarks(record, len(shown)) if results else "",
        width=width,
        panels=(*[prices / len(shown)] * len(shown), *_BELOW),
        look=look,
    )
    held, equity, drawdown, reward = axes[-len(_BELOW) :]
    entries: dict[str, Artist] = {}
    for ax, asset in zip(axes, shown, strict=False):
        handles, labels = draw_price(ax, record, asset, results=results)
        for label, handle in zip(labels, handles, strict=True):
            entries.setdefault(label, handle)
        if len(record.assets) > 1:
            style.y_label(ax, style.plain(asset, 14))
    legend = _draw_holdings(held, record)
    handles, labels = draw_equity(equity, {"equity": record}, results=results)
    entries |= dict(zip(labels, handles, strict=True))
    draw_drawdown(drawdown, {"equity": record})
    terms = draw_rewards(reward, record, results=results)
    style.legend_row(fig, list(entries.values()), list(entries))
    if legend is not None:
        style.panel_legend(held, *legend)
    style.panel_legend(reward, *terms)
    return fig


def _remarks(record: "EpisodeRecord", shown: int) -> str:
    text = subtitle(record, name_assets=False)
    if shown < len(record.assets):
        text += f" · prices of the first {shown} of {len(record.assets)} assets"
    return text


def _draw_holdings(ax: "Axes", record: "EpisodeRecord") -> "Legend | None":
    """Draw what was held: weights, shares of several assets, or the units of one."""
    if "weight_cash" in record.bars:
        return draw_weights(ax, record)
    if "close" not in record.bars:
        return draw_shares(ax, record)
    draw_position(ax, record)
    return None


def render_episode(record: "EpisodeRecord", look: Look = DEFAULT) -> "NDArray[np.uint8]":
    """Draw a finished episode; see `episode_figure`.

    Returns
    -------
    numpy.ndarray
        uint8 RGB, shape [height, width, 3]; by default [1040, 1200, 3].
    """
    return style.to_rgb(episode_figure(record, look))
