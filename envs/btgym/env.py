"""BTgym's environment class."""

import warnings
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray

from tradegym.conf.errors import UserError, did_you_mean
from tradegym.envs.btgym.arguments import DEFAULT_ASSET, translate
from tradegym.envs.make import make
from tradegym.envs.trading import TradingEnv

if TYPE_CHECKING:
    from tradegym.envs.rendering import Scene

#: Part of the data by BTgym's ``sample_type``.
_PARTS = ("train", "test")

_BLANK = np.full((100, 200, 3), 255, np.uint8)


class BTgymEnv:
    """`tradegym.make` behind BTgym's calls.

    ``reset`` returns the observation alone; ``step`` returns observation, reward, done and a list
    of one info. There are no servers, so nothing has to be stopped.

    Parameters
    ----------
    **kwargs
        BTgym's arguments and those of `tradegym.make`. What has no meaning here is named in one
        ``UserWarning``; what neither of them knows is an error.

    Attributes
    ----------
    action_space : gymnasium.spaces.Discrete
    observation_space : gymnasium.spaces.Dict
    env : TradingEnv
        The gymnasium environment behind it, of the current part of the data.

    Raises
    ------
    tradegym.conf.errors.UserError
        For an unknown argument or a wrong value, in one line.

    Examples
    --------
    >>> from tradegym.envs.btgym import BTgymEnv
    >>> env = BTgymEnv(start_cash=10_000, fixed_stake=1)
    >>> observation = env.reset()
    >>> observation, reward, done, info = env.step({"default_asset": "buy"})
    >>> info[0]["action"]
    {'default_asset': 'buy'}
    """

    def __init__(self, **kwargs: Any) -> None:
        given = translate(kwargs)
        if given.ignored:
            warnings.warn(
                f"BTgymEnv: ignored, without meaning here: {', '.join(given.ignored)}",
                UserWarning,
                stacklevel=2,
            )
        self._arguments = given.kwargs
        self._record = given.record
        self._seed = given.seed
        self._seeded: set[str] = set()
        self._envs: dict[str, TradingEnv] = {}
        self.env = self._make("train")
        self.action_space = self.env.action_space
        self.observation_space = self.env.observation_space
        if not isinstance(self.action_space, spaces.Discrete):
            raise UserError(
                "BTgymEnv: plays one asset with discrete actions; use tradegym.make for others"
            )
        self._names = tuple(dict.fromkeys((*given.asset_names, DEFAULT_ASSET, *self.env.assets)))
        self._finished: Scene | None = None
        self._statistics: dict[str, Any] = {}

    def _make(self, part: str) -> TradingEnv:
        if part not in self._envs:
            with warnings.catch_warnings():
                if self._envs:  # the first one has said it all
                    warnings.simplefilter("ignore", UserWarning)
                made = make(part=part, whole=False, record=self._record, **self._arguments)
            if not isinstance(made, TradingEnv):
                raise UserError(
                    "engine.backend: compiled has not all that BTgym's environment offers; "
                    "allowed here: backtrader, auto"
                )
            self._envs[part] = made
        return self._envs[part]

    def reset(self, **kwargs: Any) -> Any:
        """Start an episode and return its first observation.

        Parameters
        ----------
        **kwargs
            BTgym's ``episode_config`` and ``trial_config`` (here the same; the former wins):
            mappings of ``get_new``, ``sample_type`` (0: train, 1: test), ``timestamp``,
            ``b_alpha``, ``b_beta``. Or what ``options`` of `TradingEnv.reset` may hold.

        Returns
        -------
        dict of str to ndarray
        """
        trial = dict(kwargs.pop("trial_config", None) or {})
        episode = dict(kwargs.pop("episode_config", None) or {})
        options = {**trial, **{k: v for k, v in episode.items() if v is not None}, **kwargs}
        kind = options.get("sample_type")
        part = _PARTS[kind] if kind in (0, 1) else "train"
        self.env = self._make(part)
        seed = None if part in self._seeded else self._seed
        observation, _ = self.env.reset(seed=seed, options=options)
        self._seeded.add(part)
        return observation

    def step(self, action: Any) -> tuple[Any, float, bool, list[dict[str, Any]]]:
        """Act.

        Parameters
        ----------
        action : int, str or mapping
            Number or name of an action, or one of them by asset: ``{"default_asset": "buy"}``.

        Returns
        -------
        observation : dict of str to ndarray
        reward : float
        done : bool
        info : list of one dict
            The info of `TradingEnv`, with BTgym's ``action``, ``broker_cash``, ``broker_value``
            and ``broker_message`` (why the episode is over, or ``-``).
        """
        number = self._number(action)
        observation, reward, terminated, truncated, info = self.env.step(number)
        done = terminated or truncated
        if done:
            self._statistics = self.env.get_stat()
            self._finished = self.env.scene() if self._record else None
        message = info["reason"] or "-"
        if info.get("message"):
            message = f"{message}: {info['message']}"
        info = info | {
            "action": {self._names[0]: self.env.action_names[number]},
            "broker_cash": info["cash"],
            "broker_value": info["value"],
            "broker_message": message,
        }
        return observation, reward, done, [info]

    def _number(self, action: Any) -> int:
        """Return the number of an action, however it is given."""
        if isinstance(action, Mapping):
            if len(action) != 1 or next(iter(action)) not in self._names:
                raise UserError(
                    f"action: {dict(action)} must name one asset, {' or '.join(self._names)}"
                )
            action = next(iter(action.values()))
        names = self.env.action_names
        if isinstance(action, str):
            if action not in names:
                raise UserError(
                    f"action: '{action}' is not known; allowed: {', '.join(names)}"
                    f"{did_you_mean(action, names)}"
                )
            return names.index(action)
        if isinstance(action, np.ndarray) and action.size == 1:
            action = action.item()
        try:
            number = int(action)
        except (TypeError, ValueError):
            number = -1
        if not 0 <= number < len(names):
            raise UserError(
                f"action: {action!r} is not known; allowed: 0 to {len(names) - 1}, or "
                f"{', '.join(names)}"
            )
        return number

    def get_initial_action(self) -> dict[str, int]:
        """Return the action that does nothing."""
        return {self._names[0]: self.env.action_names.index("hold")}

    def get_stat(self) -> dict[str, Any]:
        """Return statistics of the last finished episode; see `TradingEnv.get_stat`."""
        return self._statistics

    def render(self, mode: str = "human") -> NDArray[np.uint8]:
        """Return a picture.

        Parameters
        ----------
        mode : str
            ``human`` (the prices), ``episode`` (the last finished episode) or a key of the
            observation.

        Returns
        -------
        ndarray of uint8, shape [height, width, 3]
            RGB; blank while there is nothing to show (BTgym: noise).
        """
        # matplotlib is only needed to draw.
        from tradegym.envs.rendering import render

        if mode == "episode":
            scene = self._finished
        else:
            scene = self.env.scene() if self.env.last_info else None
        return _BLANK.copy() if scene is None else render(mode, scene, self.env.look)

    def close(self) -> None:
        """Abandon the running episode."""
        for env in self._envs.values():
            env.close()
