"""Colours of the themes, and those of matplotlib's own styles."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, cast

from matplotlib import rcParamsDefault
from matplotlib.colors import to_hex, to_rgb

if TYPE_CHECKING:
    from collections.abc import Mapping

# Okabe and Ito (2008), "Color Universal Design": told apart with every kind of colour vision.
BLUE = "#0072B2"
ORANGE = "#E69F00"
VERMILLION = "#D55E00"
GREEN = "#009E73"
PURPLE = "#CC79A7"
SKY = "#56B4E9"

_SHADE = 0.145  # strength of the shading behind a held position


def mix(color: str, background: str, share: float) -> str:
    """Return ``share`` of a colour on a background, as ``#RRGGBB``."""
    pairs = zip(to_rgb(color), to_rgb(background), strict=True)
    red, green, blue = (share * one + (1 - share) * other for one, other in pairs)
    return to_hex((red, green, blue))


def is_dark(color: str) -> bool:
    """Tell whether white is easier to read on a colour than black.

    The luminance is that of WCAG 2.2, with a plain square in place of its exact curve.
    """
    red, green, blue = (value**2.2 for value in to_rgb(color))
    luminance = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    return bool(luminance < 0.18)


@dataclass(frozen=True, slots=True)
class Palette:
    """The colours of a picture, as ``#RRGGBB``.

    Attributes
    ----------
    background, panel : str
        Behind everything, and behind the curves.
    ink, muted : str
        Titles and numbers; names of axes and remarks.
    grid, axis : str
        Lines of the grid; frames and ticks.
    price, up, down, equity, drawdown : str
        The price, bars and positions by their direction, the account.
    accents : tuple of str
        Further curves, in this order.
    has_grid : bool
        Whether the grid is drawn.
    """

    background: str
    panel: str
    ink: str
    muted: str
    grid: str
    axis: str
    price: str
    up: str
    down: str
    equity: str
    drawdown: str
    accents: tuple[str, ...]
    has_grid: bool = True

    @property
    def up_shade(self) -> str:
        """Behind a long position."""
        return mix(self.up, self.panel, _SHADE)

    @property
    def down_shade(self) -> str:
        """Behind a short position."""
        return mix(self.down, self.panel, _SHADE)

    def with_colors(self, colors: "Mapping[str, str | None]") -> "Palette":
        """Return the palette with the colours that are given; ``text`` is the ink.

        The names of axes follow the text, the panels the background, the drawdown the equity.
        """
        given = {name: to_hex(color) for name, color in colors.items() if color is not None}
        if "background" in given:
            given["panel"] = given["background"]
        if "equity" in given:
            given.setdefault("drawdown", given["equity"])
        if "text" in given:
            given["ink"] = given.pop("text")
            given["muted"] = mix(given["ink"], given.get("background", self.background), 0.7)
        return replace(self, **given)  # type: ignore[arg-type]


LIGHT = Palette(
    background="#FFFFFF",
    panel="#FFFFFF",
    ink="#1F2933",
    muted="#5F6B7A",
    grid="#E3E7EB",
    axis="#B8C0C8",
    price="#3D4852",
    up=BLUE,
    down=VERMILLION,
    equity=BLUE,
    drawdown=BLUE,
    accents=(VERMILLION, GREEN, PURPLE, ORANGE, SKY, "#5F6B7A"),
)

DARK = Palette(
    background="#12171D",
    panel="#12171D",
    ink="#E8ECF0",
    muted="#9BA7B4",
    grid="#242C35",
    axis="#46515D",
    price="#C9D1D9",
    up="#56B4E9",
    down="#F5873B",
    equity="#56B4E9",
    drawdown="#56B4E9",
    accents=("#F5873B", "#2BC79A", "#E39BC2", "#F2BE42", "#3E8FD0", "#9BA7B4"),
)


def palette_of_style(name: str) -> Palette:
    """Return the colours of one of matplotlib's styles, without switching it on.

    Parameters
    ----------
    name : str
        Key of ``matplotlib.style.library``.
    """
    from matplotlib.style import library

    settings = cast("dict[str, Any]", rcParamsDefault) | cast("dict[str, Any]", library[name])
    background = to_hex(settings["figure.facecolor"])
    base = DARK if is_dark(background) else LIGHT
    cycle = tuple(to_hex(color) for color in settings["axes.prop_cycle"].by_key()["color"])
    ink, panel = to_hex(settings["text.color"]), to_hex(settings["axes.facecolor"])
    return replace(
        base,
        background=background,
        panel=panel,
        ink=ink,
        muted=mix(to_hex(settings["axes.labelcolor"]), background, 0.75),
        grid=to_hex(settings["grid.color"]),
        axis=mix(ink, panel, 0.35),
        price=mix(ink, panel, 0.8),
        equity=cycle[0],
        drawdown=cycle[0],
        accents=cycle[1:] or base.accents,
        has_grid=bool(settings["axes.grid"]),
    )
