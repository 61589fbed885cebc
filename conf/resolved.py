"""The resolved configuration: the checked values, and where each comes from."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from omegaconf import OmegaConf

from tradegym.conf.schema.base import ConfigModel
from tradegym.conf.schema.hyperparameters import HyperParameters
from tradegym.conf.schema.keys import entry_keys, free_keys
from tradegym.conf.schema.run import Config
from tradegym.conf.tree import entry_leaves, insert

#: Where further files are named, under a key ``filename``.
_WITH_FILES = ("dataset.assets.", "dataset.test.")


@dataclass(frozen=True, slots=True)
class ResolvedValue:
    """One value of the configuration.

    Attributes
    ----------
    key : str
        Dotted key.
    value : Any
        The value; an interpolation such as ``${oc.env:TOKEN}`` stays as it was written.
    origin : str
        Where it comes from: ``schema``, ``packaged engine/standard``,
        ``preset experiment/quick``, ``file PATH``, ``command line`` or ``make()``.
    given : bool
        The user asked for it.
    ignored : str or None
        The rule that makes it count for nothing.
    """

    key: str
    value: Any
    origin: str
    given: bool
    ignored: str | None


@dataclass(frozen=True, slots=True)
class Resolved:
    """The resolved configuration.

    Attributes
    ----------
    config : Config
        The checked values.
    values : Mapping of str to ResolvedValue
        All keys that count, and those that were given but are ignored.
    warnings : tuple of str
        One line per rule that made given keys count for nothing.
    config_dir : Path or None
        The user's config directory that took part.
    """

    config: Config
    values: Mapping[str, ResolvedValue]
    warnings: tuple[str, ...]
    config_dir: Path | None

    def __post_init__(self) -> None:
        object.__setattr__(self, "values", MappingProxyType(dict(self.values)))

    def given(self, prefix: str) -> dict[str, Any]:
        """Return the values below ``prefix`` that the user gave and that count.

        Parameters
        ----------
        prefix : str
            A node such as ``strategy`` or ``strategy.params``.

        Returns
        -------
        dict of str to Any
            By the rest of the key: ``limits.drawdown_call`` for the prefix ``strategy``.
        """
        start = f"{prefix}."
        return {
            one.key.removeprefix(start): one.value
            for one in self.values.values()
            if one.given and one.ignored is None and one.key.startswith(start)
        }

    def tree(self) -> dict[str, Any]:
        """Return the values that count as nested dictionaries, interpolations as text."""
        tree: dict[str, Any] = {}
        for one in self.values.values():
            if one.ignored is None:
                insert(tree, one.key, one.value)
        return tree

    def anchored(self, directory: Path) -> "Resolved":
        """Return a copy for storing, in which relative paths of data start at ``directory``."""
        values = dict(self.values)
        for key, one in self.values.items():
            if key == "dataset.filename" or key.startswith(_WITH_FILES):
                name = key.rpartition(".")[2]
                values[key] = replace(one, value=_anchored(name, one.value, directory))
        return replace(self, values=values)

    def yaml(self) -> str:
        """Return the text of ``config.yaml``; interpolations are not resolved."""
        return OmegaConf.to_yaml(OmegaConf.create(self.tree()))

    def to_json(self) -> dict[str, dict[str, Any]]:
        """Return the content of ``resolved.json``: value, origin and note by key."""
        return {
            one.key: {"value": one.value, "origin": one.origin, "note": one.ignored or ""}
            for one in self.values.values()
        }


def active_leaves(model: ConfigModel, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Yield the keys that count, with their values, in the schema's order.

    Keys of a choice that was not made are left out, hyper-parameters that are not set too.
    """
    for name in sorted(type(model).model_fields, key=lambda name: name in _hyper(model)):
        value, key = getattr(model, name), f"{prefix}{name}"
        if not model.is_active(name):
            continue
        if isinstance(value, ConfigModel):
            yield from active_leaves(value, f"{key}.")
        elif key in entry_keys():
            yield from entry_leaves(key, value)
        elif key in free_keys():
            yield from ((f"{key}.{entry}", inner) for entry, inner in value.items())
        elif name not in _hyper(model) - model.model_fields_set:
            yield key, value


def _hyper(model: ConfigModel) -> set[str]:
    """Return the names of a model's hyper-parameters; they come last and may be unset."""
    return set(HyperParameters.model_fields) if isinstance(model, HyperParameters) else set()


def _anchored(name: str, value: Any, directory: Path) -> Any:
    """Return the value of a key with the relative paths in it made absolute."""
    if isinstance(value, dict):
        return {inner: _anchored(inner, one, directory) for inner, one in value.items()}
    if name != "filename" or value is None:
        return value
    if isinstance(value, list | tuple):
        return [_anchored(name, one, directory) for one in value]
    return value if "${" in value else str(directory / Path(value).expanduser())
