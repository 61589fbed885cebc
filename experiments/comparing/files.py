"""Files that the user names: written whole or not at all, and never over a run's own."""

import os
import secrets
from pathlib import Path

from tradegym.conf.errors import UserError
from tradegym.experiments.rundir import RUN_FILE


def check_target(path: Path, option: str) -> Path:
    """Return where to write, after checking that it can be a new file there.

    Parameters
    ----------
    path : Path
    option : str
        Named in the error, such as ``--out``.

    Raises
    ------
    UserError
        If the folder is missing or not writable, or the file belongs to a run.
    """
    path = path.expanduser().absolute()
    if path.is_dir():
        raise UserError(f"{option}: {path} is a folder; name a file")
    if not path.parent.is_dir():
        raise UserError(f"{option}: {path} cannot be written, there is no folder {path.parent}")
    if not os.access(path.parent, os.W_OK):
        raise UserError(f"{option}: {path} cannot be written, the folder is not yours to change")
    owner = next((one for one in path.resolve().parents if (one / RUN_FILE).exists()), None)
    if owner is not None and path.exists():
        raise UserError(f"{option}: {path} is a file of run {owner.name}; name another one")
    return path


def write_file(path: Path, content: bytes, option: str) -> None:
    """Write a file so that it is there as a whole or not at all.

    Raises
    ------
    UserError
        If it cannot be written.
    """
    path = check_target(path, option)
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    try:
        temporary.write_bytes(content)
        temporary.replace(path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise UserError(f"{option}: {path} cannot be written: {error.strerror}") from error
