"""SB3's ``VecNormalize`` with the arithmetic compiled."""

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from stable_baselines3.common.running_mean_std import RunningMeanStd
from stable_baselines3.common.vec_env import VecNormalize
from stable_baselines3.common.vec_env.base_vec_env import VecEnvStepReturn

from tradegym.envs.engines.compiled.kernel import normalise as kernel

_WHOLE = ""  # the key of an observation that is one array


class NormalisedVecEnv(VecNormalize):
    """Scales observations and rewards by running statistics, in microseconds a step.

    Arguments, attributes, statistics and results are those of ``VecNormalize``, to the last bit;
    so are saving, loading and ``model.get_vec_normalize_env()``. Two buffers of observations take
    turns, so what ``step`` returned is overwritten by the second ``step`` after it; SB3's agents
    have copied it by then. Observations or rewards that are not float32, or a Python without
    numba, are left to ``VecNormalize``.
    """

    _scratch: "dict[str, _Scratch]"
    _rewards: NDArray[np.float64]

    def reset(self) -> Any:
        """Reset all environments and return the scaled observations."""
        obs = self.venv.reset()
        self.old_obs = obs  # type: ignore[assignment]
        self.returns = np.zeros(self.num_envs)
        return self._take_in(obs)

    def step_wait(self) -> VecEnvStepReturn:
        """Return the scaled step; terminal observations are scaled too."""
        obs, rewards, dones, infos = self.venv.step_wait()
        self.old_obs = obs  # type: ignore[assignment]
        self.old_reward = rewards
        scaled = self._take_in(obs)
        if self.training:
            self._update_reward(rewards)
        paid = self.normalize_reward(rewards)
        if dones.any():
            for i in np.flatnonzero(dones):
                info = infos[i]
                if "terminal_observation" in info:
                    info["terminal_observation"] = self.normalize_obs(info["terminal_observation"])
            self.returns[dones] = 0
        return scaled, paid, dones, infos

    def normalize_obs(self, obs: Any) -> Any:
        """Return scaled observations, in arrays of their own; statistics stay as they are."""
        if not self.norm_obs or not _is_fast(obs):
            return super().normalize_obs(obs)
        if not isinstance(obs, dict):
            return self._scale(obs, self._whole())
        statistics = self._by_key()
        return {
            key: self._scale(values, statistics[key]) if key in statistics else values.copy()
            for key, values in obs.items()
        }

    def normalize_reward(self, reward: NDArray[Any]) -> NDArray[np.float32]:
        """Return scaled rewards; statistics stay as they are."""
        if not self.norm_reward or not _is_fast(reward):
            return super().normalize_reward(reward)
        scaled: NDArray[np.float32] = np.empty(reward.shape, dtype=np.float32)
        std = float(np.sqrt(self.ret_rms.var + self.epsilon))
        kernel.scale_rewards(reward.ravel(), std, float(self.clip_reward), scaled.reshape(-1))
        return scaled

    def _update_reward(self, reward: NDArray[Any]) -> None:
        if not _is_fast(reward):
            super()._update_reward(reward)
            return
        running = self.ret_rms
        if self.__dict__.get("_rewards") is None or len(self._rewards) != len(reward):
            self._rewards = np.empty(len(reward))
        mean, var = kernel.update_returns(
            reward,
            self.returns,
            float(self.gamma),
            float(running.mean),
            float(running.var),
            float(running.count),
            self._rewards,
        )
        # What numpy's arithmetic leaves of an array without axes.
        running.mean, running.var = np.float64(mean), np.float64(var)  # type: ignore[assignment]
        running.count += len(reward)

    def _take_in(self, obs: Any) -> Any:
        """Update the statistics if training, and scale."""
        if not self.norm_obs or not _is_fast(obs):
            return self._take_in_slowly(obs)
        if not isinstance(obs, dict):
            return self._learn_and_scale(_WHOLE, obs, self._whole())
        statistics = self._by_key()
        return {
            key: self._learn_and_scale(key, values, statistics[key])
            if key in statistics
            else values.copy()
            for key, values in obs.items()
        }

    def _take_in_slowly(self, obs: Any) -> Any:
        if self.training and self.norm_obs:
            if isinstance(obs, dict):
                for key, running in self._by_key().items():
                    running.update(obs[key])
            else:
                self._whole().update(obs)
        return super().normalize_obs(obs)

    def _learn_and_scale(
        self, key: str, values: NDArray[np.float32], running: RunningMeanStd
    ) -> NDArray[np.float32]:
        scratches = self.__dict__.setdefault("_scratch", {})
        scratch = scratches.get(key)
        if scratch is None or scratch.shape != values.shape:
            scratch = scratches[key] = _Scratch(values.shape)
        shape = running.mean.shape
        mean, var = running.mean.reshape(-1), running.var.reshape(-1)
        if self.training:  # a new array for each update, as SB3: someone may hold the last one
            mean, var = mean.copy(), var.copy()
        out = scratch.next()
        kernel.learn_and_scale(
            scratch.contiguous(values),
            mean,
            var,
            float(running.count),
            self.training,
            float(self.epsilon),
            float(self.clip_obs),
            scratch.row,
            scratch.moments,
            scratch.std,
            out,
        )
        if self.training:
            running.mean, running.var = mean.reshape(shape), var.reshape(shape)
            running.count += len(values)
        shaped: NDArray[np.float32] = out.reshape(values.shape)
        return shaped

    def _scale(self, values: NDArray[np.float32], running: RunningMeanStd) -> NDArray[np.float32]:
        width = running.mean.size
        table = np.ascontiguousarray(values).reshape(-1, width)
        out = np.empty_like(table)
        std = np.sqrt(running.var.reshape(-1) + self.epsilon)
        kernel.scale(table, running.mean.reshape(-1), std, float(self.clip_obs), out)
        return out.reshape(values.shape)

    def _by_key(self) -> dict[str, RunningMeanStd]:
        return self.obs_rms

    def _whole(self) -> RunningMeanStd:
        return self.obs_rms  # type: ignore[return-value]

    def __getstate__(self) -> dict[str, Any]:
        state = super().__getstate__()
        state.pop("_scratch", None)
        state.pop("_rewards", None)
        return state


