"""Environments of one program that are stepped together."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, Any

import gymnasium as gym
import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray

from tradegym.conf.errors import RunFailed, UserError
from tradegym.envs.data.sampling import (
    EpisodeBars,
    EpisodeSampler,
    SamplingOptions,
    parse_request,
)
from tradegym.envs.data.splits import Part, ranges_of
from tradegym.envs.engines.compiled.arrays import MOST_WORKERS, make_arrays
from tradegym.envs.engines.compiled.cache import engine_ready
from tradegym.envs.engines.compiled.doors import Doors, open_doors
from tradegym.envs.engines.compiled.episodes import Episodes
from tradegym.envs.engines.compiled.kernel.batch import (
    A_NEXT_STEP,
    A_NONE,
    A_SAME_STEP,
    Buffers,
    Final,
)
from tradegym.envs.engines.compiled.paths import Paths
from tradegym.envs.engines.compiled.pool import ThreadPool
from tradegym.envs.engines.compiled.program.build import Program, make_program
from tradegym.envs.market import Market
from tradegym.envs.warmup import find_warmup

if TYPE_CHECKING:
    from tradegym.envs.engines.compiled.kernel.layout import State
    from tradegym.envs.fresh import FreshMarkets


class Autoreset(IntEnum):
    """What follows the end of an episode."""

    NONE = A_NONE
    """Nothing: `Batch.reset_one` is up to the caller."""
    NEXT_STEP = A_NEXT_STEP
    """The next step ignores the action and returns the first observation of a new episode."""
    SAME_STEP = A_SAME_STEP
    """The step returns that observation; the last one is in `Batch.terminal`."""


@dataclass(frozen=True, slots=True)
class BatchSource:
    """What a batch plays; the parameters of `TradingEnv`.

    Attributes
    ----------
    market : Market
    ranges : range or tuple of range
        Rows of the dataset that episodes may use.
    part_name : {"train", "validation", "test"}
    sampling : SamplingOptions
    fresh : FreshMarkets or None
        Draws a new path for each episode; ``market`` then gives only the bar times.
    limited : bool
        Whether the strategy's limits may end an episode.
    """

    market: Market
    ranges: Part
    part_name: str
    sampling: SamplingOptions
    fresh: "FreshMarkets | None" = None
    limited: bool = True


class Batch:
    """N environments of one `Program`, stepped together.

    An environment's episodes depend on its seed alone, and its steps on its actions: not on N, on
    the number of threads, or on its place in the batch.

    Parameters
    ----------
    source : BatchSource
    n_envs : int
    threads : int
        Threads of a step.
    autoreset : Autoreset
    notify : callable, optional
        Is given a line when the engine has to be compiled first.

    Attributes
    ----------
    program : Program
    observation_space, action_space : gymnasium.spaces.Space
        Of one environment, as `TradingEnv` has them.
    state : State
        Records of the episodes that are being played.
    final : Final
        Records of those that ended in the last step; valid where it returned a reason.
    terminal : ndarray of float32, shape [N, D]
        Their last observations, valid there too.
    """

    def __init__(
        self,
        source: BatchSource,
        n_envs: int,
        *,
        threads: int = 1,
        autoreset: Autoreset = Autoreset.SAME_STEP,
        notify: Callable[[str], None] | None = None,
    ) -> None:
        ranges = ranges_of(source.ranges)
        if not ranges:
            raise UserError(f"split.{source.part_name}: has no bars; nothing can be played on it")
        market, params = source.market, source.market.engine.params
        self.source, self.n_envs, self.part_name = source, n_envs, source.part_name
        self.autoreset = Autoreset(autoreset)
        self._mode = int(autoreset)  # numba would compile the kernel once more for an enum
        warmup = find_warmup(market, ranges, source.part_name)
        sampler = EpisodeSampler(
            market.dataset.times,
            ranges,
            source.part_name,
            source.sampling,
            warmup=warmup,
            skip_frame=params["skip_frame"],
        )
        paths = None
        if source.fresh is not None:
            paths = Paths(
                source.fresh,
                market,
                n_envs,
                sampler.longest,
                compiled=engine_ready(notify) is None,
                notify=notify,
            )
        self.program: Program = make_program(
            market,
            warmup,
            limited=source.limited,
            table=None if paths is None else paths.table,
            longest=sampler.longest,
        )
        self.observation_space: spaces.Space[Any] = self.program.observation_space
        self.action_space: spaces.Space[Any] = self.program.action_space
        self._discrete = not isinstance(self.action_space, spaces.Box)
        self._kinds = "iu" if self._discrete else "iuf"
        self._arrays = make_arrays(self.program, n_envs)
        self.state: State = self._arrays.state
        self.final: Final = self._arrays.final
        self._buffers: Buffers = self._arrays.buffers
        self.terminal: NDArray[np.float32] = self._buffers.terminal
        self._doors: Doors = open_doors(self._arrays, engine_ready(notify) is None)
        self._episodes = Episodes(self._doors, market, sampler, paths)
        self._halves = self._buffers.obs[:n_envs], self._buffers.obs[n_envs:]
        self._which = 0
        self._all_ready = False
        self._stepping = False
        self._width = self._buffers.actions.shape[1]
        self._shape: tuple[int, ...] = (
            (n_envs,) if isinstance(self.action_space, spaces.Discrete) else (n_envs, self._width)
        )
        self._actions = self._buffers.actions.reshape(self._shape)
        self._pool: ThreadPool | None = None
        self.set_threads(threads)

    # -- episodes -----------------------------------------------------------------------------

    def reset(
        self,
        seeds: Sequence[int | None] | None = None,
        options: Mapping[str, Any] | None = None,
    ) -> NDArray[np.float32]:
        """Start an episode in every environment.

        Parameters
        ----------
        seeds : sequence of int or None, length N, optional
            As `TradingEnv.reset` takes them.
        options : mapping, optional
            As `TradingEnv.reset` takes them, for all environments.

        Returns
        -------
        ndarray of float32, shape [N, D]
            Overwritten by the step after the next.
        """
        given = [None] * self.n_envs if seeds is None else list(seeds)
        if len(given) != self.n_envs:
            raise ValueError(f"{len(given)} seeds for {self.n_envs} environments")
        parse_request(options)  # wrong ones change nothing; from here on all are needed
        self._all_ready = self._stepping = False
        self._episodes.ready[:] = False
        self._which ^= 1
        for i, seed in enumerate(given):
            self._episodes.reset(i, self._which, seed, options)
        self._all_ready = True
        self._buffers.ended[:] = 0
        return self._halves[self._which]

    def reset_one(
        self, i: int, seed: int | None = None, options: Mapping[str, Any] | None = None
    ) -> NDArray[np.float32]:
        """Start an episode in one environment; see `reset`.

        Returns
        -------
        ndarray of float32, shape [D]
            Its row of the observations that the last `step` or `reset` returned.
        """
        if self._stepping:  # the last step was interrupted: all are in an unknown state
            self._episodes.ready[:] = False
            self._all_ready = self._stepping = False
        try:
            self._episodes.reset(i, self._which, seed, options)
        finally:
            self._all_ready = bool(self._episodes.ready.all())
        self._buffers.ended[i] = 0
        row: NDArray[np.float32] = self._halves[self._which][i]
        return row

    def step(
        self, actions: Any
    ) -> tuple[NDArray[np.float32], NDArray[np.float64], NDArray[np.int64]]:
        """Act in every environment.

        Parameters
        ----------
        actions : ndarray of int, shape [N] or [N, A], or of float, shape [N, A + 1]
            Floats are rounded to float32.

        Returns
        -------
        observations : ndarray of float32, shape [N, D]
            One of two buffers in turn: overwritten by the step after the next.
        rewards : ndarray of float64, shape [N]
            Overwritten by the next step.
        ended : ndarray of int64, shape [N]
            Number of the reason (`endings.REASONS`, from 1), 0 where the episode goes on;
            overwritten by the next step.

        Raises
        ------
        gymnasium.error.ResetNeeded
            An environment has no episode: it was not reset, its reset failed, or the last step
            was interrupted, after which all must be reset.
        """
        if self._stepping:
            raise gym.error.ResetNeeded("call reset() before step(): the last one was interrupted")
        if not self._all_ready:
            raise gym.error.ResetNeeded("call reset() before step(): not all have an episode")
        given = np.asarray(actions)
        if given.shape != self._shape or given.dtype.kind not in self._kinds:
            raise self._refusal(given)
        # Weights are float32, as those that an environment of its own would be given.
        self._actions[...] = given if self._discrete else given.astype(np.float32, copy=False)
        doors, buffers = self._doors, self._buffers
        if doors.check() >= 0:
            raise self._refusal(given[doors.check()])
        self._stepping = True  # and so it stays where Ctrl-C comes before the step is complete
        self._which = which = self._which ^ 1
        self._episodes.keep()
        if self._pool is None:
            waiting = doors.step(which, self._mode, 0, self.n_envs)
        else:
            waiting = self._pool.step(which, self._mode)
        if waiting:
            self._episodes.start_waiting(np.flatnonzero(buffers.waiting).tolist(), which)
        self._stepping = False
        return self._halves[which], buffers.rewards, buffers.ended

    def masks(self) -> NDArray[np.bool_]:
        """Return which choices are possible now, those of the first asset first.

        Returns
        -------
        ndarray of bool, shape [N, A * C]
            Overwritten by the next call.

        Raises
        ------
        tradegym.conf.errors.UserError
            The actions are not discrete.
        """
        if not self._discrete:
            raise UserError("strategy.actions: weights have no masks; choose a discrete scheme")
        self._doors.masks()
        return self._buffers.masks

    def views(self, flat: NDArray[np.float32]) -> Any:
        """Return observations as the observation space has them, without copying.

        Parameters
        ----------
        flat : ndarray of float32, shape [..., D]

        Returns
        -------
        ndarray, or dict of str to ndarray of shape [..., rows, columns]
        """
        if isinstance(self.observation_space, spaces.Box):
            return flat
        return {
            mode.name: flat[..., mode.at : mode.at + mode.size].reshape(
                *flat.shape[:-1], *mode.shape
            )
            for mode in self.program.modes
        }

    @property
    def observations(self) -> NDArray[np.float32]:
        """What the last `step` or `reset` returned, float32 of shape [N, D]."""
        return self._halves[self._which]

    @property
    def doors(self) -> Doors:
        """The kernel's functions on the arrays of this batch."""
        return self._doors

    @property
    def buffers(self) -> Buffers:
        """What the kernel reads and writes in a step."""
        return self._buffers

    def __reduce__(self) -> Any:
        raise RunFailed(
            "environments of the compiled engine cannot be pickled or copied, since their arrays "
            "are known by address; pass a function that makes them (tradegym.make) instead"
        )

    # -- what is being played -----------------------------------------------------------------

    def home_bars_of(self, i: int) -> EpisodeBars:
        """Return the bars of environment i's episode as rows of ``source.market``'s dataset."""
        return self._episodes.home_bars(i)

    def bars_of(self, i: int) -> EpisodeBars:
        """Return the bars of environment i's episode, rows of the dataset of `market_of`."""
        return self._episodes.bars(i)

    def market_of(self, i: int) -> Market:
        """Return the market of environment i's episode: its own, if paths are drawn."""
        return self._episodes.market(i)

    def final_bars_of(self, i: int) -> EpisodeBars:
        """Return the bars of the episode that ended in the last step."""
        return self._episodes.bars(i, final=True)

    def final_market_of(self, i: int) -> Market:
        """Return the market of the episode that ended in the last step."""
        return self._episodes.market(i, final=True)

    def shown(self, i: int) -> tuple[NDArray[np.datetime64], NDArray[np.float64]]:
        """Return what environment i plays where paths are drawn; see `Paths.shown`."""
        return self._episodes.shown(i)

    def last_quote(self, i: int, row: int) -> tuple[np.datetime64, NDArray[np.float64]]:
        """Return a bar of what it played in the last step; see `Paths.last_quote`."""
        return self._episodes.last_quote(i, row)

    # -- threads ------------------------------------------------------------------------------

    def set_threads(self, threads: int) -> None:
        """Step on so many threads from now on, or as many as there are environments."""
        most = MOST_WORKERS + 1
        if threads >= 1:
            threads = min(threads, self.n_envs)
        if not 1 <= threads <= most:
            raise ValueError(f"{threads} threads; allowed: an integer from 1 to {most}")
        self.close()
        # Plain Python steps one environment after the other, however many threads there are.
        if threads > 1 and self._doors.compiled:
            self._pool = ThreadPool(self._doors.run, self._arrays, self.n_envs, threads)

    def close(self) -> None:
        """End the threads; `set_threads` starts others."""
        pool, self._pool = self._pool, None
        if pool is not None:
            pool.close()

    # -- details ------------------------------------------------------------------------------

    def _refusal(self, given: Any) -> ValueError:
        names = ", ".join(self.source.market.engine.scheme().names)
        shown = f" ({names})" if names else ""
        return ValueError(
            f"action was {given!r}; it must be in {self.action_space}{shown}, one for each of "
            f"{self.n_envs} environments"
        )
