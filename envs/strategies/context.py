"""What one episode hands to its strategy, and what the strategy hands back."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Costs:
    """Engine settings that the strategy's own loop needs.

    Attributes
    ----------
    maintenance_margin : float
        Fraction of the market value of all positions.
    latency : int
        Bars between a decision and its order.
    lot : float
        Smallest unit of an order; 0 allows any fraction.
    """

    maintenance_margin: float = 0.25
    latency: int = 0
    lot: float = 0.0


@dataclass(frozen=True, slots=True)
class EpisodeContext:
    """The bars of one episode and the way back to the environment.

    Attributes
    ----------
    ohlcv : ndarray of float64, shape [T, 5]
        Warm-up bars, decision bars and the reserved last bar.
    features : ndarray of float32, shape [T, F], or None
        Scaled features of the same bars.
    warmup : int
        Bars before the first decision bar that the state needs.
    record : bool
        Whether to keep a row per bar.
    costs : Costs
    pause : callable
        Takes a `Report`, returns the next action; called at the close of a decision bar and
        once more at the end.
    """

    ohlcv: NDArray[np.float64]
    features: NDArray[np.float32] | None
    warmup: int
    record: bool
    costs: Costs
    pause: Callable[["Report"], Any]


@dataclass(frozen=True, slots=True)
class Report:
    """What the environment returns for one step; everything belongs to the same bar.

    Attributes
    ----------
    row : int
        Row of the bar within the episode.
    observation : dict of str to ndarray
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
    info: dict[str, Any] = field(default_factory=dict)
