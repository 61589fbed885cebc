"""Readers of a state; packaged parts are not copied, since the environment copies them anyway."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tradegym.envs.strategies.broker_stats import BrokerStats
from tradegym.envs.strategies.context import EpisodeContext
from tradegym.envs.strategies.spaces import observed_modes

StateReader = Callable[[int], NDArray[Any]]
"""Takes the number of bars so far and returns one part of the state; it may be a view."""


def packaged_readers(
    context: EpisodeContext, stats: BrokerStats, time_dim: int, avg_period: int
) -> dict[str, StateReader]:
    """Return the reader of each packaged mode that the episode can show.

    Parameters
    ----------
    context : EpisodeContext
    stats : BrokerStats
    time_dim, avg_period : int
        Bars in the price window and in the window of broker statistics.
    """
    readers: dict[str, StateReader] = {
        "raw": _price_reader(context, time_dim),
        "internal": lambda stop: stats.view(avg_period),
    }
    features = context.features
    if features is not None:
        readers["features"] = lambda stop: features[stop - time_dim : stop]
    return readers


def _price_reader(context: EpisodeContext, time_dim: int) -> StateReader:
    table: NDArray[np.float32] | None = None

    def read(stop: int) -> NDArray[np.float32]:
        nonlocal table
        if table is None:  # made for the strategies that show it only
            prices = context.ohlcv[:, : len(context.assets), :4]
            table = prices.reshape(len(prices), -1).astype(np.float32)
        return table[stop - time_dim : stop]

    return read


def state_readers(
    strategy: Any,
    base: type,
    state_shape: Mapping[str, Any] | None,
    packaged: Mapping[str, StateReader],
) -> list[tuple[str, StateReader]]:
    """Return what reads each mode that a strategy shows, by name.

    Parameters
    ----------
    strategy : BaseStrategy
    base : type
        The class whose ``get_<mode>_state`` methods ``packaged`` stands in for.
    state_shape : mapping or None
    packaged : mapping of str to callable
        As `packaged_readers` makes them.
    """
    readers: list[tuple[str, StateReader]] = []
    for mode in observed_modes(state_shape):
        name = f"get_{mode}_state"
        own, is_own = getattr(strategy, name), vars(base).get(name) is not _found(strategy, name)
        readers.append((mode, packaged[mode] if not is_own and mode in packaged else _calling(own)))
    return readers


def _found(strategy: Any, name: str) -> Any:
    return getattr(type(strategy), name, None)


def _calling(method: Callable[[], NDArray[Any]]) -> StateReader:
    return lambda stop: method()
