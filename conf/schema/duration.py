"""Lengths of time as text: ``6h``, ``90min``, ``1d``, ``23h55min``."""

import re
from datetime import timedelta
from typing import Annotated

from pydantic import AfterValidator

_SECONDS = {"w": 604_800, "d": 86_400, "h": 3_600, "min": 60, "s": 1}
_PART = r"(\d+(?:\.\d+)?)\s*(w|d|h|min|s)"
_WHOLE = re.compile(rf"\s*(?:{_PART}\s*)+", re.IGNORECASE)

DURATION = "a duration"
DURATION_LIMITS = "a duration such as 6h, 90min, 1d or 23h55min"


def parse_duration(text: str) -> timedelta:
    """Return the length of time that a text says.

    Parameters
    ----------
    text : str
        One or more numbers, each with its unit: w, d, h, min or s, in any case.

    Raises
    ------
    ValueError
        It says no length of time, or one that is zero or beyond what `timedelta` holds.
    """
    if not _WHOLE.fullmatch(text):
        raise ValueError(f"is not {DURATION}")
    parts = re.findall(_PART, text, re.IGNORECASE)
    try:
        length = timedelta(seconds=sum(float(n) * _SECONDS[unit.lower()] for n, unit in parts))
    except OverflowError:
        raise ValueError("is out of range") from None
    if not length:
        raise ValueError("is out of range")
    return length


def _check(text: str) -> str:
    parse_duration(text)
    return text


Duration = Annotated[str, AfterValidator(_check)]
"""A length of time as text; `parse_duration` reads it."""
