"""Where an episode starts."""

from typing import TYPE_CHECKING

from tradegym.conf.errors import UserError

if TYPE_CHECKING:
    import numpy as np


def sample_start(part: range, bars_needed: int, rng: "np.random.Generator") -> int:
    """Draw the first bar of an episode, uniformly among those from which it fits.

    Parameters
    ----------
    part : range
        Bars of the split part, contiguous.
    bars_needed : int
        Bars of the episode including warm-up and the reserved last bar, at least 1.
    rng : numpy.random.Generator
        Source of randomness; one number is drawn.

    Returns
    -------
    int
        Bar number ``s`` with ``part.start <= s`` and ``s + bars_needed <= part.stop``.

    Raises
    ------
    UserError
        If the part has fewer bars than the episode needs.
    """
    if bars_needed < 1 or part.step != 1:
        raise ValueError(f"bars_needed={bars_needed}, part={part}")
    if bars_needed > len(part):
        raise UserError(
            f"split.episode_duration: an episode needs {bars_needed} bars with its warm-up, "
            f"but this part of the split has {len(part)}; shorten the episode or the windows "
            "(strategy.state), use more data, or make the part larger (split)"
        )
    return int(rng.integers(part.start, part.stop - bars_needed, endpoint=True))
