"""Lengths in the configuration: bars, a share of the data, or calendar time."""

from typing import TYPE_CHECKING

from tradegym.conf.errors import UserError
from tradegym.conf.schema.length import LENGTH_LIMITS, parse_length

if TYPE_CHECKING:
    from tradegym.envs.data.dataset import Dataset

#: Years in each unit of calendar time; a year has 365.25 days.
YEARS = {"Y": 1.0, "M": 1 / 12, "W": 7 / 365.25, "D": 1 / 365.25}


def to_bars(key: str, value: int | str, dataset: "Dataset") -> int:
    """Return a length as a number of bars.

    Calendar time counts at the dataset's measured rate (`Dataset.bars_per_year`, nights, weekends
    and holidays included), so that all periods of a split have the same number of bars and their
    borders do not depend on the calendar: a year of a daily series is about 252 bars.

    Parameters
    ----------
    key : str
        Name of the length in messages.
    value : int or str
        Bars (252), a share of the data ("10%") or calendar time ("2Y", "6M", "4W", "90D").
    dataset : Dataset
        Gives the number of bars, and bars per year.

    Returns
    -------
    int
        Rounded to the nearest bar; 0 only if the value is 0.

    Raises
    ------
    UserError
        If the value is not a length, or less than half a bar.
    """
    try:
        number, unit = parse_length(value)
    except ValueError as error:
        raise UserError(f"{key}: {value} {error}; allowed: {LENGTH_LIMITS}") from None
    if not unit:
        return int(number)
    rate = dataset.bars_per_year
    exact = len(dataset) * number / 100 if unit == "%" else number * YEARS[unit] * rate
    bars = int(exact + 0.5)
    if bars == 0 and number > 0:
        raise UserError(
            f"{key}: {value} is less than one bar of dataset {dataset.name!r} "
            f"({len(dataset)} bars, {rate:.1f} a year); give more, or a number of bars"
        )
    return bars
