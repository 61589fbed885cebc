"""The process that steps some of the environments of a `WorkerVecEnv`.

It is started with the number of a socket, over which it gets its order and then commands, each a
name and an argument; it answers each with a pair: whether it worked, and the result or what went
wrong. When the socket closes, the parent is gone, however it ended, and so is the worker.
Observations, rewards and ends of episodes do not go through the socket but through files that
both processes have mapped.
"""

import gc
import pickle
import shutil
import sys
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tradegym.conf.errors import TradegymError
from tradegym.envs.recipe import EnvRecipe
from tradegym.experiments.leaving import leave
from tradegym.experiments.training.envs import OwnSeeds

REWARDS, DONES = "rewards", "dones"


@dataclass(frozen=True, slots=True)
class Order:
    """What a worker is told first.

    Attributes
    ----------
    recipe : EnvRecipe
    numbers : range
        Of its environments, among all.
    folder : Path
        Holds the shared files; a worker whose parent is gone removes it.
    files : mapping of str to Path
        Arrays of all environments: each part of the observation by ``obs/<name>`` (``obs/`` alone
        where it has no parts), ``rewards`` (float32) and ``dones`` (bool).
    terms_key : str or None
        Where to put the sums of an episode's reward terms into its last info, when other infos
        are empty; None: every info is whole.
    """

    recipe: EnvRecipe
    numbers: range
    folder: Path
    files: Mapping[str, Path]
    terms_key: str | None


class Crew:
    """The environments of one worker.

    Parameters
    ----------
    order : Order
    """

    def __init__(self, order: Order) -> None:
        self._numbers, self._key = order.numbers, order.terms_key
        maker = order.recipe.maker()
        self._envs = [OwnSeeds(maker.env(), number) for number in order.numbers]
        arrays = {name: np.load(path, mmap_mode="r+") for name, path in order.files.items()}
        self._rewards, self._dones = arrays.pop(REWARDS), arrays.pop(DONES)
        self._parts = [(name.removeprefix("obs/"), array) for name, array in arrays.items()]
        self._started = time.time()
        self._earned: list[list[float]] = [[] for _ in self._envs]
        self._terms: list[dict[str, float]] = [defaultdict(float) for _ in self._envs]

    def reset(self, asked: Sequence[tuple[int | None, dict[str, Any]]]) -> list[dict[str, Any]]:
        """Reset each environment with its seed and options; returns their infos."""
        infos = []
        for index, (seed, options) in enumerate(asked):
            observation, info = self._envs[index].reset(seed=seed, options=options or None)
            self._begin(index, observation)
            infos.append(info)
        return infos

    def step(self, actions: NDArray[Any]) -> tuple[list[dict[str, Any]], dict[int, dict[str, Any]]]:
        """Step each environment, and reset those whose episode ends.

        Returns
        -------
        infos : list of dict
        resets : dict of int to dict
            Infos of new episodes by the number of their environment.
        """
        infos, resets, first = [], {}, self._numbers.start
        for index, env in enumerate(self._envs):
            observation, reward, terminated, truncated, info = env.step(actions[index])
            done, reward = terminated or truncated, float(reward)
            self._rewards[first + index], self._dones[first + index] = reward, done
            self._earned[index].append(reward)
            if self._key is not None:
                sums = self._terms[index]
                for name, value in info["reward_terms"].items():
                    sums[name] += value
            info["TimeLimit.truncated"] = truncated and not terminated
            if done:
                info["episode"] = self._summary(index)
                info["terminal_observation"] = observation
                if self._key is not None:
                    info[self._key] = dict(self._terms[index])
                observation, resets[first + index] = env.reset()
                self._begin(index, observation)
            else:
                self._write(index, observation)
            infos.append(info if done or self._key is None else {})
        return infos, resets

    def call(self, asked: tuple[Sequence[int], str, tuple[Any, ...], dict[str, Any]]) -> list[Any]:
        """Call a method of the environments with these numbers."""
        numbers, name, args, kwargs = asked
        return [env.get_wrapper_attr(name)(*args, **kwargs) for env in self._chosen(numbers)]

    def get(self, asked: tuple[Sequence[int], str]) -> list[Any]:
        """Return an attribute of the environments with these numbers."""
        numbers, name = asked
        return [env.get_wrapper_attr(name) for env in self._chosen(numbers)]

    def set(self, asked: tuple[Sequence[int], str, Any]) -> None:
        """Give the environments with these numbers an attribute."""
        numbers, name, value = asked
        for env in self._chosen(numbers):
            setattr(env, name, value)

    def close(self, _: None) -> None:
        """Close the environments."""
        for env in self._envs:
            env.close()

    def _chosen(self, numbers: Sequence[int]) -> list[OwnSeeds]:
        return [self._envs[number - self._numbers.start] for number in numbers]

    def _begin(self, index: int, observation: Any) -> None:
        self._earned[index] = []
        self._terms[index] = defaultdict(float)
        self._write(index, observation)

    def _write(self, index: int, observation: Any) -> None:
        number = self._numbers.start + index
        for name, array in self._parts:
            array[number] = observation[name] if name else observation

    def _summary(self, index: int) -> dict[str, Any]:
        """Return what SB3's ``Monitor`` tells of an episode."""
        earned = self._earned[index]
        elapsed = round(time.time() - self._started, 6)
        return {"r": round(sum(earned), 6), "l": len(earned), "t": elapsed}


def main() -> int:
    """Serve until the parent says that it is enough, or is gone."""
    line, order = Connection(int(sys.argv[1])), None
    with suppress(EOFError, OSError):
        sys.path[:] = pickle.loads(line.recv_bytes())  # the parent's, for the user's own modules
        try:
            order = pickle.loads(line.recv_bytes())
            crew = Crew(order)
        except Exception as error:
            _fail(line, error)
            return 1
        # What is there now stays, and backtrader leaves much that is not garbage.
        gc.freeze()
        gc.set_threshold(50_000, 20, 20)
        line.send((True, None))
        while True:
            command, argument = line.recv()
            try:
                line.send((True, getattr(crew, command)(argument)))
            except OSError:
                raise
            except Exception as error:
                _fail(line, error)
            if command == "close":
                return 0
    if order is not None:
        shutil.rmtree(order.folder, ignore_errors=True)
    return 0


def _fail(line: Connection, error: Exception) -> None:
    """Tell the parent what went wrong; its own errors go as they are."""
    mine = isinstance(error, TradegymError)
    text = str(error) if mine else f"{type(error).__name__}: {error}"
    line.send((False, (type(error) if mine else None, text)))


if __name__ == "__main__":
    leave(main())
