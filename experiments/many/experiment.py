"""What tells one kind of experiment from another."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from tradegym.conf.resolve import resolve_stored
from tradegym.conf.stored import StoredConfig
from tradegym.experiments.many.job import Job, Outcome

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from tradegym.conf.resolve import Resolved
    from tradegym.conf.schema.run import Config
    from tradegym.envs.build import EnvBuilder

Test = dict[str, dict[str, float | None]]
"""Metrics by agent or baseline."""


@dataclass(frozen=True, slots=True)
class Conclusion:
    """What the trainings of an experiment say together.

    Attributes
    ----------
    content : dict
        Of ``seeds.json`` or ``folds.json``.
    test : mapping
        Metrics that stand for the whole, by agent or baseline; empty if there are none.
    statistic : str
        What those are: the interquartile mean over seeds, a stitched account.
    tables : mapping of str to pandas.DataFrame
        By file name.
    figures : mapping of str to Figure
        By file name.
    warnings : tuple of str
    """

    content: dict[str, Any]
    test: Test = field(default_factory=dict)
    statistic: str = ""
    tables: "Mapping[str, pd.DataFrame]" = field(default_factory=dict)
    figures: "Mapping[str, Figure]" = field(default_factory=dict)
    warnings: tuple[str, ...] = ()


class Experiment(Protocol):
    """A kind of experiment."""

    noun: str
    """What it has several of: ``seed`` or ``fold``."""
    file: str
    """Name of its own JSON file."""

    def first(self, config: "Config") -> Job:
        """Check what can be checked without data, and return one of the jobs.

        Raises
        ------
        UserError
            The configuration does not fit the experiment.
        """

    def jobs(self, resolved: "Resolved", builder: "EnvBuilder") -> list[Job]:
        """Return all jobs.

        Raises
        ------
        UserError
            The data do not fit the experiment.
        """

    def conclude(
        self,
        resolved: "Resolved",
        builder: "EnvBuilder",
        outcomes: Sequence[Outcome],
    ) -> Conclusion:
        """Return what the trainings say together."""

    def partial(self, resolved: "Resolved", outcomes: Sequence[Outcome]) -> dict[str, Any]:
        """Return the content of the JSON file for an experiment that was interrupted."""


def child(resolved: "Resolved", job: Job) -> "Resolved":
    """Return the configuration of one job.

    Raises
    ------
    UserError
        It is wrong.
    """
    stored = StoredConfig("the configuration", resolved.tree(), resolved.to_json())
    return resolve_stored(stored, job.overrides, resolved.config_dir)
