"""Price with the fills of one episode, and the position below."""

from typing import TYPE_CHECKING

from tradegym.envs.rendering import style
from tradegym.envs.rendering.panels import draw_position, draw_price, subtitle

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from tradegym.envs.record import EpisodeRecord


def plot_trades(record: "EpisodeRecord", title: str) -> "Figure":
    """Plot closes with every fill marked, holding periods shaded, and the position in units.

    Parameters
    ----------
    record : EpisodeRecord
        The episode.
    title : str
        Headline.

    Returns
    -------
    Figure
        1200 x 780 pixels.
    """
    fig, (price, position) = style.figure(780, title, subtitle(record), panels=(3.2, 1))
    handles, labels = draw_price(price, record)
    draw_position(position, record)
    style.legend_row(fig, handles, labels)
    return fig
