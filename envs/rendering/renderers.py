"""Registry of the render modes, and the functions that look a mode up and store a picture."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from matplotlib.image import imsave

from tradegym.conf.errors import UserError, did_you_mean
from tradegym.envs.rendering.episode import render_episode
from tradegym.envs.rendering.human import render_human
from tradegym.envs.rendering.state import render_state

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from tradegym.envs.record import EpisodeRecord


@dataclass(frozen=True, slots=True)
class Scene:
    """What an environment has to show; every part may be missing.

    Attributes
    ----------
    record : EpisodeRecord or None
        The last finished episode.
    window : numpy.ndarray or None
        Open, high, low, close of the newest bars, shape [n, 4], in price.
    times : numpy.ndarray or None
        Close times of these bars, datetime64, shape [n].
    observation : mapping of str to numpy.ndarray
        Entries of the newest observation, shape [n, m] each.
    columns : mapping of str to tuple of str
        Column names of the entries, where they are known.
    """

    record: "EpisodeRecord | None" = None
    window: "NDArray[np.float64] | None" = None
    times: "NDArray[np.datetime64] | None" = None
    observation: "Mapping[str, NDArray[np.float64]]" = field(default_factory=dict)
    columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


Renderer = Callable[[Scene], "NDArray[np.uint8]"]

RENDERERS: dict[str, Renderer] = {}


def renderer(mode: str) -> Callable[[Renderer], Renderer]:
    """Register a function as the render mode ``mode``."""

    def register(function: Renderer) -> Renderer:
        RENDERERS[mode] = function
        return function

    return register


@renderer("episode")
def _episode(scene: Scene) -> "NDArray[np.uint8]":
    if scene.record is None:
        raise UserError("render mode 'episode': no episode has ended yet; run one to its end")
    return render_episode(scene.record)


@renderer("human")
def _human(scene: Scene) -> "NDArray[np.uint8]":
    if scene.window is None:
        raise UserError("render mode 'human': there are no bars yet; call reset() first")
    return render_human(scene.window, scene.times)


def render(mode: str, scene: Scene) -> "NDArray[np.uint8]":
    """Draw a scene in a registered mode, or one entry of its observation by name.

    Parameters
    ----------
    mode : str
        A name in `RENDERERS` or a key of ``scene.observation``; the registry wins.
    scene : Scene
        What there is to show.

    Returns
    -------
    numpy.ndarray
        uint8 RGB, shape [height, width, 3].

    Raises
    ------
    UserError
        The mode is unknown, or the scene lacks what it shows.
    """
    if mode in RENDERERS:
        return RENDERERS[mode](scene)
    if mode in scene.observation:
        return render_state(scene.observation[mode], mode, scene.columns.get(mode))
    known = [*RENDERERS, *scene.observation]
    raise UserError(
        f"render mode '{mode}' is unknown; modes are {', '.join(known)}{did_you_mean(mode, known)}"
    )


def save_png(rgb: "NDArray[np.uint8]", path: Path) -> None:
    """Write a picture as a PNG file and make its folder.

    Parameters
    ----------
    rgb : numpy.ndarray
        uint8, shape [height, width, 3].
    path : Path
        File to write; replaced if it exists.

    Raises
    ------
    UserError
        The file cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            imsave(file, rgb, format="png")
    except OSError as error:
        raise UserError(f"{path}: cannot write the picture: {error.strerror or error}") from error
