"""The list of all configuration keys, read from the schema's models."""

import functools
import types
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import annotated_types
from pydantic.fields import FieldInfo

from tradegym.conf.errors import UserError, did_you_mean, nearest
from tradegym.conf.schema.base import ConfigModel, field_extra
from tradegym.conf.schema.run import Config

_KINDS: dict[type, str] = {
    float: "a number",
    int: "an integer",
    bool: "true or false",
    str: "text",
    dict: "a mapping",
}
_BOUNDS = ((annotated_types.Gt, "gt", ">"), (annotated_types.Ge, "ge", ">="))
_UPPER = ((annotated_types.Lt, "lt", "<"), (annotated_types.Le, "le", "<="))


@dataclass(frozen=True, slots=True)
class Key:
    """One leaf of the configuration.

    Attributes
    ----------
    name : str
        Dotted name.
    kind : str
        What a value is, in words.
    limits : str
        The range in words (``> 0``), or an empty string.
    choices : tuple of str
        The allowed values, if they can be listed.
    many : bool
        The value is a list of choices.
    nullable : bool
        null is allowed.
    description : str
        One line.
    default : Any
        The schema's default.
    flat : str or None
        Name of the key as an argument of `tradegym.make`.
    free : bool
        The value is a mapping with free names.
    entries : bool
        Each value of that mapping is a mapping itself, and the values of that are the leaves.
    """

    name: str
    kind: str
    limits: str
    choices: tuple[str, ...]
    many: bool
    nullable: bool
    description: str
    default: Any
    flat: str | None
    free: bool
    entries: bool

    @property
    def allowed(self) -> str:
        """The allowed values in words."""
        if self.choices:
            listed = ", ".join(self.choices)
            text = f"a list of {listed}" if self.many else listed
        elif self.limits and not self.limits.startswith((">", "<")):
            text = self.limits
        else:
            text = f"{self.kind} {self.limits}".rstrip()
        return f"{text}, or null" if self.nullable else text


@functools.cache
def all_keys() -> dict[str, Key]:
    """Return all leaf keys by dotted name, in the schema's order."""
    return {key.name: key for key in _walk(Config, "")}


@functools.cache
def all_nodes() -> dict[str, bool]:
    """Return the dotted names of all inner nodes; True where the node may be null."""
    return dict(_walk_nodes(Config, ""))


@functools.cache
def free_keys() -> tuple[str, ...]:
    """Return the names of the free mappings."""
    return tuple(key.name for key in all_keys().values() if key.free)


@functools.cache
def entry_keys() -> tuple[str, ...]:
    """Return the names of the free mappings whose values are mappings of leaves."""
    return tuple(key.name for key in all_keys().values() if key.entries)


def find_key(name: str) -> Key | None:
    """Return the leaf that ``name`` is, or lies in if it is an entry of a free mapping."""
    if name in all_keys():
        return all_keys()[name]
    for free in free_keys():
        if name.startswith(f"{free}."):
            return all_keys()[free]
    return None


@functools.cache
def flat_names() -> dict[str, str]:
    """Return the names of `tradegym.make`'s arguments with the dotted key of each."""
    table: dict[str, str] = {}
    for key in all_keys().values():
        if key.flat is None:
            continue
        if key.flat in table:
            raise ValueError(f"{key.name} and {table[key.flat]} are both called {key.flat}")
        table[key.flat] = key.name
    return table


def from_flat(arguments: dict[str, Any]) -> dict[str, Any]:
    """Translate the arguments of `tradegym.make` to dotted keys.

    A dotted key is taken as it stands.

    Raises
    ------
    UserError
        An argument is neither a flat name nor a key.
    """
    table = flat_names()
    result: dict[str, Any] = {}
    for name, value in arguments.items():
        key = table.get(name, name if "." in name else None)
        if key is None or (find_key(key) is None and key not in all_nodes()):
            hint = did_you_mean(name, [*table, *all_keys()])
            raise UserError(f"{name}: no such argument of make(){hint}")
        if key in result:
            raise UserError(f"{name}: given twice, as {name} and under another name of {key}")
        result[key] = value
    return result


