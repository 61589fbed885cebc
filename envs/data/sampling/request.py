"""What ``reset(options=...)`` may ask for."""

import datetime as dt
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from tradegym.conf.errors import UserError, did_you_mean

#: BTgym's argument of ``reset``; its keys may also be given without it.
EPISODE_CONFIG = "episode_config"


@dataclass(frozen=True, slots=True)
class EpisodeRequest:
    """Wishes for one episode.

    Attributes
    ----------
    get_new : bool
        False repeats the last episode's bars; the first episode is always a new one.
    sample_type : int or None
        BTgym's 0 (train) or 1 (test): must be what the environment plays.
    timestamp : datetime64[ns] or None
        BTgym's present, UTC. In train a random episode ends by then; elsewhere it starts at the
        first eligible bar from then on.
    b_alpha, b_beta : float or None
        Instead of the configured ones.
    start : int, datetime64[ns] or None
        Row of the first decision, or a time: the first bar at or after it. The rules about
        weekdays, days and gaps do not apply.
    """

    get_new: bool = True
    sample_type: int | None = None
    timestamp: np.datetime64 | None = None
    b_alpha: float | None = None
    b_beta: float | None = None
    start: int | np.datetime64 | None = None


def parse_request(options: Mapping[str, Any] | None) -> EpisodeRequest:
    """Check the options of a reset.

    Parameters
    ----------
    options : mapping or None
        Keys of `EpisodeRequest`, or all but ``start`` in a mapping ``episode_config``, as BTgym
        has them. None stands for an option that is not given.

    Raises
    ------
    UserError
        An unknown key, with the nearest that exists, or a wrong value.
    """
    given = dict(options or {})
    nested = given.pop(EPISODE_CONFIG, None)
    if nested is not None:
        if not isinstance(nested, Mapping):
            raise UserError(
                f"reset options: {EPISODE_CONFIG}={nested!r} is not a mapping; allowed keys: "
                f"{', '.join(_BTGYM)}"
            )
        _check_names(nested, _BTGYM, f"{EPISODE_CONFIG}.")
        for name, value in nested.items():
            if given.get(name) is not None and value is not None:
                raise UserError(
                    f"reset options: {name} is given twice, also in {EPISODE_CONFIG}; give it once"
                )
            given[name] = value if value is not None else given.get(name)
    _check_names(given, (*_READERS, EPISODE_CONFIG), "")
    values = {
        name: _READERS[name](name, value) for name, value in given.items() if value is not None
    }
    request = EpisodeRequest(**values)
    if request.start is not None:
        for name in ("timestamp", "get_new"):
            if name in values and values[name] is not True:
                raise UserError(
                    f"reset options: start and {name}={values[name]} cannot be given together; "
                    f"leave one out"
                )
    return request


def _check_names(given: Mapping[str, Any], names: tuple[str, ...], where: str) -> None:
    for name in given:
        if name not in names:
            raise UserError(
                f"reset options: {where}{name} is not known{did_you_mean(str(name), names)}; "
                f"allowed: {', '.join(names)}"
            )


def _wrong(name: str, value: object, allowed: str) -> UserError:
    return UserError(f"reset options: {name}={value!r} is not valid; allowed: {allowed}")


def _flag(name: str, value: Any) -> bool:
    if not _is_bit(value):
        raise _wrong(name, value, "True or False")
    return bool(value)


def _sample_type(name: str, value: Any) -> int:
    if not _is_bit(value):
        raise _wrong(name, value, "0 (train) or 1 (test)")
    return int(value)


def _is_bit(value: Any) -> bool:
    return isinstance(value, int | np.integer | np.bool_) and value in (0, 1)


def _is_number(value: Any) -> bool:
    # NumPy's lengths of time are integers of its own.
    return isinstance(value, int | float | np.number) and not isinstance(
        value, bool | np.timedelta64
    )


def _positive(name: str, value: Any) -> float:
    if not _is_number(value) or not 0 < value < math.inf:
        raise _wrong(name, value, "a number > 0")
    return float(value)


def _timestamp(name: str, value: Any) -> np.datetime64:
    """Read a time; a number is BTgym's POSIX timestamp, in seconds."""
    if not _is_number(value):
        return _time(name, value)
    if not abs(value) < _POSIX_LIMIT:
        raise _wrong(name, value, f"{_TIMES} or seconds since 1970")
    return np.datetime64(round(float(value) * 1e9), "ns")


def _start(name: str, value: Any) -> int | np.datetime64:
    if isinstance(value, int | np.integer) and not isinstance(value, bool | np.timedelta64):
        return int(value)
    return _time(name, value)


# Seconds that nanoseconds since 1970 in 64 bits can hold.
_POSIX_LIMIT = 9.2e9

_TIMES = "a time such as '2017-01-02 07:00' (UTC), a datetime, a datetime64"


def _time(name: str, value: Any) -> np.datetime64:
    """Read a time as UTC."""
    try:
        return _to_nanoseconds(value)
    except ValueError:
        more = " or the row of a bar" if name == "start" else " or seconds since 1970"
        raise _wrong(name, value, _TIMES + more) from None


def _to_nanoseconds(value: Any) -> np.datetime64:
    if isinstance(value, str):
        value = dt.datetime.fromisoformat(value)
    if isinstance(value, dt.datetime) and value.tzinfo is not None:
        value = value.astimezone(dt.UTC).replace(tzinfo=None)
    if not isinstance(value, dt.date | np.datetime64):
        raise ValueError(value)
    given: np.datetime64 = np.datetime64(value)
    found: np.datetime64 = given.astype("datetime64[ns]")
    day = "datetime64[D]"
    if np.isnat(given) or found.astype(day) != given.astype(day):  # beyond nanoseconds
        raise ValueError(value)
    return found


_READERS: dict[str, Callable[[str, Any], Any]] = {
    "get_new": _flag,
    "sample_type": _sample_type,
    "timestamp": _timestamp,
    "b_alpha": _positive,
    "b_beta": _positive,
    "start": _start,
}
_BTGYM = tuple(name for name in _READERS if name != "start")
