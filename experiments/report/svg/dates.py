"""Ticks of a time axis."""

from typing import TYPE_CHECKING

import numpy as np

from tradegym.experiments.report.svg.scale import Scale, Tick

if TYPE_CHECKING:
    from numpy.typing import NDArray

_MOST = 9
_MINUTE, _HOUR, _DAY = 60, 3600, 86400
_CLOCK = tuple(_MINUTE * n for n in (1, 2, 5, 10, 15, 30)) + tuple(_HOUR * n for n in (1, 3, 6, 12))
_DAYS = (1, 2, 7, 14)
_MONTHS = (1, 3, 6, 12, 24, 60, 120, 240)
_NAMES = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]


def time_scale(times: "NDArray[np.datetime64]") -> Scale:
    """Return the scale of times in seconds since 1970.

    Parameters
    ----------
    times : ndarray of datetime64[s], shape [n]
        Increasing.
    """
    seconds = times.astype("datetime64[s]").astype(np.int64)
    low, high = int(seconds[0]), int(seconds[-1])
    if high <= low:
        low, high = low - _DAY, high + _DAY
    places, texts = _ticks(low, high)
    ticks = tuple(
        Tick((place - low) / (high - low), text, minor=number % 2 == 1)
        for number, (place, text) in enumerate(zip(places, texts, strict=True))
    )
    return Scale(float(low), float(high), ticks)


def _ticks(low: int, high: int) -> tuple[list[int], list[str]]:
    span = high - low
    for step in _CLOCK:
        if span / step <= _MOST:
            return _clock(low, high, step)
    for days in _DAYS:
        if span / (days * _DAY) <= _MOST:
            places = list(range(-(-low // _DAY) * _DAY, high + 1, days * _DAY))
            return places, [_day(place) for place in places]
    months = next((n for n in _MONTHS if span / (n * 30.4 * _DAY) <= _MOST), _MONTHS[-1])
    first = np.datetime64(low, "s").astype("datetime64[M]").astype(int)
    last = np.datetime64(high, "s").astype("datetime64[M]").astype(int)
    found = list(range(-(-first // months) * months, last + 1, months))
    starts = [int(np.datetime64(n, "M").astype("datetime64[s]").astype(int)) for n in found]
    pairs = [(s, n) for s, n in zip(starts, found, strict=True) if low <= s <= high]
    texts = [
        f"{1970 + n // 12}" if months >= 12 else f"{_NAMES[n % 12]} {1970 + n // 12}"
        for _, n in pairs
    ]
    return [s for s, _ in pairs], texts


def _clock(low: int, high: int, step: int) -> tuple[list[int], list[str]]:
    places = list(range(-(-low // step) * step, high + 1, step))
    texts = []
    for number, place in enumerate(places):
        clock = f"{place % _DAY // _HOUR:02d}:{place % _HOUR // _MINUTE:02d}"
        new_day = number == 0 or place // _DAY != places[number - 1] // _DAY
        texts.append(f"{_day(place)} {clock}" if new_day else clock)
    return places, texts


def _day(place: int) -> str:
    day = np.datetime64(place, "s").astype("datetime64[D]")
    _, month, number = str(day).split("-")
    return f"{int(number)} {_NAMES[int(month) - 1]}"
