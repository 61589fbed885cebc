"""Compares two plays bit by bit and names what differs."""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tradegym.experiments.audit.play import Event, Played, Seen
from tradegym.experiments.audit.result import Finding

if TYPE_CHECKING:
    from tradegym.envs.data.dataset import Dataset

_WORDS = {"LIMIT": "ending", "DONE": "ending", "MARKET": "account", "SIGNAL": "action"}
_ACCOUNT = frozenset(
    {"cash", "value", "position", "commission", "interest", "trades", "rejected", "impossible"}
    | {"drawdown", "max_drawdown", "price", "step"}
)


class Comparer:
    """Names differences between a play and the same play with another future.

    Parameters
    ----------
    dataset : Dataset
        Gives the times of bars.
    columns : tuple of str
        Names of the features.
    """

    def __init__(self, dataset: "Dataset", columns: tuple[str, ...]) -> None:
        self._dataset, self._columns = dataset, columns

    def plays(self, one: Played, other: Played, last: int, done: str) -> Iterator[Finding]:
        """Yield what differs up to row ``last``.

        Parameters
        ----------
        one, other : Played
        last : int
            Last row that must be equal.
        done : str
            What was done to the bars after it, for the findings.
        """
        firsts = [seen for seen in one.seen if seen.bar <= last]
        others = [seen for seen in other.seen if seen.bar <= last]
        if other.failure is not None and one.failure is None:
            yield self._finding("environment", other.failed_after, None, f"{done}: {other.failure}")
            return
        for first, second in zip(firsts, others, strict=False):
            if first.bar != second.bar:
                yield self._finding("ending", first.bar, None, f"{done}: another bar is decided on")
                return
            yield from self._seen(first, second, done)
        if len(firsts) != len(others):
            bar = (firsts if len(firsts) > len(others) else others)[-1].bar
            words = f"{done}: {len(others)} instead of {len(firsts)} decisions"
            yield self._finding("ending", bar, None, words)
        yield from self._event(one.events, other.events, last, done)

    def tables(
        self,
        one: NDArray[np.float32],
        other: NDArray[np.float32],
        last: int,
        done: str,
        first: int = 0,
    ) -> Iterator[Finding]:
        """Yield the columns of the features that differ in rows ``first`` to ``last``."""
        yield from self._table(one[first : last + 1], other[first : last + 1], first, done)

    def _table(
        self, one: NDArray[Any], other: NDArray[Any], first: int, done: str
    ) -> Iterator[Finding]:
        differs = _differs(one, other)
        for column in np.flatnonzero(differs.any(axis=0)):
            row = int(np.argmax(differs[:, column]))
            size = _size(one[:, column], other[:, column])
            yield self._finding(f"features: {self._columns[column]}", first + row, size, done)

    def _seen(self, one: Seen, other: Seen, done: str) -> Iterator[Finding]:
        for mode, state in one.state.items():
            if np.array_equal(state, other.state[mode], equal_nan=True):
                continue
            if mode == "features" and state.ndim == 2 and state.shape[1] == len(self._columns):
                first = one.bar - len(state) + 1
                yield from self._table(state, other.state[mode], first, done)
            else:
                yield self._finding(
                    f"state: {mode}{_where(state, other.state[mode])}",
                    one.bar,
                    _size(state, other.state[mode]),
                    done,
                )
        terms, others = one.info["reward_terms"], other.info["reward_terms"]
        for name in dict.fromkeys((*terms, *others)):
            if not _same(terms.get(name), others.get(name)):
                size = _size(terms.get(name), others.get(name))
                yield self._finding(f"reward: {name}", one.bar, size, done)
        if _same(terms, others) and not _same(one.reward, other.reward):
            yield self._finding("reward", one.bar, _size(one.reward, other.reward), done)
        for name, value in one.info.items():
            if name != "reward_terms" and not _same(value, other.info.get(name)):
                kind = "account" if name in _ACCOUNT else "ending" if name == "reason" else "info"
                size = _size(value, other.info.get(name))
                yield self._finding(f"{kind}: {name}", one.bar, size, done)

    def _event(
        self, one: Sequence[Event], other: Sequence[Event], last: int, done: str
    ) -> Iterator[Finding]:
        """Yield the first event up to row ``last`` that is not the same."""
        ours = [event for event in one if event.bar <= last]
        theirs = [event for event in other if event.bar <= last]
        for first, second in zip(ours, theirs, strict=False):
            if (first.bar, first.kind) != (second.bar, second.kind):
                row = min(first, second, key=lambda event: event.bar)
                words = f"{done}: {second.kind} instead of {first.kind}"
                yield self._finding(_word(row.kind), row.bar, None, words)
                return
            for name, value in first.facts.items():
                if not _same(value, second.facts.get(name)):
                    asset = first.facts.get("asset")
                    where = f"{_word(first.kind)}: {name}{f' of {asset}' if asset else ''}"
                    size = _size(value, second.facts.get(name))
                    yield self._finding(where, first.bar, size, done)
                    return
        if len(ours) != len(theirs):
            longer = ours if len(ours) > len(theirs) else theirs
            row = longer[min(len(ours), len(theirs))]
            words = f"{done}: {'is gone' if longer is ours else 'appears'}"
            yield self._finding(_word(row.kind), row.bar, None, words)

    def _finding(self, where: str, bar: int | None, size: float | None, detail: str) -> Finding:
        return Finding(where, bar, self.time(bar), size, detail)

    def time(self, bar: int | None) -> str | None:
        """Return the time of a row as text, to the second."""
        return None if bar is None else f"{self._dataset.times[bar]!s:.19}"


def _word(kind: Any) -> str:
    return _WORDS.get(str(kind), str(kind).lower())


def _missing(value: Any) -> bool:
    return value is None or (isinstance(value, float) and math.isnan(value))


def _differs(one: NDArray[Any], other: NDArray[Any]) -> NDArray[np.bool_]:
    return np.asarray((one != other) & ~(np.isnan(one) & np.isnan(other)), dtype=np.bool_)


def _where(one: NDArray[Any], other: NDArray[Any]) -> str:
    """Return the index of the first element that differs."""
    if one.shape != other.shape or not one.ndim:
        return ""
    index = np.argwhere(_differs(one, other))[0]
    return f"[{', '.join(str(number) for number in index)}]"


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, np.ndarray) or isinstance(other, np.ndarray):
        first, second = np.asarray(one), np.asarray(other)
        if first.dtype.kind == "f" and second.dtype.kind == "f":
            return bool(np.array_equal(first, second, equal_nan=True))
        return bool(np.array_equal(first, second))
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(_same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_same, one, other))
    if _missing(one) or _missing(other):
        return _missing(one) and _missing(other)
    return bool(one == other)


def _size(one: Any, other: Any) -> float | None:
    """Return the largest absolute difference; None where there is no number."""
    try:
        first, second = np.asarray(one, dtype=np.float64), np.asarray(other, dtype=np.float64)
        with np.errstate(all="ignore"):
            sizes = np.abs(first - second)
    except (TypeError, ValueError):
        return None
    finite = sizes[np.isfinite(sizes)]
    return float(finite.max()) if finite.size else None
