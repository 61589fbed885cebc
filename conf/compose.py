"""Composition of the YAML files that a choice of options selects, through Hydra."""

import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hydra import initialize_config_module
from hydra.core.config_loader import ConfigLoader
from hydra.core.default_element import ResultDefault
from hydra.core.global_hydra import GlobalHydra
from hydra.core.singleton import Singleton
from hydra.plugins.config_source import ConfigSource
from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf

from tradegym.conf.errors import UserError
from tradegym.conf.groups import PRESETS
from tradegym.conf.hydra_errors import user_errors
from tradegym.conf.option_names import option_names
from tradegym.conf.paths import display_path
from tradegym.conf.searchpath import USER_PROVIDER, user_search_path

CONFIG_MODULE = "tradegym.conf"
CONFIG_NAME = "config"
VERSION_BASE = "1.3"


@dataclass(frozen=True, slots=True)
class Layer:
    """One YAML file of a composition.

    Attributes
    ----------
    path : str
        Its name for Hydra, such as ``agent/ppo``.
    origin : str
        Its name for the user: ``packaged agent/ppo``, ``preset experiment/quick``,
        ``file conf/agent/mine.yaml``.
    package : str
        Dotted key of the node that the file fills; empty for the root.
    tree : Mapping
        Its content, from the root, interpolations unresolved.
    """

    path: str
    origin: str
    package: str
    tree: Mapping[str, Any]


@contextmanager
def hydra_session(config_dir: Path | None) -> Iterator[ConfigLoader]:
    """Give Hydra's config loader for the packaged groups and the user's directory.

    Works inside a running Hydra job too: Hydra's global state is put aside and put back.
    """
    instances = Singleton._instances
    aside = {kind: one for kind, one in instances.items() if kind.__name__ in _PER_APPLICATION}
    for kind in aside:
        del instances[kind]
    try:
        with (
            user_search_path(config_dir),
            initialize_config_module(CONFIG_MODULE, "tradegym", VERSION_BASE),
        ):
            yield GlobalHydra.instance().config_loader()
    finally:
        for kind in [kind for kind in instances if kind.__name__ in _PER_APPLICATION]:
            del instances[kind]
        instances.update(aside)


_PER_APPLICATION = frozenset({"GlobalHydra", "HydraConfig", "JobRuntime", "VersionBase"})
"""Hydra's singletons that belong to one application; the others are caches for all."""


def compose_layers(options: Sequence[str], config_dir: Path | None) -> list[Layer]:
    """Return the YAML files that make up the configuration, in the order of merging.

    Parameters
    ----------
    options : sequence of str
        Overrides that choose options, such as ``agent=dqn``.
    config_dir : Path, optional
        The user's own config directory (`find_config_dir`).

    Raises
    ------
    UserError
        An option that does not exist, or a YAML file that cannot be read.
    """
    with (
        warnings.catch_warnings(),
        hydra_session(config_dir) as loader,
        user_errors(loader, config_dir, options),
    ):
        warnings.simplefilter("ignore", UserWarning)  # Hydra's, about the style of defaults lists
        defaults = loader.compute_defaults_list(CONFIG_NAME, list(options), RunMode.RUN)
        sources = loader.get_sources()
        return [
            _load(sources, default)
            for default in defaults.defaults
            if default.config_path is not None and not default.config_path.startswith("hydra/")
        ]


def merge_layers(layers: Sequence[Layer]) -> DictConfig:
    """Merge the layers, later ones over earlier ones."""
    merged = OmegaConf.merge(*(OmegaConf.create(dict(layer.tree)) for layer in layers))
    assert isinstance(merged, DictConfig)  # only mappings were merged
    return merged


def group_options(group: str, config_dir: Path | None) -> list[str]:
    """Return the names of a group's options, the user's own included."""
    with hydra_session(config_dir) as loader:
        return option_names(loader, group)


def _load(sources: Sequence[ConfigSource], default: ResultDefault) -> Layer:
    path = str(default.config_path)
    source = next(source for source in sources if source.is_config(path))
    content = OmegaConf.to_container(source.load_config(path).config, resolve=False)
    origin = _origin(source, path)
    if content is None:
        content = {}
    if not isinstance(content, dict):
        raise UserError(f"{origin.removeprefix('file ')}: not a mapping of keys to values")
    content.pop("defaults", None)
    if default.primary:
        _check_primary(content, origin)
    package = default.package or ""
    tree: dict[str, Any] = {str(key): value for key, value in content.items()}
    for name in reversed(package.split(".") if package else []):
        tree = {name: tree}
    return Layer(path, origin, package, tree)


def _check_primary(content: dict[Any, Any], origin: str) -> None:
    hydra = content.pop("hydra", None)
    if isinstance(hydra, dict) and "searchpath" in hydra:
        raise UserError(
            f"hydra.searchpath: not supported (in {origin.removeprefix('file ')}); "
            "name your directory by --config-dir"
        )


def _origin(source: ConfigSource, path: str) -> str:
    if source.provider == USER_PROVIDER:
        return f"file {display_path(Path(source.path) / f'{path}.yaml')}"
    if path.startswith(f"{PRESETS}/"):
        return f"preset {path}"
    return f"packaged {path}"
