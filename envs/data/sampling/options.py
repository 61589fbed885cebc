"""How episodes are sampled, in the units of the data."""

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tradegym.conf.schema.duration import parse_duration
from tradegym.conf.schema.episode import WEEKDAYS

if TYPE_CHECKING:
    from tradegym.conf.schema.episode import EpisodeConfig


@dataclass(frozen=True, slots=True)
class SamplingOptions:
    """What `EpisodeConfig` means on a dataset.

    Attributes
    ----------
    order : str
        Key of `tradegym.envs.data.sampling.orders.ORDERS`.
    decisions : int or None
        Length of an episode; None (with order ``whole`` only) plays parts from end to end.
    time_gap : int or None
        Longest time between the closes of two successive bars, in nanoseconds; None: any.
    start_weekdays : tuple of int
        Weekdays of the first decision, in UTC; 0 is Monday.
    start_00 : bool
        The first decision is at the first bar of a UTC day.
    b_alpha, b_beta : float
        Parameters of the Beta distribution of random starts, above 0.
    """

    order: str = "random"
    decisions: int | None = None
    time_gap: int | None = None
    start_weekdays: tuple[int, ...] = WEEKDAYS
    start_00: bool = False
    b_alpha: float = 1.0
    b_beta: float = 1.0

    @classmethod
    def of(cls, config: "EpisodeConfig", bar_seconds: float, skip_frame: int) -> "SamplingOptions":
        """Translate the configuration.

        A duration is rounded down to whole decisions, at least one.

        Parameters
        ----------
        config : EpisodeConfig
        bar_seconds : float
            Length of a bar.
        skip_frame : int
            Bars per decision.
        """
        decisions = config.duration
        if isinstance(decisions, str):
            seconds = parse_duration(decisions).total_seconds()
            decisions = max(1, int(seconds / bar_seconds // skip_frame))
        gap = None if config.time_gap is None else parse_duration(config.time_gap).total_seconds()
        options = cls(
            order=config.order,
            decisions=decisions,
            time_gap=None if gap is None else round(gap * 1e9),
            start_weekdays=config.start_weekdays,
            start_00=config.start_00,
            b_alpha=config.b_alpha,
            b_beta=config.b_beta,
        )
        return options.whole() if decisions is None or config.order == "whole" else options

    def whole(self) -> "SamplingOptions":
        """Return the options that play whole parts: nothing else counts then."""
        return SamplingOptions(order="whole")

    def uniform(self) -> "SamplingOptions":
        """Return the same options with equally likely starts."""
        return dataclasses.replace(self, b_alpha=1.0, b_beta=1.0)
