"""MP4 files with H.264 video, as browsers and slides play it."""

from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Constant quality; flat areas and thin lines stay clean at this value.
_ENCODER = {"crf": "20", "preset": "medium", "tune": "animation"}
# The index comes first, so that a browser can play before it has all of the file; no version or
# other tag of the machine's libraries is written.
_CONTAINER = {"movflags": "+faststart", "fflags": "+bitexact"}


class Mp4Writer:
    """Write frames into an MP4 file, encoded as they come.

    Parameters
    ----------
    path : Path
        File to write.
    fps : float
        Frames in a second.

    Notes
    -----
    The pixels are yuv420p, which needs even sides: a column or row at the edge is repeated.
    """

    def __init__(self, path: Path, fps: float) -> None:
        import av

        self._container: Any = av.open(str(path), "w", format="mp4", options=_CONTAINER)
        self._fps = Fraction(fps).limit_denominator(1000)
        self._stream: Any = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            if kind is None and self._stream is not None:
                self._container.mux(self._stream.encode())
        finally:
            self._container.close()

    def add(self, rgb: "NDArray[np.uint8]") -> None:
        """Append a frame, uint8 of shape [height, width, 3], always of the same size."""
        import av

        even = np.pad(rgb, [(0, rgb.shape[0] % 2), (0, rgb.shape[1] % 2), (0, 0)], mode="edge")
        if self._stream is None:
            self._stream = self._container.add_stream("libx264", rate=self._fps)
            self._stream.height, self._stream.width = even.shape[:2]
            self._stream.pix_fmt = "yuv420p"
            self._stream.options = _ENCODER
            self._stream.codec_context.flags |= av.codec.context.Flags.bitexact
        frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(even), format="rgb24")
        self._container.mux(self._stream.encode(frame))
