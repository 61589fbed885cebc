"""Options of TA-Lib's functions as features, read from TA-Lib itself.

TA-Lib tells the names, types and defaults of a function's parameters, but not their ranges in
Python. A parameter out of range makes a function's lookback -1, so the ends of the ranges are
found by bisection.
"""

import functools
import importlib
from collections.abc import Callable, Mapping
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, create_model, model_validator

from tradegym.conf.schema.base import Unique, Whole, fail, option
from tradegym.conf.schema.feature_options import ENTRY, AssetOptions, Input

#: What is taken for infinity in the search for the ends of a range.
_FAR = 10**7
#: Input of a function that bars do not have.
_PERIODS = "periods"


@functools.cache
def talib_names() -> dict[str, str]:
    """Return the names of TA-Lib's functions by lower case.

    Importing TA-Lib takes half a second, so it happens only when a feature needs it.
    """
    names: list[str] = _module("talib").get_functions()
    return {name.lower(): name for name in names}


@functools.cache
def talib_options(name: str) -> type[AssetOptions]:
    """Return the model of a TA-Lib function's options.

    Parameters
    ----------
    name : str
        As TA-Lib writes it.
    """
    info = _module("talib.abstract").Function(name).info
    inputs: dict[str, Any] = info["input_names"]
    outputs: list[str] = info["output_names"]
    fields: dict[str, Any] = {
        parameter: _field(name, parameter, default)
        for parameter, default in info["parameters"].items()
    }
    fields |= _input_field(inputs)
    if len(outputs) > 1:
        fields["output"] = (
            Literal[tuple(outputs)] | None,
            option(
                None,
                "which output; null = all, one column each",
                flat=False,
                limits=", ".join(outputs),
            ),
        )
    validators: dict[str, Any] = {
        "_check_function": model_validator(mode="after")(_check(name, inputs))
    }
    return create_model(
        f"{name}Options",
        __base__=AssetOptions,
        __module__=__name__,
        __doc__=f"{info['display_name']}.",
        __validators__=validators,
        **fields,
    )


def _module(name: str) -> Any:
    """Import a module of TA-Lib, whose types its stubs leave out."""
    return importlib.import_module(name)


def _input_field(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Return the option that chooses the series, where the function leaves a choice."""
    free = [inputs[role] for role in ("price", "price0", "price1") if role in inputs]
    if len(free) == 1:
        return {"input": (Input, option(free[0], "which series of the bars", flat=False))}
    if len(free) == 2:
        pair = option(
            tuple(free),
            "which two series of the bars",
            flat=False,
            limits="a list of two different of open, high, low, close, volume",
        )
        return {"input": (Unique[Input], pair)}
    return {}


def _check(name: str, inputs: Mapping[str, Any]) -> Callable[[Any], Any]:
    def check(options: Any) -> Any:
        if _PERIODS in inputs:
            fail(
                f"{ENTRY}.kind: {name} needs a series of periods, which bars do not have; "
                "use another TA-Lib function, such as MA"
            )
        chosen = getattr(options, "input", None)
        if isinstance(chosen, tuple) and len(chosen) != 2:
            fail(
                f"{ENTRY}.input: [{', '.join(chosen)}] is not a pair; allowed: a list of two "
                "different of open, high, low, close, volume"
            )
        return options

    return check


def _field(name: str, parameter: str, default: float) -> tuple[Any, Any]:
    """Return type and option of one parameter of a function."""
    low, high = _range(name, parameter, default)
    ends = {"ge": low, "le": high}
    limits: dict[str, Any] = {sign: end for sign, end in ends.items() if end is not None}
    declared = option(default, "parameter of TA-Lib", flat=False, **limits)
    if not isinstance(default, int):
        return float, declared
    if parameter.endswith("matype"):
        declared.json_schema_extra["limits"] = (
            f"an integer >= {low} and <= {high}, or a name such as SMA or EMA"
        )
        return Annotated[int, BeforeValidator(_average_type)], declared
    return Whole, declared


def _average_type(value: Any) -> Any:
    """Take the name of a kind of moving average for its number."""
    if not isinstance(value, str):
        return value
    number = getattr(_module("talib").MA_Type, value.upper(), None)
    if not isinstance(number, int):
        raise ValueError("is not a kind of moving average")
    return number


def _range(name: str, parameter: str, default: float) -> tuple[float | None, float | None]:
    """Return the ends of a parameter's range, None where there is none."""
    function = _module("talib.abstract").Function
    whole = isinstance(default, int)

    def is_valid(value: float) -> bool:
        lookback: int = function(name, **{parameter: value}).lookback
        return lookback >= 0

    return (
        _end(is_valid, default, -_FAR, whole=whole),
        _end(is_valid, default, _FAR, whole=whole),
    )


def _end(
    is_valid: Callable[[float], bool], inside: float, outside: float, *, whole: bool
) -> float | None:
    """Bisect between a valid and a far value; a number that is not whole has 6 digits."""
    cast: Callable[[float], float] = int if whole else float
    if is_valid(cast(outside)):
        return None
    step = 1.0 if whole else 1e-7
    while abs(outside - inside) > step:
        middle = cast((inside + outside) / 2)
        inside, outside = (middle, outside) if is_valid(middle) else (inside, middle)
    return cast(inside) if whole else round(inside, 6)
