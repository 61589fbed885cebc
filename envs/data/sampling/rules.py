"""The rules that say which bars may be the first decision of an episode."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from tradegym.conf.schema.episode import WEEKDAYS
from tradegym.envs.data.sampling.options import SamplingOptions

if TYPE_CHECKING:
    from numpy.typing import NDArray

# 1970-01-01, day 0 of NumPy, was a Thursday.
_WEEKDAY_OF_DAY_0 = 3

# (times of the dataset, rows to judge, rows of an episode from there on, options) -> one bool per
# row, or None where the option excludes nothing by definition.
Rule = Callable[["NDArray[np.datetime64]", range, int, SamplingOptions], "NDArray[np.bool_] | None"]

#: By the name of the option.
RULES: dict[str, Rule] = {}


def rule(name: str) -> Callable[[Rule], Rule]:
    """Register the rule of ``episode.<name>``."""

    def register(function: Rule) -> Rule:
        RULES[name] = function
        return function

    return register


@rule("time_gap")
def _without_gap(
    times: "NDArray[np.datetime64]", rows: range, length: int, options: SamplingOptions
) -> "NDArray[np.bool_] | None":
    """Allow rows from which the episode's successive bars are never further apart.

    BTgym compares ``duration - (last time - first time) < time_gap``, which every episode over a
    weekend passes; here the gap itself is measured.
    """
    if options.time_gap is None:
        return None
    stamps = times[rows.start : rows.stop - 1 + length].view(np.int64)
    gaps_before = np.zeros(len(stamps), dtype=np.int64)
    np.cumsum(np.diff(stamps) > options.time_gap, out=gaps_before[1:])
    first, last = gaps_before[: len(rows)], gaps_before[length - 1 :]
    return np.equal(first, last)


@rule("start_weekdays")
def _on_weekdays(
    times: "NDArray[np.datetime64]", rows: range, length: int, options: SamplingOptions
) -> "NDArray[np.bool_] | None":
    """Allow rows on the chosen weekdays."""
    if options.start_weekdays == WEEKDAYS:
        return None
    weekdays = (_days(times[rows.start : rows.stop]) + _WEEKDAY_OF_DAY_0) % 7
    return np.isin(weekdays, options.start_weekdays)


@rule("start_00")
def _at_start_of_day(
    times: "NDArray[np.datetime64]", rows: range, length: int, options: SamplingOptions
) -> "NDArray[np.bool_] | None":
    """Allow the first row of each day; the first row of the data is one."""
    if not options.start_00:
        return None
    days = _days(times[max(rows.start - 1, 0) : rows.stop])
    is_first = np.diff(days) != 0
    return is_first if rows.start > 0 else np.concatenate(([True], is_first))


def _days(times: "NDArray[np.datetime64]") -> "NDArray[np.int64]":
    return times.astype("datetime64[D]").view(np.int64)
