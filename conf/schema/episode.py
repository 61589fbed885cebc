"""Keys of the node ``episode``: how long an episode is and where it starts."""

from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, Field

from tradegym.conf.schema.base import ConfigModel, Unique, Whole, option
from tradegym.conf.schema.duration import DURATION, DURATION_LIMITS, Duration, parse_duration

Weekday = Literal[0, 1, 2, 3, 4, 5, 6]
Order = Literal["random", "sequential", "whole"]

WEEKDAYS: tuple[Weekday, ...] = (0, 1, 2, 3, 4, 5, 6)
"""Monday is 0, as in `datetime.date.weekday`."""

_LENGTH = "a number of decisions or a duration"
_LENGTH_LIMITS = "an integer >= 1 or a duration such as 1d or 23h55min"


def _check_length(value: int | str) -> int | str:
    if isinstance(value, str):
        try:
            parse_duration(value)
        except ValueError as error:
            raise ValueError(str(error).replace(DURATION, _LENGTH)) from None
    elif value < 1:
        raise ValueError("is out of range")
    return value


def _sorted(value: tuple[Weekday, ...]) -> tuple[Weekday, ...]:
    return tuple(sorted(value))


Length = Annotated[Whole | str, AfterValidator(_check_length)]
"""Decisions, or a length of time that the bar length turns into decisions."""

Weekdays = Annotated[Unique[Weekday], AfterValidator(_sorted), Field(min_length=1)]


class EpisodeConfig(ConfigModel):
    """How long an episode is and where it starts.

    An episode starts with its first decision: weekday, day and Beta refer to that bar, the gap to
    the bars from there to the episode's last. Times are UTC.
    """

    KEY: ClassVar[str] = "episode"

    duration: Length | None = option(
        252,
        "length of an episode: decisions, or time such as 1d; null = all of its part",
        flat="episode_duration",
        kind=_LENGTH,
        limits=_LENGTH_LIMITS,
    )
    order: Order = option(
        "random",
        "where the next one starts: at random, where the last one ended, or whole parts",
        flat="episode_order",
    )
    time_gap: Duration | None = option(
        None,
        "longest time between two successive bars of an episode; null = any",
        kind=DURATION,
        limits=DURATION_LIMITS,
    )
    start_weekdays: Weekdays = option(
        WEEKDAYS, "weekdays (UTC) on which an episode may start; 0 = Monday"
    )
    start_00: bool = option(False, "start at the first bar of a day (UTC) only")
    b_alpha: float = option(
        1.0, "alpha of the Beta distribution of random starts in train; above b_beta = late", gt=0
    )
    b_beta: float = option(
        1.0, "beta of that distribution; both 1 = every start is equally likely", gt=0
    )
