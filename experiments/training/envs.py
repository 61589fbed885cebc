"""Seeds of the environments that train side by side."""

from typing import Any

import gymnasium as gym
import numpy as np


def own_seed(seed: int, number: int) -> int:
    """Return the seed of environment ``number`` (from 0) in a run with this seed."""
    words = np.random.SeedSequence([seed, number]).generate_state(2)
    return int(words[0]) << 31 | int(words[1]) >> 1


class OwnSeeds(gym.Wrapper[Any, Any, Any, Any]):
    """Gives each environment of each run a stream of its own.

    SB3 seeds environment number i with ``seed + i``, so runs with neighbouring seeds would
    share all but one of their environments and look more alike than they are.

    Parameters
    ----------
    env : gymnasium.Env
    number : int
        Its number among the environments of the run, from 0.
    """

    def __init__(self, env: gym.Env[Any, Any], number: int) -> None:
        super().__init__(env)
        self._number = number

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Any, dict[str, Any]]:
        """Reset with a seed made of the run's seed and the environment's number."""
        if seed is not None:
            seed = own_seed(seed - self._number, self._number)
        return super().reset(seed=seed, options=options)
