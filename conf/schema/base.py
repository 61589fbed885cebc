"""What every model of the schema is made of: the base class, the field helper, the value types."""

from collections.abc import Sequence
from typing import Annotated, Any, ClassVar, NoReturn, Self, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)
from pydantic_core import PydanticCustomError

WHOLE_LINE = "whole_line"
"""Type of the pydantic errors whose message is already the complete line for the user."""

Item = TypeVar("Item")

Condition = tuple[str, str | tuple[str, ...] | None]
"""``(key, value)`` of the same node: what must have been chosen; several values are a choice."""


def fail(line: str, key: str = "") -> NoReturn:
    """Raise a validation error whose message is shown to the user as it stands.

    With ``key``, the dotted key that is wrong, the file that sets it is named too.
    """
    raise PydanticCustomError(WHOLE_LINE, "{line}", {"line": line, "key": key})


class ConfigModel(BaseModel):
    """Base of all models: immutable, no unknown keys, no silent conversion between types."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    KEY: ClassVar[str] = ""
    """Dotted key of the node in the configuration, such as ``dataset``."""

    @model_validator(mode="after")
    def _check_conditions(self) -> Self:
        """Refuse a key that was set although it does not belong to the choice that was made."""
        for name, field in type(self).model_fields.items():
            if name not in self.model_fields_set:
                continue
            condition = field_extra(field.json_schema_extra).get("when")
            if condition is None or getattr(self, name) == field.get_default(
                call_default_factory=True, validated_data={}
            ):
                continue
            chooser, choice = condition
            chosen = getattr(self, chooser)
            if not _meets(choice, chosen):
                other = f"{self.KEY}.{chooser}"
                wanted = " or ".join(choice) if isinstance(choice, tuple) else choice
                needed = f"; it needs {other}={wanted}" if wanted is not None else ""
                fail(f"{self.KEY}.{name}: not used with {other}={chosen}{needed}")
        return self

    def is_active(self, name: str) -> bool:
        """Say whether the field belongs to the choice that was made."""
        condition = field_extra(type(self).model_fields[name].json_schema_extra).get("when")
        return condition is None or _meets(condition[1], getattr(self, condition[0]))


def _meets(choice: str | tuple[str, ...] | None, chosen: Any) -> bool:
    return chosen in choice if isinstance(choice, tuple) else chosen == choice


def field_extra(extra: Any) -> dict[str, Any]:
    """Return the schema metadata that `option` stored with a field."""
    return extra if isinstance(extra, dict) else {}


def option(
    default: Any,
    description: str,
    *,
    flat: str | bool = True,
    when: Condition | None = None,
    kind: str | None = None,
    limits: str | None = None,
    entries: bool = False,
    **constraints: Any,
) -> Any:
    """Declare one key of the configuration.

    Parameters
    ----------
    default : Any
        The value used when no YAML file sets the key.
    description : str
        One line for listings.
    flat : str or bool
        Name of the key in `tradegym.make`; True means the key's own last part, False none.
    when : Condition, optional
        The key is active only with this choice.
    kind, limits : str, optional
        What the value is and which values are allowed, in words, where the annotation does not
        say it (``"a number or a schedule"``).
    entries : bool
        The value is a mapping of mappings by free name, whose options are set one by one.
    **constraints
        pydantic's ``gt``, ``ge``, ``lt``, ``le``.
    """
    extra: dict[str, Any] = {
        "flat": flat, "when": when, "kind": kind, "limits": limits, "entries": entries
    }  # fmt: skip
    return Field(default, description=description, json_schema_extra=extra, **constraints)


def node(default_factory: Any, description: str, *, when: Condition | None = None) -> Any:
    """Declare a nested mapping of keys; `option` explains ``when``."""
    extra: dict[str, Any] = {"when": when}
    return Field(default_factory=default_factory, description=description, json_schema_extra=extra)


def _whole(value: Any) -> Any:
    """Take 1e5 for 100000: YAML and Hydra read it as a float."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _text(value: Any) -> Any:
    """Take a bare number for text: ``name=2024`` is a name."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return str(value) if is_number else value


def _as_tuple(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _unique(value: Sequence[Item]) -> Sequence[Item]:
    if len(set(value)) != len(value):
        raise ValueError("names something twice")
    return value


Whole = Annotated[int, BeforeValidator(_whole)]
"""An integer; a float without a fraction such as 1e5 is taken for one."""

Text = Annotated[str, BeforeValidator(_text)]
"""Text; a bare number is taken for text."""

Unique = Annotated[tuple[Item, ...], BeforeValidator(_as_tuple), AfterValidator(_unique)]
"""A list without repetitions, stored as a tuple."""

ImportPath = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*(\.[A-Za-z_]\w*)*$")
]
"""Where a user's own class or function is: ``module:Name``."""

IMPORT_PATH = "an import path module:Name"
"""How `ImportPath` is called in messages."""
