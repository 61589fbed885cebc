"""Keys of a file with bars; they are the same for a dataset and for each asset of several."""

from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from tradegym.conf.schema.base import ConfigModel, Text, fail, node, option
from tradegym.conf.schema.duration import DURATION, DURATION_LIMITS, Duration

FILE = ("source", ("csv", "parquet"))
"""The keys below `FileConfig` belong to files."""

CSV = ("source", "csv")

_COLUMN = "a name or a position from 0"

Column = str | Annotated[int, Field(ge=0)] | None


def _column(description: str) -> Any:
    return option(None, description, flat=False, kind=_COLUMN, limits=_COLUMN)


class ColumnsConfig(ConfigModel):
    """Which column of the file holds what; null means: found by its name."""

    KEY: ClassVar[str] = "dataset.columns"

    datetime: Column = _column("column with the bar's time")
    date: Column = _column("column with the date, where the time of day has its own")
    time: Column = _column("column with the time of day")
    open: Column = _column("column with the opening price")
    high: Column = _column("column with the highest price")
    low: Column = _column("column with the lowest price")
    close: Column = _column("column with the closing price")
    volume: Column = _column("column with the traded volume")
    adj_close: Column = _column("column with the adjusted close; used with adjusted=true")

    @model_validator(mode="after")
    def _check_times(self) -> Self:
        if (self.date is None) != (self.time is None):
            one, other = ("date", "time") if self.time is None else ("time", "date")
            fail(
                f"{self.KEY}.{other}: missing; {self.KEY}.{one} needs it (one column with both is "
                f"{self.KEY}.datetime)"
            )
        if self.date is not None and self.datetime is not None:
            fail(f"{self.KEY}.datetime: not used with {self.KEY}.date and .time; leave it null")
        return self


def _listed(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


Filename = Annotated[Text | tuple[Text, ...] | None, BeforeValidator(_listed)]
"""One path, or the paths of several files that make one series."""


class FileConfig(ConfigModel):
    """How a file, or several files of one series, are read."""

    KEY: ClassVar[str] = "dataset"

    source: str = option("csv", "where the bars come from")
    filename: Filename = option(
        None,
        "path of the file, or a list of files that make one series",
        when=FILE,
        kind="a path or a list of paths",
    )
    delimiter: str = option(
        "auto",
        "character between the columns, or auto",
        when=CSV,
        kind="one character or auto",
        limits="one character or auto",
    )
    header: bool | Literal["auto"] = option(
        "auto",
        "whether the first line names the columns",
        when=CSV,
        kind="true, false or auto",
        limits="true, false or auto",
    )
    columns: ColumnsConfig = node(ColumnsConfig, "which column holds what", when=FILE)
    timezone: str = option("UTC", "time zone of the file's times, such as Europe/Berlin", when=FILE)
    timestamp: Literal["close", "open"] = option(
        "close", "the file's times are the close or the open of the bars"
    )
    adjusted: bool = option(False, "multiply the prices by adjusted close / close", when=FILE)
    bar_length: Duration | None = option(
        None,
        "bar length that the file must have; null = measured",
        when=FILE,
        kind=DURATION,
        limits=DURATION_LIMITS,
    )
    resample: Duration | None = option(
        None,
        "make longer bars of this length; null = as in the file",
        kind=DURATION,
        limits=DURATION_LIMITS,
    )

    @model_validator(mode="after")
    def _check_file(self) -> Self:
        if len(self.delimiter) != 1 and self.delimiter != "auto":
            fail(
                f"{self.KEY}.delimiter: {self.delimiter!r} is not one character; "
                "allowed: one character or auto"
            )
        if self.source in FILE[1] and not self._is_custom():
            self._check_names()
        return self

    def _is_custom(self) -> bool:
        """Say whether the user's own class stands in for all of these keys."""
        return False

    def _check_names(self) -> None:
        example = {"csv": "CSV", "parquet": "Parquet or Feather"}[self.source]
        if not self.filename:
            fail(
                f"{self.KEY}.filename: missing; {self.KEY}.source={self.source} needs the path of "
                f"a {example} file"
            )
        names = self.filename if isinstance(self.filename, tuple) else (self.filename,)
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            fail(f"{self.KEY}.filename: {twice!r} is listed twice; name each file once")
