"""Options that every feature has, and how the line about a wrong one is written."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal, NoReturn, Self

from pydantic import BeforeValidator, ConfigDict, ValidationError, model_validator

from tradegym.conf.errors import did_you_mean
from tradegym.conf.schema.base import WHOLE_LINE, ConfigModel, Text, Whole, fail, option

#: Key of an entry as the models know it; the messages have the entry's own instead.
ENTRY = "strategy.state.features.*"

#: Names of the scalers; tradegym.envs.strategies.features adds those that users register.
SCALER_NAMES = ["none", "standard", "robust", "tanh", "log", "rolling"]

Input = Literal["open", "high", "low", "close", "volume"]


def _check_scale(value: Any) -> Any:
    """Take a number or a list of numbers, none of them 0: they would erase the feature."""
    numbers = value if isinstance(value, list | tuple) else [value]
    if not numbers or any(
        isinstance(one, bool) or not isinstance(one, int | float) for one in numbers
    ):
        raise ValueError("is neither a number nor a list of numbers")
    if not all(one != 0 and abs(one) < float("inf") for one in numbers):
        raise ValueError("is out of range")
    return tuple(float(one) for one in numbers) if numbers is value else float(value)


Scale = Annotated[float | tuple[float, ...], BeforeValidator(_check_scale)]
"""A factor, or one factor per column."""


def scaler_option(default: str) -> Any:
    """Declare which scaler an entry has."""
    return option(
        default,
        "what scales the values; standard and robust are fitted on train only",
        flat=False,
        limits="the name of a scaler",
    )


class CommonOptions(ConfigModel):
    """Options of every entry."""

    KEY: ClassVar[str] = ENTRY

    kind: str = option("", "what is computed", flat=False)
    scale: Scale = option(
        1.0,
        "factor before the scaler; a list has one per column",
        flat=False,
        limits="a number other than 0, or a list of them, one per column",
    )
    scaler: str = scaler_option("standard")
    scaler_window: Whole | None = option(
        None, "bars of scaler=rolling", flat=False, ge=2, when=("scaler", "rolling")
    )
    clip: float | None = option(
        None, "largest absolute value after the scaler; null = none", flat=False, gt=0
    )

    @model_validator(mode="after")
    def _check_scaler(self) -> Self:
        if self.scaler not in SCALER_NAMES:
            fail(
                f"{ENTRY}.scaler: {self.scaler!r} is not one of the choices; allowed: "
                f"{', '.join(SCALER_NAMES)}{did_you_mean(self.scaler, SCALER_NAMES)}"
            )
        if self.scaler == "rolling" and self.scaler_window is None:
            fail(f"{ENTRY}.scaler_window: missing; scaler=rolling needs an integer >= 2 (bars)")
        return self


class AssetOptions(CommonOptions):
    """Options of every entry that is computed of an asset's bars."""

    asset: Text | None = option(
        None, "asset it is computed of, traded or not; null = each traded asset", flat=False
    )


class OpenOptions(AssetOptions):
    """Options of a user's own feature: the class says which others it takes."""

    model_config = ConfigDict(extra="allow")


def complete(model: type[CommonOptions], key: str, entry: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options of an entry, checked and with their defaults.

    Parameters
    ----------
    model : type of CommonOptions
    key : str
        Dotted key of the entry.
    entry : mapping of str to Any
        What was written, with the kind's full name.

    Raises
    ------
    pydantic_core.PydanticCustomError
        With the line for the user.
    """
    try:
        checked = model.model_validate(dict(entry))
    except ValidationError as error:
        _refuse(model, key, entry, error)
    values = dict(checked)
    order = [*option_names(model), *(name for name in values if name not in model.model_fields)]
    return {"kind": checked.kind} | {
        name: values[name]
        for name in order
        if name not in model.model_fields or checked.is_active(name)
    }


def option_names(model: type[CommonOptions]) -> list[str]:
    """Return the names of a model's options, its own before those that every entry has."""
    common = AssetOptions.model_fields
    own = [name for name in model.model_fields if name not in common]
    return own + [name for name in common if name in model.model_fields and name != "kind"]


def _refuse(
    model: type[CommonOptions], key: str, entry: Mapping[str, Any], error: ValidationError
) -> NoReturn:
    """Report the first mistake as the check of any other key does."""
    # Both modules import the whole schema, of which this is a part.
    from tradegym.conf.check import complaint
    from tradegym.conf.schema.keys import leaf

    details = error.errors(include_url=False)[0]
    if details["type"] == WHOLE_LINE:
        line = str(details["msg"]).replace(ENTRY, key)
        fail(line, line.partition(": ")[0])
    name = str(details["loc"][0])
    where = f"{key}.{name}"
    if name not in model.model_fields:
        allowed = option_names(model)
        fail(
            f"{where}: {entry['kind']} has no such option; allowed: {', '.join(allowed)}"
            f"{did_you_mean(name, allowed)}",
            where,
        )
    described = leaf(where, model.model_fields[name])
    value = details["input"] if details["type"] == "literal_error" else entry.get(name)
    fail(f"{where}: {_shown(value)} {complaint(details, described, value)}", where)


def _shown(value: Any) -> str:
    from tradegym.conf.tree import show

    return show(value)
