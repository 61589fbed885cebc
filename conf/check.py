"""The check of a tree against the schema, with one line per mistake."""

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from tradegym.conf.errors import UserError, did_you_mean
from tradegym.conf.schema.base import WHOLE_LINE
from tradegym.conf.schema.keys import Key, find_key
from tradegym.conf.schema.run import Config
from tradegym.conf.tree import show

_RANGE_ERRORS = frozenset(
    {"greater_than", "greater_than_equal", "less_than", "less_than_equal", "finite_number"}
)
_OUT_OF_RANGE = "is out of range"


def check(tree: Mapping[str, Any], origins: Mapping[str, str]) -> Config:
    """Return the tree as a `Config`.

    Parameters
    ----------
    tree : Mapping
        Nested values; interpolations are resolved.
    origins : Mapping of str to str
        Where each leaf comes from; a file is named in the message.

    Raises
    ------
    UserError
        A value is wrong: the first mistake, and how many more there are.
    """
    try:
        return Config.model_validate(tree)
    except ValidationError as error:
        lines: dict[str, str] = {}
        for details in error.errors(include_url=False):
            key, line = _line(details, tree)
            lines.setdefault(key or line, line + _within(_origin(origins, key)))
        first, *others = lines.values()
        raise UserError(f"{first} (and {len(others)} more)" if others else first) from None


def _line(details: ErrorDetails, tree: Mapping[str, Any]) -> tuple[str, str]:
    """Return the key and the message of one of pydantic's errors."""
    name, key = _locate(details["loc"])
    if details["type"] == WHOLE_LINE:
        return str(details["ctx"]["key"]), str(details["msg"])
    if key is None:
        return name, f"{name}: {show(details['input'])} is not a mapping of keys"
    value = details["input"] if details["type"] == "literal_error" else _value(tree, name)
    return name, f"{name}: {show(value)} {complaint(details, key, value)}"


def complaint(details: ErrorDetails, key: Key, value: Any) -> str:
    """Say what is wrong with a value, and what is allowed."""
    reason = str(details.get("ctx", {}).get("error", ""))
    if details["type"] in _RANGE_ERRORS or reason == _OUT_OF_RANGE:
        return f"{_OUT_OF_RANGE}; allowed: {key.limits or key.allowed}"
    if details["type"] == "literal_error":
        hint = did_you_mean(str(value), key.choices)
        return f"is not one of the choices; allowed: {key.allowed}{hint}"
    return f"{reason or f'is not {key.kind}'}; allowed: {key.allowed}"


def _locate(location: tuple[int | str, ...]) -> tuple[str, Key | None]:
    """Return the longest start of a location that is a key, with that key."""
    for end in range(len(location), 0, -1):
        name = ".".join(str(part) for part in location[:end])
        key = find_key(name)
        if key is not None:
            return key.name, key
    return ".".join(str(part) for part in location), None


def _value(tree: Mapping[str, Any], name: str) -> Any:
    value: Any = tree
    for part in name.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value


def _origin(origins: Mapping[str, str], key: str) -> str:
    """Return where a key comes from, or the first that lies below it."""
    below = (origin for leaf, origin in origins.items() if key and leaf.startswith(f"{key}."))
    return origins.get(key) or next(below, "")


def _within(origin: str) -> str:
    is_file = origin.startswith(("file ", "preset "))
    return f" (in {origin.removeprefix('file ')})" if is_file else ""
