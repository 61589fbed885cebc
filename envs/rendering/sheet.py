"""The sheet that a picture is drawn on: a figure with a look, and panels below each other."""

from typing import TYPE_CHECKING, Any

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from tradegym.envs.rendering.look import DEFAULT, Look

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.text import Text

LABEL_SIZE = 10.5  # points, of the names of axes
UNIT = 100  # layout units in an inch; at 100 dpi a unit is a pixel
_GAP = 22.0  # units between two panels
_LEAST = 12.0  # units that a panel keeps on a sheet that is too small for what is on it
_TICK_ROOM, _MOST_TICKS = 28.0, 8  # units for each tick of the y axis
_CHAR = 0.62  # mean width of a character over the size of its font
_POINT = UNIT / 72  # units
_SMALLEST = 6.5  # points
_LABEL_ROOM = 36.0  # units by which the name of an axis may be longer than the axis


class Sheet(Figure):
    """A figure that knows its look and where its panels are.

    Everything is measured in units, hundredths of an inch, so that the resolution changes
    nothing but the number of pixels. The figure has an Agg canvas and is unknown to pyplot.

    Parameters
    ----------
    size : tuple of float
        Width and height in inches.
    look : Look
    shares : sequence of float
        Relative height of each panel, from the top.
    margins : tuple of float
        Units kept free at the left, right, top and bottom.
    """

    def __init__(
        self,
        size: tuple[float, float],
        look: Look,
        shares: "Sequence[float]",
        margins: tuple[float, float, float, float],
    ) -> None:
        super().__init__(figsize=size, dpi=look.dpi, facecolor=look.palette.background)
        FigureCanvasAgg(self)
        self.look = look
        self.wide, self.high = size[0] * UNIT, size[1] * UNIT
        self._shares = list(shares)
        self.left, self.right, self.top, self.bottom = margins
        #: Units kept free above each panel, for its own legend or title.
        self.heads = [0.0] * len(self._shares)
        self.panels: list[Axes] = []
        for index in range(len(self._shares)):
            first = self.panels[0] if self.panels else None
            ax = self.add_axes((0, 0, 1, 1), sharex=first, label=f"panel {index}")
            self.panels.append(ax)
        for ax in self.panels[:-1]:
            ax.tick_params(labelbottom=False)
            ax.xaxis.offsetText.set_visible(False)
        self.place()

    def place(self) -> None:
        """Put the panels where margins, heads and shares say."""
        gaps = _GAP * (len(self.panels) - 1) + sum(self.heads)
        least = _LEAST * len(self.panels)
        room = max(self.high - self.top - self.bottom - gaps, least)
        unit = room / sum(self._shares)
        # A sheet that is too small is filled as if it were higher.
        high = max(self.high, self.top + self.bottom + gaps + room)
        wide = max(self.wide - self.left - self.right, self.wide / 4)
        y = high - self.top
        for ax, share, head in zip(self.panels, self._shares, self.heads, strict=True):
            y -= head + unit * share
            ax.set_position(
                (self.left / self.wide, y / high, wide / self.wide, unit * share / high)
            )
            y -= _GAP
        self._fit_axes()

    def _fit_axes(self) -> None:
        """Give each y axis as many ticks as there is room for, and all names a size that fits."""
        size = LABEL_SIZE
        for ax in self.panels:
            height = ax.get_position().height * self.high
            locator = ax.yaxis.get_major_locator()
            if isinstance(locator, MaxNLocator):
                locator.set_params(nbins=int(min(max(height // _TICK_ROOM, 2), _MOST_TICKS)))
            need = len(ax.get_ylabel()) * _CHAR * _POINT
            if need:
                size = min(size, (height + _LABEL_ROOM) / need)
        for ax in self.panels:
            ax.yaxis.label.set_fontsize(max(size, _SMALLEST))

    def put_text(self, x: float, y: float, text: str, **look: Any) -> "Text":
        """Write text ``x`` units from the left and ``y`` from the top."""
        return self.text(x / self.wide, 1 - y / self.high, text, **look)

    def units(self, pixels: float) -> float:
        """Turn pixels into units."""
        return pixels * UNIT / self.dpi


def look_at(artist: "Artist") -> Look:
    """Return the look of the sheet that an artist is on."""
    figure = artist.get_figure(root=True)
    return figure.look if isinstance(figure, Sheet) else DEFAULT
