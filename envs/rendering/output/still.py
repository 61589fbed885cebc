"""Single pictures as files: PNG, SVG and PDF."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from matplotlib.image import imsave

from tradegym.envs.rendering.output.draft import draft

if TYPE_CHECKING:
    import numpy as np
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

# Nothing but the picture: no date, so that the same episode gives the same file.
_METADATA: dict[str, dict[str, Any]] = {
    ".png": {},
    ".svg": {"Date": None, "Creator": "tradegym"},
    ".pdf": {"CreationDate": None, "Creator": "tradegym"},
}
STILLS = tuple(_METADATA)


def save_figure(figure: "Figure", path: Path) -> None:
    """Write a figure in the format that the suffix names, one of `STILLS`, and make its folder.

    Raises
    ------
    UserError
        The file cannot be written.
    """
    suffix = path.suffix.lower()
    with draft(path) as temporary:
        figure.savefig(
            temporary,
            format=suffix[1:],
            dpi=figure.dpi,
            facecolor=figure.get_facecolor(),
            metadata=_METADATA[suffix],
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
    with draft(path) as temporary:
        imsave(temporary, rgb, format="png")