def children(name: str) -> list[str]:
    """Return the names directly below a node."""
    start = f"{name}." if name else ""
    below = (key[len(start) :] for key in [*all_nodes(), *all_keys()] if key.startswith(start))
    return list(dict.fromkeys(rest.partition(".")[0] for rest in below))


def unknown_key(name: str, extra: Iterable[str] = ()) -> str:
    """Return the one line about a key that does not exist, with the nearest that does.

    ``extra`` are further names that would have been right in its place.
    """
    found = _nearest_key(name, extra)
    return f"{name}: no such key" + (f"; did you mean '{found}'?" if found else "")


def _nearest_key(name: str, extra: Iterable[str]) -> str | None:
    """Look among the siblings, then for the same last part anywhere, then at whole names."""
    parent, _, last = name.rpartition(".")
    if parent in all_nodes():
        siblings = children(parent)
        initials = {"".join(word[:1] for word in one.split("_")): one for one in siblings}
        sibling = nearest(last, siblings) or initials.get(nearest(last, initials) or "")
        if sibling:
            return f"{parent}.{sibling}"
    by_last = {key.rsplit(".", 1)[-1]: key for key in all_keys() if not key.startswith("agent.")}
    found = nearest(last, by_last | flat_names())
    if found and (parent in all_nodes() or not parent):
        top = nearest(name, [*children(""), *extra]) if not parent else None
        return top or (flat_names() | by_last)[found]
    if parent in all_nodes():
        return None
    return nearest(name, [*all_keys(), *all_nodes(), *extra])


def _walk_nodes(model: type[ConfigModel], prefix: str) -> Iterator[tuple[str, bool]]:
    for name, field in model.model_fields.items():
        nested = _nested_model(field.annotation)
        if nested is not None:
            key = f"{prefix}{name}"
            yield key, type(None) in get_args(field.annotation)
            yield from _walk_nodes(nested, f"{key}.")


def _walk(model: type[ConfigModel], prefix: str) -> Iterator[Key]:
    for name, field in model.model_fields.items():
        nested = _nested_model(field.annotation)
        if nested is None:
            yield leaf(f"{prefix}{name}", field)
        else:
            yield from _walk(nested, f"{prefix}{name}.")


def _nested_model(annotation: Any) -> type[ConfigModel] | None:
    for part in (annotation, *get_args(annotation)):
        if isinstance(part, type) and issubclass(part, ConfigModel):
            return part
    return None


def leaf(name: str, field: FieldInfo) -> Key:
    """Return what a field of a model says about the key ``name``."""
    extra = field_extra(field.json_schema_extra)
    base, choices, many, nullable = _describe(field.annotation)
    flat = extra.get("flat", False)
    return Key(
        name=name,
        kind=extra.get("kind") or ("a list" if many else _KINDS.get(base, "text")),
        limits=extra.get("limits") or _limits(field.metadata),
        choices=choices,
        many=many,
        nullable=nullable,
        description=field.description or "",
        default=field.get_default(call_default_factory=True, validated_data={}),
        flat=(name.rsplit(".", 1)[-1] if flat is True else flat) or None,
        free=base is dict,
        entries=bool(extra.get("entries")),
    )


def _describe(annotation: Any) -> tuple[type, tuple[str, ...], bool, bool]:
    """Return the base type, the choices, whether it is a list of them, and whether null is one."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _describe(arguments[0])
    if origin in (Union, types.UnionType):
        inner = [part for part in arguments if part is not type(None)]
        base, choices, many, _ = _describe(inner[0])
        return base, choices if len(inner) == 1 else (), many, len(inner) < len(arguments)
    if origin is Literal:
        return str, tuple(str(value) for value in arguments), False, False
    if origin is tuple:
        _, choices, _, _ = _describe(arguments[0])
        return tuple, choices, True, False
    return origin or annotation, (), False, False


def _limits(metadata: list[Any]) -> str:
    lower = _bound(metadata, _BOUNDS)
    upper = _bound(metadata, _UPPER)
    return " and ".join(part for part in (lower, upper) if part)


def _bound(metadata: list[Any], kinds: tuple[tuple[Any, str, str], ...]) -> str:
    for item in metadata:
        for kind, attribute, sign in kinds:
            if isinstance(item, kind):
                return f"{sign} {getattr(item, attribute):g}"
    return ""
