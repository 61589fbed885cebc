"""Gymnasium spaces as JSON, so that a model can be rebuilt without its environment."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray

Space = spaces.Space[Any]


def space_to_json(space: Space) -> dict[str, Any]:
    """Return ``space`` as JSON types.

    Raises
    ------
    TypeError
        If it is not made of Box, Discrete, MultiDiscrete and Dict.
    """
    for kind, (write, _) in _KINDS.items():
        if isinstance(space, kind):
            return {"type": kind.__name__, **write(space)}
    raise TypeError(f"a {type(space).__name__} space cannot be stored")


def space_from_json(data: dict[str, Any]) -> Space:
    """Return the space that `space_to_json` wrote.

    Raises
    ------
    ValueError
        If ``data`` describes no such space.
    """
    for kind, (_, read) in _KINDS.items():
        if data.get("type") == kind.__name__:
            return read(data)
    raise ValueError(f"unknown space {data.get('type')!r}")


def _bounds(values: NDArray[Any]) -> Any:
    """One number if all are equal; infinities as text, which JSON has no number for."""
    flat = [value if math.isfinite(value) else str(value) for value in values.ravel().tolist()]
    return flat[0] if flat and len(set(flat)) == 1 else flat


def _read_bounds(data: Any, shape: tuple[int, ...], dtype: np.dtype[Any]) -> NDArray[Any]:
    values = [float(value) for value in (data if isinstance(data, list) else [data])]
    array = np.asarray(values, dtype=dtype)
    return np.full(shape, array[0]) if array.size == 1 else array.reshape(shape)


def _write_box(space: spaces.Box) -> dict[str, Any]:
    return {
        "dtype": str(space.dtype),
        "shape": list(space.shape),
        "low": _bounds(space.low),
        "high": _bounds(space.high),
    }


def _read_box(data: dict[str, Any]) -> Space:
    shape, dtype = tuple(int(n) for n in data["shape"]), np.dtype(data["dtype"])
    low, high = (_read_bounds(data[name], shape, dtype) for name in ("low", "high"))
    box: Any = spaces.Box  # its stubs want a scalar type, not an instance of dtype
    return box(low, high, shape, dtype)  # type: ignore[no-any-return]


def _write_discrete(space: spaces.Discrete) -> dict[str, Any]:
    return {"n": int(space.n), "start": int(space.start)}


def _write_multi_discrete(space: spaces.MultiDiscrete) -> dict[str, Any]:
    return {"nvec": space.nvec.tolist()}


def _write_dict(space: spaces.Dict) -> dict[str, Any]:
    return {"spaces": {key: space_to_json(part) for key, part in space.spaces.items()}}


_KINDS: dict[type, tuple[Callable[[Any], dict[str, Any]], Callable[[dict[str, Any]], Space]]] = {
    spaces.Box: (_write_box, _read_box),
    spaces.Discrete: (
        _write_discrete,
        lambda data: spaces.Discrete(int(data["n"]), start=int(data["start"])),
    ),
    spaces.MultiDiscrete: (
        _write_multi_discrete,
        lambda data: spaces.MultiDiscrete(data["nvec"]),
    ),
    spaces.Dict: (
        _write_dict,
        lambda data: spaces.Dict(
            {key: space_from_json(part) for key, part in data["spaces"].items()}
        ),
    ),
}
