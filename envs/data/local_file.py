"""Files that the user names: whether they are there and can be read."""

from pathlib import Path

from tradegym.conf.errors import UserError, did_you_mean

KEY = "dataset.filename"


def printable(filename: str) -> str:
    """Return the name for a message, which line breaks or control characters must not break."""
    return filename if filename.isprintable() else repr(filename)


def find_file(filename: str) -> Path:
    """Return the path of a regular file.

    Parameters
    ----------
    filename : str
        As the user wrote it; ``~`` is the home directory.

    Raises
    ------
    UserError
        If it is missing (with the nearest name in its folder), a directory or no regular file.
    """
    source = printable(filename)
    try:
        path = Path(filename).expanduser()
        if path.is_dir():
            raise UserError(f"{KEY}={source} is a directory; name a file in it")
        if not path.exists():
            raise UserError(f"{KEY}={source} does not exist{_neighbour(path)}")
        if not path.is_file():
            raise UserError(f"{KEY}={source} is not a regular file; copy it into one")
    except (OSError, ValueError, RuntimeError) as error:
        raise unreadable(filename, error) from None
    return path


def unreadable(filename: str, error: Exception) -> UserError:
    """Return the line about a file that cannot be read."""
    reason = getattr(error, "strerror", None) or " ".join(str(error).split())
    return UserError(f"{KEY}={printable(filename)} cannot be read: {reason}")


def stem(filename: str) -> str:
    """Return the file's name without ending: ``bars`` of ``bars.csv.gz``."""
    name = Path(filename).name
    for ending in (".gz", ".zip"):
        name = name.removesuffix(ending)
    return name.rsplit(".", 1)[0] or "bars"


def _neighbour(path: Path) -> str:
    if not path.parent.is_dir():
        return f"; there is no directory {path.parent}"
    return did_you_mean(path.name, sorted(entry.name for entry in path.parent.iterdir()))
