"""Parameters that are a number or a range from which each path draws its own."""

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Annotated, Any

from pydantic import BeforeValidator, ValidationInfo, field_validator

from tradegym.conf.schema.base import Condition, ConfigModel, field_extra, option

KIND = "a number or a range"
FORMS = "[low, high] or {low: LOW, high: HIGH, log: true}"


@dataclass(frozen=True, slots=True)
class Range:
    """The values that a parameter may take.

    Attributes
    ----------
    low, high : float
        Equal for a fixed number.
    log : bool
        Drawn with a uniform logarithm instead of a uniform value.
    """

    low: float
    high: float
    log: bool = False

    @classmethod
    def of(cls, value: Any) -> "Range":
        """Read a checked value of the type `Parameter`."""
        if isinstance(value, Mapping):
            return cls(float(value["low"]), float(value["high"]), bool(value.get("log", False)))
        if isinstance(value, tuple | list):
            return cls(float(value[0]), float(value[1]))
        return cls(float(value), float(value))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)


def check_form(value: Any) -> Any:
    """Take a number, a pair or a mapping, and nothing else."""
    if _is_number(value):
        return float(value)
    problem = f"is not {KIND}"
    if isinstance(value, Mapping):
        if not {"low", "high"} <= set(value) <= {"low", "high", "log"}:
            raise ValueError(problem)
        if not isinstance(value.get("log", False), bool):
            raise ValueError("has a log that is neither true nor false")
        ends = [value["low"], value["high"]]
    elif isinstance(value, list | tuple) and len(value) == 2:
        ends = list(value)
    else:
        raise ValueError(problem)
    if not all(_is_number(end) for end in ends):
        raise ValueError(problem)
    low, high = (float(end) for end in ends)
    if low > high:
        raise ValueError("has its low end above its high end")
    if not isinstance(value, Mapping):
        return low, high
    if value.get("log", False) and low <= 0:
        raise ValueError("has log: true, for which low must be above 0")
    return {"low": low, "high": high, "log": value.get("log", False)}


Parameter = Annotated[
    float | tuple[float, float] | dict[str, float | bool], BeforeValidator(check_form)
]
"""A number, ``[low, high]`` (uniform) or ``{low, high, log: true}`` (log-uniform)."""


class ParameterModel(ConfigModel):
    """A model whose parameters may be ranges; both ends obey the limits."""

    @field_validator("*", mode="after")
    @classmethod
    def _check_bounds(cls, value: Any, info: ValidationInfo) -> Any:
        extra = field_extra(cls.model_fields[str(info.field_name)].json_schema_extra)
        bounds = extra.get("bounds")
        if bounds is None:
            return value
        span = Range.of(value)
        for sign, holds in _SIGNS.items():
            bound = bounds.get(sign)
            if bound is not None and not (holds(span.low, bound) and holds(span.high, bound)):
                raise ValueError("is out of range")
        return value


_SIGNS: dict[str, Callable[[float, float], bool]] = {
    "gt": operator.gt,
    "ge": operator.ge,
    "lt": operator.lt,
    "le": operator.le,
}
_WORDS = {"gt": ">", "ge": ">=", "lt": "<", "le": "<="}


def parameter(
    default: float,
    description: str,
    *,
    when: Condition | None = None,
    **bounds: float,
) -> Any:
    """Declare a key that is a number or a range.

    Parameters
    ----------
    default : float
        The value used when no YAML file sets the key.
    description : str
        One line for listings, with the unit.
    when : Condition, optional
        As for `option`.
    **bounds
        ``gt``, ``ge``, ``lt``, ``le`` for the number and both ends of a range.
    """
    limits = " and ".join(f"{_WORDS[sign]} {bound:g}" for sign, bound in bounds.items())
    number = f"a number {limits}".rstrip()
    field = option(
        default,
        description,
        flat=False,
        when=when,
        kind=KIND,
        limits=f"{number}, {FORMS}",
    )
    field.json_schema_extra |= {"bounds": bounds or None}
    return field
