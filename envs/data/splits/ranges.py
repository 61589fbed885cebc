"""Arithmetic with bar ranges: disjoint, in order of time, step 1, none of them empty."""

from collections.abc import Iterable

Ranges = tuple[range, ...]


def subtract(ranges: Iterable[range], holes: Iterable[range]) -> Ranges:
    """Return what is left of ``ranges`` without the bars of ``holes``.

    Parameters
    ----------
    ranges : iterable of range
        Disjoint, in order.
    holes : iterable of range
        In any order; they may overlap, be empty or reach beyond the data.

    Returns
    -------
    tuple of range
        Disjoint, in order, none empty.
    """
    left = [one for one in ranges if len(one)]
    for hole in holes:
        if len(hole):
            left = [
                piece
                for one in left
                for piece in (
                    range(one.start, min(one.stop, hole.start)),
                    range(max(one.start, hole.stop), one.stop),
                )
                if len(piece)
            ]
    return tuple(left)


def intersect(ranges: Iterable[range], others: Iterable[range]) -> Ranges:
    """Return the bars that are in both; ``ranges`` are disjoint and in order."""
    kept = tuple(ranges)
    return subtract(kept, subtract(kept, others))


def count_bars(ranges: Iterable[range]) -> int:
    """Return the number of bars in disjoint ranges."""
    return sum(len(one) for one in ranges)
