"""What is said when no episode can be chosen, one line each."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from tradegym.conf.errors import UserError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tradegym.envs.data.sampling.options import SamplingOptions
    from tradegym.envs.data.sampling.starts import Starts


def part_too_short(
    part: str, rows: range, options: "SamplingOptions", warmup: int, length: int
) -> UserError:
    """Say that no episode fits into the part."""
    decisions = options.decisions
    what = f"an episode of {decisions} decisions" if decisions else "an episode"
    return UserError(
        f"split.{part}: has {len(rows)} bars, but {what} needs {warmup + length} ({warmup} of "
        f"warm-up); use a longer split" + (" or a smaller episode.duration" if decisions else "")
    )


def no_eligible_start(part: str, starts: "Starts", options: "SamplingOptions") -> UserError:
    """Say how many starts each option excludes, when none is left."""
    values = {
        "time_gap": _length(options.time_gap or 0),
        "start_weekdays": f"[{','.join(map(str, options.start_weekdays))}]",
        "start_00": "true",
    }
    counts = [
        f"episode.{name}={values[name]} excludes {count}" for name, count in starts.excluded.items()
    ]
    return UserError(
        f"split.{part}: no episode can start; of the {starts.number} bars from which one fits, "
        f"{', '.join(counts)}; loosen one of them, or shorten episode.duration"
    )


def start_outside(
    start: int | np.datetime64,
    part: str,
    candidates: Sequence[range],
    times: "NDArray[np.datetime64]",
) -> UserError:
    """Say that an episode from the wanted start would leave the part."""
    ends = [(rows[0], rows[-1]) for rows in candidates]
    spans = [
        f"rows {first} to {last} ({show_time(times[first])} to {show_time(times[last])})"
        for first, last in ends
    ]
    shown = start if isinstance(start, int) else show_time(start)
    return UserError(
        f"reset options: start={shown} leaves no room for the episode and its warm-up in "
        f"split.{part}; allowed: {', '.join(spans)}"
    )


def timestamp_without_start(timestamp: np.datetime64, part: str, fact: str) -> UserError:
    """Say that no start agrees with the wanted time."""
    return UserError(
        f"reset options: timestamp={show_time(timestamp)} leaves no eligible episode in "
        f"split.{part}: {fact}"
    )


def wrong_part(sample_type: int, part: str) -> UserError:
    """Say that ``sample_type`` asks for another part than the environment's."""
    wanted = ("train", "test")[sample_type]
    return UserError(
        f"reset options: sample_type={sample_type} asks for {wanted}, but this environment plays "
        f"{part}; make one with part='{wanted}'"
    )


def show_time(time: np.datetime64) -> str:
    """Return a time as text, to the second."""
    return str(time.astype("datetime64[s]"))


def _length(nanoseconds: int) -> str:
    """Return a length of time in the longest unit that needs no fraction."""
    units = (("d", 86_400), ("h", 3_600), ("min", 60))
    for unit, seconds in units:
        if nanoseconds % (seconds * 10**9) == 0:
            return f"{nanoseconds // (seconds * 10**9)}{unit}"
    return f"{nanoseconds / 1e9:g}s"
