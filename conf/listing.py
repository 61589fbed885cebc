"""The options of the groups, for listings."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tradegym.conf.compose import compose_layers, group_options
from tradegym.conf.errors import UserError, did_you_mean
from tradegym.conf.groups import GROUPS
from tradegym.conf.paths import PACKAGED_DIR, display_path, option_file
from tradegym.conf.searchpath import find_config_dir


@dataclass(frozen=True, slots=True)
class Option:
    """One option of a group.

    Attributes
    ----------
    group, name : str
        As in ``group=name``.
    description : str
        The first line of comment in its YAML file.
    origin : str
        ``packaged``, or the path of the user's own file.
    default : bool
        It is the one that counts when none is chosen.
    """

    group: str
    name: str
    description: str
    origin: str
    default: bool


def list_groups(
    groups: Sequence[str] | None = None, config_dir: Path | None = None
) -> list[Option]:
    """Return the options of the groups, of all groups by default, the user's own included.

    Raises
    ------
    UserError
        A group that does not exist.
    """
    for group in groups or ():
        if group not in GROUPS:
            hint = did_you_mean(group, GROUPS)
            raise UserError(f"{group}: no such group; allowed: {', '.join(GROUPS)}{hint}")
    directory = find_config_dir(config_dir)
    chosen = {layer.path for layer in compose_layers([], directory)}
    return [
        _option(group, name, directory, f"{group}/{name}" in chosen)
        for group in groups or GROUPS
        for name in group_options(group, directory)
    ]


def describe(path: Path) -> str:
    """Return the first line of comment in a YAML file that says something to a reader."""
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        text = line.removeprefix("#").strip()
        if not line.startswith("#"):
            return ""
        if text and not text.startswith("@"):
            return text
    return ""


def _option(group: str, name: str, directory: Path | None, is_default: bool) -> Option:
    path = option_file(f"{group}/{name}", directory)
    origin = "packaged" if path.is_relative_to(PACKAGED_DIR) else display_path(path)
    return Option(group, name, describe(path), origin, is_default)
