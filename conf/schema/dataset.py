"""Keys of the group ``dataset``: where the bars come from."""

from collections.abc import Mapping
from typing import Any, ClassVar, Literal, Self, get_args

from pydantic import ValidationError, model_validator
from pydantic_core import ErrorDetails

from tradegym.conf.errors import did_you_mean
from tradegym.conf.schema.base import (
    IMPORT_PATH,
    WHOLE_LINE,
    ConfigModel,
    ImportPath,
    Unique,
    fail,
    field_extra,
    node,
    option,
)
from tradegym.conf.schema.files import ColumnsConfig, FileConfig
from tradegym.conf.schema.process import ProcessConfig

MULTI = ("source", "multi")
MIXED = ("source", "mixed")
SIMULATED = ("source", ("synthetic", "mixed"))
#: Rules by which bars are refused although their format is right.
Suspicion = Literal["future", "gap", "bar_length", "tenfold_jump", "tenfold_range", "still_prices"]
REAL = ("source", ("sp500", "nasdaq", "indices", "csv", "parquet"))


class AssetConfig(FileConfig):
    """Where the bars of one of several assets, or of the test part, come from."""

    KEY: ClassVar[str] = "dataset.*"

    source: Literal["sp500", "nasdaq", "csv", "parquet"] = option("csv", "where the bars come from")


class DatasetConfig(FileConfig):
    """Where the bars come from."""

    KEY: ClassVar[str] = "dataset"

    source: Literal[
        "sp500", "nasdaq", "indices", "csv", "parquet", "multi", "synthetic", "mixed"
    ] = option("sp500", "where the bars come from")
    assets: dict[str, Any] = option(
        {},
        "files of several assets by name: {btc: {filename: BTC.csv}, eth: {...}}",
        when=MULTI,
        kind="a mapping",
    )
    join: Literal["inner", "asof"] = option(
        "inner",
        "keep the times that all assets have (inner), or the first asset's and fill (asof)",
        when=MULTI,
    )
    process: ProcessConfig = node(ProcessConfig, "what makes synthetic bars", when=SIMULATED)
    test: dict[str, Any] = option(
        {"source": "sp500"},
        "real bars for validation and test: {source: csv, filename: BTC.csv}",
        when=MIXED,
        flat=False,
        kind="a mapping",
    )
    allow: Unique[Suspicion] = option(
        (), "suspicions about the bars that do not stop a run", when=REAL
    )
    cache: bool = option(True, "keep read files in the user's cache directory")
    cls: ImportPath | None = option(
        None,
        "your own dataset, module:Name; all other dataset.* keys are then ignored",
        flat="dataset",
        kind=IMPORT_PATH,
    )

    def _is_custom(self) -> bool:
        return self.cls is not None

    @model_validator(mode="after")
    def _check_assets(self) -> Self:
        if self._is_custom():
            return self
        if self.source == "multi":
            if len(self.assets) < 2:
                fail(
                    f"dataset.assets: has {len(self.assets)} asset(s); dataset.source=multi needs "
                    "two or more, such as {btc: {filename: BTC.csv}, eth: {filename: ETH.csv}}"
                )
            for name, entry in self.assets.items():
                asset_config(f"dataset.assets.{name}", entry)
        if self.source == "mixed":
            asset_config("dataset.test", self.test)
        return self


def asset_config(key: str, entry: Any) -> AssetConfig:
    """Return the checked keys of one entry of ``dataset.assets``, or of ``dataset.test``.

    Parameters
    ----------
    key : str
        Dotted key of the entry.
    entry : mapping of str to Any
        Its keys.

    Raises
    ------
    pydantic_core.PydanticCustomError
        With the line for the user.
    """
    if not isinstance(entry, Mapping):
        fail(f"{key}: {entry!r} is not a mapping of keys such as source and filename")
    try:
        return AssetConfig.model_validate(dict(entry))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        fail(_complaint(key, first, entry))


def _complaint(key: str, error: ErrorDetails, entry: Mapping[str, Any]) -> str:
    if error["type"] == WHOLE_LINE:
        line = str(error["msg"]).replace(AssetConfig.KEY, key)
        return line.replace(ColumnsConfig.KEY, f"{key}.columns")
    model: type[ConfigModel] = AssetConfig
    names = [str(part) for part in error["loc"]]
    value: Any = entry
    for name in names:
        field = model.model_fields.get(name)
        if field is None:
            hint = did_you_mean(name, model.model_fields)
            allowed = ", ".join(model.model_fields)
            return f"{key}.{name}: no such key; allowed: {allowed}{hint}"
        key, value = f"{key}.{name}", value[name]
        nested = field.annotation
        if not (isinstance(nested, type) and issubclass(nested, ConfigModel)):
            extra = field_extra(field.json_schema_extra)
            choices = ", ".join(str(choice) for choice in get_args(field.annotation))
            allowed = extra.get("limits") or choices or "true or false"
            return f"{key}: {value!r} is not allowed; allowed: {allowed}"
        model = nested
    return f"{key}: {value!r} is not a mapping; allowed keys: {', '.join(model.model_fields)}"
