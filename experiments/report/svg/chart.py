"""One chart: axes, lines, areas and marks.

Lines live in an inner picture that is stretched to the width of the page, with strokes that keep
their width; text and marks are placed in percent and keep their size. So one file is crisp on a
wide screen, on a phone and on paper.
"""

from typing import TYPE_CHECKING

import numpy as np
from markupsafe import escape

from tradegym.experiments.report.svg.thin import thin

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tradegym.experiments.report.svg.scale import Scale

_SIZE = 1000  # of the inner picture, in both directions
_EDGE = 0.03  # ticks closer to an end than this are written inwards


class Chart:
    """A chart in the making.

    Parameters
    ----------
    title : str
        Read out instead of the picture.
    x, y : Scale
    height : int
        Of the plotting area in pixels.
    with_dates : bool
        Write the ticks of x.
    """

    def __init__(
        self, title: str, x: "Scale", y: "Scale", height: int = 220, *, with_dates: bool = True
    ) -> None:
        self._title, self._x, self._y, self._height = title, x, y, height
        self._with_dates = with_dates
        self._lines: list[str] = []
        self._marks: list[str] = []

    def line(self, x: "NDArray[np.float64]", y: "NDArray[np.float64]", style: str) -> None:
        """Draw a line through all points, both of shape [n]; NaN interrupts it."""
        self._lines.append(f'<path class="line {style}" d="{self._path(x, y)}"/>')

    def area(
        self, x: "NDArray[np.float64]", y: "NDArray[np.float64]", style: str, base: float = 0.0
    ) -> None:
        """Fill between a line and the value ``base``; NaN counts as the base."""
        filled = np.where(np.isfinite(y), y, base)
        bottom = self._height_of(np.array([base]))[0]
        left, right = (self._place(np.array([x[k]]))[0] for k in (0, -1))
        path = self._path(x, filled)
        self._lines.append(
            f'<path class="area {style}" d="{path}L{right} {bottom}L{left} {bottom}Z"/>'
        )

    def level(self, y: float, style: str = "zero") -> None:
        """Draw a horizontal line."""
        at = _percent(1 - float(self._y.at(np.array([y]))[0]))
        self._marks.append(f'<line class="{style}" x1="0" x2="100%" y1="{at}" y2="{at}"/>')

    def upright(self, x: float, style: str = "upright", text: str = "") -> None:
        """Draw a vertical line, with a text at its head."""
        place = float(self._x.at(np.array([x]))[0])
        at = _percent(place)
        self._marks.append(f'<line class="{style}" x1="{at}" x2="{at}" y1="0" y2="100%"/>')
        if text:
            side, shift = ("end", -5) if place > 0.5 else ("start", 5)
            where = f'class="tick {side}" x="{at}" dx="{shift}" y="0" dy="11"'
            self._marks.append(f"<text {where}>{escape(text)}</text>")

    def band(self, low: float, high: float, style: str) -> None:
        """Shade the chart between two places of x."""
        left, right = self._x.at(np.array([low, high]))
        self._lines.insert(
            0,
            f'<rect class="{style}" x="{_SIZE * left:.1f}" y="0" '
            f'width="{_SIZE * (right - left):.1f}" height="{_SIZE}"/>',
        )

    def marks(
        self,
        x: "NDArray[np.float64]",
        y: "NDArray[np.float64]",
        symbol: str,
        titles: list[str] | None = None,
    ) -> None:
        """Put a symbol of the page on each point; ``titles`` are shown on demand."""
        across, up = self._x.at(x), 1 - self._y.at(y)
        for row in np.flatnonzero(np.isfinite(across) & np.isfinite(up)):
            place = f'href="#{symbol}" x="{_percent(across[row])}" y="{_percent(up[row])}"'
            title = f"<title>{escape(titles[row])}</title>" if titles else ""
            self._marks.append(f"<use {place}>{title}</use>" if title else f"<use {place}/>")

    def svg(self) -> str:
        """Return the markup."""
        grid, texts = [], []
        for tick in self._y.ticks:
            at = _percent(1 - tick.at)
            grid.append(f'<line class="grid" x1="0" x2="100%" y1="{at}" y2="{at}"/>')
            texts.append(
                f'<text class="tick end" x="0" dx="-8" y="{at}" dy="4">{escape(tick.text)}</text>'
            )
        for tick in self._x.ticks if self._with_dates else ():
            at = _percent(tick.at)
            side = "start" if tick.at < _EDGE else "end" if tick.at > 1 - _EDGE else "middle"
            minor = " minor" if tick.minor else ""
            texts.append(
                f'<text class="tick {side}{minor}" x="{at}" y="100%" dy="18">'
                f"{escape(tick.text)}</text>"
            )
        title = escape(self._title)
        dates = " dated" if self._with_dates else ""
        return (
            f'<svg class="chart{dates}" role="img" aria-label="{title}" height="{self._height}">'
            f"<title>{title}</title>{''.join(grid)}"
            f'<svg class="plot" viewBox="0 0 {_SIZE} {_SIZE}" preserveAspectRatio="none" '
            f'width="100%" height="100%">{"".join(self._lines)}</svg>'
            f"{''.join(self._marks)}{''.join(texts)}"
            '<line class="cursor" x1="0" x2="0" y1="0" y2="100%"/></svg>'
        )

    def _place(self, x: "NDArray[np.float64]") -> list[str]:
        return [f"{_SIZE * value:.1f}" for value in self._x.at(x)]

    def _height_of(self, y: "NDArray[np.float64]") -> list[str]:
        return [f"{_SIZE * (1 - value):.1f}" for value in self._y.at(y)]

    def _path(self, x: "NDArray[np.float64]", y: "NDArray[np.float64]") -> str:
        rows = thin(y)
        parts, pen_down = [], False
        for across, up, value in zip(
            self._place(x[rows]), self._height_of(y[rows]), y[rows], strict=True
        ):
            if not np.isfinite(value):
                pen_down = False
                continue
            parts.append(f"{'L' if pen_down else 'M'}{across} {up}")
            pen_down = True
        return "".join(parts)


def _percent(place: float) -> str:
    return f"{100 * float(place):.2f}%"
