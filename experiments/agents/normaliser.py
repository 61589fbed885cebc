"""Frozen statistics that scale observations as training did."""

import os
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tradegym.conf.errors import UserError

if TYPE_CHECKING:
    from stable_baselines3.common.running_mean_std import RunningMeanStd
    from stable_baselines3.common.vec_env import VecNormalize

FORMAT = 1
WHOLE = ""  # the key of an observation that is one array
_SCALARS = ("norm_obs", "norm_reward", "clip_obs", "clip_reward", "gamma", "epsilon")


@dataclass(frozen=True, slots=True, eq=False)
class Moments:
    """Running mean and variance of one stream of values.

    Attributes
    ----------
    mean, var : NDArray[float64]
        Of the shape of one value; read-only.
    count : float
        How many values they stand for.
    """

    mean: NDArray[np.float64]
    var: NDArray[np.float64]
    count: float

    def __post_init__(self) -> None:
        for name in ("mean", "var"):
            values = np.array(getattr(self, name), dtype=np.float64)
            values.flags.writeable = False
            object.__setattr__(self, name, values)

    @classmethod
    def of(cls, running: "RunningMeanStd") -> "Moments":
        """Copy SB3's running statistics."""
        return cls(running.mean, running.var, float(running.count))

    def problem(self) -> str | None:
        """Return what makes these moments unusable, or None."""
        if self.mean.shape != self.var.shape:
            return f"mean has shape {self.mean.shape}, var {self.var.shape}"
        if not (np.isfinite(self.mean).all() and np.isfinite(self.var).all()):
            return "not all numbers are finite"
        return "a variance is negative" if (self.var < 0).any() else None


