"""Values that the page itself fills in: colours of its theme, and the times of the bars."""

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

Json = dict[str, Any]

TIMES: Json = {"$": "times"}
"""The times of all bars, which the page holds once."""

ACCENTS = 6


def color(name: str, opacity: float | None = None) -> Json:
    """Return what stands for a colour of the theme, by its name in `Palette`.

    ``accent0`` to ``accent5`` are the colours of further curves.
    """
    return {"$": name} if opacity is None else {"$": name, "opacity": opacity}


def series(index: int) -> Json:
    """Return the colour of curve ``index``; the first has the equity's."""
    return color("equity") if index == 0 else color(f"accent{(index - 1) % ACCENTS}")


def numbers(values: "NDArray[np.float64]") -> list[float | None]:
    """Return numbers with 8 digits for JSON, None for those that are not finite."""
    finite = np.isfinite(values)
    return [
        float(f"{value:.8g}") if known else None
        for value, known in zip(values.tolist(), finite.tolist(), strict=True)
    ]
