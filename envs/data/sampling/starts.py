"""All rows from which an episode may start, found once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from tradegym.envs.data.sampling.rules import RULES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tradegym.envs.data.sampling.options import SamplingOptions


@dataclass(frozen=True, eq=False)
class Starts:
    """The candidates, which are all rows from which an episode fits, and the eligible ones.

    Candidates are numbered 0 to ``number - 1`` in the order of time; a position is such a number.
    Eligible positions come in runs: a working week of minutes is one run, so runs are few.

    Attributes
    ----------
    candidates : tuple of range
        Rows of first decisions, one range for each contiguous range of the part.
    begins, ends : ndarray of int64, shape [R]
        First position of each run, and the position after its last; increasing.
    excluded : mapping of str to int
        How many candidates each option excludes, whatever the others say.
    """

    candidates: tuple[range, ...]
    begins: "NDArray[np.int64]"
    ends: "NDArray[np.int64]"
    excluded: Mapping[str, int]

    @cached_property
    def number(self) -> int:
        """Number of candidates."""
        return sum(map(len, self.candidates))

    @cached_property
    def _counts(self) -> "NDArray[np.int64]":
        """Eligible starts before each run and, last, in all; shape [R + 1]."""
        return np.concatenate(([0], np.cumsum(self.ends - self.begins)))

    def __len__(self) -> int:
        return int(self._counts[-1])

    def row(self, position: int) -> int:
        """Return the row of a candidate."""
        for rows in self.candidates:
            if position < len(rows):
                return rows[position]
            position -= len(rows)
        raise IndexError(position)

    def count_before(self, row: int) -> int:
        """Return how many candidates lie before a row; it is the position of the next one."""
        return sum(min(max(row - rows.start, 0), len(rows)) for rows in self.candidates)

    def eligible(self, number: int) -> int:
        """Return the row of an eligible start by its number among them."""
        run = int(np.searchsorted(self._counts, number, "right")) - 1
        return self.row(int(self.begins[run] + number - self._counts[run]))

    def eligible_before(self, position: int) -> int:
        """Return how many eligible starts lie before a position."""
        run = int(np.searchsorted(self.begins, position)) - 1
        if run < 0:
            return 0
        return int(self._counts[run] + min(position, self.ends[run]) - self.begins[run])


def find_starts(
    times: "NDArray[np.datetime64]",
    ranges: Sequence[range],
    warmup: int,
    length: int,
    options: "SamplingOptions",
) -> Starts:
    """Judge all rows at once.

    Parameters
    ----------
    times : ndarray of datetime64[ns], shape [T]
        Closes of the bars, UTC.
    ranges : sequence of range
        Contiguous rows of the part, in the order of time.
    warmup : int
        Rows before the first decision.
    length : int
        Rows of an episode from the first decision on.
    options : SamplingOptions
    """
    spans = [range(one.start + warmup, one.stop - length + 1) for one in ranges]
    candidates = tuple(rows for rows in spans if rows)
    allowed = np.ones(sum(map(len, candidates)), dtype=np.bool_)
    excluded: dict[str, int] = {}
    for name, function in RULES.items():
        masks = [function(times, rows, length, options) for rows in candidates]
        found = [mask for mask in masks if mask is not None]
        if found:
            mask = np.concatenate(found)
            allowed &= mask
            excluded[name] = int(np.count_nonzero(~mask))
    edges = np.flatnonzero(np.diff(allowed, prepend=False, append=False))
    return Starts(candidates, edges[::2], edges[1::2], excluded)
