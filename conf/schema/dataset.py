"""Keys of the group ``dataset``: where the bars come from."""

from typing import ClassVar, Literal, Self

from pydantic import model_validator

from tradegym.conf.schema.base import (
    IMPORT_PATH,
    ConfigModel,
    ImportPath,
    Text,
    fail,
    node,
    option,
)

CSV = ("source", "csv")


class ColumnsConfig(ConfigModel):
    """Which column of the CSV file holds what; null means: found by its name."""

    KEY: ClassVar[str] = "dataset.columns"

    datetime: Text | None = option(None, "column with the bar's time", flat=False)
    open: Text | None = option(None, "column with the opening price", flat=False)
    high: Text | None = option(None, "column with the highest price", flat=False)
    low: Text | None = option(None, "column with the lowest price", flat=False)
    close: Text | None = option(None, "column with the closing price", flat=False)
    volume: Text | None = option(None, "column with the traded volume", flat=False)


class DatasetConfig(ConfigModel):
    """Where the bars come from."""

    KEY: ClassVar[str] = "dataset"

    cls: ImportPath | None = option(
        None,
        "your own dataset, module:Name; all other dataset.* keys are then ignored",
        flat="dataset",
        kind=IMPORT_PATH,
    )
    source: Literal["sp500", "nasdaq", "csv"] = option("sp500", "where the bars come from")
    filename: Text | None = option(None, "path of the CSV file", when=CSV)
    delimiter: str = option(
        "auto",
        "character between the columns, or auto",
        when=CSV,
        kind="one character or auto",
        limits="one character or auto",
    )
    timezone: str = option("UTC", "time zone of the file's times, such as Europe/Berlin", when=CSV)
    columns: ColumnsConfig = node(ColumnsConfig, "which column holds what", when=CSV)

    @model_validator(mode="after")
    def _check_file(self) -> Self:
        if self.cls is not None:
            return self
        if self.delimiter != "auto" and len(self.delimiter) != 1:
            fail(
                f"dataset.delimiter: {self.delimiter!r} is not one character; "
                "allowed: one character or auto"
            )
        if self.source == "csv" and self.filename is None:
            fail("dataset.filename: missing; dataset=csv needs the path of a CSV file")
        return self
