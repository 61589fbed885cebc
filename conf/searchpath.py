"""The user's own config directory, and how Hydra comes to search it before the packaged one."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar

from hydra.core.config_search_path import ConfigSearchPath
from hydra.core.plugins import Plugins
from hydra.plugins.search_path_plugin import SearchPathPlugin

from tradegym.conf.errors import UserError
from tradegym.conf.groups import GROUPS
from tradegym.conf.paths import PACKAGED_DIR

USER_PROVIDER = "tradegym-user"
"""Name under which Hydra lists the user's directory among its sources."""


class UserSearchPath(SearchPathPlugin):
    """Puts the user's directory before the packaged one, so that its options shadow those."""

    directory: ClassVar[Path | None] = None

    def manipulate_search_path(self, search_path: ConfigSearchPath) -> None:
        """Add the directory that is active now, if there is one."""
        if self.directory is not None:
            search_path.prepend(USER_PROVIDER, f"file://{self.directory}", anchor="main")


def find_config_dir(explicit: Path | None = None, cwd: Path | None = None) -> Path | None:
    """Return the user's config directory.

    Parameters
    ----------
    explicit : Path, optional
        What the user named; it must be a directory.
    cwd : Path, optional
        Where to look for ``conf``; the current directory by default. It is taken if one of its
        folders is named like one of our groups and holds YAML files.

    Returns
    -------
    Path or None
        An absolute path, or None when there is no such directory.

    Raises
    ------
    UserError
        ``explicit`` is not a directory.
    """
    if explicit is not None:
        if not explicit.is_dir():
            raise UserError(f"--config-dir: {str(explicit)!r} is not a directory")
        return explicit.resolve()
    candidate = ((cwd or Path.cwd()) / "conf").resolve()
    if candidate == PACKAGED_DIR or not candidate.is_dir():
        return None
    holds_options = any(next((candidate / group).rglob("*.yaml"), None) for group in GROUPS)
    return candidate if holds_options else None


@contextmanager
def user_search_path(directory: Path | None) -> Iterator[None]:
    """Let everything that Hydra composes in this context search ``directory`` first."""
    Plugins.instance().register(UserSearchPath)
    previous = UserSearchPath.directory
    UserSearchPath.directory = directory
    try:
        yield
    finally:
        UserSearchPath.directory = previous
