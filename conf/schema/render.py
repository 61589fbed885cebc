"""Keys of the node ``render``: how pictures look."""

import re
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import AfterValidator, BeforeValidator, model_validator

from tradegym.conf.errors import did_you_mean
from tradegym.conf.schema.base import ConfigModel, Whole, fail, node, option

STYLE = "tradegym"
"""The package's own style; other names are matplotlib's."""

_INCHES = (2.0, 40.0)
_SIZE_LIMITS = f"[width, height] in inches, {_INCHES[0]:g} to {_INCHES[1]:g} each"


def _pair(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _check_size(value: tuple[float, float]) -> tuple[float, float]:
    if not all(_INCHES[0] <= side <= _INCHES[1] for side in value):
        raise ValueError("is too small or too large")
    return value


def _check_color(value: str | None) -> str | None:
    # "#RRGGBB" needs no matplotlib, which takes a while to load.
    if value is None or re.fullmatch(r"#[0-9A-Fa-f]{6}", value):
        return value
    from matplotlib.colors import CSS4_COLORS, is_color_like

    if not is_color_like(value):
        hint = did_you_mean(value, CSS4_COLORS)
        raise ValueError(f"is not a colour{hint}")
    return value


Size = Annotated[tuple[float, float], BeforeValidator(_pair), AfterValidator(_check_size)]
Color = Annotated[str | None, AfterValidator(_check_color)]


def _size(default: tuple[float, float], what: str, flat: str) -> Any:
    return option(default, what, flat=flat, kind="a size", limits=_SIZE_LIMITS)


def _color(name: str, what: str) -> Any:
    return option(
        None,
        f"{what}; null = the theme's",
        flat=f"render_color_{name}",
        kind="a colour",
        limits="a colour such as '#0072B2' or steelblue",
    )


class ColorsConfig(ConfigModel):
    """Colours that replace the theme's."""

    KEY: ClassVar[str] = "render.colors"

    up: Color = _color("up", "rising bars, purchases, long positions")
    down: Color = _color("down", "falling bars, sales, short positions")
    price: Color = _color("price", "line of the price")
    equity: Color = _color("equity", "line of the equity")
    drawdown: Color = _color("drawdown", "area of the drawdown, by default as the equity")
    background: Color = _color("background", "behind everything")
    text: Color = _color("text", "titles and numbers")
    grid: Color = _color("grid", "lines of the grid")


class RenderConfig(ConfigModel):
    """How pictures look."""

    KEY: ClassVar[str] = "render"

    size_human: Size = _size((12.0, 6.4), "size of the picture of prices", "render_size_human")
    size_state: Size = _size((12.0, 6.4), "size of the picture of a state", "render_size_state")
    size_episode: Size = _size(
        (12.0, 10.4), "size of the picture of an episode", "render_size_episode"
    )
    dpi: Whole = option(100, "pixels per inch", flat="render_dpi", ge=30, le=600)
    style: str = option(
        STYLE,
        "tradegym, or a style of matplotlib such as ggplot",
        flat="render_plotstyle",
        kind="a style",
        limits="tradegym or the name of a style of matplotlib",
    )
    theme: Literal["auto", "light", "dark"] = option(
        "auto",
        "light, dark, or auto: light pictures, and pages as the browser prefers",
        flat="render_theme",
        when=("style", STYLE),
    )
    colors: ColorsConfig = node(ColorsConfig, "colours that replace the theme's")
    colormap: str | None = option(
        None,
        "matplotlib's colour map of states drawn as images; null = by the sign of the values",
        flat="render_cmap",
        kind="a colour map",
        limits="the name of a colour map of matplotlib such as PRGn",
    )
    state_as_image: bool | None = option(
        None,
        "draw states as images, else as lines; null = images from 8 columns on",
        flat="render_state_as_image",
    )

    @model_validator(mode="after")
    def _check_names(self) -> Self:
        """Look names up in matplotlib, which is loaded only if there is one to look up."""
        if self.style != STYLE:
            from matplotlib.style import available

            known = [STYLE, *(name for name in available if not name.startswith("_"))]
            if self.style not in known:
                _unknown("style", self.style, known, ", ".join(known))
        if self.colormap is not None:
            from matplotlib import colormaps

            if self.colormap not in colormaps:
                _unknown("colormap", self.colormap, list(colormaps), "a colour map of matplotlib")
        return self


def _unknown(key: str, value: str, known: list[str], allowed: str) -> None:
    """Refuse a name and suggest the nearest, at least one that begins alike."""
    alike = [name for name in known if name[:3].lower() == value[:3].lower()]
    near = did_you_mean(value, known) or (f"; did you mean '{alike[0]}'?" if alike else "")
    fail(f"render.{key}: '{value}' is not known; allowed: {allowed}{near}")
