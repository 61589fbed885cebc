"""Bars of a day or longer that carry a date instead of the time of their close."""

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

DAY = 86_400 * 10**9


def are_days(times: "NDArray[np.datetime64]", timezone: str) -> bool:
    """Say whether bars of a day or longer are all stamped at midnight.

    Such a stamp is the date of the bar: its close comes up to a day later.

    Parameters
    ----------
    times : ndarray of datetime64[ns], shape [T]
        In UTC, at least two.
    timezone : str
        Zone in which it is midnight.
    """
    if np.median(np.diff(times.view(np.int64))) < DAY:
        return False
    import pandas as pd

    local = pd.DatetimeIndex(times, tz="UTC").tz_convert(timezone).tz_localize(None)
    stamps = local.to_numpy(dtype="datetime64[ns]")
    return bool((stamps == stamps.astype("datetime64[D]")).all())
