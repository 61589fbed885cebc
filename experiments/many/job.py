"""What is asked of a worker, and what became of it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

Ending = Literal["finished", "failed", "killed", "not started"]


@dataclass(frozen=True, slots=True)
class Job:
    """One training of an experiment.

    Attributes
    ----------
    label : str
        What people call it: ``seed 3`` or ``fold 2``.
    overrides : tuple of str
        What sets it apart from the parent's configuration.
    """

    label: str
    overrides: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Order:
    """All that a worker needs to do a job; it has a JSON form.

    Attributes
    ----------
    parent : str
        Directory of the parent's run, which holds the configuration.
    overrides : list of str
    config_dir : str or None
        The user's own options.
    labels : dict of str to str
        Further entries of the child's ``run.json``.
    parent_run_id : str or None
        The parent's run in the tracker.
    argv, path : list of str
        ``sys.argv`` and ``sys.path`` of the parent.
    """

    parent: str
    overrides: list[str]
    config_dir: str | None
    labels: dict[str, str]
    parent_run_id: str | None
    argv: list[str]
    path: list[str]

    def as_dict(self) -> dict[str, Any]:
        """Return the fields as plain JSON types."""
        return asdict(self)

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> "Order":
        """Return the order that `as_dict` was made of."""
        return cls(**values)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a job.

    Attributes
    ----------
    job : Job
    ending : {"finished", "failed", "killed", "not started"}
    run : Path or None
        Directory of the run, if there came to be one.
    error : str or None
        Why it failed, in one line.
    test : dict
        Metrics of the test by agent or baseline; empty unless finished.
    """

    job: Job
    ending: Ending
    run: Path | None = None
    error: str | None = None
    test: dict[str, dict[str, float | None]] = field(default_factory=dict)

    @property
    def finished(self) -> bool:
        """Whether the training went to its end."""
        return self.ending == "finished"
