"""An SB3 VecEnv that costs nothing: SB3's own ceiling."""

import numpy as np
from gymnasium import spaces
from stable_baselines3.common.vec_env import VecEnv


class FreeVecEnv(VecEnv):
    """Returns the same arrays at every step; episodes have no end.

    Parameters
    ----------
    observation_space, action_space : gymnasium.Space
    number : int
        Environments.
    """

    def __init__(self, observation_space, action_space, number):
        super().__init__(number, observation_space, action_space)
        self._obs = _like(observation_space, number)
        self._rewards = np.zeros(number, dtype=np.float32)
        self._dones = np.zeros(number, dtype=bool)
        self._infos = [{} for _ in range(number)]

    def reset(self):
        return self._obs

    def step_async(self, actions):
        pass

    def step_wait(self):
        return self._obs, self._rewards, self._dones, self._infos

    def close(self):
        pass

    def get_attr(self, attr_name, indices=None):
        return [None] * len(list(self._get_indices(indices)))

    def set_attr(self, attr_name, value, indices=None):
        pass

    def env_method(self, method_name, *method_args, indices=None, **method_kwargs):
        if method_name != "action_masks":
            raise AttributeError(method_name)
        masks = np.ones(self.action_space.n, dtype=bool)
        return [masks] * len(list(self._get_indices(indices)))

    def env_is_wrapped(self, wrapper_class, indices=None):
        return [False] * len(list(self._get_indices(indices)))


def _like(space, number):
    if isinstance(space, spaces.Dict):
        return {name: _like(one, number) for name, one in space.spaces.items()}
    rng = np.random.default_rng(0)
    return rng.normal(0, 1, (number, *space.shape)).astype(space.dtype)
