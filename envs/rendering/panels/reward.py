"""Panel of what the agent was paid, term by term."""

from typing import TYPE_CHECKING

import numpy as np

from tradegym.envs.rendering import style, ticks
from tradegym.envs.rendering.panels.common import column, days, dots
from tradegym.envs.rendering.sheet import look_at

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from tradegym.envs.record import EpisodeRecord
    from tradegym.envs.rendering.panels.common import Legend

_PREFIX = "reward_"


def paid(record: "EpisodeRecord") -> "dict[str, NDArray[np.float64]]":
    """Return the running sums of the reward and of its terms.

    Returns
    -------
    dict of str to ndarray of float64, shape [bars]
        ``reward`` is the whole; of several terms each has its own entry, and one alone is
        the whole under its own name.
    """
    found = [name for name in record.bars if str(name).startswith(_PREFIX)]
    terms = {str(name).removeprefix(_PREFIX): _sum(record, str(name)) for name in found}
    whole = _sum(record, "reward")
    if len(terms) == 1:
        (curve,) = terms.values()
        if np.allclose(curve, whole, rtol=1e-9, atol=1e-12):
            return terms
    return {"reward": whole, **terms}


def _sum(record: "EpisodeRecord", name: str) -> "NDArray[np.float64]":
    return np.cumsum(np.nan_to_num(column(record.bars, name)))


def draw_rewards(ax: "Axes", record: "EpisodeRecord", *, results: bool = True) -> "Legend":
    """Draw the running sum of the reward and of each of its terms.

    Parameters
    ----------
    ax : Axes
        Panel to draw on.
    record : EpisodeRecord
        The episode.
    results : bool
        End each label with the sum over the episode.
    """
    look = look_at(ax)
    times = days(record.bars["time"])
    handles: list[Artist] = []
    labels: list[str] = []
    for index, (name, curve) in enumerate(paid(record).items()):
        line = style.series(look, index) | {"linewidth": 1.8 if index == 0 else 1.3}
        if index == 0:
            line |= {"color": look.palette.ink}
        handles += ax.plot(times, curve, **line, **(dots(times) | {"markersize": 3}))
        label = style.plain(name.replace("_", " "), 22)
        total = f" ({float(curve[-1]):+z.3g})" if results and len(curve) else ""
        labels.append(label + total)
    ax.axhline(0.0, color=look.palette.muted, linewidth=0.9, linestyle=":", zorder=1)
    style.y_label(ax, "Reward (sum)")
    ticks.number_axis(ax)
    ticks.date_axis(ax, times)
    return handles, labels
