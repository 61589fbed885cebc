"""How a validation metric develops while an agent learns."""

import math
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from tradegym.envs.rendering import style, ticks
from tradegym.experiments.metrics import METRICS

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def plot_learning(
    rows: Iterable[Mapping[str, Any]], title: str, key: str = "validation/total_log_return"
) -> "Figure":
    """Plot one metric against the training step, with the best value marked.

    Parameters
    ----------
    rows : iterable of mapping
        Rows of ``metrics.jsonl``: ``step``, ``key`` and ``value``; rows of other keys are left
        out, and values that are undefined (None) or not finite interrupt the curve.
    title : str
        Headline.
    key : str
        Which metric; if its last part is a name in `METRICS`, that gives label and unit.

    Returns
    -------
    Figure
        1200 x 620 pixels. The best value follows the direction of the metric, ties to the later.
    """
    points = sorted((int(row["step"]), _value(row["value"])) for row in rows if row["key"] == key)
    spec = METRICS.get(key.rsplit("/", 1)[-1])
    label = spec.label if spec else key
    known = [point for point in points if math.isfinite(point[1])]
    sign = -1.0 if spec and spec.higher_is_better is False else 1.0
    best = max(known, key=lambda point: (sign * point[1], point[0]), default=None)
    text = ticks.count(len(points), "evaluation")
    if best:
        value = spec.text(best[1]) if spec else ticks.number(best[1])
        text += f" · best {value} at step {best[0]:,}"
    fig, (ax,) = style.figure(620, title, text, bottom=62)
    (curve,) = ax.plot(
        [step for step, _ in points],
        [value for _, value in points],
        color=style.BLUE,
        linewidth=2.0,
        marker="o" if len(points) <= 60 else "",
        markersize=5,
    )
    if best:
        ax.axhline(0.0, color=style.MUTED, linewidth=0.9, linestyle=":", zorder=1)
        (mark,) = ax.plot(
            *best,
            linestyle="none",
            marker="*",
            markersize=17,
            markerfacecolor=style.ORANGE,
            markeredgecolor=style.INK,
            zorder=4,
        )
        style.legend_row(fig, [curve, mark], [label, "best"])
    else:
        style.note(ax, "No evaluation with a defined value yet")
        ax.tick_params(labelleft=False, labelbottom=False, length=0)
    if spec and spec.unit == "fraction":
        ticks.percent_axis(ax)
    else:
        ticks.number_axis(ax)
    ticks.number_axis(ax, "x")
    style.y_label(ax, label)
    style.x_label(ax, "Training step")
    return fig


def _value(value: float | None) -> float:
    return math.nan if value is None else float(value)
