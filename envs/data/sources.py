"""Where bars come from: ``dataset.source`` to the function that loads them."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from tradegym.conf.errors import UserError, did_you_mean

if TYPE_CHECKING:
    from tradegym.conf.schema.dataset import DatasetConfig
    from tradegym.envs.data.dataset import Dataset

Loader = Callable[["DatasetConfig"], "Dataset"]
SOURCES: dict[str, Loader] = {}


def source(name: str) -> Callable[[Loader], Loader]:
    """Register the loader for ``dataset.source=name``."""

    def register(loader: Loader) -> Loader:
        SOURCES[name] = loader
        return loader

    return register


def load_dataset(config: "DatasetConfig") -> "Dataset":
    """Load and check the bars that ``dataset.source`` and its options name.

    Parameters
    ----------
    config : DatasetConfig
        The dataset node; ``cls`` is not looked at.

    Returns
    -------
    Dataset
        Checked, read-only bars.

    Raises
    ------
    UserError
        If the source is unknown, or its file is missing or faulty.
    """
    try:
        loader = SOURCES[config.source]
    except KeyError:
        raise UserError(
            f"dataset.source={config.source} is not one of {', '.join(SOURCES)}"
            f"{did_you_mean(config.source, SOURCES)}"
        ) from None
    return loader(config)


@source("sp500")
@source("nasdaq")
def packaged_source(config: "DatasetConfig") -> "Dataset":
    """Load an index that comes with an installed package."""
    from tradegym.envs.data.packaged import load_packaged

    return load_packaged(config.source)


@source("csv")
def csv_source(config: "DatasetConfig") -> "Dataset":
    """Load the user's own file."""
    from tradegym.envs.data.columns import KEYS
    from tradegym.envs.data.csv_file import load_csv

    if not config.filename:
        raise UserError(
            "dataset.filename is not set; give the file, e.g. dataset.filename=data/bars.csv"
        )
    return load_csv(
        config.filename,
        delimiter=config.delimiter,
        timezone=config.timezone,
        columns={key: getattr(config.columns, key) for key in KEYS},
    )
