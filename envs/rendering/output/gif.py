"""Animated GIF files, written frame by frame."""

import struct
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Self

import numpy as np
from PIL import GifImagePlugin, Image

if TYPE_CHECKING:
    from numpy.typing import NDArray

_COLORS = 255  # of each frame; one more number stands for a pixel that stays as it was
_HOLD_S = 2.0  # how long the last frame stays before the animation starts again
_LOOP_FOREVER = b"\x21\xff\x0bNETSCAPE2.0\x03\x01\x00\x00\x00"


class GifWriter:
    """Write frames into a GIF file; each holds only what differs from the one before.

    Parameters
    ----------
    path : Path
        File to write.
    fps : float
        Frames in a second; the format counts in hundredths of a second, whose rounding is
        made up for in the next frames.

    Notes
    -----
    Every frame has a palette of its own: the commonest of its colours, after joining those that
    agree in the leading 5 bits of red, green and blue.
    """

    def __init__(self, path: Path, fps: float) -> None:
        self._file: BinaryIO = path.open("wb")
        self._fps = fps
        self._before: NDArray[np.uint8] | None = None
        self._count = 0
        # A frame is written when the next is known: the last one stays longer.
        self._pending: list[tuple[Image.Image, tuple[int, int]]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            if kind is None:
                self._flush(self._time(self._count) - self._time(self._count - 1) + _HOLD_S)
                self._file.write(b";")
        finally:
            self._file.close()

    def add(self, rgb: "NDArray[np.uint8]") -> None:
        """Append a frame, uint8 of shape [height, width, 3], always of the same size."""
        if self._before is None:
            height, width = rgb.shape[:2]
            self._file.write(b"GIF89a" + struct.pack("<HHBBB", width, height, 0, 0, 0))
            self._file.write(_LOOP_FOREVER)
            changed = np.ones((height, width), dtype=np.bool_)
        else:
            differs = rgb != self._before
            changed = differs[..., 0] | differs[..., 1] | differs[..., 2]
        self._flush(self._time(self._count) - self._time(self._count - 1))
        self._pending.append(_indexed(rgb, changed))
        self._before = rgb.copy()
        self._count += 1

    def _time(self, frame: int) -> float:
        """Return when a frame begins, in seconds."""
        return round(100 * frame / self._fps) / 100

    def _flush(self, seconds: float) -> None:
        for image, place in self._pending:
            options = {
                "duration": round(1000 * seconds),
                "transparency": _COLORS,
                "disposal": 1,
                "include_color_table": True,
            }
            for part in GifImagePlugin.getdata(image, place, **options):
                self._file.write(part)
        self._pending.clear()


def _indexed(
    rgb: "NDArray[np.uint8]", changed: "NDArray[np.bool_]"
) -> tuple[Image.Image, tuple[int, int]]:
    """Return the smallest rectangle that holds all changes, as palette numbers, and its place."""
    rows, columns = np.flatnonzero(changed.any(axis=1)), np.flatnonzero(changed.any(axis=0))
    if not len(rows):
        rows = columns = np.zeros(1, dtype=np.int64)
    top, left = int(rows[0]), int(columns[0])
    part = np.s_[top : int(rows[-1]) + 1, left : int(columns[-1]) + 1]
    mask, pixels = changed[part], rgb[part]
    numbers = np.full(mask.shape, _COLORS, dtype=np.uint8)
    palette = np.zeros((_COLORS + 1, 3), dtype=np.uint8)
    if mask.any():
        numbers[mask], palette[:_COLORS] = _quantize(pixels[mask])
    image = Image.fromarray(numbers, mode=None)
    image.putpalette(palette.tobytes())
    return image, (left, top)


def _quantize(pixels: "NDArray[np.uint8]") -> "tuple[NDArray[np.uint8], NDArray[np.uint8]]":
    """Return the palette number of each pixel, shape [n], and the palette, [255, 3]."""
    wide = pixels.astype(np.int32)
    exact, which, amounts = np.unique(
        (wide[:, 0] << 16) | (wide[:, 1] << 8) | wide[:, 2], return_inverse=True, return_counts=True
    )
    bins = ((exact >> 9) & 0x7C00) | ((exact >> 6) & 0x3E0) | ((exact >> 3) & 0x1F)
    counts = np.bincount(bins, weights=amounts, minlength=1 << 15)
    used = np.flatnonzero(counts)
    chosen = used[np.argsort(-counts[used], kind="stable")[:_COLORS]]
    # A bin stands for its commonest colour, so that plain areas keep theirs exactly.
    order = np.argsort(amounts, kind="stable")
    sample = np.zeros(1 << 15, dtype=np.int32)
    sample[bins[order]] = exact[order]
    palette = np.zeros((_COLORS, 3), dtype=np.uint8)
    for channel, shift in enumerate((16, 8, 0)):
        palette[: len(chosen), channel] = (sample[chosen] >> shift) & 255
    table = np.zeros(1 << 15, dtype=np.uint8)
    table[chosen] = np.arange(len(chosen))
    others = np.setdiff1d(used, chosen, assume_unique=True)
    if len(others):
        table[others] = _nearest(sample[others], palette)
    return table[bins][which], palette


def _nearest(colors: "NDArray[np.int32]", palette: "NDArray[np.uint8]") -> "NDArray[np.uint8]":
    """Return the number of the nearest colour of the palette for each ``0xRRGGBB``."""
    channels = np.stack([(colors >> shift) & 255 for shift in (16, 8, 0)], axis=1)
    apart = channels[:, np.newaxis, :] - palette[np.newaxis].astype(np.int32)
    distances: NDArray[np.int32] = np.einsum("ijk,ijk->ij", apart, apart)
    nearest: NDArray[np.uint8] = distances.argmin(axis=1).astype(np.uint8)
    return nearest
