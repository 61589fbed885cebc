"""What every agent offers, whether it was trained or is a rule."""

from typing import Any, Protocol

import gymnasium


class Policy(Protocol):
    """An agent that plays one environment, one decision at a time."""

    def reset(self, env: gymnasium.Env[Any, Any]) -> None:
        """Forget the last episode; called after ``env.reset()``."""

    def act(self, obs: Any, env: gymnasium.Env[Any, Any]) -> Any:
        """Return what to do next.

        Parameters
        ----------
        obs : object
            The observation that ``env`` returned last.
        env : gymnasium.Env
            The environment; an agent may read it, never change it.

        Returns
        -------
        object
            An action of ``env.action_space``, an ``OrderIntent``, or a sequence of them of which
            no two are for the same asset; an empty one holds.
        """
