"""The configuration as a tree of plain values, and as a list of its leaves."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tradegym.conf.errors import UserError
from tradegym.conf.groups import GROUPS
from tradegym.conf.schema.keys import (
    all_nodes,
    children,
    entry_keys,
    find_key,
    free_keys,
    unknown_key,
)


def leaves(tree: Mapping[str, Any], where: str = "", prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Yield the leaves of a tree by dotted key, interpolations as text.

    Entries of a free mapping (``strategy.params``) are leaves of their own, and so are the
    options of the entries of ``strategy.state.features``; a node that is null is a leaf.

    Parameters
    ----------
    tree : Mapping
        Nested values.
    where : str
        The file the tree comes from, for messages.
    prefix : str
        Dotted key of the tree's root.

    Raises
    ------
    UserError
        A key that does not exist, or a node that is not a mapping.
    """
    for name, value in tree.items():
        key = f"{prefix}.{name}" if prefix else str(name)
        if key in all_nodes():
            yield from _node_leaves(key, value, where)
        elif key in entry_keys():
            yield from entry_leaves(key, value)
        elif key in free_keys() and isinstance(value, Mapping):
            yield from ((f"{key}.{entry}", inner) for entry, inner in value.items())
        elif find_key(key) is not None:
            yield key, value
        else:
            raise UserError(unknown_key(key, GROUPS) + _within(where))


def entry_leaves(key: str, value: Any) -> Iterator[tuple[str, Any]]:
    """Yield the leaves of a mapping of entries, of one of its entries, or of one option.

    An option is a leaf, whatever its value is; a mapping or an entry without content is one too.
    """
    base = next(one for one in entry_keys() if key == one or key.startswith(f"{one}."))
    below = [part for part in key[len(base) + 1 :].split(".") if part]
    if len(below) < 2 and isinstance(value, Mapping) and value:
        for name, inner in value.items():
            yield from entry_leaves(f"{key}.{name}", inner)
    else:
        yield ".".join([base, *below[:2]]), value


def entry_of(key: str) -> str:
    """Return the entry that a key lies in, or the key itself if it lies in none."""
    for base in entry_keys():
        if key.startswith(f"{base}."):
            return f"{base}.{key[len(base) + 1 :].partition('.')[0]}"
    return key


def _node_leaves(key: str, value: Any, where: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        yield from leaves(value, where, key)
    elif value is None and all_nodes()[key]:
        yield key, None
    else:
        raise UserError(
            f"{key}: {show(value)} is not a mapping; allowed keys: {', '.join(children(key))}"
            + _within(where)
        )


def remove(tree: dict[str, Any], key: str, *, prune: bool = False) -> bool:
    """Remove a key from a tree and say whether it was there.

    With ``prune``, mappings that become empty go too.
    """
    name, _, rest = key.partition(".")
    if name not in tree:
        return False
    if not rest:
        del tree[name]
        return True
    inner = tree[name]
    found = isinstance(inner, dict) and remove(inner, rest, prune=prune)
    if found and prune and not inner:
        del tree[name]
    return found


def insert(tree: dict[str, Any], key: str, value: Any) -> None:
    """Set a leaf of a tree, whatever was there."""
    *path, last = _split(key)
    for name in path:
        if not isinstance(tree.get(name), dict):
            tree[name] = {}
        tree = tree[name]
    tree[last] = value


def _split(key: str) -> list[str]:
    """Split a dotted key; the name of a free mapping's entry may have dots of its own."""
    if key.startswith(tuple(f"{one}." for one in entry_keys())):
        return key.split(".")
    for free in free_keys():
        if key.startswith(f"{free}."):
            return [*free.split("."), key[len(free) + 1 :]]
    return key.split(".")


def plain(value: Any) -> Any:
    """Return a Python value as YAML knows it: tuples as lists, NumPy scalars as numbers."""
    if isinstance(value, Mapping):
        return {str(name): plain(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    if isinstance(value, Path):
        return str(value)
    item = getattr(value, "item", None)
    return item() if callable(item) and getattr(value, "shape", None) == () else value


def show(value: Any) -> str:
    """Return a value as messages show it."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, list | tuple):
        return f"[{', '.join(str(inner) for inner in value)}]"
    return repr(value)


def _within(where: str) -> str:
    return f" (in {where})" if where else ""
