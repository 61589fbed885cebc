"""The episodes that the environments of a batch are playing, and how they begin."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from tradegym.envs.data.sampling import EpisodeBars, EpisodeSampler, parse_request
from tradegym.envs.engines.compiled.doors import Doors
from tradegym.envs.engines.compiled.starts import EpisodeQueues
from tradegym.envs.market import Market

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tradegym.envs.engines.compiled.paths import Paths


class Episodes:
    """Starts episodes, and tells which bars of which market they are.

    Parameters
    ----------
    doors : Doors
        Of the batch's arrays.
    home : Market
    sampler : EpisodeSampler
    paths : Paths or None
        Draws a path for each episode.

    Attributes
    ----------
    ready : ndarray of bool, shape [N]
        Whether an environment has an episode, be it over or not; one whose reset failed has none.
    """

    def __init__(
        self, doors: Doors, home: Market, sampler: EpisodeSampler, paths: "Paths | None"
    ) -> None:
        self._doors, self._home, self._paths = doors, home, paths
        arrays = doors.arrays
        self._queue, self._envs, self._final = arrays.queue, arrays.state.envs, arrays.final.envs
        self._queues = EpisodeQueues(
            self._queue, sampler, compiled=doors.compiled, ahead=paths is None
        )
        number = len(self._envs)
        self.ready: NDArray[np.bool_] = np.zeros(number, np.bool_)
        self._started = np.zeros(number, np.bool_)  # since they were seeded
        self._final_first = np.zeros(number, np.int64)

    def reset(
        self, i: int, which: int, seed: int | None, options: Mapping[str, Any] | None
    ) -> None:
        """Start an episode as a reset asks for it; its observation goes to half ``which``.

        Raises
        ------
        tradegym.conf.errors.UserError
            For wrong options, which change nothing, and for those that no episode meets: there
            is nothing to step then.
        """
        request = parse_request(options)
        self.ready[i] = False
        if seed is not None:
            self._queues.seed(i, seed)
            self._started[i] = False
        if options:
            self._envs["over"][i] = 1  # also where no episode meets the options
            current = self.home_bars(i) if self._started[i] else None
            self._queues.choose(i, request, current, int(self._envs["key"][i]))
        self.start(i, which)
        self.ready[i] = True

    def start(self, i: int, which: int) -> None:
        """Start the next episode of an environment."""
        self.start_all([i], which)

    def start_waiting(self, chosen: Sequence[int], which: int) -> None:
        """Start the next episodes of environments whose last ones are over."""
        if self._paths is not None:
            self._paths.keep_closes(chosen, self._final["row"][chosen])
        self.start_all(chosen, which)

    def start_all(self, chosen: Sequence[int], which: int) -> None:
        """Start the next episode of each of some environments."""
        queue = self._queue
        episodes = []
        for i in chosen:
            if queue.head[i] >= queue.filled[i]:
                self._queues.refill(i)
            place = queue.head[i]
            row = queue.keys[i, place], queue.first[i, place], queue.length[i, place]
            episodes.append((int(row[0]), int(row[1]), int(row[2])))
        if self._paths is not None:
            self._paths.draw(chosen, episodes)
        for i, (_, first, _) in zip(chosen, episodes, strict=True):
            if self._paths is not None:
                queue.first[i, queue.head[i]] = self._paths.first_row(i)
            self._queues.first[i] = first
            self._doors.start(i, which)
            self._started[i] = True

    def keep(self) -> None:
        """Take what is being played for what ends in this step."""
        if self._paths is not None:
            self._final_first[:] = self._queues.first
            self._paths.keep()

    def home_bars(self, i: int, *, final: bool = False) -> EpisodeBars:
        """Return the bars of an episode as rows of the home dataset."""
        records = self._final if final else self._envs
        homes = records["first_row"]
        if self._paths is not None:
            homes = self._final_first if final else self._queues.first
        return self._queues.bars(i, int(homes[i]), int(records[i].length))

    def bars(self, i: int, *, final: bool = False) -> EpisodeBars:
        """Return the bars of an episode as rows of the dataset of its `market`."""
        bars = self.home_bars(i, final=final)
        if self._paths is None:
            return bars
        length = bars.stop - bars.start
        return EpisodeBars(0, length, bars.decision - bars.start, range(length))

    def shown(self, i: int) -> "tuple[NDArray[np.datetime64], NDArray[np.float64]]":
        """Return times and bars of what environment i plays; paths are drawn."""
        return self._drawn.shown(i)

    def last_quote(self, i: int, row: int) -> "tuple[np.datetime64, NDArray[np.float64]]":
        """Return time and closes of a bar of the episode that ended; paths are drawn."""
        return self._drawn.last_quote(i, row)

    @property
    def _drawn(self) -> "Paths":
        if self._paths is None:
            raise ValueError("the episodes are rows of one dataset")
        return self._paths

    def market(self, i: int, *, final: bool = False) -> Market:
        """Return the market of an episode: the environment's own, if paths are drawn."""
        if self._paths is None:
            return self._home
        return self._paths.last_market(i) if final else self._paths.market(i)
