"""Gymnasium's view of a batch of compiled environments."""

from collections.abc import Sequence
from typing import Any

import gymnasium as gym
import numpy as np
from gymnasium.vector import AutoresetMode, VectorEnv
from gymnasium.vector.utils import batch_space
from numpy.typing import NDArray

from tradegym.envs.engines.compiled.batch import Autoreset, Batch
from tradegym.envs.engines.compiled.info import InfoReader
from tradegym.envs.engines.compiled.slot import Slot
from tradegym.envs.engines.compiled.vector_infos import VectorInfos
from tradegym.envs.strategies.endings import REASONS, TRUNCATIONS

#: What gymnasium calls what a batch does at the end of an episode.
GYM_MODES = {
    Autoreset.NONE: AutoresetMode.DISABLED,
    Autoreset.NEXT_STEP: AutoresetMode.NEXT_STEP,
    Autoreset.SAME_STEP: AutoresetMode.SAME_STEP,
}

#: The other way round.
BATCH_MODES = {mode: autoreset for autoreset, mode in GYM_MODES.items()}

#: Numbers of the endings that truncate.
_TRUNCATING = np.array([False, *(reason in TRUNCATIONS for reason in REASONS)])


class TradingVectorEnv(VectorEnv[Any, Any, NDArray[Any]]):
    """N environments of one batch, as ``gymnasium.make_vec`` gives them.

    An episode's end is followed by a reset in the next step, whose action does not count and
    whose reward is 0 (``NEXT_STEP``), or in the same step, with ``final_obs`` and ``final_info``
    in the infos (``SAME_STEP``). Seeds, infos and their ``_key`` masks are those of gymnasium's
    ``SyncVectorEnv`` over `tradegym.envs.trading.TradingEnv`.

    Parameters
    ----------
    batch : Batch
        Its way of resetting is the vector environment's.
    full_info : bool
        Whether every step has its infos, or only the ends of episodes.
    copy : bool
        Whether observations are the caller's own. Otherwise they lie in two buffers that take
        turns, so what ``step`` returned is overwritten by the second ``step`` after it. A
        ``reset`` of all counts as a step; one with ``reset_mask`` writes the new rows over those
        that were returned last, and returns the same arrays.
    """

    def __init__(self, batch: Batch, *, full_info: bool = True, copy: bool = True) -> None:
        self.batch = batch
        self.num_envs = batch.n_envs
        self.single_observation_space = batch.observation_space
        self.single_action_space = batch.action_space
        self.observation_space = batch_space(batch.observation_space, batch.n_envs)
        self.action_space = batch_space(batch.action_space, batch.n_envs)
        mode = GYM_MODES[batch.autoreset]
        self.metadata = {"autoreset_mode": mode, "render_modes": []}
        self.render_mode = None
        self._same_step = mode is AutoresetMode.SAME_STEP
        self._full, self._copy = full_info, copy
        self._reader = InfoReader(batch)
        self._infos = VectorInfos(batch, self._reader)
        self._slots = [Slot(batch, i, self._reader) for i in range(batch.n_envs)]
        self._over = np.zeros(batch.n_envs, dtype=np.bool_)

    def reset(
        self,
        *,
        seed: int | Sequence[int | None] | None = None,
        options: dict[str, Any] | None = None,
    ) -> tuple[Any, dict[str, Any]]:
        """Start episodes.

        Parameters
        ----------
        seed : int or sequence of (int or None), optional
            ``[seed, seed + 1, ...]``, or one for each environment.
        options : mapping, optional
            As for `TradingEnv.reset`. Besides, ``reset_mask`` [N] of bool says which
            environments start anew, while the others go on.
        """
        n = self.num_envs
        seeds = [None] * n if seed is None else seed
        if isinstance(seeds, int | np.integer):
            seeds = [int(seeds) + i for i in range(n)]
        if len(seeds) != n:
            raise ValueError(f"seed has {len(seeds)} numbers; there are {n} environments")
        options = dict(options or {})
        mask = options.pop("reset_mask", None)
        if mask is None:
            chosen = None
            flat = self.batch.reset(seeds, options or None)
            self._over[:] = False
        else:
            chosen = np.flatnonzero(self._checked(mask)).tolist()
            for i in chosen:
                self.batch.reset_one(i, seeds[i], options or None)
            flat = self.batch.observations
            self._over[chosen] = False
        return self._views(flat), self._infos.current(chosen) if self._full else {}

    def step(
        self, actions: Any
    ) -> tuple[Any, NDArray[np.float64], NDArray[np.bool_], NDArray[np.bool_], dict[str, Any]]:
        """Step every environment; see `gymnasium.vector.VectorEnv.step`."""
        if not self._same_step and self.metadata["autoreset_mode"] is AutoresetMode.DISABLED:
            self._check_running()
        flat, rewards, ended = self.batch.step(actions)
        over = ended != 0
        truncated = _TRUNCATING[ended]
        infos: dict[str, Any] = {}
        if self._same_step:
            if over.any():
                numbers = np.flatnonzero(over).tolist()
                infos = self._infos.final(numbers)
            if self._full:
                infos |= self._infos.current(None)
        else:
            if self._full:
                infos = self._infos.current(None)
            elif over.any():
                infos = self._infos.current(np.flatnonzero(over).tolist())
            self._over = over
        return self._views(flat), rewards.copy(), over & ~truncated, truncated, infos

    def action_masks(self) -> NDArray[np.bool_]:
        """Return which choices are possible now, bool of shape [N, choices of all assets]."""
        return self.batch.masks().copy()

    def call(self, name: str, *args: Any, **kwargs: Any) -> tuple[Any, ...]:
        """Call a method of each environment, or read an attribute; `Slot` says which."""
        found = self.get_attr(name)
        return tuple(one(*args, **kwargs) if callable(one) else one for one in found)

    def get_attr(self, name: str) -> tuple[Any, ...]:
        """Return an attribute of each environment."""
        return tuple(getattr(slot, name) for slot in self._slots)

    def set_attr(self, name: str, values: Any) -> None:
        """Give environments an attribute: one value, or a list or tuple of one for each."""
        if not isinstance(values, list | tuple):
            values = [values] * self.num_envs
        if len(values) != self.num_envs:
            raise ValueError(f"{len(values)} values for {self.num_envs} environments")
        for slot, value in zip(self._slots, values, strict=True):
            setattr(slot, name, value)

    def render(self) -> None:
        """Return nothing: pictures are made by the backtrader engine."""

    def close_extras(self, **_: Any) -> None:
        """Let go of the batch's threads."""
        self.batch.close()

    def _views(self, flat: NDArray[np.float32]) -> Any:
        return self.batch.views(flat.copy() if self._copy else flat)

    def _checked(self, mask: Any) -> NDArray[np.bool_]:
        if not isinstance(mask, np.ndarray) or mask.dtype != np.bool_:
            raise TypeError(f"options['reset_mask'] must be an array of bool, not {mask!r}")
        if mask.shape != (self.num_envs,) or not mask.any():
            raise ValueError(
                f"options['reset_mask'] must have shape ({self.num_envs},) and one True at least"
            )
        return mask

    def _check_running(self) -> None:
        if self._over.any():
            over = np.flatnonzero(self._over).tolist()
            raise gym.error.ResetNeeded(f"the episodes of these environments are over: {over}")
