"""Equity of an agent against baselines on the same bars, with the drawdown below."""

from typing import TYPE_CHECKING

from tradegym.envs.rendering import style, ticks
from tradegym.envs.rendering.panels import draw_drawdown, draw_equity, subtitle

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from tradegym.envs.record import EpisodeRecord


def plot_equity(
    agent: "EpisodeRecord",
    baselines: "Mapping[str, EpisodeRecord]",
    title: str,
    agent_name: str = "agent",
) -> "Figure":
    """Plot the equity of an agent and of baselines against time, and their drawdowns.

    Parameters
    ----------
    agent : EpisodeRecord
        The episode in focus; it sets the dates and the start money.
    baselines : mapping of str to EpisodeRecord
        Other agents on the same bars, by name; may be empty.
    title : str
        Headline.
    agent_name : str
        Name of the agent in the legend.

    Returns
    -------
    Figure
        1200 x 780 pixels: equity in money (left) and as total return (right), drawdown below.
    """
    records = {agent_name: agent}
    for name, record in baselines.items():
        records[name if name != agent_name else f"{name} (baseline)"] = record
    fig, (equity, drawdown) = style.figure(780, title, subtitle(agent), panels=(2.6, 1), right=104)
    handles, labels = draw_equity(equity, records)
    draw_drawdown(drawdown, records)
    _return_axis(equity, agent.start_cash)
    style.legend_row(fig, handles, labels)
    return fig


def _return_axis(ax: "Axes", start: float) -> None:
    """Repeat the money axis on the right as return from the start money."""

    def to_return(money: "NDArray[np.float64]") -> "NDArray[np.float64]":
        return money / start - 1.0

    def to_money(gain: "NDArray[np.float64]") -> "NDArray[np.float64]":
        return (gain + 1.0) * start

    twin = ax.secondary_yaxis("right", functions=(to_return, to_money))  # type: ignore[arg-type]
    style.dress_ticks(twin)
    twin.spines["right"].set_color(style.AXIS)
    ticks.percent_axis(twin)
    twin.set_ylabel("Total return", **style.font())
