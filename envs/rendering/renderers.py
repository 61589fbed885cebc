"""Registry of the render modes, and the functions that look a mode up."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from tradegym.conf.errors import UserError, did_you_mean
from tradegym.envs.rendering.episode import episode_figure
from tradegym.envs.rendering.human import human_figure
from tradegym.envs.rendering.look import DEFAULT, Look
from tradegym.envs.rendering.output.still import save_png
from tradegym.envs.rendering.scene import Scene
from tradegym.envs.rendering.state import state_figure
from tradegym.envs.rendering.style import to_rgb

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from tradegym.envs.rendering.sheet import Sheet

__all__ = ["RENDERERS", "Scene", "draw", "render", "renderer", "save_png"]

Renderer = Callable[[Scene, Look], "Sheet"]

RENDERERS: dict[str, Renderer] = {}


def renderer(mode: str) -> Callable[[Renderer], Renderer]:
    """Register a function as the render mode ``mode``."""

    def register(function: Renderer) -> Renderer:
        RENDERERS[mode] = function
        return function

    return register


@renderer("episode")
def _episode(scene: Scene, look: Look) -> "Sheet":
    if scene.record is None:
        raise UserError("render mode 'episode': no episode has ended yet; run one to its end")
    return episode_figure(scene.record, look)


@renderer("human")
def _human(scene: Scene, look: Look) -> "Sheet":
    if scene.window is None:
        raise UserError("render mode 'human': there are no bars yet; call reset() first")
    return human_figure(scene.window, scene.times, assets=scene.assets, look=look)


def draw(mode: str, scene: Scene, look: Look = DEFAULT) -> "Sheet":
    """Draw a scene in a registered mode, or one entry of its observation by name.

    Parameters
    ----------
    mode : str
        A name in `RENDERERS` or a key of ``scene.observation``; the registry wins.
    scene : Scene
        What there is to show.
    look : Look
        Sizes and colours.

    Returns
    -------
    Sheet
        A figure with an Agg canvas; pyplot does not know it.

    Raises
    ------
    UserError
        The mode is unknown, or the scene lacks what it shows.
    """
    if mode in RENDERERS:
        return RENDERERS[mode](scene, look)
    if mode in scene.observation:
        return state_figure(scene.observation[mode], mode, scene.columns.get(mode), look)
    known = [*RENDERERS, *scene.observation]
    raise UserError(
        f"render mode '{mode}' is unknown; modes are {', '.join(known)}{did_you_mean(mode, known)}"
    )


def render(mode: str, scene: Scene, look: Look = DEFAULT) -> "NDArray[np.uint8]":
    """Draw a scene as `draw` does and return its pixels.

    Returns
    -------
    numpy.ndarray
        uint8 RGB, shape [height, width, 3].
    """
    return to_rgb(draw(mode, scene, look))
