"""Observation spaces of the state modes."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from gymnasium import spaces

from tradegym.envs.strategies import broker_stats

_PRICES = 4  # open, high, low, close

StateShape = dict[str, spaces.Box]


def raw_box(time_dim: int) -> spaces.Box:
    """Return the space of a price window, [time_dim, 4]; prices are not negative."""
    return spaces.Box(0.0, np.inf, (time_dim, _PRICES), np.float32)


def _unbounded(*shape: int) -> spaces.Box:
    return spaces.Box(-np.inf, np.inf, shape, np.float32)


def state_shape(
    modes: Sequence[str], time_dim: int, avg_period: int, n_features: int
) -> StateShape:
    """Return the space of each mode.

    Parameters
    ----------
    modes : sequence of str
        Of ``raw``, ``internal`` and ``features``.
    time_dim, avg_period : int
        Bars in the price window and in the window of broker statistics.
    n_features : int
        Columns of the features.
    """
    shapes = {
        "raw": raw_box(time_dim),
        "internal": _unbounded(avg_period, len(broker_stats.NAMES)),
        "features": _unbounded(time_dim, n_features),
    }
    return {mode: shapes[mode] for mode in modes}


def observation_space(params: Mapping[str, Any]) -> spaces.Dict:
    """Return the observation space of a strategy with these parameters.

    BTgym's ``metadata`` mode is left out: it is no observation. The bounds of ``raw`` are what
    prices can be, whatever the strategy declares (BTgym's defaults are 0 to 0).
    """
    shapes = params["state_shape"] or {"raw": raw_box(params["time_dim"])}
    chosen = {}
    for mode, space in shapes.items():
        if mode == "metadata":
            continue
        chosen[mode] = raw_box(space.shape[0]) if mode == "raw" else space
    return spaces.Dict(chosen)
