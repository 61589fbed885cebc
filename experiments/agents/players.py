"""How a trained model is asked for one action: plainly, with masks, or with a memory."""

from typing import Any

import gymnasium
import numpy as np
import torch
from gymnasium import spaces
from numpy.typing import NDArray
from sb3_contrib.common.maskable.policies import MaskableActorCriticPolicy
from sb3_contrib.common.recurrent.policies import RecurrentActorCriticPolicy
from stable_baselines3.common.base_class import BaseAlgorithm

Action = int | NDArray[Any]


class Player:
    """Asks a model for one action at a time.

    Gives what the model's ``predict`` gives, without copying each observation twice and walking
    over all layers.

    Parameters
    ----------
    model : BaseAlgorithm
        Not changed.
    deterministic : bool
        Take the most likely action instead of a drawn one.
    """

    def __init__(self, model: BaseAlgorithm, deterministic: bool) -> None:
        self._model = model
        self._policy: Any = model.policy
        self._deterministic = deterministic
        space = model.observation_space
        parts = space.spaces.values() if isinstance(space, spaces.Dict) else (space,)
        self._plain = all(isinstance(part, spaces.Box) and len(part.shape) < 3 for part in parts)

    def reset(self, env: gymnasium.Env[Any, Any]) -> None:
        """Begin an episode of ``env``."""

    def act(self, obs: Any) -> Action:
        """Return the action for one observation, as the model was trained to see it."""
        policy = self._policy
        if policy.training:
            policy.set_training_mode(False)
        with torch.inference_mode():
            return self._finish(self._choose(self._batch(obs)))

    def _choose(self, batch: Any) -> torch.Tensor:
        """Return the actions for a batch of one observation."""
        chosen: torch.Tensor = self._policy._predict(batch, deterministic=self._deterministic)
        return chosen

    def _batch(self, obs: Any) -> Any:
        if not self._plain:  # images are transposed and scaled
            return self._policy.obs_to_tensor(obs)[0]
        device = self._policy.device
        if isinstance(obs, dict):
            return {key: torch.tensor(value, device=device)[None] for key, value in obs.items()}
        return torch.tensor(obs, device=device)[None]

    def _finish(self, chosen: torch.Tensor) -> Action:
        space = self._model.action_space
        if isinstance(space, spaces.Discrete):
            return int(chosen.item())
        action: NDArray[Any] = chosen.cpu().numpy().reshape(space.shape)
        if not isinstance(space, spaces.Box):
            return action
        if self._policy.squash_output:
            return np.asarray(self._policy.unscale_action(action))
        clipped: NDArray[Any] = np.clip(action, space.low, space.high)
        return clipped


class DrawingPlayer(Player):
    """Draws actions in the algorithm's own way, such as DQN's share of random ones."""

    def act(self, obs: Any) -> Action:
        """Return a drawn action for one observation."""
        action, _ = self._model.predict(obs, deterministic=False)
        return int(action) if isinstance(self._model.action_space, spaces.Discrete) else action


class MaskedPlayer(Player):
    """Chooses among the actions that the environment's ``action_masks()`` allows."""

    def reset(self, env: gymnasium.Env[Any, Any]) -> None:
        """Look up the masks of ``env``."""
        self._masks = env.get_wrapper_attr("action_masks")

    def _choose(self, batch: Any) -> torch.Tensor:
        chosen: torch.Tensor = self._policy._predict(
            batch, deterministic=self._deterministic, action_masks=self._masks()
        )
        return chosen


class RecurrentPlayer(Player):
    """Keeps the memory (hidden and cell state of the LSTM) from one step to the next."""

    def reset(self, env: gymnasium.Env[Any, Any]) -> None:
        """Forget the last episode."""
        policy = self._policy
        layers, _, size = policy.lstm_hidden_state_shape
        # A memory of zeros: what training resets it to at the start of an episode.
        zeros = torch.zeros((layers, 1, size), device=policy.device)
        self._memory = (zeros, zeros)
        self._no_start = torch.zeros(1, device=policy.device)

    def _choose(self, batch: Any) -> torch.Tensor:
        chosen: torch.Tensor
        chosen, self._memory = self._policy._predict(
            batch, self._memory, self._no_start, deterministic=self._deterministic
        )
        return chosen


#: Players by the kind of policy; any other gets a plain one.
_SPECIAL: dict[type, type[Player]] = {
    MaskableActorCriticPolicy: MaskedPlayer,
    RecurrentActorCriticPolicy: RecurrentPlayer,
}


def make_player(model: BaseAlgorithm, deterministic: bool) -> Player:
    """Return what asks ``model``, as its policy needs it."""
    for kind, player in _SPECIAL.items():
        if isinstance(model.policy, kind):
            return player(model, deterministic)
    return (Player if deterministic else DrawingPlayer)(model, deterministic)
