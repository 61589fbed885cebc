"""Plays a stretch of bars on the compiled engine, as `play` does on backtrader."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from tradegym.conf.errors import TradegymError
from tradegym.envs.data.sampling import SamplingOptions
from tradegym.experiments.audit.play import Played, Seen, Stretch, still
from tradegym.experiments.audit.result import Check, Finding, merge_findings

if TYPE_CHECKING:
    from tradegym.envs.engines.compiled.env import CompiledTradingEnv
    from tradegym.envs.market import Market
    from tradegym.experiments.audit.compare import Comparer

#: What `TradingEnv` adds to the info of a strategy.
_OF_THE_ENV = frozenset({"time", "bar", "metadata"})

# Relative; both engines round alike but for the order of some sums.
_CLOSE = 1e-9


def play_compiled(market: "Market", stretch: Stretch, actions: Sequence[Any]) -> Played:
    """Play a stretch, in several episodes if endings cut it.

    Parameters
    ----------
    market : Market
        Possibly with fewer bars than the stretch.
    stretch : Stretch
    actions : sequence
        One for each decision; they are used in this order.

    Returns
    -------
    Played
        Without events, up to the first report after ``stretch.stop``.
    """
    from tradegym.envs.engines.compiled.batch import BatchSource
    from tradegym.envs.engines.compiled.env import CompiledTradingEnv

    stop = min(stretch.rows.stop, len(market.dataset))
    seen: list[Seen] = []
    start, used = stretch.start, 0
    if start + 2 >= stop:
        return Played((), ())
    rows = range(stretch.rows.start, stop)
    env = CompiledTradingEnv(BatchSource(market, rows, "test", SamplingOptions().whole()))
    try:
        while start <= stretch.stop and start + 2 < stop:
            used = _episode(env, start, stretch.stop, actions, used, seen)
            start = seen[-1].bar if seen[-1].bar > start else stop
    except TradegymError as error:
        last = seen[-1].bar if seen else start
        return Played(tuple(seen), (), failure=str(error), failed_after=last)
    finally:
        env.close()
    return Played(tuple(seen), ())


def _episode(
    env: "CompiledTradingEnv",
    start: int,
    last: int,
    actions: Sequence[Any],
    used: int,
    seen: list[Seen],
) -> int:
    """Play one episode beyond row ``last`` or to its end; return how many actions are used."""
    observation, info = env.reset(options={"start": start})
    seen.append(_seen(observation, 0.0, info))
    while info["reason"] is None and info["bar"] <= last and used < len(actions):
        observation, reward, _, _, info = env.step(actions[used])
        used += 1
        seen.append(_seen(observation, reward, info))
    return used


def _seen(observation: Any, reward: float, info: Mapping[str, Any]) -> Seen:
    state = observation if isinstance(observation, dict) else {"all": observation}
    told = {name: still(value) for name, value in info.items() if name not in _OF_THE_ENV}
    return Seen(
        info["bar"],
        {mode: np.array(array) for mode, array in state.items()},
        reward,
        info["reason"],
        told,
    )


def check_engines(
    comparer: "Comparer", originals: Sequence[Played], compiled: Sequence[Played], cash: float
) -> Check:
    """Compare what the two engines make of the same bars and actions.

    Parameters
    ----------
    comparer : Comparer
        Gives the times of bars.
    originals, compiled : sequence of Played
        The same stretches on backtrader and on the compiled engine.
    cash : float
        At the start, money: what differences of money are measured by.
    """
    found = [
        finding
        for one, other in zip(originals, compiled, strict=True)
        for finding in _differences(comparer, one, other, cash)
    ]
    return Check("engines", "backtrader and the compiled engine", merge_findings(found))


def _differences(
    comparer: "Comparer", one: Played, other: Played, cash: float
) -> Iterator[Finding]:
    if one.failure is not None:
        return  # told by the check ``repeat``
    if other.failure is not None:
        bar = other.failed_after
        yield Finding("environment", bar, comparer.time(bar), None, other.failure)
        return
    if len(one.seen) != len(other.seen):
        bar = one.seen[-1].bar if one.seen else None
        words = f"{len(other.seen)} decisions instead of {len(one.seen)}"
        yield Finding("ending", bar, comparer.time(bar), None, words)
        return
    for first, second in zip(one.seen, other.seen, strict=True):
        where, size = _difference(first, second, cash)
        if where:
            words = "the compiled engine differs"
            yield Finding(where, first.bar, comparer.time(first.bar), size, words)
            return


def _difference(one: Seen, other: Seen, cash: float) -> tuple[str, float | None]:
    """Return the first thing in which two decisions differ, and by how much."""
    if (one.bar, one.reason) != (other.bar, other.reason):
        return "ending", None
    for name in ("cash", "value", "rejected", "trades"):
        ours, theirs = float(one.info[name]), float(other.info[name])
        if abs(ours - theirs) > _CLOSE * max(abs(ours), cash):
            return f"account: {name}", theirs - ours
    if abs(one.reward - other.reward) > _CLOSE * max(abs(one.reward), 1.0):
        return "reward", other.reward - one.reward
    seen = np.concatenate([array.ravel() for array in one.state.values()])
    shown = np.concatenate([array.ravel() for array in other.state.values()])
    if seen.shape != shown.shape or not np.allclose(seen, shown, rtol=1e-5, atol=1e-6):
        return "state", None
    return "", None
