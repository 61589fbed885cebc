"""A trained SB3 model as an agent."""

from typing import Any

import gymnasium
import numpy as np
import torch
from gymnasium import spaces
from stable_baselines3.common.base_class import BaseAlgorithm

from tradegym.experiments.agents.normaliser import Normaliser


class SB3Policy:
    """Plays a trained model, with the scaling it was trained with frozen.

    A deterministic policy draws no random numbers, so that an evaluation in the middle of a
    training leaves that training as it was.

    Parameters
    ----------
    model : BaseAlgorithm
        The model; not changed.
    normaliser : Normaliser or None
        Scaling of the observations; None if the model was trained without.
    deterministic : bool
        Take the most likely action instead of a drawn one.
    """

    def __init__(
        self, model: BaseAlgorithm, normaliser: Normaliser | None = None, deterministic: bool = True
    ) -> None:
        self._model = model
        self._normaliser = normaliser
        self._deterministic = deterministic
        space = model.observation_space
        parts = space.spaces.values() if isinstance(space, spaces.Dict) else (space,)
        # SB3's own predict() copies each observation twice and walks over all layers; images,
        # clipped or rescaled actions and drawn ones are left to it.
        self._direct = (
            deterministic
            and isinstance(model.action_space, spaces.Discrete)
            and all(isinstance(part, spaces.Box) and len(part.shape) < 3 for part in parts)
        )

    def reset(self, env: gymnasium.Env[Any, Any]) -> None:
        """Do nothing: SB3's models keep no memory of an episode."""

    def act(self, obs: Any, env: gymnasium.Env[Any, Any]) -> int | np.ndarray[Any, Any]:
        """Return the model's action for one observation.

        Parameters
        ----------
        obs : NDArray or dict of NDArray
            One observation, not scaled.
        env : gymnasium.Env
            Not used.

        Returns
        -------
        int or NDArray
            An int for a Discrete action space, else an array of the space's shape.
        """
        if self._normaliser is not None:
            obs = self._normaliser.normalise_obs(obs)
        if self._direct:
            return self._best(obs)
        action, _ = self._model.predict(obs, deterministic=self._deterministic)
        return int(action) if isinstance(self._model.action_space, spaces.Discrete) else action

    def _best(self, obs: Any) -> int:
        policy = self._model.policy
        if policy.training:
            policy.set_training_mode(False)
        device = policy.device
        batch: Any
        if isinstance(obs, dict):
            batch = {k: torch.tensor(v, device=device)[None] for k, v in obs.items()}
        else:
            batch = torch.tensor(obs, device=device)[None]
        with torch.inference_mode():
            return int(policy._predict(batch, deterministic=True).item())
