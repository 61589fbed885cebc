"""Whether a jump of wall-clock times is the start or the end of summer time somewhere."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

# One zone for each way in which the world's large markets change their clocks.
ZONES = (
    "America/New_York",
    "Europe/Berlin",
    "Europe/London",
    "Europe/Athens",
    "Australia/Sydney",
)


def skipped_in(nanoseconds: int) -> str | None:
    """Return a zone whose clocks skip this time, read as wall-clock time, or None.

    Parameters
    ----------
    nanoseconds : int
        The time as nanoseconds since 1970, without a zone.
    """
    local = _naive(nanoseconds)
    for zone in _zones():
        back = local.replace(tzinfo=zone).astimezone(UTC).astimezone(zone).replace(tzinfo=None)
        if back != local:
            return zone.key
    return None


def repeated_in(nanoseconds: int) -> str | None:
    """Return a zone whose clocks show this time twice, read as wall-clock time, or None.

    Parameters
    ----------
    nanoseconds : int
        The time as nanoseconds since 1970, without a zone.
    """
    local = _naive(nanoseconds)
    for zone in _zones():
        first, second = (local.replace(tzinfo=zone, fold=fold).utcoffset() for fold in (0, 1))
        if first is not None and second is not None and first > second:
            return zone.key
    return None


def _naive(nanoseconds: int) -> datetime:
    return datetime(1970, 1, 1) + timedelta(microseconds=nanoseconds // 1000)


def _zones() -> list[ZoneInfo]:
    found = []
    for name in ZONES:
        try:
            found.append(ZoneInfo(name))
        except ZoneInfoNotFoundError:  # a system without a time zone database
            continue
    return found
