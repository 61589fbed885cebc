"""Checks for rows that occur twice under different times, and for missing volume."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from tradegym.envs.data.validate import HIGH, LOW, VOLUME
from tradegym.envs.data.validation.checks import Bars, Suspicion, check
from tradegym.envs.data.validation.finding import Severity

if TYPE_CHECKING:
    from numpy.typing import NDArray

BLOCK = 8  # bars in a row that must be equal
COARSE = 0.1  # share of equal rows above which prices are too coarse for them to mean anything
_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)  # 2**64 divided by the golden ratio, odd


@check("repeated_block")
def repeated_block(bars: Bars) -> Iterator[Suspicion]:
    """Find blocks of rows that were pasted a second time under other dates."""
    if len(bars.times) < 2 * BLOCK:
        return
    rows = _hashes(bars.ohlcv.reshape(len(bars.times), -1))
    if _repeats(rows) > COARSE * len(rows):
        return
    blocks = np.zeros(len(rows) - BLOCK + 1, dtype=np.uint64)
    for offset in range(BLOCK):
        blocks = blocks * _MULTIPLIER + rows[offset : offset + len(blocks)]
    if not _repeats(blocks):
        return
    order = np.argsort(blocks, kind="stable")
    equal = blocks[order[1:]] == blocks[order[:-1]]
    earlier, later = order[:-1][equal], order[1:][equal]
    # Bars that stand still are another fault.
    flat = (bars.ohlcv[later, :, HIGH] == bars.ohlcv[later, :, LOW]).all(axis=1)
    overlapping = later - earlier < BLOCK
    earlier, later = earlier[~flat & ~overlapping], later[~flat & ~overlapping]
    if len(later):
        first = int(np.argmin(later))
        when = np.datetime64(int(bars.times[earlier[first]]), "ns").astype("datetime64[s]")
        yield Suspicion(
            Severity.WARNING,
            int(later[first]),
            "datetime",
            f"begins {BLOCK} or more bars with the numbers of those from {when} on",
            "remove the rows that were copied",
            count=len(later),
        )


@check("no_volume")
def no_volume(bars: Bars) -> Iterator[Suspicion]:
    """Note bars without volume, which many sources do not have."""
    for asset in range(bars.ohlcv.shape[1]):
        zero = bars.ohlcv[:, asset, VOLUME] == 0
        count = int(np.count_nonzero(zero))
        if count == len(zero):
            yield Suspicion(Severity.NOTE, None, "", "has no volume", "", asset)
        elif count:
            row = int(np.argmax(zero))
            yield Suspicion(Severity.NOTE, row, "volume", "is no volume", "", asset, count)


def _hashes(table: "NDArray[np.float64]") -> "NDArray[np.uint64]":
    """Return one number for each row, equal for equal rows."""
    bits = table.view(np.uint64)
    hashes = np.zeros(len(table), dtype=np.uint64)
    for column in range(table.shape[1]):
        hashes = (hashes ^ bits[:, column]) * _MULTIPLIER
        hashes ^= hashes >> np.uint64(29)
    return hashes


def _repeats(numbers: "NDArray[np.uint64]") -> int:
    ordered = np.sort(numbers)
    return int(np.count_nonzero(ordered[1:] == ordered[:-1]))
