"""What one episode hands to its strategy, and what the strategy hands back."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from tradegym.envs.strategies.trace import Trace


@dataclass(frozen=True, slots=True)
class Costs:
    """Engine settings that the strategy's own loop needs.

    Attributes
    ----------
    maintenance_margin : float
        Fraction of the market value of all positions.
    latency : int
        Bars between a decision and its order.
    lots : mapping of str to float
        Smallest unit of an order by asset; 0, or no entry, allows any fraction.
    long_only : frozenset of str
        Assets that may not be sold short.
    """

    maintenance_margin: float = 0.25
    latency: int = 0
    lots: Mapping[str, float] = field(default_factory=dict)
    long_only: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class EpisodeContext:
    """The bars of one episode and the way back to the environment.

    Attributes
    ----------
    assets : tuple of str
        Names of the traded assets.
    joint : bool
        Whether one action trades several assets.
    ohlcv : ndarray of float64, shape [T, A, 5]
        Warm-up bars, decision bars and the reserved last bar; the traded assets first.
    features : ndarray of float32, shape [T, F], or None
        Scaled features of the same bars.
    warmup : int
        Bars before the first decision bar that the state needs.
    record : bool
        Whether to keep a row per bar.
    trace : Trace or None
        Is told of every event.
    costs : Costs
    limited : bool
        Whether the strategy's limits and its own ``get_done`` may end the episode.
    pause : callable
        Takes a `Report`, returns the next action; called at the close of a decision bar and
        once more at the end.
    """

    assets: tuple[str, ...]
    joint: bool
    ohlcv: NDArray[np.float64]
    features: NDArray[np.float32] | None
    warmup: int
    record: bool
    trace: "Trace | None"
    costs: Costs
    limited: bool
    pause: Callable[["Report"], Any]


class Report(NamedTuple):
    """What the environment returns for one step; everything belongs to the same bar.

    Attributes
    ----------
    row : int
        Row of the bar within the episode.
    observation : dict of str to ndarray
        Views, which the next bar may change.
    reward : float
        Sum over the bars of the step.
    reason : str or None
        Why the episode ended, None while it goes on.
    info : dict
    """

    row: int
    observation: dict[str, NDArray[Any]]
    reward: float
    reason: str | None
    info: dict[str, Any]
