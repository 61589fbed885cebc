"""An interval around an estimate."""

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: Share of resamples without a value above which an interval is undefined.
_MOST_UNDEFINED = 0.05


@dataclass(frozen=True, slots=True)
class Interval:
    """Where the truth plausibly lies.

    Attributes
    ----------
    low, high : float
        Ends, in the unit of the estimate.
    level : float
        Share of such intervals that hold the truth, if the method's assumptions do: 0.95.
    method : str
        How it was computed, in words.
    """

    low: float
    high: float
    level: float
    method: str

    def as_dict(self) -> dict[str, Any]:
        """Return the fields by name."""
        return asdict(self)


def percentile_interval(
    values: "NDArray[np.float64]", level: float, method: str
) -> Interval | None:
    """Return the central part of a bootstrap distribution.

    Parameters
    ----------
    values : numpy.ndarray
        Statistic of each resample, shape [R]; NaN where it was undefined.
    level : float
        Share between the ends.
    method : str
        Goes into the interval.

    Returns
    -------
    Interval or None
        The percentiles ``(1 - level) / 2`` and ``(1 + level) / 2``; None when more than 5 % of
        the resamples have no value.
    """
    known = values[np.isfinite(values)]
    if not len(values) or len(known) < (1 - _MOST_UNDEFINED) * len(values):
        return None
    low, high = np.quantile(known, [(1 - level) / 2, (1 + level) / 2])
    return Interval(float(low), float(high), level, method)
