"""Options of tradegym's own kinds of features, by kind."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from tradegym.conf.schema.base import Unique, Whole, fail, option
from tradegym.conf.schema.feature_options import (
    ENTRY,
    AssetOptions,
    CommonOptions,
    Input,
    scaler_option,
)


class LogReturnOptions(AssetOptions):
    """Logarithm of a value over an earlier one."""

    lookback: Whole = option(1, "bars between the two values", flat=False, ge=1)
    input: Input = option("close", "which series of the bars", flat=False)


class ZScoreOptions(AssetOptions):
    """Distance from the mean of a window, in its standard deviations."""

    window: Whole = option(30, "bars in the window, the current one included", flat=False, ge=2)
    input: Input = option("close", "which series of the bars", flat=False)
    scaler: str = scaler_option("none")


class VolatilityOptions(AssetOptions):
    """Standard deviation of the log returns of the close in a window."""

    window: Whole = option(30, "log returns in the window", flat=False, ge=2)
    per: Literal["bar", "year"] = option(
        "bar", "time unit: year = times the root of the bars in a year", flat=False
    )


class RelativeVolumeOptions(AssetOptions):
    """Volume over its mean in a window."""

    window: Whole = option(30, "bars in the window, the current one included", flat=False, ge=2)


class VolumeChangeOptions(AssetOptions):
    """Logarithm of the volume over an earlier volume."""

    lookback: Whole = option(1, "bars between the two volumes", flat=False, ge=1)


class CalendarOptions(CommonOptions):
    """Time of the bar's close (UTC), as sine and cosine."""

    fields: Annotated[Unique[Literal["hour", "weekday", "month"]], Field(min_length=1)] = option(
        ("hour", "weekday", "month"), "which cycles, two columns each", flat=False
    )
    scaler: str = scaler_option("none")


class DifferenceOptions(AssetOptions):
    """Change of the open, and the other prices less the bar's open."""

    fields: Annotated[Unique[Literal["open", "high", "low", "close"]], Field(min_length=1)] = (
        option(("open", "high", "low"), "which differences, one column each", flat=False)
    )
    relative: bool = option(True, "divide by the bar's open; false = in money", flat=False)


class SmaGradientOptions(AssetOptions):
    """Slopes of a bank of simple moving averages."""

    periods: Annotated[Unique[Annotated[Whole, Field(ge=1)]], Field(min_length=1)] = option(
        (16, 32, 64, 128, 256),
        "bars of each average; 1 = the series itself",
        flat=False,
        kind="a list of integers",
        limits="a list of different integers >= 1",
    )
    over: Literal["bank", "time", "both"] = option(
        "bank", "between neighbouring averages, to the bar before, or both", flat=False
    )
    relative: bool = option(True, "divide by the average; false = in money", flat=False)
    input: Input = option("close", "which series of the bars", flat=False)

    @model_validator(mode="after")
    def _check_bank(self) -> Self:
        if self.over != "time" and len(self.periods) < 2:
            fail(
                f"{ENTRY}.periods: {list(self.periods)} has one average; allowed: two or more "
                f"with over={self.over}, or over=time"
            )
        return self


#: Options by kind; tradegym.envs.strategies.features adds those that users register.
FEATURE_KINDS: dict[str, type[CommonOptions]] = {
    "calendar": CalendarOptions,
    "difference": DifferenceOptions,
    "log_return": LogReturnOptions,
    "relative_volume": RelativeVolumeOptions,
    "sma_gradient": SmaGradientOptions,
    "volatility": VolatilityOptions,
    "volume_change": VolumeChangeOptions,
    "zscore": ZScoreOptions,
}
