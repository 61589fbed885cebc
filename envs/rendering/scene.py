"""What an environment has to show at the current bar."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from tradegym.envs.record import EpisodeRecord


@dataclass(frozen=True, slots=True)
class Scene:
    """What an environment has to show; every part may be missing.

    Attributes
    ----------
    record : EpisodeRecord or None
        The last finished episode.
    window : numpy.ndarray or None
        Open, high, low, close of the newest bars, shape [n, 4], or [n, A, 4] of several assets,
        in price.
    times : numpy.ndarray or None
        Close times of these bars, datetime64, shape [n].
    observation : mapping of str to numpy.ndarray
        Entries of the newest observation, shape [n, m] or [n, A, m] each.
    columns : mapping of str to tuple of str
        Column names of the entries, where they are known.
    assets : tuple of str
        Names of the assets of the window, the traded ones first.
    traded : int
        How many of them are traded.
    info : mapping of str to Any
        ``info`` of the last reset or step.
    action : str
        The last action in words; empty before the first.
    start_cash : float or None
        Money at the first decision.
    """

    record: "EpisodeRecord | None" = None
    window: "NDArray[np.float64] | None" = None
    times: "NDArray[np.datetime64] | None" = None
    observation: "Mapping[str, NDArray[np.float64]]" = field(default_factory=dict)
    columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    assets: tuple[str, ...] = ()
    traded: int = 1
    info: Mapping[str, Any] = field(default_factory=dict)
    action: str = ""
    start_cash: float | None = None
