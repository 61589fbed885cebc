"""Checks of the times: the future, gaps, mixed bar lengths, stray bars, clock changes."""

from collections.abc import Iterator

import numpy as np

from tradegym.envs.data.validation.checks import DAY, HOUR, Bars, Suspicion, check, duration
from tradegym.envs.data.validation.clock_changes import skipped_in
from tradegym.envs.data.validation.finding import Severity

# Exchanges have closed for 7 days (September 2001) to 11 days (national holidays) in the time
# that data exist for; a share may be suspended for months.
LONG_GAP = 15 * DAY
HUGE_GAP = 366 * DAY
GAP_BARS = 10  # and so many bars, for series of monthly or yearly bars

CHUNK = (20, 1000)  # bars that are looked at together for their length
REGULAR = 0.7  # share of equal steps: daily bars have 0.78 because of the weekends
OTHER_LENGTH = 1.5  # ratio; a change of the clock makes daily bars 23 or 25 hours long
SHORT = 0.7  # of the usual step
RARE = 0.02  # a short last bar of each session is a pattern, a few in the whole file are not


@check("future")
def future(bars: Bars) -> Iterator[Suspicion]:
    """Find times later than tomorrow, which allows for every time zone."""
    first = int(np.searchsorted(bars.times, bars.now + DAY, side="right"))
    if first < len(bars.times):
        yield Suspicion(
            Severity.ERROR,
            first,
            "datetime",
            "lies in the future",
            "correct the date, or check the unit and the order of day, month and year",
            count=len(bars.times) - first,
        )


@check("gap")
def gap(bars: Bars) -> Iterator[Suspicion]:
    """Find stretches without bars that are longer than any holiday."""
    least = GAP_BARS * bars.bar
    longest = int(bars.steps.max())
    if longest <= max(LONG_GAP, least):
        return
    huge = max(HUGE_GAP, least)
    for severity, low, high in (
        (Severity.ERROR, huge, longest),
        (Severity.WARNING, max(LONG_GAP, least), huge),
    ):
        rows = np.flatnonzero((bars.steps > low) & (bars.steps <= high))
        if len(rows):
            yield Suspicion(
                severity,
                int(rows[0]) + 1,
                "datetime",
                f"comes {duration(int(bars.steps[rows[0]]))} after the bar before, where bars are "
                f"{duration(bars.bar)} long",
                "fill the gap, or use the part before or after it",
                count=len(rows),
            )


@check("bar_length")
def bar_length(bars: Bars) -> Iterator[Suspicion]:
    """Find stretches of regular bars whose length differs, such as hours after minutes."""
    size = int(np.clip(len(bars.steps) // 8, *CHUNK))
    chunks = len(bars.steps) // size
    if chunks < 2:
        return
    table = bars.steps[: chunks * size].reshape(chunks, size)
    # Where 70 % of the steps are equal, they are the median.
    middle = np.partition(table, size // 2, axis=1)[:, size // 2]
    regular = (table == middle[:, np.newaxis]).mean(axis=1) >= REGULAR
    if not regular.any():
        return
    first = int(middle[regular][0])
    ratio = middle / first
    odd = regular & ((ratio >= OTHER_LENGTH) | (ratio <= 1 / OTHER_LENGTH))
    if not odd.any():
        return
    chunk = int(np.argmax(odd))
    other = int(middle[chunk])
    # The chunk is regular, so the other length begins before, or in its first 30 %.
    end = chunk * size + round((1 - REGULAR) * size)
    row = int(np.flatnonzero(bars.steps[:end] == first)[-1]) + 1
    yield Suspicion(
        Severity.ERROR,
        row + 1,
        "datetime",
        f"begins bars of {duration(other)} after bars of {duration(first)}",
        "use one length of bar in a file: split it, or bring it to the longer one first",
    )


@check("stray_bar")
def stray_bar(bars: Bars) -> Iterator[Suspicion]:
    """Find the few bars that come too early, such as an unfinished last one."""
    short = bars.steps < SHORT * bars.bar
    count = int(np.count_nonzero(short))
    if not count or count > max(1, RARE * len(short)):
        return
    row = int(np.argmax(short))
    last = row == len(short) - 1
    yield Suspicion(
        Severity.WARNING,
        row + 1,
        "datetime",
        f"comes {duration(int(bars.steps[row]))} after the bar before, where bars are "
        f"{duration(bars.bar)} long",
        "remove the unfinished last row" if last else "remove the row, or correct its time",
        count=count,
    )


@check("clock_change")
def clock_change(bars: Bars) -> Iterator[Suspicion]:
    """Find the hour that wall-clock times lack when summer time begins."""
    if bars.bar > HOUR:
        return
    rows = np.flatnonzero(bars.steps == bars.bar + HOUR)
    sundays = rows[(bars.times[rows] // DAY + 4) % 7 == 0]
    found = [(int(row), skipped_in(int(bars.times[row]) + bars.bar)) for row in sundays]
    zones = [(row, zone) for row, zone in found if zone is not None]
    if zones:
        row, zone = zones[0]
        yield Suspicion(
            Severity.WARNING,
            row + 1,
            "datetime",
            f"follows an hour without bars in which the clocks of {zone} went forward",
            f"if the times are local, say so with dataset.timezone={zone}",
            count=len(zones),
        )


@check("missing_bars")
def missing_bars(bars: Bars) -> Iterator[Suspicion]:
    """Note how often bars are missing: weekends, nights, holidays, quiet minutes."""
    longer = bars.steps > bars.bar * 1.5
    count = int(np.count_nonzero(longer))
    if count:
        row = int(np.argmax(bars.steps))
        yield Suspicion(
            Severity.NOTE,
            row + 1,
            "datetime",
            f"ends the longest of {count} stretches without bars, "
            f"{duration(int(bars.steps[row]))}, where bars are {duration(bars.bar)} long"
            if count > 1
            else f"comes {duration(int(bars.steps[row]))} after the bar before, where bars are "
            f"{duration(bars.bar)} long",
            "",
        )
