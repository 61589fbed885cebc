"""The episodes that the environments of a batch play next."""

from typing import TYPE_CHECKING

import numpy as np
from gymnasium.utils.seeding import np_random
from numpy.typing import NDArray

from tradegym.envs.data.sampling import EpisodeBars, EpisodeSampler
from tradegym.envs.data.sampling.request import EpisodeRequest
from tradegym.envs.data.sampling.sampler import STREAM
from tradegym.envs.engines.compiled.kernel.starts import draw_starts

if TYPE_CHECKING:
    from tradegym.envs.engines.compiled.kernel.batch import Queue

DEPTH = 32
"""Episodes of an environment that are chosen ahead."""

_MOST = 2**32  # eligible starts that the compiled draw knows


class EpisodeQueues:
    """A queue of episodes for each environment: keys, and the bars that they stand for.

    The keys of an environment come from its own generator, one after the other, and an episode
    from its key, exactly as in `TradingEnv`. Drawing ahead changes neither.

    Parameters
    ----------
    queue : Queue
        The arrays that the kernel takes episodes from.
    sampler : EpisodeSampler
        Each environment gets a twin of it.
    compiled : bool
        Whether random starts are drawn in compiled code.
    ahead : bool
        Whether the kernel may start episodes by itself; if not, nothing is queued before it is
        asked for.
    """

    def __init__(
        self, queue: "Queue", sampler: EpisodeSampler, *, compiled: bool, ahead: bool
    ) -> None:
        self._queue = queue
        number, depth = queue.keys.shape
        self._depth = depth if ahead else 1
        self._samplers = [sampler.twin() for _ in range(number)]
        self._generators: list[np.random.Generator | None] = [None] * number
        self._draw = _UniformDraw(sampler) if _draws(sampler, compiled) else None
        # Keys that were drawn for episodes which were not started after all.
        self._spare: list[list[int]] = [[] for _ in range(number)]
        #: Bars of the current episode, as rows of the home dataset: first row and number.
        self.first = np.zeros(number, np.int64)
        self.length = np.zeros(number, np.int64)

    def seed(self, i: int, seed: int | None) -> None:
        """Begin a sequence of episodes anew, if there is a seed."""
        if seed is None:
            return
        self._generators[i] = np_random(seed)[0]
        self._queue.head[i] = self._queue.filled[i] = 0
        self._queue.number[i] = 0
        self._spare[i].clear()
        self._samplers[i].restart()

    def refill(self, i: int) -> None:
        """Choose the next episodes of an environment whose queue is empty."""
        queue = self._queue
        keys = queue.keys[i, : self._depth]
        self._fill_keys(i, keys)
        if self._draw is not None:
            self._draw(keys, queue.first[i], queue.length[i])
        else:
            sampler = self._samplers[i]
            for place, key in enumerate(keys):
                bars = sampler.choose(int(key))
                queue.first[i, place] = bars.start
                queue.length[i, place] = bars.stop - bars.start
        queue.head[i], queue.filled[i] = 0, self._depth

    def choose(
        self, i: int, request: EpisodeRequest, current: "EpisodeBars | None", key: int
    ) -> None:
        """Put the episode that a reset asks for in front of the others.

        Parameters
        ----------
        i : int
        request : EpisodeRequest
        current : EpisodeBars or None
            The environment's last episode since it was seeded, rows of the home dataset.
        key : int
            Of that episode.

        Raises
        ------
        UserError
            The request cannot be met; it counts for no episode then.
        """
        queue, sampler = self._queue, self._samplers[i]
        head, filled = int(queue.head[i]), int(queue.filled[i])
        self._spare[i][:0] = [int(one) for one in queue.keys[i, head:filled]]
        queue.head[i] = queue.filled[i] = 0
        sampler.recall(current)
        if not self._spare[i]:
            self._spare[i].append(self._new_key(i))
        drawn = self._spare[i][0]
        if not request.get_new and current is not None:
            drawn = key
        bars = sampler.choose(drawn, request)
        del self._spare[i][0]
        queue.keys[i, 0] = drawn
        queue.first[i, 0] = bars.start
        queue.length[i, 0] = bars.stop - bars.start
        queue.filled[i] = 1

    def bars(self, i: int, first: int, length: int) -> EpisodeBars:
        """Return the bars of an episode by its first row and its number of bars."""
        sampler = self._samplers[i]
        found = sampler.bars_from(first + sampler.warmup)
        return EpisodeBars(first, first + length, found.decision, found.part)

    def generator(self, i: int) -> np.random.Generator:
        """Return the generator of an environment's keys; one that was not seeded is random."""
        found = self._generators[i]
        if found is None:
            found = self._generators[i] = np_random(None)[0]
        return found

    def _new_key(self, i: int) -> int:
        return int(self.generator(i).integers(2**64, dtype=np.uint64))

    def _fill_keys(self, i: int, keys: NDArray[np.uint64]) -> None:
        spare = self._spare[i]
        kept = spare[: len(keys)]
        del spare[: len(keys)]
        keys[: len(kept)] = np.array(kept, np.uint64)
        rest = keys[len(kept) :]
        if len(rest):
            rest[:] = self.generator(i).integers(2**64, size=len(rest), dtype=np.uint64)


def _draws(sampler: EpisodeSampler, compiled: bool) -> bool:
    starts = sampler.uniform
    return compiled and starts is not None and len(starts) < _MOST


class _UniformDraw:
    """Random episodes of one length, from their keys, in compiled code."""

    def __init__(self, sampler: EpisodeSampler) -> None:
        starts = sampler.uniform
        if starts is None:
            raise ValueError("the episodes do not start at random")
        begins = np.ascontiguousarray(starts.begins, np.int64)
        self._counts = np.concatenate(([0], np.cumsum(starts.ends - starts.begins)))
        self._counts = self._counts.astype(np.int64)
        self._begins = begins
        pairs = [(rows.start, len(rows)) for rows in starts.candidates]
        self._candidates = np.array(pairs, np.int64).reshape(-1, 2)
        self._words = np.empty(4, np.uint64)
        self._warmup, self._longest = sampler.warmup, sampler.longest

    def __call__(
        self, keys: NDArray[np.uint64], first: NDArray[np.int64], length: NDArray[np.int64]
    ) -> None:
        draw_starts(
            keys,
            np.uint64(STREAM),
            self._counts,
            self._begins,
            self._candidates,
            self._words,
            first,
        )
        number = len(keys)
        first[:number] -= self._warmup
        length[:number] = self._longest
