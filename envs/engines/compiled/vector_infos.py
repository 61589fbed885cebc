"""The infos of a batch in gymnasium's vector format: an array per key, and who has the key."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from tradegym.envs.engines.compiled.batch import Batch
    from tradegym.envs.engines.compiled.info import InfoReader


class VectorInfos:
    """Makes the infos of a `gymnasium.vector.VectorEnv`.

    ``infos[key]`` has a value per environment and ``infos["_" + key]`` says whose values are
    valid; ``reward_terms`` and ``metadata`` are mappings of the same kind.

    Parameters
    ----------
    batch : Batch
    reader : InfoReader
    """

    def __init__(self, batch: "Batch", reader: "InfoReader") -> None:
        self._batch, self._reader = batch, reader
        self._n = batch.n_envs

    def current(self, indices: Sequence[int] | None) -> dict[str, Any]:
        """Return the infos of these environments (None: all) at their current bars."""
        return self._spread(self._reader.arrays(indices), indices)

    def final(self, indices: Sequence[int]) -> dict[str, Any]:
        """Return ``final_obs`` and ``final_info`` of the episodes that have just ended."""
        mask = self._mask(indices)
        observations = np.full(self._n, None, dtype=object)
        for i in indices:
            observations[i] = self._batch.views(self._batch.terminal[i].copy())
        arrays = self._reader.arrays(indices, final=True)
        return {
            "final_obs": observations,
            "_final_obs": mask,
            "final_info": self._spread(arrays, indices),
            "_final_info": mask.copy(),
        }

    def _spread(
        self, arrays: dict[str, NDArray[Any]], indices: Sequence[int] | None
    ) -> dict[str, Any]:
        mask = self._mask(indices)
        arrays["time"] = np.array(list(arrays["time"]), dtype=object)
        spread: dict[str, Any] = {}
        for name, values in arrays.items():
            if name == "reward_terms":
                columns = self._reader.named(list(values.T))
                spread[name] = self._nested(columns, indices, mask)
            elif name == "metadata":
                spread[name] = self._nested(self._reader.metadata(*values.T), indices, mask)
            else:
                spread[name] = self._placed(values, indices)
            spread[f"_{name}"] = mask.copy()
        return spread

    def _nested(
        self, columns: dict[str, Any], indices: Sequence[int] | None, mask: NDArray[np.bool_]
    ) -> dict[str, Any]:
        nested: dict[str, Any] = {}
        for name, values in columns.items():
            nested[name] = self._placed(values, indices)
            nested[f"_{name}"] = mask.copy()
        return nested

    def _placed(self, values: Any, indices: Sequence[int] | None) -> NDArray[Any]:
        """Return the values at the places of their environments; nothing is at the others."""
        array: NDArray[Any] = np.asarray(values)
        if array.ndim == 0:
            array = np.full(self._n if indices is None else len(indices), array)
        if indices is None:
            return array.copy()
        shape = (self._n, *array.shape[1:])
        placed: NDArray[Any]
        placed = np.full(shape, None) if array.dtype == object else np.zeros(shape, array.dtype)
        placed[list(indices)] = array
        return placed

    def _mask(self, indices: Sequence[int] | None) -> NDArray[np.bool_]:
        mask = np.zeros(self._n, dtype=np.bool_)
        mask[slice(None) if indices is None else list(indices)] = True
        return mask
