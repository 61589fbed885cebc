"""Files that exist only when they are complete."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from tradegym.conf.errors import UserError


@contextlib.contextmanager
def draft(path: Path) -> Iterator[Path]:
    """Give a file beside ``path`` to write to, and move it there when the block is done.

    Whatever ends the block early leaves ``path`` as it was, and no other file.

    Parameters
    ----------
    path : Path
        File to write; its folder is made.

    Raises
    ------
    UserError
        The file cannot be written.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield temporary
        temporary.replace(path)
    except OSError as error:
        raise UserError(f"{path}: cannot write the picture: {error.strerror or error}") from error
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
