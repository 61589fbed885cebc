"""Animations as files: the writers by suffix, and one call that writes all frames."""

from pathlib import Path
from typing import TYPE_CHECKING, Protocol, Self

from tradegym.envs.rendering.output.draft import draft
from tradegym.envs.rendering.output.gif import GifWriter
from tradegym.envs.rendering.output.mp4 import Mp4Writer

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy as np
    from numpy.typing import NDArray


class FrameWriter(Protocol):
    """A file that is given one frame after the other."""

    def __init__(self, path: Path, fps: float) -> None: ...

    def __enter__(self) -> Self: ...

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None: ...

    def add(self, rgb: "NDArray[np.uint8]") -> None:
        """Append a frame, uint8 of shape [height, width, 3]."""


ANIMATIONS: dict[str, type[FrameWriter]] = {".gif": GifWriter, ".mp4": Mp4Writer}


def save_frames(frames: "Iterable[NDArray[np.uint8]]", path: Path, fps: float) -> int:
    """Write frames as they come into the file that the suffix names, one of `ANIMATIONS`.

    Parameters
    ----------
    frames : iterable of numpy.ndarray
        uint8 RGB, shape [height, width, 3], at least one; an array may be used again after the
        next was asked for.
    path : Path
        File to write; it appears when it is complete.
    fps : float
        Frames in a second.

    Returns
    -------
    int
        How many there were.

    Raises
    ------
    UserError
        The file cannot be written.
    """
    count = 0
    with draft(path) as temporary, ANIMATIONS[path.suffix.lower()](temporary, fps) as writer:
        for frame in frames:
            writer.add(frame)
            count += 1
    return count
