"""Lengths of time as Python objects, for the configuration."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from tradegym.conf.errors import UserError, did_you_mean

_UNITS = {"weeks": "w", "days": "d", "hours": "h", "minutes": "min", "seconds": "s"}


def duration_text(name: str, value: Any) -> Any:
    """Return a mapping or a ``timedelta`` as the configuration writes it; else the value itself.

    Parameters
    ----------
    name : str
        Name of the argument, for messages.
    value : Any
        For example BTgym's ``{"days": 0, "hours": 23, "minutes": 55}``, which is ``23h55min``.

    Raises
    ------
    UserError
        If a mapping has another key, a value that is no number, or adds up to nothing.
    """
    if isinstance(value, timedelta):
        value = {"seconds": value.total_seconds()}
    if not isinstance(value, Mapping):
        return value
    allowed = f"allowed: a mapping of {', '.join(_UNITS)} to numbers >= 0, not all 0"
    for unit, number in value.items():
        if unit not in _UNITS:
            hint = did_you_mean(str(unit), _UNITS)
            raise UserError(f"{name}: '{unit}' is not a unit of time{hint}; {allowed}")
        is_number = isinstance(number, int | float) and not isinstance(number, bool)
        if not is_number or not 0 <= number < float("inf"):
            raise UserError(f"{name}: {unit}={number!r} is not a length of time; {allowed}")
    # Fixed notation: the configuration knows no exponents.
    parts = [
        f"{number:.9f}".rstrip("0").rstrip(".") + _UNITS[unit]
        for unit, number in value.items()
        if number
    ]
    if not parts:
        raise UserError(f"{name}: {dict(value)} is not a length of time; {allowed}")
    return "".join(parts)
