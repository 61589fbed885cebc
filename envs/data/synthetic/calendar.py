"""When the bars of an artificial market close."""

from typing import TYPE_CHECKING

import numpy as np

from tradegym.conf.errors import UserError

if TYPE_CHECKING:
    from numpy.typing import NDArray

DAY_SECONDS = 86_400
YEAR_SECONDS = 365.25 * DAY_SECONDS
_LAST = np.datetime64("2262-01-01", "s")  # datetime64[ns] ends in April 2262


def bars_per_year(bar_seconds: int, calendar: str) -> float:
    """Return the bars in a year of 365.25 days.

    Parameters
    ----------
    bar_seconds : int
        Length of a bar in seconds.
    calendar : {"weekdays", "always"}
        With weekdays, five days of seven count: 260.9 daily bars.
    """
    open_part = 5 / 7 if calendar == "weekdays" else 1.0
    return open_part * YEAR_SECONDS / bar_seconds


def bar_times(start: str, bars: int, bar_seconds: int, calendar: str) -> "NDArray[np.datetime64]":
    """Return the close of each bar.

    Parameters
    ----------
    start : str
        First day, YYYY-MM-DD; with weekdays, a Saturday or Sunday counts as the Monday after.
    bars : int
        Number of bars.
    bar_seconds : int
        Length of a bar in seconds; with weekdays a divisor of a day.
    calendar : {"weekdays", "always"}
        Without weekends, or with.

    Returns
    -------
    ndarray of datetime64[ns], shape [bars]
        UTC. A daily bar on weekdays has the date itself as time, as daily price files have it;
        any other bar has the moment at which it closes, so that the last one of a Friday has
        Saturday 00:00.

    Raises
    ------
    UserError
        The bars reach beyond the year 2261.
    """
    number = np.arange(bars, dtype=np.int64)
    if calendar == "weekdays":
        per_day = DAY_SECONDS // bar_seconds
        day, within = number // per_day, number % per_day
        first = np.busday_offset(np.datetime64(start, "D"), 0, roll="forward")
        weekday = (int(first.astype(np.int64)) + 3) % 7  # 1970-01-01 was a Thursday
        days = day + 2 * ((day + weekday) // 5)  # every five weekdays a weekend is passed over
        seconds = days * DAY_SECONDS + (within + 1) * bar_seconds * (per_day > 1)
        origin = first.astype("datetime64[s]")
    else:
        seconds = (number + 1) * bar_seconds
        origin = np.datetime64(start, "s")
    if int(seconds[-1]) > int((_LAST - origin).astype(np.int64)):
        raise UserError(
            f"dataset.process: {bars} bars of {bar_seconds} s from {start} end after the year "
            "2261; use fewer or shorter bars, or an earlier dataset.process.start_time"
        )
    times: NDArray[np.datetime64] = origin.astype("datetime64[ns]") + seconds.astype(
        "timedelta64[s]"
    )
    return times
