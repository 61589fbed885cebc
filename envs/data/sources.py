"""Where bars come from: ``dataset.source`` to the function that loads them."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from tradegym.conf.errors import UserError, did_you_mean

if TYPE_CHECKING:
    from tradegym.conf.schema.dataset import DatasetConfig
    from tradegym.envs.data.dataset import Dataset

Loader = Callable[["DatasetConfig"], "Dataset"]
#: Key of the path that a synthetic dataset is; training episodes get keys of their own.
REFERENCE_KEY = 0

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
@source("csv")
@source("parquet")
def single_source(config: "DatasetConfig") -> "Dataset":
    """Load one asset: an index that comes with an installed package, or the user's own files."""
    from tradegym.envs.data.assets import load_asset

    return load_asset(config, cache=config.cache)


@source("indices")
def indices_source(config: "DatasetConfig") -> "Dataset":
    """Load the packaged indices as two assets with equal times."""
    from tradegym.envs.data.assets import load_assets
    from tradegym.envs.data.packaged import PACKAGED

    parts = {name: config.model_copy(update={"source": name}) for name in PACKAGED}
    return load_assets("indices", parts, "inner", cache=config.cache)


@source("synthetic")
def synthetic_source(config: "DatasetConfig") -> "Dataset":
    """Draw the reference path of a process: what validation and test play."""
    from tradegym.envs.data.synthetic.process import make_process

    return make_process(config.process).draw(REFERENCE_KEY, config.process.bars)


@source("mixed")
def mixed_source(config: "DatasetConfig") -> "Dataset":
    """Load the real bars of validation and test; training episodes are drawn."""
    from tradegym.conf.schema.dataset import asset_config
    from tradegym.envs.data.assets import load_asset

    return load_asset(asset_config("dataset.test", config.test), cache=config.cache)


@source("multi")
def multi_source(config: "DatasetConfig") -> "Dataset":
    """Load several assets and put them on common times."""
    from tradegym.conf.schema.dataset import asset_config
    from tradegym.envs.data.assets import load_assets

    parts = {
        name: asset_config(f"dataset.assets.{name}", entry) for name, entry in config.assets.items()
    }
    return load_assets("-".join(parts), parts, config.join, cache=config.cache)
