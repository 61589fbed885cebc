"""The test of several seeds beside the baselines: every seed a dot."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from tradegym.envs.rendering import style, ticks
from tradegym.experiments.luck.seeds import iqm
from tradegym.experiments.many.reading import AGENT, called, is_bound
from tradegym.experiments.metrics import METRICS

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from tradegym.envs.rendering.sheet import Sheet

#: One panel for each.
SHOWN = ("total_return", "sharpe", "max_drawdown")

_LEFT, _RIGHT, _TOP, _BOTTOM, _GAP = 150, 36, 100, 62, 34  # units, hundredths of an inch
_ROW = 56
_SPREAD = 0.2  # rows over which the dots of one agent are spread


def plot_seeds(
    values: Mapping[str, Mapping[str, Sequence[float | None]]],
    summary: Mapping[str, Mapping[str, Any]],
    title: str,
    name: str = "agent",
) -> "Figure":
    """Draw the headline metrics of all seeds, their interval, and the baselines.

    Parameters
    ----------
    values : mapping
        By agent or baseline and metric: one value per seed, None where undefined.
    summary : mapping
        Of the agent by metric: ``iqm``, ``low``, ``high``, ``method``.
    title : str
        Headline.
    name : str
        Of the agent.

    Returns
    -------
    Figure
        1200 units wide; one row per agent and one panel for each of `SHOWN`.
    """
    rows = [AGENT, *(one for one in values if one != AGENT and not is_bound(one))]
    height = _TOP + _BOTTOM + _ROW * len(rows)
    wide = (style.WIDTH - _LEFT - _RIGHT - _GAP * (len(SHOWN) - 1)) / len(SHOWN)
    fig, (first,) = style.figure(
        height, title, _subtitle(summary), left=_LEFT, bottom=_BOTTOM,
        right=style.WIDTH - _LEFT - wide,
    )  # fmt: skip
    _legend(fig, summary)
    place = first.get_position()
    step = (wide + _GAP) / style.WIDTH
    panels = [first]
    for number in range(1, len(SHOWN)):
        left = place.x0 + number * step
        panels.append(fig.add_axes((left, place.y0, place.width, place.height)))
    names = [called(row, name) for row in rows]
    for ax, metric in zip(panels, SHOWN, strict=True):
        _dress(ax, metric, names)
        ax.tick_params(labelleft=ax is first)
        for position, row in enumerate(rows):
            _draw_row(ax, position, values[row].get(metric, ()), row == AGENT)
        _draw_interval(ax, summary.get(metric, {}))
    return fig


def _dress(ax: "Axes", metric: str, names: list[str]) -> None:
    spec = METRICS[metric]
    style.dress_ticks(ax)
    for side, spine in ax.spines.items():
        spine.set_visible(side in {"left", "bottom"})
        spine.set_color(style.AXIS)
    ax.set_axisbelow(True)
    ax.grid(visible=True, axis="x", color=style.GRID, linewidth=0.8)
    ax.set_ylim(len(names) - 0.5, -0.5)
    ax.set_yticks(range(len(names)), [style.plain(name, 18) for name in names])
    ax.tick_params(axis="y", length=0)
    ax.get_yticklabels()[0].set_fontweight("bold")
    ax.axhspan(-0.5, 0.5, color=style.BLUE, alpha=0.06, linewidth=0)
    ax.axvline(0.0, color=style.MUTED, linewidth=0.9, linestyle=":", zorder=1)
    ax.locator_params(axis="x", nbins=5)
    (ticks.percent_axis if spec.unit == "fraction" else ticks.number_axis)(ax, "x")
    style.x_label(ax, spec.label)


def _draw_row(ax: "Axes", row: int, values: Sequence[float | None], is_agent: bool) -> None:
    known = np.array([value for value in values if value is not None], dtype=np.float64)
    if not len(known):
        ax.annotate(
            "undefined", (0.5, row), xycoords=("axes fraction", "data"), ha="center", va="center",
            **style.font(),
        )  # fmt: skip
        return
    alike = len(np.unique(known)) == 1  # a rule without chance: one dot says it
    shown = known[:1] if alike else known
    # The same places every time, in the order of the values, so that no dot hides another.
    order = np.argsort(np.argsort(shown))
    lift = _SPREAD * (np.mod(order, 3) - 1) if len(shown) > 3 else np.zeros(len(shown))
    colour = style.BLUE if is_agent else style.MUTED
    ax.plot(
        shown, row + lift, linestyle="none", marker="o", markersize=7, color=colour,
        alpha=0.55, markeredgewidth=0, zorder=3,
    )  # fmt: skip
    middle = iqm(known)
    if middle is not None and not alike and not is_agent:
        ax.plot([middle] * 2, [row - 0.3, row + 0.3], color=style.INK, linewidth=1.6, zorder=4)


def _draw_interval(ax: "Axes", summary: Mapping[str, Any]) -> None:
    middle, low, high = (summary.get(key) for key in ("iqm", "low", "high"))
    if low is not None and high is not None:
        ax.plot(
            [low, high], [0, 0], color=style.INK, linewidth=2.4, zorder=4, solid_capstyle="butt"
        )
        for end in (low, high):
            ax.plot([end] * 2, [-0.14, 0.14], color=style.INK, linewidth=2.4, zorder=4)
    if middle is not None:
        ax.plot(
            middle, 0, marker="D", markersize=10, markerfacecolor=style.ORANGE,
            markeredgecolor=style.INK, linestyle="none", zorder=5,
        )  # fmt: skip


def _legend(fig: "Sheet", summary: Mapping[str, Mapping[str, Any]]) -> None:
    from matplotlib.lines import Line2D

    dots: dict[str, Any] = {"linestyle": "none", "marker": "o", "markersize": 7, "alpha": 0.55}
    handles = [
        Line2D([], [], color=style.BLUE, markeredgewidth=0, **dots),
        Line2D([], [], color=style.MUTED, markeredgewidth=0, **dots),
        Line2D(
            [], [], linestyle="none", marker="D", markersize=9, markerfacecolor=style.ORANGE,
            markeredgecolor=style.INK,
        ),
    ]  # fmt: skip
    labels = ["one seed", "baseline, same bars and costs", "interquartile mean"]
    method = str(summary.get(SHOWN[0], {}).get("method") or "")
    if method:
        handles.append(Line2D([], [], color=style.INK, linewidth=2.4))
        kind = "Student's t, of the mean" if method.startswith("Student") else "bootstrap"
        labels.append(f"95% interval ({kind})")
    style.legend_row(fig, handles, labels)


def _subtitle(summary: Mapping[str, Mapping[str, Any]]) -> str:
    parts = []
    for metric in SHOWN[:2]:
        found = summary.get(metric, {})
        if found.get("iqm") is None:
            continue
        text = f"{METRICS[metric].label} {METRICS[metric].text(found['iqm'])}"
        if found.get("low") is not None:
            ends = (METRICS[metric].text(found[key]) for key in ("low", "high"))
            text += f" ({' to '.join(ends)})"
        parts.append(text)
    return " · ".join(parts)
