"""The names of a group's options, those in folders of the group included."""

from hydra.core.config_loader import ConfigLoader
from hydra.core.object_type import ObjectType


def option_names(loader: ConfigLoader, group: str) -> list[str]:
    """Return the names as in ``group=name``; that of a file in a folder is ``folder/name``."""
    names = list(loader.get_group_options(group))
    for folder in loader.get_group_options(group, results_filter=ObjectType.GROUP):
        names += [f"{folder}/{name}" for name in option_names(loader, f"{group}/{folder}")]
    return names
