"""Picture of the folds of a split: one row per fold, one look per role, time left to right."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from matplotlib.collections import PatchCollection
from matplotlib.patches import Patch, Rectangle

from tradegym.envs.data.splits import ROLES, Fold
from tradegym.envs.rendering import style
from tradegym.envs.rendering.ticks import count, date_axis, days

if TYPE_CHECKING:
    import numpy as np
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

MAX_ROWS = 60
_AROUND = 150  # pixels above and below the rows
# A white edge keeps periods apart that touch, such as two tested groups.
_FILLED = {"edgecolor": "white", "linewidth": 0.8}
# What is taken out has lines in place of a colour.
_TAKEN_OUT = {"edgecolor": style.MUTED, "linewidth": 0}
_LOOK: dict[str, dict[str, Any]] = {
    "train": {"facecolor": style.BLUE, **_FILLED},
    "validation": {"facecolor": style.ORANGE, **_FILLED},
    "test": {"facecolor": style.VERMILLION, **_FILLED},
    "purged": {"facecolor": "white", "hatch": "////", **_TAKEN_OUT},
    "embargo": {"facecolor": style.GRID, "hatch": "....", **_TAKEN_OUT},
}


def draw_splits(
    folds: Sequence[Fold],
    times: "NDArray[np.datetime64]",
    *,
    name: str = "the data",
    chosen: int | None = None,
) -> "Figure":
    """Draw which bars each fold uses for what.

    Parameters
    ----------
    folds : sequence of Fold
        At least one; of more than `MAX_ROWS` the first are drawn, and the picture says so.
    times : ndarray of datetime64, shape [T]
        Closes of all bars, UTC.
    name : str
        What the data are called in the title.
    chosen : int, optional
        Number of the fold that environments use; its label is marked.

    Returns
    -------
    matplotlib.figure.Figure
        1200 pixels wide, 18 to 46 pixels high for each fold.
    """
    shown = folds[:MAX_ROWS]
    pixels = max(18, min(46, 640 // len(shown)))
    subtitle = f"{count(len(folds), 'fold')}, {count(len(times), 'bar')}"
    if len(shown) < len(folds):
        subtitle += f"; the first {len(shown)} are drawn"
    fig, (ax,) = style.figure(
        _AROUND + pixels * len(shown), f"Splits of {name}", subtitle, bottom=50
    )
    used = [role for role in ROLES if any(getattr(fold, role) for fold in shown)]
    for role in used:
        _draw_role(ax, shown, role, times)
    labels = [f"{'▸ ' if fold.number == chosen else ''}{fold.number}" for fold in shown]
    ax.set_yticks(range(len(shown)), labels)
    ax.set_ylim(len(shown) - 0.4, -0.6)
    ax.grid(visible=False, axis="y")
    ax.tick_params(axis="y", length=0)
    for fold, label in zip(shown, ax.get_yticklabels(), strict=True):
        label.set_fontweight("bold" if fold.number == chosen else "normal")
    style.y_label(ax, "fold")
    style.x_label(ax, "close of the bar (UTC)")
    date_axis(ax, days(times[[0, -1]]))
    style.legend_row(fig, [Patch(**_LOOK[role]) for role in used], used)
    return fig


def _draw_role(
    ax: "Axes", folds: Sequence[Fold], role: str, times: "NDArray[np.datetime64]"
) -> None:
    """Draw the ranges of one role; a bar's place is from the close before it to its own."""
    boxes = []
    for row, fold in enumerate(folds):
        for one in getattr(fold, role):
            left, right = days(times[[max(one.start - 1, 0), one.stop - 1]])
            boxes.append(Rectangle((left, row - 0.38), right - left, 0.76))
    ax.add_collection(PatchCollection(boxes, zorder=2, **_LOOK[role]))