def _is_fast(values: Any) -> bool:
    """Tell whether the kernel takes these arrays."""
    if not _works():
        return False
    if isinstance(values, dict):
        return all(one.dtype == np.float32 for one in values.values())
    return bool(values.dtype == np.float32)


@cache
def _works() -> bool:
    """Tell whether numba can compile the kernel here."""
    if not hasattr(kernel.scale, "py_func"):
        return False
    column = np.ones((1, 1), dtype=np.float32)
    try:
        kernel.scale(column, np.zeros(1), np.ones(1), 1.0, column)
    except Exception:  # neither numba nor LLVM says what it raises
        return False
    return True


class _Scratch:
    """Arrays that the kernel works in, for one part of the observation."""

    __slots__ = ("_outs", "_table", "_turn", "moments", "row", "shape", "std")

    def __init__(self, shape: tuple[int, ...]) -> None:
        self.shape = shape
        n = shape[0]
        width = int(np.prod(shape[1:], dtype=np.int64))
        self.row = np.empty(n, dtype=np.float32)
        self.moments = np.empty((2, width), dtype=np.float32)
        self.std = np.empty(width)
        self._outs = [np.empty((n, width), dtype=np.float32) for _ in range(2)]
        self._table = np.empty((n, width), dtype=np.float32)
        self._turn = 0

    def next(self) -> NDArray[np.float32]:
        """Return the buffer that was returned before the last one."""
        self._turn = 1 - self._turn
        return self._outs[self._turn]

    def contiguous(self, values: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the values row by row, float32 [N, D], copied where they have gaps."""
        if values.flags.c_contiguous:
            return values.reshape(self._table.shape)
        np.copyto(self._table.reshape(self.shape), values)
        return self._table
