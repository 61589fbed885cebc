"""Loads a dataset and refuses what cannot be meant."""

from collections.abc import Collection

from tradegym.conf.schema.dataset import DatasetConfig
from tradegym.envs.data.dataset import Dataset
from tradegym.envs.data.sources import load_dataset
from tradegym.envs.data.validation.finding import Finding
from tradegym.envs.data.validation.inspection import check_suspicions

SIMULATED = ("synthetic", "mixed")
"""Sources whose bars are drawn: however odd they look, they are what was asked for."""


def load_checked(
    config: DatasetConfig, *, allow: Collection[str] = ()
) -> tuple[Dataset, tuple[Finding, ...]]:
    """Load the bars that a run uses.

    Parameters
    ----------
    config : DatasetConfig
        The dataset node; ``cls`` is not looked at.
    allow : collection of str
        Rules of suspicion that are not applied.

    Returns
    -------
    dataset : Dataset
        Checked, read-only bars.
    warnings : tuple of Finding
        What should be shown to the user.

    Raises
    ------
    UserError
        In one line: file, row, column, value, problem and fix.
    """
    dataset = load_dataset(config)
    if config.source in SIMULATED:
        return dataset, ()
    return dataset, check_suspicions(dataset, config, allow=allow)
