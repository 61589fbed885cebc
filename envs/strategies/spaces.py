"""Observation spaces of the state modes."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray

from tradegym.conf.errors import UserError

_PRICES = 4  # open, high, low, close

#: State modes that need no strategy class.
PACKAGED_MODES = ("raw", "features", "internal")

StateShape = dict[str, spaces.Box]


def raw_box(time_dim: int, n_assets: int = 1) -> spaces.Box:
    """Return the space of a price window, [time_dim, 4 * n_assets]; prices are not negative."""
    return spaces.Box(0.0, np.inf, (time_dim, _PRICES * n_assets), np.float32)


def _unbounded(*shape: int) -> spaces.Box:
    return spaces.Box(-np.inf, np.inf, shape, np.float32)


def state_shape(
    modes: Sequence[str],
    time_dim: int,
    avg_period: int,
    *,
    n_features: int,
    n_statistics: int,
    n_assets: int = 1,
) -> StateShape:
    """Return the space of each mode.

    Parameters
    ----------
    modes : sequence of str
        Of ``raw``, ``internal`` and ``features``.
    time_dim, avg_period : int
        Bars in the price window and in the window of broker statistics.
    n_features, n_statistics : int
        Columns of the features and of the internal state.
    n_assets : int
        Traded assets.
    """
    shapes = {
        "raw": raw_box(time_dim, n_assets),
        "internal": _unbounded(avg_period, n_statistics),
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


def observation_space(params: Mapping[str, Any], n_assets: int = 1) -> spaces.Dict:
    """Return the observation space of a strategy with these parameters and traded assets.

    Where ``raw`` is a price window with BTgym's bounds (0 to 0, or 0 to 1), its bounds become
    what prices can be.
    """
    shapes = params["state_shape"] or {"raw": raw_box(params["time_dim"], n_assets)}
    chosen = {}
    for mode in observed_modes(shapes):
        space = shapes[mode]
        is_window = mode == "raw" and len(space.shape) == 2 and space.shape[1] % _PRICES == 0
        if is_window and (space.high <= 1).all():
            space = raw_box(space.shape[0], space.shape[1] // _PRICES)
        chosen[mode] = space
    return spaces.Dict(chosen)


def flat_space(modes: spaces.Dict) -> spaces.Box:
    """Return the space of all modes in one vector, each row by row, in the order of the modes."""
    boxes = [space for space in modes.spaces.values() if isinstance(space, spaces.Box)]
    low = np.concatenate([space.low.ravel() for space in boxes])
    high = np.concatenate([space.high.ravel() for space in boxes])
    return spaces.Box(low.astype(np.float32), high.astype(np.float32), dtype=np.float32)


def flatten(observation: Mapping[str, NDArray[Any]]) -> NDArray[np.float32]:
    """Return an observation in the space of `flat_space`; its modes are in their order."""
    return np.concatenate([state.ravel() for state in observation.values()], dtype=np.float32)


def plain_choices(space: spaces.Space[Any]) -> int:
    """Return how many numbers from 0 on are the actions of a space; 0 where they are not that."""
    return int(space.n) if type(space) is spaces.Discrete and not space.start else 0


def check_shapes(observation: Mapping[str, Any], modes: spaces.Dict) -> None:
    """Compare what a strategy returns with what it declares.

    Raises
    ------
    UserError
        A mode has another shape.
    """
    for mode, space in modes.spaces.items():
        shape = np.shape(observation[mode])
        if shape != space.shape:
            raise UserError(
                f"strategy: get_{mode}_state returned shape {shape}, but state_shape declares "
                f"{space.shape}"
            )
