"""Which of the arguments is the RUN, and which are overrides."""

from collections.abc import Sequence
from pathlib import Path

from tradegym.conf.errors import UserError


def split_run(arguments: Sequence[str]) -> tuple[str | None, list[str]]:
    """Split RUN from the overrides.

    RUN is the first argument that is an existing path, or else has no ``=`` and doesn't start
    with ``~`` or ``+``; it may stand anywhere.

    Parameters
    ----------
    arguments : sequence of str

    Returns
    -------
    run : str or None
    overrides : list of str

    Raises
    ------
    UserError
        When there are two.
    """
    run: str | None = None
    overrides: list[str] = []
    for argument in arguments:
        if not _is_run(argument):
            overrides.append(argument)
        elif run is None:
            run = argument
        else:
            raise UserError(
                f"'{argument}': only one RUN can be given, and '{run}' is one already; "
                f"overrides are written KEY=VALUE"
            )
    return run, overrides


def _is_run(argument: str) -> bool:
    if "=" in argument or argument.startswith(("~", "+")):
        return Path(argument).is_dir()
    return True
