"""Chooses the bars of each episode of one environment."""

import copy
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from tradegym.conf.errors import UserError
from tradegym.envs.data.sampling.bars import EpisodeBars, rows_after_warmup
from tradegym.envs.data.sampling.complaints import (
    no_eligible_start,
    part_too_short,
    show_time,
    start_outside,
    timestamp_without_start,
    wrong_part,
)
from tradegym.envs.data.sampling.draw import StartDraw
from tradegym.envs.data.sampling.options import SamplingOptions
from tradegym.envs.data.sampling.orders import ORDERS, Situation
from tradegym.envs.data.sampling.request import EpisodeRequest
from tradegym.envs.data.sampling.starts import Starts, find_starts

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Second half of the generator's 128-bit key, so that whatever else an environment draws from an
# episode's key is independent of where the episode starts.
STREAM = 0x73_74_61_72_74

_DEFAULT = EpisodeRequest()


class EpisodeSampler:
    """Chooses episodes inside one part of the data.

    Starts are judged once, here; choosing one takes microseconds then, however long the data.

    Parameters
    ----------
    times : ndarray of datetime64[ns], shape [T]
        Closes of the dataset's bars, UTC, increasing.
    ranges : sequence of range
        Contiguous rows of the part, disjoint and in the order of time. No episode crosses one.
    part : str
        Its name, ``train``, ``validation`` or ``test``.
    options : SamplingOptions
    warmup : int
        Bars before the first decision.
    skip_frame : int
        Bars per decision.

    Raises
    ------
    UserError
        If an episode does not fit, or no start is eligible; the message says which option
        excludes how many.
    """

    def __init__(
        self,
        times: "NDArray[np.datetime64]",
        ranges: Sequence[range],
        part: str,
        options: SamplingOptions,
        *,
        warmup: int,
        skip_frame: int,
    ) -> None:
        self._times = times
        self._ranges = tuple(ranges)
        self._part = part
        self._options = options
        self._warmup = warmup
        self._length = rows_after_warmup(options.decisions or 1, skip_frame)
        self._starts = find_starts(times, self._ranges, warmup, self._length, options)
        self._draw = StartDraw(self._starts)
        self._previous: EpisodeBars | None = None
        played = self._ranges if options.decisions is None else [max(self._ranges, key=len)]
        for rows in played:
            if len(rows) < warmup + self._length:
                raise part_too_short(part, rows, options, warmup, self._length)
        if not len(self._starts):
            raise no_eligible_start(part, self._starts, options)

    @property
    def previous(self) -> EpisodeBars | None:
        """The last episode; None before the first."""
        return self._previous

    def restart(self) -> None:
        """Forget the last episode: the next one is the first again."""
        self._previous = None

    def recall(self, previous: EpisodeBars | None) -> None:
        """Take these bars for the last episode's."""
        self._previous = previous

    def twin(self) -> "EpisodeSampler":
        """Return a sampler of the same episodes that has not chosen any, without judging again."""
        other = copy.copy(self)
        other._previous = None
        return other

    @property
    def uniform(self) -> Starts | None:
        """The starts, if every episode takes an eligible one at random, all equally likely."""
        options = self._options if self._in_train else self._options.uniform()
        alike = options.order == "random" and options.b_alpha == options.b_beta == 1
        return self._starts if alike else None

    def bars_from(self, decision: int) -> EpisodeBars:
        """Return the bars of the episode whose first decision is at this row."""
        return self._bars(decision)

    @property
    def warmup(self) -> int:
        """Bars before the first decision."""
        return self._warmup

    @property
    def longest(self) -> int:
        """Most bars that an episode can have."""
        if self._options.decisions is None:
            return max(map(len, self._ranges))
        return self._warmup + self._length

    def choose(self, key: int, request: EpisodeRequest = _DEFAULT) -> EpisodeBars:
        """Return the bars of the next episode.

        Parameters
        ----------
        key : int
            Between 0 and 2^64 - 1; the same key, options and last episode give the same bars.
        request : EpisodeRequest

        Raises
        ------
        UserError
            If the request cannot be met.
        """
        if request.sample_type is not None and (request.sample_type == 0) != self._in_train:
            raise wrong_part(request.sample_type, self._part)
        if request.get_new or self._previous is None:
            self._previous = self._bars(self._decision(key, request))
        return self._previous

    @property
    def _in_train(self) -> bool:
        return self._part == "train"

    def _decision(self, key: int, request: EpisodeRequest) -> int:
        if request.start is not None:
            return self._explicit(request.start)
        candidates = self._starts.number
        if request.timestamp is not None:
            if not self._in_train:
                return self._from(request.timestamp)
            candidates = self._known_by(request.timestamp)
        b_alpha, b_beta = self._beta(request)
        words = np.array([key, STREAM], dtype=np.uint64)
        situation = Situation(
            ranges=self._ranges,
            warmup=self._warmup,
            starts=self._starts,
            previous=self._previous,
            rng=np.random.Generator(np.random.Philox(key=words)),
            draw=self._draw,
            b_alpha=b_alpha,
            b_beta=b_beta,
            candidates=candidates,
        )
        return ORDERS[self._options.order](situation)

    def _bars(self, decision: int) -> EpisodeBars:
        part = next(rows for rows in self._ranges if decision in rows)
        stop = part.stop if self._options.decisions is None else decision + self._length
        return EpisodeBars(decision - self._warmup, stop, decision, part)

    def _beta(self, request: EpisodeRequest) -> tuple[float, float]:
        """Return the parameters of Beta: as in BTgym it is uniform outside train."""
        options = self._options if self._in_train else self._options.uniform()
        given = (request.b_alpha, request.b_beta)
        if not self._in_train and any(value not in (None, 1.0) for value in given):
            raise UserError(
                f"reset options: b_alpha and b_beta shape the starts in train; this environment "
                f"plays {self._part}, where every start is equally likely"
            )
        return given[0] or options.b_alpha, given[1] or options.b_beta

    def _explicit(self, start: int | np.datetime64) -> int:
        row = start if isinstance(start, int) else int(np.searchsorted(self._times, start))
        if not any(row in rows for rows in self._starts.candidates):
            raise start_outside(start, self._part, self._starts.candidates, self._times)
        return row

    def _from(self, timestamp: np.datetime64) -> int:
        """Return the first eligible start at or after a time."""
        starts = self._starts
        row = int(np.searchsorted(self._times, timestamp))
        number = starts.eligible_before(starts.count_before(row))
        if number == len(starts):
            last = show_time(self._times[starts.eligible(number - 1)])
            raise timestamp_without_start(timestamp, self._part, f"the last one starts at {last}")
        return starts.eligible(number)

    def _known_by(self, timestamp: np.datetime64) -> int:
        """Return how many candidates, the first ones, end at or before a time."""
        if self._options.order != "random":
            raise UserError(
                f"reset options: timestamp limits random episodes, but episode.order="
                f"{self._options.order}; leave it out or use start"
            )
        known = int(np.searchsorted(self._times, timestamp, "right"))
        candidates = self._starts.count_before(known - self._length + 1)
        if not self._starts.eligible_before(candidates):
            end = show_time(self._times[self._starts.eligible(0) + self._length - 1])
            raise timestamp_without_start(timestamp, self._part, f"the first one ends at {end}")
        return candidates
