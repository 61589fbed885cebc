"""In which order episodes follow one another."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from tradegym.envs.data.sampling.bars import EpisodeBars
from tradegym.envs.data.sampling.draw import StartDraw
from tradegym.envs.data.sampling.starts import Starts


@dataclass(frozen=True, slots=True)
class Situation:
    """What decides where the next episode starts.

    Attributes
    ----------
    ranges : tuple of range
        Contiguous rows of the part.
    warmup : int
        Rows before the first decision.
    starts : Starts
        One of them at least is eligible.
    previous : EpisodeBars or None
        The episode before; None after a reset with a seed.
    rng : numpy.random.Generator
        Randomness of this episode alone.
    draw : StartDraw
    b_alpha, b_beta : float
        Parameters of the Beta distribution.
    candidates : int
        Only the first so many starts count.
    """

    ranges: tuple[range, ...]
    warmup: int
    starts: Starts
    previous: EpisodeBars | None
    rng: np.random.Generator
    draw: StartDraw
    b_alpha: float
    b_beta: float
    candidates: int


#: By the value of ``episode.order``; each returns the row of the first decision.
ORDERS: dict[str, Callable[[Situation], int]] = {}


def _order(name: str) -> Callable[[Callable[[Situation], int]], Callable[[Situation], int]]:
    def register(function: Callable[[Situation], int]) -> Callable[[Situation], int]:
        ORDERS[name] = function
        return function

    return register


@_order("random")
def _random(situation: Situation) -> int:
    """Draw from the Beta distribution, conditioned on what is eligible."""
    return situation.draw(situation.rng, situation.b_alpha, situation.b_beta, situation.candidates)


@_order("sequential")
def _sequential(situation: Situation) -> int:
    """Take the first eligible start from the last bar of the episode before on.

    That is the last bar which the episode could have reached, whether or not it did, so that the
    bars do not depend on what an agent does. Equity is cash at that bar, so the episodes' curves
    join without gap and overlap. After the last eligible start comes the first one again.
    """
    starts = situation.starts
    if situation.previous is None:
        return starts.eligible(0)
    number = starts.eligible_before(starts.count_before(situation.previous.stop - 1))
    return starts.eligible(number if number < len(starts) else 0)


@_order("whole")
def _whole(situation: Situation) -> int:
    """Play each contiguous range of the part from its first bar, one after another, then again."""
    ranges, previous = situation.ranges, situation.previous
    number = 0 if previous is None else (ranges.index(previous.part) + 1) % len(ranges)
    return ranges[number].start + situation.warmup