@dataclass(frozen=True, slots=True, eq=False)
class Normaliser:
    """Scales observations and rewards by statistics that never change.

    The arithmetic is that of SB3's ``VecNormalize`` to the last bit:
    ``clip((x - mean) / sqrt(var + epsilon), -clip, clip)`` in float64, returned as float32.

    Attributes
    ----------
    obs : Mapping[str, Moments]
        Statistics by observation key; the key of an observation without keys is ``""``.
    reward : Moments
        Statistics of the discounted return, of shape ``()``.
    norm_obs, norm_reward : bool
        Whether observations and rewards are scaled at all.
    clip_obs, clip_reward : float
        Largest absolute value of the result.
    gamma : float
        Discount of the return that the reward statistics describe.
    epsilon : float
        Added to every variance.
    """

    obs: Mapping[str, Moments]
    reward: Moments
    norm_obs: bool
    norm_reward: bool
    clip_obs: float
    clip_reward: float
    gamma: float
    epsilon: float
    _scales: Mapping[str, tuple[NDArray[np.float64], NDArray[np.float64]]] = field(
        init=False, repr=False
    )

    def __post_init__(self) -> None:
        # The square roots are taken once: an agent normalises at every step.
        scales = {k: (m.mean, np.sqrt(m.var + self.epsilon)) for k, m in self.obs.items()}
        object.__setattr__(self, "obs", dict(self.obs))
        object.__setattr__(self, "_scales", scales)

    @classmethod
    def from_vecnormalize(cls, venv: "VecNormalize") -> "Normaliser":
        """Copy the present statistics and settings of an SB3 ``VecNormalize``."""
        obs: dict[str, Moments] = {}
        if venv.norm_obs:
            running = venv.obs_rms
            by_key = running if isinstance(running, dict) else {WHOLE: running}
            obs = {key: Moments.of(values) for key, values in by_key.items()}
        return cls(
            obs=obs,
            reward=Moments.of(venv.ret_rms),
            norm_obs=bool(venv.norm_obs),
            norm_reward=bool(venv.norm_reward),
            clip_obs=float(venv.clip_obs),
            clip_reward=float(venv.clip_reward),
            gamma=float(venv.gamma),
            epsilon=float(venv.epsilon),
        )

    def normalise_obs(self, obs: Any) -> Any:
        """Return the scaled observation; the given one is left as it is.

        Parameters
        ----------
        obs : NDArray or dict of NDArray
            One observation or a batch of them (extra leading axes).

        Returns
        -------
        NDArray[float32] or dict of NDArray[float32]
            Keys without statistics are passed on, not copied.
        """
        if not self.norm_obs:
            return obs
        if not isinstance(obs, dict):
            return self._scale(obs, *self._scales[WHOLE])
        scaled = dict(obs)
        for key, (mean, std) in self._scales.items():
            scaled[key] = self._scale(obs[key], mean, std)
        return scaled

    def normalise_reward(self, reward: NDArray[Any]) -> NDArray[np.float32]:
        """Return rewards divided by the standard deviation of the return, clipped; float32."""
        if self.norm_reward:
            std = np.sqrt(self.reward.var + self.epsilon)
            reward = np.clip(reward / std, -self.clip_reward, self.clip_reward)
        return reward.astype(np.float32)

    def _scale(
        self, values: NDArray[Any], mean: NDArray[np.float64], std: NDArray[np.float64]
    ) -> NDArray[np.float32]:
        result = np.asarray(values - mean)
        np.divide(result, std, out=result)
        np.minimum(result, self.clip_obs, out=result)
        np.maximum(result, -self.clip_obs, out=result)
        return result.astype(np.float32)

    def save(self, path: Path) -> None:
        """Write the statistics to ``path`` (.npz, plain arrays); atomic.

        Parameters
        ----------
        path : Path
            File to create or replace; its folder exists.
        """
        arrays: dict[str, Any] = {name: np.array(getattr(self, name)) for name in _SCALARS}
        arrays |= {"format": np.array(FORMAT), "keys": np.array(list(self.obs), dtype=np.str_)}
        for name, moments in self._named().items():
            arrays |= {f"{name}.mean": moments.mean, f"{name}.var": moments.var}
            arrays[f"{name}.count"] = np.array(moments.count)
        temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
        try:
            with temporary.open("wb") as file:
                np.savez(file, **arrays)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)

    def _named(self) -> dict[str, Moments]:
        # Numbered, so that an observation key may hold any character.
        numbered = {f"obs{i}": moments for i, moments in enumerate(self.obs.values())}
        return numbered | {"reward": self.reward}

    @classmethod
    def load(cls, path: Path) -> "Normaliser":
        """Read statistics that `save` wrote; nothing in the file is ever executed.

        Parameters
        ----------
        path : Path
            The .npz file.

        Returns
        -------
        Normaliser
            Scales exactly as the one that was saved.

        Raises
        ------
        UserError
            If the file is missing, damaged, or holds anything but such statistics.
        """
        try:
            with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
                return _read(archive)
        except FileNotFoundError:
            raise UserError(f"{path}: there is no such file of statistics") from None
        except KeyError as error:
            raise UserError(f"{path}: not a file of statistics: {error.args[0]}") from error
        except _UNREADABLE as error:
            raise UserError(f"{path}: damaged, or not a file of statistics: {error}") from error


_UNREADABLE = (OSError, EOFError, ValueError, TypeError, zipfile.BadZipFile, zlib.error)


def _read(archive: Any) -> Normaliser:
    if int(archive["format"]) != FORMAT:
        raise ValueError(f"its format is {archive['format']}, this version reads {FORMAT}")

    def moments(name: str) -> Moments:
        mean, var, count = (archive[f"{name}.{part}"] for part in ("mean", "var", "count"))
        found = Moments(mean, var, float(count))
        problem = found.problem()
        if problem:
            raise ValueError(f"the statistics '{name}' are unusable: {problem}")
        return found

    keys = [str(key) for key in np.atleast_1d(archive["keys"])]
    settings = {name: archive[name].item() for name in _SCALARS}
    for name, value in settings.items():
        switch = name.startswith("norm_")
        if not isinstance(value, bool if switch else float) or not value >= 0:
            raise ValueError(f"{name} must be {'true or false' if switch else 'a number >= 0'}")
    return Normaliser(
        obs={key: moments(f"obs{i}") for i, key in enumerate(keys)},
        reward=moments("reward"),
        **settings,
    )
