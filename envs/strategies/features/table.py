"""All features of a dataset."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class FeatureTable:
    """All features of a dataset.

    Attributes
    ----------
    names : tuple of str
        One per column: ``<entry>`` or ``<entry>.<part>``, then ``@<asset>`` where several
        assets are traded or an observed one is meant.
    values : ndarray of float32, shape [T, F]
        Scaled and read-only. Row t depends on bars up to t only; the first ``lookback`` rows
        are 0 and must not be used. What is not defined (0 divided by 0) is 0 too.
    lookback : int
        Bars before a row that its features need.
    """

    names: tuple[str, ...]
    values: NDArray[np.float32]
    lookback: int
