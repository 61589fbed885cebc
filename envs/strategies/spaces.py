"""Observation spaces of the state modes."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from gymnasium import spaces

from tradegym.envs.strategies import broker_stats

_PRICES = 4  # open, high, low, close

#: State modes that need no strategy class.
PACKAGED_MODES = ("raw", "features", "internal")

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


def observed_modes(shapes: Mapping[str, Any] | None) -> tuple[str, ...]:
    """Return the modes that are observed; BTgym's ``metadata`` is none of them."""
    return tuple(mode for mode in shapes or ("raw",) if mode != "metadata")


def windows_of(shapes: Mapping[str, Any] | None) -> dict[str, int]:
    """Return the windows that a ``state_shape`` implies: ``time_dim``, ``avg_period``; bars."""
    names = {"features": "time_dim", "raw": "time_dim", "internal": "avg_period"}
    found = {}
    for mode, name in names.items():
        if shapes and mode in shapes and shapes[mode].shape:
            found[name] = int(shapes[mode].shape[0])
    return found


def observation_space(params: Mapping[str, Any]) -> spaces.Dict:
    """Return the observation space of a strategy with these parameters.

    Where ``raw`` is a price window with BTgym's bounds (0 to 0, or 0 to 1), its bounds become
    what prices can be.
    """
    shapes = params["state_shape"] or {"raw": raw_box(params["time_dim"])}
    chosen = {}
    for mode in observed_modes(shapes):
        space = shapes[mode]
        is_window = mode == "raw" and len(space.shape) == 2 and space.shape[1] == _PRICES
        chosen[mode] = raw_box(space.shape[0]) if is_window and (space.high <= 1).all() else space
    return spaces.Dict(chosen)
