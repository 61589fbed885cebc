"""Comparisons that a machine of changing speed does not spoil: the sides take turns."""

import gc
import time
from collections.abc import Callable, Mapping

from frame import Summary

Side = Callable[[], float]


class Readings:
    """What each side did in each round, in units of work per second."""

    def __init__(self, rates: Mapping[str, list[float]]) -> None:
        self.rates = rates

    def rate(self, name: str) -> Summary:
        return Summary.of(self.rates[name])

    def seconds(self, name: str, factor: float = 1.0) -> Summary:
        """Time of a unit of work, in seconds times ``factor``."""
        return Summary.of([factor / rate for rate in self.rates[name]])

    def ratio(self, name: str, other: str) -> Summary:
        """How many times as fast as another side, round by round."""
        pairs = zip(self.rates[name], self.rates[other], strict=True)
        return Summary.of([one / reference for one, reference in pairs])


def take_turns(
    sides: Mapping[str, Side], rounds: int, *, collector: bool = True, warm_up: bool = True
) -> Readings:
    """Time the sides one after another, round after round, each time in another order.

    A side does some work and returns how much. The first call of each is not counted. With
    ``collector=False`` the garbage collector rests while they run: nothing of theirs needs it.
    """
    names = list(sides)
    for name in names if warm_up else ():
        sides[name]()
    rates: dict[str, list[float]] = {name: [] for name in names}
    for number in range(rounds):
        first = number % len(names)
        for name in (*names[first:], *names[:first]):
            gc.collect()
            rates[name].append(_rate(sides[name], collector))
    return Readings(rates)


def _rate(side: Side, collector: bool) -> float:
    was_on = gc.isenabled()
    if not collector:
        gc.disable()
    try:
        started = time.perf_counter()
        done = side()
        return done / (time.perf_counter() - started)
    finally:
        if was_on:
            gc.enable()


def repeated(call: Callable[[int], object], work: float, seconds: float) -> Side:
    """Make a side that calls ``call(k)`` for about so many seconds; each does so much work."""
    call(0)
    times, number, k = 0.0, 0, 1
    while times < seconds / 10 or number < 3:
        started = time.perf_counter()
        call(k)
        times += time.perf_counter() - started
        number, k = number + 1, k + 1
    count = max(1, round(seconds / (times / number)))

    def side() -> float:
        for at in range(count):
            call(at)
        return count * work

    return side
