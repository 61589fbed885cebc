"""Prices with the fills of one episode, and below them what was held."""

from typing import TYPE_CHECKING

from tradegym.envs.rendering import style
from tradegym.envs.rendering.panels import draw_position, draw_price, draw_shares, subtitle

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.figure import Figure

    from tradegym.envs.record import EpisodeRecord

#: Assets whose prices are drawn; of more, the first ones.
MAX_ASSETS = 6

_HEIGHT, _MORE = 780, 150  # pixels of a picture of one asset, and of each further one


def plot_trades(record: "EpisodeRecord", title: str) -> "Figure":
    """Plot the closes of each traded asset with every fill marked, and what was held.

    Parameters
    ----------
    record : EpisodeRecord
        The episode. Of more than `MAX_ASSETS` assets the first are drawn, and the subtitle says
        so.
    title : str
        Headline.

    Returns
    -------
    Figure
        1200 pixels wide. Below the prices, the units of one asset, or the share of the equity
        that is held in each of several.
    """
    shown = record.assets[:MAX_ASSETS]
    joint = "close" not in record.bars
    remarks = subtitle(record)
    if len(shown) < len(record.assets):
        remarks += f" · prices of the first {len(shown)} of {len(record.assets)} assets"
    prices = 3.2 + 0.8 * (len(shown) - 1)
    fig, axes = style.figure(
        _HEIGHT + _MORE * (len(shown) - 1),
        title,
        remarks,
        panels=(*[prices / len(shown)] * len(shown), 1),
    )
    entries: dict[str, Artist] = {}
    for ax, asset in zip(axes, shown, strict=False):
        handles, labels = draw_price(ax, record, asset)
        for label, handle in zip(labels, handles, strict=True):
            entries.setdefault(label, handle)
        if joint:
            style.y_label(ax, style.plain(asset, 14))
    if not joint:
        draw_position(axes[-1], record)
    style.legend_row(fig, list(entries.values()), list(entries))
    if joint:
        style.panel_legend(axes[-1], *draw_shares(axes[-1], record))
    return fig
