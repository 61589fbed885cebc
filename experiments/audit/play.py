"""Plays a stretch of bars with fixed actions and keeps what came of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tradegym.conf.errors import TradegymError
from tradegym.envs.strategies.spaces import observation_space

if TYPE_CHECKING:
    from tradegym.envs.engines.backtrader.session import Session
    from tradegym.envs.market import Market
    from tradegym.envs.strategies.context import Report

_REPEAT = 0.4  # share of the decisions that repeat the last one, so that positions last


@dataclass(frozen=True, slots=True)
class Stretch:
    """Bars on which an audit plays.

    Attributes
    ----------
    rows : range
        The contiguous rows of the part in which it lies.
    start : int
        Row of its first decision.
    stop : int
        Last row that is looked at.
    """

    rows: range
    start: int
    stop: int


@dataclass(frozen=True, slots=True)
class Seen:
    """What one decision, or the end of an episode, showed.

    Attributes
    ----------
    bar : int
        Row of the dataset.
    state : mapping of str to ndarray
        Copies, by mode.
    reward : float
    reason : str or None
    info : mapping of str to Any
    """

    bar: int
    state: Mapping[str, NDArray[Any]]
    reward: float
    reason: str | None
    info: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Event:
    """One event of a trace.

    Attributes
    ----------
    bar : int
        Row of the dataset.
    kind : str
    facts : mapping of str to Any
        Columns of `tradegym.envs.strategies.trace_table`.
    episode : int
        Row of the first decision of its episode.
    """

    bar: int
    kind: str
    facts: Mapping[str, Any]
    episode: int


@dataclass(frozen=True, slots=True)
class Played:
    """What a stretch showed.

    Attributes
    ----------
    seen : tuple of Seen
        In order of time.
    events : tuple of Event
        All that happened, in order.
    broker, cerebro : object
        backtrader's, of the last episode; None where none began.
    failure : str or None
        What the environment raised.
    failed_after : int or None
        Last bar that was seen before that.
    """

    seen: tuple[Seen, ...]
    events: tuple[Event, ...]
    broker: Any = None
    cerebro: Any = None
    failure: str | None = None
    failed_after: int | None = None


def draw_actions(market: "Market", number: int, seed: int) -> list[Any]:
    """Return fixed actions from the whole action space, some of them several times in a row."""
    space, rng = market.engine.scheme().space, np.random.default_rng(seed)
    space.seed(seed)
    actions: list[Any] = []
    for _ in range(number):
        again = actions and rng.random() < _REPEAT
        actions.append(actions[-1] if again else _plain(space.sample()))
    return actions


def play(market: "Market", warmup: int, stretch: Stretch, actions: Sequence[Any]) -> Played:
    """Play a stretch, in several episodes if endings cut it.

    Parameters
    ----------
    market : Market
        Possibly with fewer bars than the stretch.
    warmup : int
        Bars before the first decision of an episode.
    stretch : Stretch
    actions : sequence
        One for each decision; they are used in this order.

    Returns
    -------
    Played
        Up to the first report after ``stretch.stop``.
    """
    stop = min(stretch.rows.stop, len(market.dataset))
    seen: list[Seen] = []
    events: list[Event] = []
    broker = cerebro = failure = failed_after = None
    start, used = stretch.start, 0
    while start <= stretch.stop and start + 2 < stop and failure is None:
        session = market.session(start - warmup, stop, warmup, record=False, trace=True)
        try:
            used = _episode(session, market, start - warmup, stretch.stop, actions, used, seen)
        except TradegymError as error:
            failure, failed_after = str(error), seen[-1].bar if seen else start
        if failure is None and session.trace is not None:
            strategy = session.strategy
            broker, cerebro = strategy.broker, strategy.cerebro
            first = start - warmup
            events += [
                Event(row + first, kind, facts, start)
                for row, kind, facts in session.trace.events()
            ]
        session.stop()
        start = seen[-1].bar if seen and seen[-1].bar > start else stop
    return Played(tuple(seen), tuple(events), broker, cerebro, failure, failed_after)


def _episode(
    session: "Session",
    market: "Market",
    first: int,
    last: int,
    actions: Sequence[Any],
    used: int,
    seen: list[Seen],
) -> int:
    """Play one episode beyond row ``last`` or to its end; return how many actions are used."""
    types = {
        mode: space.dtype for mode, space in observation_space(market.engine.params).spaces.items()
    }
    report = session.start()
    while report is not None:
        seen.append(_copied(report, first, types))
        if report.reason is not None or seen[-1].bar > last or used >= len(actions):
            break
        report = session.step(actions[used])
        used += 1
    return used


def _copied(report: "Report", first: int, types: Mapping[str, Any]) -> Seen:
    state = {mode: np.array(report.observation[mode], dtype=kind) for mode, kind in types.items()}
    info = {name: still(value) for name, value in report.info.items()}
    return Seen(first + report.row, state, report.reward, report.reason, info)


def still(value: Any) -> Any:
    """Return a value that the strategy cannot change afterwards."""
    if isinstance(value, np.ndarray):
        return value.copy()
    if isinstance(value, dict):
        return {name: still(one) for name, one in value.items()}
    return [still(one) for one in value] if isinstance(value, list | tuple) else value


def _plain(action: Any) -> Any:
    return int(action) if isinstance(action, np.integer) else action
