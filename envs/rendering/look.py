"""How pictures look: sizes, resolution and colours, as one value."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tradegym.envs.rendering.palette import DARK, LIGHT, Palette, palette_of_style

if TYPE_CHECKING:
    from tradegym.conf.schema.render import RenderConfig

Size = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Look:
    """How pictures look; `look_of` makes one from the configuration.

    Attributes
    ----------
    size_human, size_state, size_episode : tuple of float
        Width and height of a picture in inches.
    dpi : int
        Pixels per inch.
    palette : Palette
        The colours.
    dark_palette : Palette
        The colours of a page in a browser that prefers dark ones; ``palette`` if there is no
        choice.
    cmap : str or None
        Colour map of states drawn as images; None: by the sign of the values.
    as_image : bool or None
        Whether states are drawn as images; None: those of many columns.
    """

    size_human: Size = (12.0, 6.4)
    size_state: Size = (12.0, 6.4)
    size_episode: Size = (12.0, 10.4)
    dpi: int = 100
    palette: Palette = LIGHT
    dark_palette: Palette = DARK
    cmap: str | None = None
    as_image: bool | None = None


DEFAULT = Look()


def look_of(config: "RenderConfig") -> Look:
    """Return the look that the node ``render`` describes."""
    if config.style != "tradegym":
        light = dark = palette_of_style(config.style)
    else:
        light = DARK if config.theme == "dark" else LIGHT
        dark = LIGHT if config.theme == "light" else DARK
    colors = config.colors.model_dump()
    return Look(
        size_human=config.size_human,
        size_state=config.size_state,
        size_episode=config.size_episode,
        dpi=config.dpi,
        palette=light.with_colors(colors),
        dark_palette=dark.with_colors(colors),
        cmap=config.colormap,
        as_image=config.state_as_image,
    )
