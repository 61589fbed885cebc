"""SB3's view of a batch of compiled environments."""

import time
from typing import TYPE_CHECKING, Any

import gymnasium as gym
import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray
from stable_baselines3.common.monitor import Monitor
from stable_baselines3.common.vec_env import VecEnv
from stable_baselines3.common.vec_env.base_vec_env import VecEnvIndices, VecEnvStepReturn

from tradegym.envs.engines.compiled.info import InfoReader
from tradegym.envs.engines.compiled.slot import Slot
from tradegym.envs.strategies.endings import TRUNCATIONS
from tradegym.experiments.training.envs import own_seed
from tradegym.experiments.training.rollout_terms import EPISODE_TERMS

if TYPE_CHECKING:
    from tradegym.envs.engines.compiled.batch import Batch


class CompiledVecEnv(VecEnv):
    """N environments of one batch, as SB3's agents want them.

    Infos are those of a ``DummyVecEnv`` over environments in a ``Monitor`` that are seeded by
    `OwnSeeds`, and so are the episodes. Beyond that, an episode's last info has the sums of its
    reward terms under ``episode_terms``.

    Observations are written into two buffers that take turns, so what ``step`` returned is
    overwritten by the second ``step`` after it; SB3's agents have copied it by then. A ``reset``
    counts as a step, except one whose options differ between environments: it writes over what
    was returned last. Rewards, terminal observations and infos are the caller's own.

    Parameters
    ----------
    batch : Batch
        Resets an environment in the step that ends its episode.
    full_info : bool
        Whether every step has its info, or only an episode's last one; empty dicts stand for
        the others.
    """

    #: Whether infos have the sums of the reward terms.
    sums_terms = True

    def __init__(self, batch: "Batch", *, full_info: bool = True) -> None:
        self.batch = batch
        self._full = full_info
        self._flat = isinstance(batch.observation_space, spaces.Box)
        self._reader = InfoReader(batch)
        self._slots = [Slot(batch, i, self._reader) for i in range(batch.n_envs)]
        self._started = time.time()
        self._terms = np.zeros(batch.state.terms.shape)
        self._shown: dict[int, tuple[NDArray[np.float32], Any]] = {}
        super().__init__(batch.n_envs, batch.observation_space, batch.action_space)

    def reset(self) -> Any:
        """Start an episode in every environment; seeds and options count once."""
        seeds = [
            None if seed is None else own_seed(seed - i, i) for i, seed in enumerate(self._seeds)
        ]
        first = self._options[0]
        if all(options == first for options in self._options):
            flat = self.batch.reset(seeds, first or None)
        else:
            for i, options in enumerate(self._options):
                self.batch.reset_one(i, seeds[i], options or None)
            flat = self.batch.observations
        self._reset_seeds()
        self._reset_options()
        self._terms[:] = 0.0
        if self._full:
            self.reset_infos = self._reader.infos()
        return self._views(flat)

    def step_async(self, actions: NDArray[Any]) -> None:
        """Take the actions of the next step."""
        self._actions = actions

    def step_wait(self) -> VecEnvStepReturn:
        """Step every environment; those whose episode ends are reset at once."""
        batch = self.batch
        flat, rewards, ended = batch.step(self._actions)
        dones = ended != 0
        if np.count_nonzero(dones):
            infos = self._finish(np.flatnonzero(dones))
        else:
            self._terms += batch.state.terms
            infos = self._running() if self._full else self._nothing()
        return self._views(flat), rewards.astype(np.float32), dones, infos

    def _views(self, flat: NDArray[np.float32]) -> Any:
        """Return a buffer of observations as the space has them; its parts are made once."""
        if self._flat:
            return flat
        found = self._shown.get(id(flat))
        if found is None:  # the buffer is kept with its parts, so that no other has its id
            found = self._shown[id(flat)] = flat, self.batch.views(flat)
        return found[1].copy()

    def _running(self) -> list[dict[str, Any]]:
        infos = self._reader.infos()
        for info in infos:
            info["TimeLimit.truncated"] = False
        return infos

    def _nothing(self) -> list[dict[str, Any]]:
        return [{} for _ in range(self.num_envs)]

    def _finish(self, over: NDArray[np.intp]) -> list[dict[str, Any]]:
        """Return the infos of a step in which these environments ended an episode."""
        batch, reader = self.batch, self._reader
        numbers: list[int] = over.tolist()
        sums = self._terms[over] + batch.final.terms[over]
        self._terms += batch.state.terms
        self._terms[over] = 0.0
        last = reader.infos(numbers, final=True)
        envs = batch.final.envs[over]
        returns, lengths = envs["episode_return"].tolist(), envs["episode_length"].tolist()
        elapsed = round(time.time() - self._started, 6)
        terminal = batch.terminal[over]
        if self._full:
            infos = self._running()
            for i, info in zip(numbers, reader.infos(numbers), strict=True):
                self.reset_infos[i] = info
        else:
            infos = self._nothing()
        for k, i in enumerate(numbers):
            info = last[k]
            info["episode"] = {"r": round(returns[k], 6), "l": lengths[k], "t": elapsed}
            info[EPISODE_TERMS] = reader.named(sums[k].tolist())
            info["TimeLimit.truncated"] = info["reason"] in TRUNCATIONS
            info["terminal_observation"] = batch.views(terminal[k])
            infos[i] = info
            self._slots[i].last_info = info
        return infos

    def close(self) -> None:
        """Let go of the batch's threads."""
        self.batch.close()

    # -- single environments ----------------------------------------------------------------

    def get_attr(self, attr_name: str, indices: VecEnvIndices = None) -> list[Any]:
        """Return an attribute of each environment; `slot.Slot` says which there are."""
        return [getattr(slot, attr_name) for slot in self._chosen(indices)]

    def set_attr(self, attr_name: str, value: Any, indices: VecEnvIndices = None) -> None:
        """Give environments an attribute."""
        for slot in self._chosen(indices):
            setattr(slot, attr_name, value)

    def env_method(
        self,
        method_name: str,
        *method_args: Any,
        indices: VecEnvIndices = None,
        **method_kwargs: Any,
    ) -> list[Any]:
        """Call a method of each environment; ``action_masks`` are computed together."""
        if method_name == "action_masks":
            masks = self.batch.masks()
            return [masks[slot.number].copy() for slot in self._chosen(indices)]
        return [
            getattr(slot, method_name)(*method_args, **method_kwargs)
            for slot in self._chosen(indices)
        ]

    def env_is_wrapped(
        self, wrapper_class: type[gym.Wrapper[Any, Any, Any, Any]], indices: VecEnvIndices = None
    ) -> list[bool]:
        """Tell what ``Monitor`` would: the infos have its episode statistics."""
        return [issubclass(Monitor, wrapper_class)] * len(self._chosen(indices))

    def get_images(self) -> list[None]:
        """Return nothing to show: pictures are made by the backtrader engine."""
        return [None] * self.num_envs

    def _chosen(self, indices: VecEnvIndices) -> list[Slot]:
        return [self._slots[i] for i in self._get_indices(indices)]
