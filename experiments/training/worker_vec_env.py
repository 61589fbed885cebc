"""Environments of the backtrader engine that are stepped by several processes."""

import os
import pickle
import shutil
import socket
import subprocess
import sys
import tempfile
import warnings
import weakref
from collections.abc import Mapping, Sequence
from contextlib import suppress
from itertools import pairwise
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cloudpickle
import gymnasium as gym
import numpy as np
from numpy.typing import NDArray
from stable_baselines3.common.monitor import Monitor
from stable_baselines3.common.vec_env import VecEnv
from stable_baselines3.common.vec_env.base_vec_env import VecEnvIndices, VecEnvObs, VecEnvStepReturn

from tradegym.conf.errors import RunFailed, UserError
from tradegym.envs.recipe import EnvRecipe
from tradegym.experiments.training.env_worker import DONES, REWARDS, Order
from tradegym.experiments.training.envs import OwnSeeds
from tradegym.experiments.training.rollout_terms import EPISODE_TERMS

if TYPE_CHECKING:
    from tradegym.conf.resolved import Resolved
    from tradegym.envs.trading import TradingEnv

_PATIENCE_S = 10.0  # that closing workers have before they are killed


class WorkerVecEnv(VecEnv):
    """N environments in W processes, each of which steps its share one after the other.

    Episodes, observations, rewards and infos are those of a ``DummyVecEnv`` over environments in
    a ``Monitor`` that are seeded by `OwnSeeds`, whatever W is. The workers share one copy of the
    bars and features, which they map from files; the files are removed as soon as all workers
    have them open. A worker ends with this process, even if that is killed.

    Parameters
    ----------
    env : TradingEnv
        What the environments are like; it is only read.
    resolved : Resolved
        What it was made from.
    n_envs : int
    workers : int
        Processes; no more than environments are started.
    objects : mapping of str to object, optional
        As for `tradegym.envs.build.EnvBuilder`; they are pickled.
    full_info : bool
        Whether every step has its info, or only an episode's last one (which then has the sums
        of its reward terms too); empty dicts stand for the others.

    Raises
    ------
    UserError
        The system has no sockets that a process can hand on, the user's objects cannot be
        pickled, or the environments cannot be made.
    """

    def __init__(
        self,
        env: "TradingEnv",
        resolved: "Resolved",
        n_envs: int,
        workers: int,
        *,
        objects: Mapping[str, Any] | None = None,
        full_info: bool = True,
    ) -> None:
        if os.name != "posix":
            raise UserError("train.env_workers: needs Linux or macOS; allowed here: 0")
        if workers < 1:
            raise UserError(f"train.env_workers: {workers} processes cannot step; allowed: 1 up")
        self.num_envs, self.observation_space = n_envs, env.observation_space
        #: Whether infos have the sums of the reward terms.
        self.sums_terms = not full_info
        #: The processes (``subprocess.Popen``).
        self.processes: list[subprocess.Popen[bytes]] = []
        self._lines: list[Connection] = []
        self._waiting = False
        folder = Path(tempfile.mkdtemp(prefix="tradegym-"))
        self._end = weakref.finalize(self, _end, self._lines, self.processes, folder)
        try:
            self._start(EnvRecipe.of(env, resolved, folder, objects), folder, min(workers, n_envs))
        except BaseException:
            self._end()
            raise
        shutil.rmtree(folder, ignore_errors=True)  # what is mapped stays
        super().__init__(n_envs, env.observation_space, env.action_space)

    def _start(self, recipe: EnvRecipe, folder: Path, workers: int) -> None:
        """Start the workers, and wait until all have made their environments."""
        files = self._map_results(folder)
        bounds = np.linspace(0, self.num_envs, workers + 1).astype(int).tolist()
        self._shares = [range(a, b) for a, b in pairwise(bounds)]
        terms_key = EPISODE_TERMS if self.sums_terms else None
        path = pickle.dumps(sys.path)
        for share in self._shares:
            order = _pickled(Order(recipe, share, folder, files, terms_key))
            process, line = _launch()
            self.processes.append(process)
            self._lines.append(line)
            with suppress(OSError):  # a worker that is gone already is noticed below
                line.send_bytes(path)
                line.send_bytes(order)
        self._receive()

    def _map_results(self, folder: Path) -> dict[str, Path]:
        """Make the arrays that the workers write to."""
        space, n = self.observation_space, self.num_envs
        parts = space.spaces if isinstance(space, gym.spaces.Dict) else {"": space}
        wanted = {f"obs/{name}": (one.shape, one.dtype) for name, one in parts.items()}
        wanted |= {REWARDS: ((), np.dtype(np.float32)), DONES: ((), np.dtype(bool))}
        files, arrays = {}, {}
        for number, (name, (shape, kind)) in enumerate(wanted.items()):
            files[name] = folder / f"result{number}.npy"
            arrays[name] = np.lib.format.open_memmap(
                files[name], "w+", dtype=kind, shape=(n, *(shape or ()))
            )
        self._rewards, self._dones = arrays.pop(REWARDS), arrays.pop(DONES)
        self._parts = {name.removeprefix("obs/"): array for name, array in arrays.items()}
        return files

    # -- all environments -----------------------------------------------------------------------

    def reset(self) -> VecEnvObs:
        """Start an episode in every environment; seeds and options count once."""
        asked = list(zip(self._seeds, self._options, strict=True))
        answers = self._ask("reset", [asked[one.start : one.stop] for one in self._shares])
        self.reset_infos = [info for answer in answers for info in answer]
        self._reset_seeds()
        self._reset_options()
        return self._observations()

    def step_async(self, actions: NDArray[Any]) -> None:
        """Send each worker its actions."""
        actions = np.asarray(actions)
        self._send("step", [actions[one.start : one.stop] for one in self._shares])
        self._waiting = True

    def step_wait(self) -> VecEnvStepReturn:
        """Wait for all workers."""
        self._waiting = False
        answers, infos = self._receive(), []
        for found, resets in answers:
            infos += found
            for number, info in resets.items():
                self.reset_infos[number] = info
        return self._observations(), np.array(self._rewards), np.array(self._dones), infos

    def close(self) -> None:
        """End the workers."""
        if not self._end.alive:
            return
        with suppress(RunFailed):
            self._ask("close", [None] * len(self._lines))
        self._end()

    def _observations(self) -> VecEnvObs:
        copies = {name: np.array(array) for name, array in self._parts.items()}
        return copies if isinstance(self.observation_space, gym.spaces.Dict) else copies[""]

    # -- single environments --------------------------------------------------------------------

    def get_attr(self, attr_name: str, indices: VecEnvIndices = None) -> list[Any]:
        """Return an attribute of each environment; it must be one that can be pickled."""
        return self._ask_some("get", indices, attr_name)

    def set_attr(self, attr_name: str, value: Any, indices: VecEnvIndices = None) -> None:
        """Give environments an attribute."""
        shares = self._by_worker(indices)
        self._ask("set", [(numbers, attr_name, value) for numbers in shares])

    def env_method(
        self,
        method_name: str,
        *method_args: Any,
        indices: VecEnvIndices = None,
        **method_kwargs: Any,
    ) -> list[Any]:
        """Call a method of each environment; what it returns must be possible to pickle."""
        return self._ask_some("call", indices, method_name, method_args, method_kwargs)

    def env_is_wrapped(
        self, wrapper_class: type[gym.Wrapper[Any, Any, Any, Any]], indices: VecEnvIndices = None
    ) -> list[bool]:
        """Tell whether environments are in a wrapper: ``OwnSeeds``, and as good as ``Monitor``."""
        known = issubclass(Monitor, wrapper_class) or issubclass(OwnSeeds, wrapper_class)
        return [known] * len(list(self._get_indices(indices)))

    def get_images(self) -> Sequence[None]:
        """Return nothing to show: these environments make no pictures."""
        warnings.warn("environments in workers make no pictures", stacklevel=2)
        return [None] * self.num_envs

    def _by_worker(self, indices: VecEnvIndices) -> list[list[int]]:
        chosen = list(self._get_indices(indices))
        return [[number for number in chosen if number in share] for share in self._shares]

    def _ask_some(self, command: str, indices: VecEnvIndices, *rest: Any) -> list[Any]:
        shares = self._by_worker(indices)
        answers = self._ask(command, [(numbers, *rest) for numbers in shares])
        found = {
            number: value
            for numbers, answer in zip(shares, answers, strict=True)
            for number, value in zip(numbers, answer, strict=True)
        }
        return [found[number] for number in self._get_indices(indices)]

    # -- workers ----------------------------------------------------------------------------------

    def _ask(self, command: str, arguments: Sequence[Any]) -> list[Any]:
        self._send(command, arguments)
        return self._receive()

    def _send(self, command: str, arguments: Sequence[Any]) -> None:
        if not self._end.alive:
            raise RunFailed("the environments in worker processes were closed")
        if self._waiting:  # a step whose end was never asked for, as after Ctrl-C
            self._waiting = False
            self._receive()
        try:
            for line, argument in zip(self._lines, arguments, strict=True):
                with suppress(OSError):  # who is gone is noticed when the answer is missing
                    line.send((command, argument))
        except BaseException:  # some have been asked, the others have not
            self._end()
            raise

    def _receive(self) -> list[Any]:
        """Return the answer of each worker, or raise the first error among them."""
        answers, failure = [], None
        for line, process in zip(self._lines, self.processes, strict=True):
            try:
                worked, answer = line.recv()
            except (EOFError, OSError):
                self._end()
                code = process.returncode
                raise RunFailed(
                    f"a process that steps environments ended by itself (exit code {code})"
                ) from None
            except BaseException:  # Ctrl-C: the next answers would be taken for those to come
                self._end()
                raise
            if worked:
                answers.append(answer)
            elif failure is None:
                failure = answer
        if failure is not None:
            kind, text = failure
            if kind is None:
                raise RunFailed(f"an environment in a worker process raised {text}")
            raise kind(text)
        return answers


def _launch() -> "tuple[subprocess.Popen[bytes], Connection]":
    """Start a worker; returns it and the line to it."""
    ours, theirs = socket.socketpair()
    with theirs:
        number = theirs.fileno()
        process = subprocess.Popen(
            [sys.executable, "-m", "tradegym.experiments.training.env_worker", str(number)],
            stdin=subprocess.DEVNULL,
            pass_fds=[number],
            start_new_session=True,  # Ctrl-C on a terminal is for this process alone
        )
    return process, Connection(ours.detach())


def _pickled(order: Order) -> bytes:
    try:
        return bytes(cloudpickle.dumps(order))
    except Exception as error:  # of any kind: it is the user's objects that refuse
        raise UserError(
            f"train.env_workers: the environments cannot be sent to other processes ({error}); "
            f"allowed with these objects: 0"
        ) from None


def _end(lines: list[Connection], processes: "list[subprocess.Popen[bytes]]", folder: Path) -> None:
    """End the workers, however they are, and remove their files."""
    for line in lines:
        line.close()  # which a worker takes as the end
    for process in processes:
        try:
            process.wait(_PATIENCE_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    shutil.rmtree(folder, ignore_errors=True)
