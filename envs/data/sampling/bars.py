"""The bars of one episode."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class EpisodeBars:
    """Rows of the dataset that an episode uses.

    Attributes
    ----------
    start, stop : int
        First row, and the row after the last. The bars before ``decision`` are warm-up, the last
        one is reserved for the closing orders.
    decision : int
        Row of the first decision: where the episode starts.
    part : range
        The contiguous rows of the split part in which it lies.
    """

    start: int
    stop: int
    decision: int
    part: range


def rows_after_warmup(decisions: int, skip_frame: int) -> int:
    """Return how many rows an episode has from its first decision on.

    The last decision's last bar is followed by the reserved bar.
    """
    return decisions * skip_frame + 2
