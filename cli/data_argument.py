"""The arguments of `tradegym data`: files, and overrides that say how to read them."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from tradegym.conf.resolve import Resolved

DataArguments = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[FILE] [OVERRIDES]...",
        help="A CSV, Parquet or Feather file, or a dataset of the configuration; and keys, such "
        "as dataset=histdata dataset.timezone=Europe/Berlin.",
        show_default=False,
    ),
]


def split_files(arguments: Sequence[str]) -> tuple[list[str], list[str]]:
    """Split the files from the overrides.

    A file is an argument that exists, or has no ``=`` and doesn't start with ``~`` or ``+``; the
    files may stand anywhere.

    Parameters
    ----------
    arguments : sequence of str

    Returns
    -------
    files, overrides : list of str
    """
    files = [argument for argument in arguments if _is_file(argument)]
    return files, [argument for argument in arguments if argument not in files]


def resolve_data(
    arguments: Sequence[str], config_dir: Path | None = None, *, most: int | None = 1
) -> "Resolved":
    """Resolve the overrides, with the files in place of ``dataset.filename``.

    Parameters
    ----------
    arguments : sequence of str
        Files and overrides in any order. Files without ``dataset=`` are read as
        ``dataset=parquet`` or ``dataset=csv``, by their suffix.
    config_dir : Path, optional
        The user's own options.
    most : int, optional
        How many files there may be; None = any number.

    Raises
    ------
    UserError
        Too many files, files of different formats, a file for a dataset that reads none, or
        anything wrong in the overrides.
    """
    from tradegym.cli.errors import warn
    from tradegym.conf.errors import UserError
    from tradegym.conf.resolve import resolve

    files, overrides = split_files(arguments)
    if most is not None and len(files) > most:
        raise UserError(
            f"'{files[most]}': only one FILE can be given, and '{files[0]}' is one already; "
            f"overrides are written KEY=VALUE, and several files of one series "
            f"dataset.filename=[FILE,FILE]"
        )
    if not files:
        resolved = resolve(overrides, config_dir)
    else:
        if not any(one.startswith("dataset=") for one in overrides):
            overrides.insert(0, f"dataset={_format(files)}")
        name = files if len(files) > 1 else files[0]
        resolved = resolve(overrides, config_dir, {"dataset.filename": name})
        if resolved.config.dataset.cls is not None:
            raise UserError(
                f"'{files[0]}': dataset.cls={resolved.config.dataset.cls} reads no file; leave "
                "one of the two out"
            )
    for line in resolved.warnings:
        warn(line)
    return resolved


def _is_file(argument: str) -> bool:
    if "=" in argument or argument.startswith(("~", "+")):
        return Path(argument).is_file()
    return True


def _format(files: Sequence[str]) -> str:
    from tradegym.conf.errors import UserError
    from tradegym.envs.data.local_file import find_file
    from tradegym.envs.data.validation.inspection import source_of

    for file in files:
        find_file(file)
    found = {source_of(file): file for file in reversed(files)}
    if len(found) > 1:
        raise UserError(
            f"'{found['parquet']}' and '{found['csv']}' have different formats; convert one of "
            "them first, or read them one by one"
        )
    return next(iter(found))
