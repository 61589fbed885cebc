"""Picture of a whole episode: price with trades, position, equity and drawdown."""

from typing import TYPE_CHECKING

from tradegym.envs.rendering import style
from tradegym.envs.rendering.panels import (
    draw_drawdown,
    draw_equity,
    draw_position,
    draw_price,
    subtitle,
)

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from tradegym.envs.record import EpisodeRecord


def render_episode(record: "EpisodeRecord") -> "NDArray[np.uint8]":
    """Draw a finished episode.

    Parameters
    ----------
    record : EpisodeRecord
        The episode; any length, with or without trades.

    Returns
    -------
    numpy.ndarray
        uint8 RGB, shape [1040, 1200, 3].
    """
    fig, (price, position, equity, drawdown) = style.figure(
        1040, f"Episode on {record.asset}", subtitle(record), panels=(3, 1, 2, 1)
    )
    handles, labels = draw_price(price, record)
    draw_position(position, record)
    curve, names = draw_equity(equity, {"equity": record})
    draw_drawdown(drawdown, {"equity": record})
    style.legend_row(fig, [*handles, *curve], [*labels, *names])
    return style.to_rgb(fig)
