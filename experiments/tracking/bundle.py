"""A trained agent on disk, complete without the market it was trained on.

A bundle is a directory with ``checkpoint/`` (see the agents' checkpoints) and ``bundle.json``:
the agent's configuration and its spaces. Loading it executes nothing that the files contain.
"""

import inspect
import json
import random
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import gymnasium
import numpy as np
import torch
from numpy.typing import NDArray
from stable_baselines3.common.vec_env import DummyVecEnv

from tradegym.conf.errors import UserError
from tradegym.conf.schema.agent import AgentConfig
from tradegym.experiments.agents.checkpoints import load_checkpoint
from tradegym.experiments.agents.sb3 import algorithms, build_model
from tradegym.experiments.tracking.base import ModelBundle
from tradegym.experiments.tracking.spaces import Space, space_from_json, space_to_json

ABOUT = "bundle.json"
CHECKPOINT = "checkpoint"
FORMAT = 1


class LoadedPolicy:
    """A trained agent that answers batches of observations.

    Parameters
    ----------
    directory : Path
        A bundle.

    Raises
    ------
    UserError
        If the bundle is incomplete or damaged.
    """

    def __init__(self, directory: Path) -> None:
        path = directory / ABOUT
        try:
            about = json.loads(path.read_text(encoding="utf-8"))
            if about["format"] != FORMAT:
                raise ValueError(f"format {about['format']} instead of {FORMAT}")
            agent = AgentConfig.model_validate_json(json.dumps(about["agent"]))
            self.observation_space = space_from_json(about["observation_space"])
            self.action_space = space_from_json(about["action_space"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            reason = " ".join(str(error).split())[:300]
            raise UserError(f"{path}: damaged, or not a saved agent: {reason}") from error
        venv = DummyVecEnv([lambda: _SpacesOnly(self.observation_space, self.action_space)])
        with _random_state_kept():
            self._model = build_model(_for_one_env(agent), venv, seed=0, device="cpu")
        self._normaliser = load_checkpoint(directory / CHECKPOINT, self._model).normaliser

    def actions(self, observations: Any, deterministic: bool = True) -> NDArray[Any]:
        """Return one action for each observation.

        Parameters
        ----------
        observations : NDArray or dict of NDArray
            Shape [N, ...] (each), as the environment returns them: not normalised.
        deterministic : bool
            The most likely action instead of a drawn one.

        Returns
        -------
        NDArray
            Shape [N] for a Discrete action space, else [N, ...].
        """
        if self._normaliser is not None:
            observations = self._normaliser.normalise_obs(observations)
        actions, _ = self._model.predict(observations, deterministic=deterministic)
        return np.asarray(actions)


def _for_one_env(agent: AgentConfig) -> AgentConfig:
    """Return ``agent`` with the smallest buffers: it will not learn, and has one environment."""
    algorithm = algorithms().get(agent.algorithm or "")
    accepted = inspect.signature(algorithm).parameters if algorithm else {}
    names = ("buffer_size",) if "buffer_size" in accepted else ("n_steps", "batch_size")
    return agent.model_copy(update={name: 2 for name in names if name in accepted})


@contextmanager
def _random_state_kept() -> Iterator[None]:
    """Keep the seeding of a new model away from the generators of whoever loads one."""
    states = random.getstate(), np.random.get_state(), torch.get_rng_state()  # noqa: NPY002
    try:
        yield
    finally:
        random.setstate(states[0])
        np.random.set_state(states[1])  # noqa: NPY002
        torch.set_rng_state(states[2])


class _SpacesOnly(gymnasium.Env[Any, Any]):
    """What SB3 needs to build a model: the spaces. It is never stepped."""

    def __init__(self, observation_space: Space, action_space: Space) -> None:
        self.observation_space = observation_space
        self.action_space = action_space

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Any, dict[str, Any]]:
        super().reset(seed=seed)
        return self.observation_space.sample(), {}

    def step(self, action: Any) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        raise RuntimeError("a saved agent has no market to act in")


def write_bundle(model: ModelBundle, directory: Path) -> None:
    """Write ``model`` into ``directory``, which is created.

    Raises
    ------
    TypeError
        If a space of the model cannot be stored.
    """
    about = {
        "format": FORMAT,
        "step": model.step,
        "agent": model.agent.model_dump(mode="json", exclude_unset=True),
        "observation_space": space_to_json(model.observation_space),
        "action_space": space_to_json(model.action_space),
    }
    directory.mkdir(parents=True)
    (directory / ABOUT).write_text(json.dumps(about, indent=2) + "\n", encoding="utf-8")
    shutil.copytree(model.checkpoint, directory / CHECKPOINT)
