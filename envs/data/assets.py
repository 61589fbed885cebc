"""From the keys of a file to its bars, through the cache; and several of them together."""

import re
import zoneinfo
from collections.abc import Mapping
from hashlib import sha256
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tradegym.conf.errors import UserError
from tradegym.conf.schema.duration import parse_duration
from tradegym.envs.data.cache import cached
from tradegym.envs.data.days import are_days
from tradegym.envs.data.local_file import find_file
from tradegym.envs.data.packaged import PACKAGED, load_packaged

if TYPE_CHECKING:
    from tradegym.conf.schema.files import FileConfig
    from tradegym.envs.data.dataset import Dataset


def load_asset(config: "FileConfig", *, cache: bool, name: str | None = None) -> "Dataset":
    """Load the bars of one asset.

    Parameters
    ----------
    config : FileConfig
        Its keys.
    cache : bool
        Keep what was read, and use what was kept.
    name : str, optional
        Name of the dataset and its asset; by default that of its file or index.

    Raises
    ------
    UserError
        If a file is missing or faulty.
    """
    if config.source in PACKAGED:
        return _shaped(load_packaged(config.source), config, name or config.source)
    filenames = filenames_of(config)
    paths = [find_file(filename) for filename in filenames]

    def build() -> "Dataset":
        from tradegym.envs.data.series import load_series

        return load_series(config.source, filenames, series_options(config), name)

    if not cache:
        return build()
    facts = config.model_dump(mode="json", include=set(_file_keys(config)))
    # Messages and notes name the files as they were written.
    facts |= {"name": name, "zone": _zone_version(config.timezone), "filename": filenames}
    return cached(paths, facts, build)


def load_assets(
    name: str, parts: Mapping[str, "FileConfig"], join: str, *, cache: bool
) -> "Dataset":
    """Load several assets and put them on common times.

    Parameters
    ----------
    name : str
        Name of the dataset.
    parts : mapping of str to FileConfig
        Keys of each asset, by its name.
    join : {"inner", "asof"}
        How times are made common; `tradegym.envs.data.join` explains it.
    cache : bool
        As for `load_asset`; each asset has an entry of its own.

    Raises
    ------
    UserError
        If a file is missing or faulty, or the assets do not fit together.
    """
    from tradegym.envs.data.join import join_assets

    series: dict[str, Dataset] = {}
    for asset, config in parts.items():
        try:
            series[asset] = load_asset(config, cache=cache, name=asset)
        except UserError as error:
            raise UserError(_OF_ASSET.sub(f"dataset.assets.{asset}.", str(error))) from None
    _refuse_mixed_days(series, parts)
    return join_assets(name, series, join)


def series_options(config: "FileConfig") -> Any:
    """Return the options of a file's keys.

    Returns
    -------
    SeriesOptions
    """
    from tradegym.envs.data.file_bars import ReadOptions
    from tradegym.envs.data.series import SeriesOptions

    columns = config.columns.model_dump()
    read = ReadOptions(columns, config.delimiter, config.header, config.timezone, config.adjusted)
    return SeriesOptions(
        read, config.timestamp, _seconds(config.bar_length), _seconds(config.resample)
    )


def filenames_of(config: "FileConfig") -> list[str]:
    """Return the names in ``filename``, as the user wrote them.

    Raises
    ------
    UserError
        If there is none.
    """
    if not config.filename:
        raise UserError(
            "dataset.filename is not set; give the file, e.g. dataset.filename=data/bars.csv"
        )
    names = config.filename
    return list(names) if isinstance(names, tuple) else [names]


_OF_ASSET = re.compile(
    r"\bdataset\.(?=(filename|delimiter|header|columns|timezone|timestamp|adjusted|bar_length"
    r"|resample)\b)"
)


def _refuse_mixed_days(series: "Mapping[str, Dataset]", parts: "Mapping[str, FileConfig]") -> None:
    """Refuse bars that carry the start of their day next to bars that carry their close."""
    dated = {
        asset: config.timestamp == "close"
        and config.resample is None
        and are_days(series[asset].times, "UTC" if config.source in PACKAGED else config.timezone)
        for asset, config in parts.items()
    }
    lengths = {one.bar_seconds for one in series.values()}
    if any(dated.values()) and (len(lengths) > 1 or not all(dated.values())):
        asset = next(asset for asset in dated if dated[asset])
        raise UserError(
            f"dataset.assets.{asset}: its bars are stamped with the midnight at which their day "
            "begins, so beside bars with other times they would be seen before they close; set "
            f"dataset.assets.{asset}.timestamp=open"
        )


def _shaped(dataset: "Dataset", config: "FileConfig", name: str) -> "Dataset":
    """Apply the keys that a packaged index has too."""
    if config.timestamp == "close" and config.resample is None and name == dataset.name:
        return dataset
    from tradegym.envs.data.file_bars import FileBars
    from tradegym.envs.data.series import shape_series
    from tradegym.envs.data.validate import ArrayLocator

    bars = FileBars(dataset.times, dataset.ohlcv[:, 0].copy(), None, ArrayLocator(dataset.name))
    return shape_series(bars, series_options(config), name)


def _seconds(text: str | None) -> int | None:
    return None if text is None else int(parse_duration(text).total_seconds())


def _file_keys(config: "FileConfig") -> list[str]:
    from tradegym.conf.schema.files import FileConfig

    return [key for key in FileConfig.model_fields if config.is_active(key)]


def _zone_version(timezone: str) -> str:
    """Return the hash of a zone's rules: they are corrected now and then."""
    if timezone.upper() == "UTC":
        return ""
    for folder in zoneinfo.TZPATH:
        path = Path(folder, timezone)
        if path.is_file():
            return sha256(path.read_bytes()).hexdigest()
    try:
        rules = resources.files("tzdata").joinpath("zoneinfo", *timezone.split("/"))
        return sha256(rules.read_bytes()).hexdigest()
    except (OSError, ImportError, ValueError):
        return ""  # an unknown zone: reading the file says so
