"""A trained SB3 model as an agent."""

from typing import Any

import gymnasium
from stable_baselines3.common.base_class import BaseAlgorithm

from tradegym.experiments.agents.normaliser import Normaliser
from tradegym.experiments.agents.players import Action, make_player


class SB3Policy:
    """Plays a trained model, with the scaling it was trained with frozen.

    A model that learned with masks gets those of the environment, and a recurrent one keeps its
    memory through an episode. A deterministic policy draws no random numbers, so that an
    evaluation in the middle of a training leaves that training as it was.

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
        self._normaliser = normaliser
        self._player = make_player(model, deterministic)

    def reset(self, env: gymnasium.Env[Any, Any]) -> None:
        """Begin an episode of ``env``."""
        self._player.reset(env)

    def act(self, obs: Any, env: gymnasium.Env[Any, Any]) -> Action:
        """Return the model's action for one observation.

        Parameters
        ----------
        obs : NDArray or dict of NDArray
            One observation, not scaled.
        env : gymnasium.Env
            The environment that `reset` was called with.

        Returns
        -------
        int or NDArray
            An int for a Discrete action space, else an array of the space's shape.
        """
        if self._normaliser is not None:
            obs = self._normaliser.normalise_obs(obs)
        return self._player.act(obs)
