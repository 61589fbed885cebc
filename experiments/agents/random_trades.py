"""As many trades as an agent made, as long and as large, but at random times."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import gymnasium
import numpy as np
from numpy.typing import NDArray

from tradegym.envs.strategies.orders import OrderIntent
from tradegym.experiments.agents.rule_base import Orders

if TYPE_CHECKING:
    from tradegym.envs.record import EpisodeRecord
    from tradegym.envs.trading import TradingEnv


@dataclass(frozen=True, slots=True)
class Habits:
    """How an agent traded one asset in one episode.

    Attributes
    ----------
    directions : ndarray of int64, shape [n]
        +1 or -1 of each closed round trip.
    bars : ndarray of int64, shape [n]
        Length of each.
    weight : float
        Mean of the position's value over the equity, on the bars with a position.
    """

    directions: NDArray[np.int64]
    bars: NDArray[np.int64]
    weight: float


def habits_of(record: "EpisodeRecord") -> tuple[Habits, ...]:
    """Return how each asset of an episode was traded, in the order of ``record.assets``."""
    return tuple(_habits(record, asset) for asset in record.assets)


def _habits(record: "EpisodeRecord", asset: str) -> Habits:
    own = record.trades[record.trades["asset"] == asset]
    table = record.of(asset)
    equity = record.bars["equity"].to_numpy(dtype=np.float64)
    value = np.abs(table["position"].to_numpy(dtype=np.float64) * table["close"].to_numpy())
    held = (value > 0.0) & (equity > 0.0)
    return Habits(
        own["direction"].to_numpy(dtype=np.int64),
        own["bars"].to_numpy(dtype=np.int64) if len(own) else np.zeros(0, dtype=np.int64),
        float(np.mean(value[held] / equity[held])) if held.any() else 0.0,
    )


def draw_positions(
    habits: Habits, decisions: int, skip_frame: int, rng: np.random.Generator
) -> NDArray[np.int64]:
    """Return +1, 0 or -1 for each decision: the trades in random order at random times.

    Every way to place them is equally likely. Between two trades lies at least one decision, so
    that they stay two; what does not fit is shortened, the longest first, and what still does not
    fit is left out.

    Parameters
    ----------
    habits : Habits
    decisions : int
        Of the episode.
    skip_frame : int
        Bars per decision.
    rng : numpy.random.Generator

    Returns
    -------
    ndarray of int64, shape [decisions]
    """
    positions = np.zeros(max(decisions, 0), dtype=np.int64)
    order = rng.permutation(len(habits.bars))[: (len(positions) + 1) // 2]
    if not len(order):
        return positions
    lengths = np.maximum(-(-habits.bars[order] // skip_frame), 1)
    room = len(positions) - (len(order) - 1)
    while lengths.sum() > room:
        longest = int(np.argmax(lengths))
        lengths[longest] -= min(int(lengths.sum()) - room, max(int(lengths[longest]) // 2, 1))
    free = room - int(lengths.sum())
    # Cuts of the free decisions into what lies before, between and after the trades.
    cuts = np.sort(rng.choice(free + len(order), size=len(order), replace=False))
    starts = cuts + np.concatenate(([0], np.cumsum(lengths)[:-1]))
    for start, length, direction in zip(starts, lengths, habits.directions[order], strict=True):
        positions[start : start + length] = direction
    return positions


class RandomTrades:
    """Repeats an agent's trades at random times: what its number and size of trades are worth.

    Each episode has as many round trips per asset as the agent's, as long, with as many short
    ones, each with the agent's mean weight (no more than all the money but the reserve, shared by
    the assets).

    Parameters
    ----------
    records : sequence of EpisodeRecord
        The agent's episodes, in the order in which this one plays them.
    reserve : float
        Fraction of the equity that is never invested.
    seed : sequence of int
        Of the draws.
    """

    def __init__(
        self, records: "Sequence[EpisodeRecord]", reserve: float, seed: Sequence[int]
    ) -> None:
        self._habits = [habits_of(record) for record in records]
        self._reserve = reserve
        self._rng = np.random.default_rng(seed)
        self._episode = -1

    def reset(self, env: gymnasium.Env[Any, Any]) -> None:
        """Draw the next episode's trades."""
        trading = cast("TradingEnv", env.unwrapped)
        self._episode += 1
        self._first = int(trading.last_info["bar"])
        self._step = int(trading.market.engine.params["skip_frame"])
        decisions = len(range(self._first, trading.rows[-1] - 1, self._step))
        habits = self._habits[self._episode]
        self._positions = [draw_positions(one, decisions, self._step, self._rng) for one in habits]
        most = (1.0 - self._reserve) / len(habits)
        self._weights = [min(one.weight, most) for one in habits]

    def act(self, obs: Any, env: gymnasium.Env[Any, Any]) -> Orders:
        """Return the orders of the trades that begin or end now."""
        bar = int(cast("TradingEnv", env.unwrapped).last_info["bar"])
        number = (bar - self._first) // self._step
        orders: list[OrderIntent] = []
        for asset, positions in enumerate(self._positions):
            wanted = int(positions[number])
            before = int(positions[number - 1]) if number else 0
            if wanted != before:
                orders.append(
                    OrderIntent.target(wanted * self._weights[asset], asset)
                    if wanted
                    else OrderIntent.close(asset)
                )
        return tuple(orders)
